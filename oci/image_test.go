package oci

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// configBase is a base that is nothing but a config, with layers that have no bytes.
func configBase(t testing.TB, config string, layers int) *Base {
	t.Helper()
	base := &Base{RawConfig: []byte(config)}
	if err := json.Unmarshal(base.RawConfig, &base.Config); err != nil {
		t.Fatal(err)
	}
	base.Platform = platformOf(base.Config.Platform)
	for i := range layers {
		data := fmt.Sprint("layer ", i)
		base.Layers = append(base.Layers, BaseLayer{Descriptor: imagedoc.Describe(v1.MediaTypeImageLayer, []byte(data)), DiffID: digest.FromString(data)})
	}
	return base
}

var testLayer = AddedLayer{
	Descriptor: v1.Descriptor{MediaType: v1.MediaTypeImageLayerGzip, Digest: digest.FromString("new"), Size: 3},
	DiffID:     digest.FromString("new, uncompressed"),
}

// The config of a base passes through but for what is set. In the expectations DIFF stands for rootfs and history.
func TestConfigOverBase(t *testing.T) {
	const base = `{"architecture":"amd64","os":"linux","x-vendor":{"z":1, "a":[1.50]},"os.version":"10","created":"2020-01-01T00:00:00Z",` +
		`"config":{"Env":["PATH=/bin","A=1","PATH=/old"],"Entrypoint":["/old"],"Cmd":["arg"],"Healthcheck":{"Test":["NONE"]},"OnBuild":["RUN a && b"],` +
		`"Shell":["/bin/ash"],"ArgsEscaped":true,"Labels":{"a":"1","b":"2"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},"User":"u","WorkingDir":"/w",` +
		`"StopSignal":"SIGINT"},` +
		`"rootfs":{"type":"layers","diff_ids":[],"x":true}}`
	tests := []struct {
		name    string
		changes ConfigChanges
		want    map[string]string // member of config: JSON, "" for none; others are as in the base
	}{
		{"nothing", ConfigChanges{}, nil},
		{"entrypoint drops cmd", ConfigChanges{Entrypoint: []string{"nginx"}}, map[string]string{"Entrypoint": `["nginx"]`, "Cmd": ""}},
		{"entrypoint and cmd", ConfigChanges{Entrypoint: []string{"nginx"}, Cmd: []string{"-g", "daemon off;"}},
			map[string]string{"Entrypoint": `["nginx"]`, "Cmd": `["-g","daemon off;"]`}},
		{"cmd alone", ConfigChanges{Cmd: []string{"a<b>&c"}}, map[string]string{"Cmd": `["a<b>&c"]`}},
		{"both cleared", ConfigChanges{Entrypoint: []string{}, Cmd: []string{}}, map[string]string{"Entrypoint": "", "Cmd": ""}},
		{"env", ConfigChanges{Env: map[string]string{"PATH": "/new", "Z": "", "B": "x=y"}}, map[string]string{"Env": `["PATH=/new","A=1","B=x=y","Z="]`}},
		{"labels", ConfigChanges{Labels: map[string]string{"b": "new", "c": "3"}}, map[string]string{"Labels": `{"a":"1","b":"new","c":"3"}`}},
		{"ports", ConfigChanges{ExposedPorts: []string{"8888", "53/udp"}}, map[string]string{"ExposedPorts": `{"53/udp":{},"8888/tcp":{}}`}},
		{"no ports", ConfigChanges{ExposedPorts: []string{}}, map[string]string{"ExposedPorts": ""}},
		{"volumes", ConfigChanges{Volumes: []string{"/var/log/nginx"}}, map[string]string{"Volumes": `{"/var/log/nginx":{}}`}},
		{"shell", ConfigChanges{Shell: []string{"/bin/sh", "-ec"}}, map[string]string{"Shell": `["/bin/sh","-ec"]`}},
		{"no shell", ConfigChanges{Shell: []string{}}, map[string]string{"Shell": ""}},
		{"the rest", ConfigChanges{User: "nginx", WorkingDir: "/", StopSignal: "SIGQUIT"},
			map[string]string{"User": `"nginx"`, "WorkingDir": `"/"`, "StopSignal": `"SIGQUIT"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			image, err := configBase(t, base, 0).Compose(ComposeOptions{Layer: testLayer, Config: test.changes, Created: time.Unix(1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			var got, want struct {
				Config map[string]json.RawMessage `json:"config"`
				Vendor json.RawMessage            `json:"x-vendor"`
				OS     string                     `json:"os.version"`
				RootFS map[string]json.RawMessage `json:"rootfs"`
			}
			if err := json.Unmarshal(image.Config, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(base), &want); err != nil {
				t.Fatal(err)
			}
			for name, value := range test.want {
				if value == "" {
					delete(want.Config, name)
				} else {
					want.Config[name] = json.RawMessage(value)
				}
			}
			want.RootFS["diff_ids"] = json.RawMessage(`["` + testLayer.DiffID + `"]`)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if !strings.Contains(string(image.Config), `"created":"1970-01-01T00:00:01Z"`) {
				t.Errorf("created: got %s", image.Config)
			}
		})
	}
}

// A member that Go's decoder takes for another, by case folding, must not bring a replaced value back.
func TestConfigSpelledOtherwise(t *testing.T) {
	base := configBase(t,
		`{"architecture":"amd64","os":"linux","RootFS":{"type":"layers","diff_ids":["x"]},"rootfs":{"diff_ids":[]},"rootf\u017f":{"diff_ids":["y"]},`+
			`"CONFIG":{"user":"old"},"history":null}`, 0)
	image, err := base.Compose(ComposeOptions{Layer: testLayer, Config: ConfigChanges{User: "new"}})
	if err != nil {
		t.Fatal(err)
	}
	var got v1.Image
	if err := json.Unmarshal(image.Config, &got); err != nil {
		t.Fatal(err)
	}
	if got.Config.User != "new" || !slices.Equal(got.RootFS.DiffIDs, []digest.Digest{testLayer.DiffID}) || len(got.History) != 1 {
		t.Errorf("got %s", image.Config)
	}
}

func TestHistoryInStep(t *testing.T) {
	const created = `"2020-01-01T00:00:00Z"`
	tests := []struct {
		name, history string
		layers        int
		want          string
	}{
		{"none at all, no layers", ``, 0, `[]`},
		{"none at all", ``, 2, `[{"created":` + created + `,"comment":"layer of the base, which has no history"},{"created":` + created +
			`,"comment":"layer of the base, which has no history"}]`},
		{"in step, with unknown members", `[{"created_by":"a","x":1},{"empty_layer":true},{"created_by":"b"}]`, 2,
			`[{"created_by":"a","x":1},{"empty_layer":true},{"created_by":"b"}]`},
		{"one missing", `[{"created_by":"a"}]`, 2, `[{"created_by":"a"},{"created":` + created + `,"comment":"layer of the base, which has no history"}]`},
		{"one too many", `[{"created_by":"a"},{"created_by":"b"},{"empty_layer":true}]`, 1,
			`[{"created_by":"a"},{"created_by":"b","empty_layer":true},{"empty_layer":true}]`},
		{"null", `null`, 0, `[]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := `{"created":` + created + `,"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}`
			if test.history != "" {
				config += `,"history":` + test.history
			}
			image, err := configBase(t, config+"}", test.layers).Compose(ComposeOptions{Layer: testLayer, CreatedBy: "lamina build a && b", Comment: "c"})
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ History []json.RawMessage }
			if err := json.Unmarshal(image.Config, &got); err != nil {
				t.Fatal(err)
			}
			last := len(got.History) - 1
			if s := string(got.History[last]); s != `{"created_by":"lamina build a && b","comment":"c"}` {
				t.Errorf("own entry: got %s", s)
			}
			if s := string(jsontext.JoinArray(got.History[:last])); s != test.want {
				t.Errorf("got  %s\nwant %s", s, test.want)
			}
		})
	}
}

func TestComposeIsTheSameEachTime(t *testing.T) {
	changes := ConfigChanges{
		Env: map[string]string{}, Labels: map[string]string{}, ExposedPorts: []string{"1", "2", "3", "4"}, Volumes: []string{"/a", "/b", "/c"},
	}
	annotations := map[string]string{}
	for i := range 30 {
		changes.Env[fmt.Sprint("E", i)], changes.Labels[fmt.Sprint("l", i)], annotations[fmt.Sprint("a", i)] = "x", "y", "z"
	}
	var first *Image
	for range 10 {
		base := scratch(t, Platform{OS: "linux", Architecture: "arm", Variant: "v6"})
		image, err := base.Compose(ComposeOptions{Layer: testLayer, Config: changes, Annotations: annotations,
			Created: time.Unix(5, 0).In(time.FixedZone("x", 3600))})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = image
		}
		if !reflect.DeepEqual(first, image) {
			t.Fatal("two runs differ")
		}
	}
	if p := first.ManifestDescriptor.Platform; p.Architecture != "arm" || p.Variant != "v6" {
		t.Errorf("platform: got %v", p)
	}
}

// The whole of a small image, so that a change of bytes does not go unnoticed.
func TestComposeFromScratch(t *testing.T) {
	base := scratch(t, Platform{OS: "linux", Architecture: "amd64"})
	image, err := base.Compose(ComposeOptions{
		Layer:       testLayer,
		Config:      ConfigChanges{Entrypoint: []string{"nginx"}, ExposedPorts: []string{"8888/tcp"}},
		Annotations: map[string]string{"org.opencontainers.image.title": "nginx"},
		Created:     time.Unix(0, 0), CreatedBy: "lamina",
	})
	if err != nil {
		t.Fatal(err)
	}
	const config = `{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],` +
		`"ExposedPorts":{"8888/tcp":{}},"Entrypoint":["nginx"]},"rootfs":{"type":"layers","diff_ids":["DIFFID"]},` +
		`"created":"1970-01-01T00:00:00Z","history":[{"created":"1970-01-01T00:00:00Z","created_by":"lamina"}]}`
	want := strings.Replace(config, "DIFFID", testLayer.DiffID.String(), 1)
	if string(image.Config) != want {
		t.Errorf("config: got  %s\nwant %s", image.Config, want)
	}
	want = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
		`"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"` +
		digest.FromBytes(image.Config).String() + `","size":` + fmt.Sprint(len(image.Config)) +
		`},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"` +
		testLayer.Descriptor.Digest.String() + `","size":3}],"annotations":{"org.opencontainers.image.title":"nginx"}}`
	if string(image.Manifest) != want {
		t.Errorf("manifest: got  %s\nwant %s", image.Manifest, want)
	}
}

func TestAnnotationsOfTheBase(t *testing.T) {
	base := configBase(t, `{}`, 0)
	base.Manifest.Digest = digest.FromString("base")
	base.Reference = Reference{Transport: TransportRegistry, Name: "docker.io/library/alpine:3.22"}
	got := composeAnnotations(base, map[string]string{"a": "b"})
	want := map[string]string{"a": "b", v1.AnnotationBaseImageDigest: base.Manifest.Digest.String(),
		v1.AnnotationBaseImageName: "docker.io/library/alpine:3.22"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := composeAnnotations(base, map[string]string{v1.AnnotationBaseImageName: "mine"}); got[v1.AnnotationBaseImageName] != "mine" {
		t.Errorf("got %v", got)
	}
}

func TestValidateConfigChanges(t *testing.T) {
	changes := ConfigChanges{
		Entrypoint: []string{""}, Cmd: []string{"a\x00"},
		ExposedPorts: []string{"80", "0", "65536/tcp", "80/http", "8000-8010", "x"},
		Volumes:      []string{"/ok", "relative"},
		Env:          map[string]string{"": "x", "A=B": "c", "OK": "d", "N": "\x00"},
		User:         "a b", WorkingDir: "x", StopSignal: "SIGSIGTERM", Labels: map[string]string{"": "x"},
	}
	const want = `entrypoint: argument 1: "" is not an argument
cmd: argument 1: "a\x00" is not an argument
exposedPorts: "0": want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp
exposedPorts: "65536/tcp": want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp
exposedPorts: "80/http": want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp
exposedPorts: "8000-8010": want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp
exposedPorts: "x": want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp
volumes: "relative" is not an absolute path
env: "": a name must not be empty or contain =, and neither name nor value may contain a zero byte
env: "A=B": a name must not be empty or contain =, and neither name nor value may contain a zero byte
env: "N": a name must not be empty or contain =, and neither name nor value may contain a zero byte
user: "a b": want USER or USER:GROUP, names or numbers
workingDir: "x" is not an absolute path
stopSignal: "SIGSIGTERM": want a signal of Linux such as SIGTERM or SIGRTMIN+3, or a number from 1 to 64
labels: a name is empty`
	if err := changes.Validate(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	good := ConfigChanges{User: "101:nginx", WorkingDir: "/", StopSignal: "SIGRTMIN+3", ExposedPorts: []string{"1/sctp"}, Entrypoint: []string{"a", ""}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	// What ParseSignal of github.com/moby/sys/signal v0.7.1, which docker and containerd use, says about each.
	for signal, isValid := range map[string]bool{
		"SIGTERM": true, "sigterm": true, "quit": true, "Int": true, "9": true, "rtmin+3": true, "SIGRTMAX-14": true,
		"0": false, "SIG": false, "SIGFOO": false, "SIGRTMIN+16": false, "RTMAX-15": false, " TERM": false, "SIG9": false,
	} {
		if err := (ConfigChanges{StopSignal: signal}).Validate(); (err == nil) != isValid {
			t.Errorf("stop signal %q: %v, want valid: %v", signal, err, isValid)
		}
	}
}

func FuzzConfigOverBase(f *testing.F) {
	for _, seed := range []string{
		`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`,
		`{"config":{"Env":["A=1"]},"history":[{"empty_layer":true},{}],"rootfs":null,"x":{"y":[1e5]}}`,
		`{"a":1,"a":2,"CONFIG":{"env":null},"Rootfs":{"DIFF_IDS":["x"]}}`, `{}`, `[]`, `{"history":{}}`, `{"config":[]}`,
	} {
		f.Add([]byte(seed), "PATH", "/bin")
	}
	f.Fuzz(func(t *testing.T, config []byte, name, value string) {
		base := &Base{RawConfig: config}
		if json.Unmarshal(config, &base.Config) != nil {
			return
		}
		changes := ConfigChanges{Env: map[string]string{name: value}, Entrypoint: []string{"/x"}}
		image, err := base.Compose(ComposeOptions{Layer: testLayer, Config: changes, Created: time.Unix(1, 0)})
		if err != nil {
			return
		}
		var got v1.Image
		if err := json.Unmarshal(image.Config, &got); err != nil {
			t.Fatalf("output cannot be read: %v\n%s", err, image.Config)
		}
		if !slices.Equal(got.RootFS.DiffIDs, []digest.Digest{testLayer.DiffID}) {
			t.Errorf("diff_ids: %v", got.RootFS.DiffIDs)
		}
		if !slices.Equal(got.Config.Entrypoint, []string{"/x"}) || len(got.Config.Cmd) != 0 {
			t.Errorf("entrypoint %q, cmd %q", got.Config.Entrypoint, got.Config.Cmd)
		}
		layers := 0
		for _, entry := range got.History {
			if !entry.EmptyLayer {
				layers++
			}
		}
		if layers != 1 {
			t.Errorf("history has %d layers: %s", layers, image.Config)
		}
	})
}

func TestLayerMediaTypes(t *testing.T) {
	for mediaType, want := range map[string]string{
		"application/vnd.oci.image.layer.v1.tar":                       v1.MediaTypeImageLayer,
		"application/vnd.oci.image.layer.v1.tar+gzip":                  v1.MediaTypeImageLayerGzip,
		"application/vnd.oci.image.layer.v1.tar+zstd":                  v1.MediaTypeImageLayerZstd,
		"application/vnd.docker.image.rootfs.diff.tar.gzip":            v1.MediaTypeImageLayerGzip,
		"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip":    "",
		"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": "",
		"application/vnd.oci.image.layer.v1.tar+gzip+encrypted":        "",
		"": "",
	} {
		desc := v1.Descriptor{MediaType: mediaType, Digest: digest.FromString(""), URLs: []string{"https://example.org"}}
		err := checkLayer(&desc)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q: no error", mediaType)
		case want != "" && (err != nil || desc.MediaType != want || desc.URLs != nil):
			t.Errorf("%q: got %v, %v", mediaType, desc, err)
		}
	}
}

func scratch(t *testing.T, platform Platform) *Base {
	t.Helper()
	base, err := Scratch(platform)
	if err != nil {
		t.Fatal(err)
	}
	return base
}
