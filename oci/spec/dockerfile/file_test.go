package dockerfile_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

// read reads a Dockerfile in a context directory with some files.
func read(t *testing.T, text string, o dockerfile.Options) (*dockerfile.File, error) {
	t.Helper()
	o.Context = t.TempDir()
	for name, content := range map[string]string{"Dockerfile": text, "page": "a page\n", "site/index": "an index\n", ".dockerignore": "Dockerfile\n"} {
		name = filepath.Join(o.Context, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(o.Context, "files.tar"), tarOf(t, "x"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(o.Context)
	return dockerfile.Read("Dockerfile", o)
}

// tarOf returns a tar with an empty file.
func tarOf(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644}), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// over returns what a Dockerfile makes of a base.
func over(t *testing.T, text string, o dockerfile.Options, config v1.ImageConfig) (*spec.Spec, error) {
	t.Helper()
	d, err := read(t, text, o)
	if err != nil {
		return nil, err
	}
	s, err := d.Spec()
	if err != nil {
		return nil, err
	}
	base := &oci.Base{Platform: oci.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}, Config: v1.Image{Config: config}}
	return s, s.Over(s, base)
}

// TestDockerfileCommands compares the text of RUN, and its variables, with what docker's reference says of them.
func TestDockerfileCommands(t *testing.T) {
	for _, c := range []struct {
		text string
		args map[string]string
		run  []string
		env  map[string]string // some of the last RUN's variables
	}{
		{text: "RUN echo $A", run: []string{"echo $A"}, env: map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}},
		{text: `RUN ["echo", "two words", "it's"]`, run: []string{`echo 'two words' 'it'\''s'`}},
		{text: "RUN a && \\\n    # between\n    b", run: []string{"a &&     b"}},
		{text: "# escape=`\nRUN a `\n  b", run: []string{"a   b"}},
		{text: "RUN <<EOF\none\ntwo\nEOF", run: []string{"one\ntwo\n"}},
		{text: "RUN cat <<A > /f\ntext\nA", run: []string{"cat <<A > /f\ntext\nA"}},
		{text: "SHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN a | b", run: []string{"set -eo pipefail; a | b"}},
		{text: "SHELL [\"/bin/sh\", \"-ec\"]\nRUN a", run: []string{"set -e; a"}},
		{text: "WORKDIR /a\nWORKDIR b\nRUN pwd", run: []string{"pwd"}},
		{text: "ARG A=1\nENV A=2\nARG B=$A\nRUN c", run: []string{"c"}, env: map[string]string{"A": "2", "B": "2"}},
		{text: "ARG A=1\nARG B\nRUN c", args: map[string]string{"A": "3", "B": "4", "C": "5"}, run: []string{"c"}, env: map[string]string{"A": "3", "B": "4"}},
		{text: "ARG TARGETARCH\nARG TARGETPLATFORM\nARG BUILDVARIANT\nRUN c", run: []string{"c"}, env: map[string]string{"TARGETARCH": "arm", "TARGETPLATFORM": "linux/arm/v7", "BUILDVARIANT": "v7"}},
		{text: "ARG A=1 B=$A\nRUN c", run: []string{"c"}, env: map[string]string{"B": "1"}},
		{text: "ENV A=1\nARG A=2 B=$A\nRUN c", run: []string{"c"}, env: map[string]string{"B": "1"}},
		{text: "ARG A=${B:?needed}\nRUN c", args: map[string]string{"A": "1"}, run: []string{"c"}, env: map[string]string{"A": "1"}},
		// Without --secret and --ssh: dispatchSecret, and ExecOp.Marshal and exec_meta of BuildKit.
		{text: "RUN --mount=type=secret,id=t,target=/t --mount=type=secret,id=T,env=TOKEN --mount=type=ssh a", run: []string{"a"},
			env: map[string]string{"TOKEN": "", "SSH_AUTH_SOCK": "/run/buildkit/ssh_agent.0"}},
		{text: "ENV SSH_AUTH_SOCK=/s TOKEN=t\nRUN --mount=type=secret,id=T,env=TOKEN,required=false --mount=type=ssh,target=/a a\nRUN b",
			run: []string{"a", "b"}, env: map[string]string{"TOKEN": "t", "SSH_AUTH_SOCK": "/s"}},
		{text: "RUN a\n# check=skip=JSONArgsRecommended\nRUN b", run: []string{"a", "b"}},
		// "ARG" of a stage holds in those that begin with it.
		{text: "ARG A=1\nRUN a\nFROM one AS two\nRUN b", run: []string{"a", "b"}, env: map[string]string{"A": "1"}},
		{text: "RUN a\nFROM scratch AS two\nRUN b\nFROM one\nRUN c", run: []string{"a", "c"}},
	} {
		text := "FROM alpine AS one\n" + c.text
		if strings.HasPrefix(c.text, "#") {
			directive, rest, _ := strings.Cut(c.text, "\n")
			text = directive + "\nFROM alpine AS one\n" + rest
		}
		s, err := over(t, text, dockerfile.Options{Args: c.args}, v1.ImageConfig{})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var run []string
		env := make(map[string]string)
		for _, step := range s.Steps {
			run = append(run, step.Run...)
			for _, variable := range step.Env {
				name, value, _ := strings.Cut(variable, "=")
				env[name] = value
			}
		}
		if diff := cmp.Diff(c.run, run); diff != "" {
			t.Errorf("%s: commands (-want +got):\n%s", c.text, diff)
		}
		for name, want := range c.env {
			if got, ok := env[name]; got != want || !ok {
				t.Errorf("%s: %s is %q, want %q", c.text, name, got, want)
			}
		}
		if _, isSet := env["C"]; isSet {
			t.Errorf("%s: C is set without ARG", c.text)
		}
	}
}

// TestDockerfileConfig compares configs with what docker's reference says.
func TestDockerfileConfig(t *testing.T) {
	base := v1.ImageConfig{Env: []string{"PATH=/bin", "A=1"}, ExposedPorts: map[string]struct{}{"1/tcp": {}}, WorkingDir: "/w", User: "u", Entrypoint: []string{"e"}, Cmd: []string{"c"}}
	s, err := over(t, `FROM alpine
ENV PATH=/x:$PATH B='$A' C="a b"
EXPOSE 80 9000-9002/UDP
ENTRYPOINT run it
STOPSIGNAL SIGQUIT
LABEL a=b
VOLUME /v
WORKDIR x
HEALTHCHECK --interval=1m30s --retries=2 CMD ["check"]
`, dockerfile.Options{Labels: map[string]string{"a": "c"}}, base)
	if err != nil {
		t.Fatal(err)
	}
	want := oci.ConfigChanges{
		Entrypoint:   []string{"/bin/sh", "-c", "run it"},
		ExposedPorts: []string{"1/tcp", "80", "9000/udp", "9001/udp", "9002/udp"},
		Volumes:      []string{"/v"},
		Env:          map[string]string{"PATH": "/x:/bin", "A": "1", "B": `\$A`, "C": "a b"},
		User:         "u", WorkingDir: "/w/x", StopSignal: "SIGQUIT",
		Healthcheck: &oci.Healthcheck{Test: []string{"CMD", "check"}, Interval: 90e9, Retries: 2},
		Labels:      map[string]string{"a": "c"},
	}
	if diff := cmp.Diff(want, s.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

// TestDockerfileFiles compares where COPY and ADD put files with what docker's reference says: a line for each file, with the
// context directory's page, its directory site with index, and the archive files.tar with x in it.
func TestDockerfileFiles(t *testing.T) {
	for text, want := range map[string][]string{
		"COPY page site /x/":                                          {"file /x/ page", "dir /x", "file /x/index"},
		"COPY --parents site/index /x/":                               {"dir /x/site 755", "dir /x/site", "file /x/site/ index"},
		"COPY --parents **/index **/p*e /x/":                          {"dir /x/site 755", "dir /x/site", "file /x/site/ index", "file /x/ page"},
		"COPY --parents --chmod=700 site/index /x/":                   {"dir /x 700", "dir /x/site 700", "file /x/site/ index 700"},
		"COPY --parents --chmod=u=rwX,go= site /x/":                   {"dir /x/site", "file /x/site/index 600"},
		"COPY Dockerfil* page /x/":                                    {"file /x/ page"},
		"COPY --exclude=index site /x":                                {"dir /x"},
		"COPY --exclude=p* --exclude=*.tar . /x":                      {"dir /x", "file /x/.dockerignore", "dir /x/site", "file /x/site/index"},
		"COPY <<A <<B /x/\na\nA\nb\nB":                                {"file /x/ A", "file /x/ B"},
		"ARG V=1\nCOPY <<A /x\n$V\nA":                                 {"file /x A = 1\n"},
		"ARG V=1\nCOPY <<'A' /x\n$V\nA":                               {"file /x A = $V\n"},
		"ARG V=1\nCOPY <<A /x\n\\$V '$V' \\n\nA":                      {"file /x A = $V '1' n\n"},
		"ADD files.tar /x":                                            {"archive /x"},
		"ADD --unpack=false files.tar /x":                             {"file /x files.tar"},
		"COPY files.tar /x":                                           {"file /x files.tar"},
		"ADD https://e.example/a/f /x/":                               {"https://e.example/a/f  /x/ f"},
		"ADD --checksum=sha256:" + sum + " https://e.example/a/f /x/": {"https://e.example/a/f " + sum + " /x/ f"},
		"COPY --from=named page /x/":                                  {"file /x/ page"},
		"COPY --from=user/image:1 /a/b /x/":                           {"docker://docker.io/user/image:1 /a/b /x/ b"},
		"COPY --chown=1:2 --chmod=0600 page /x":                       {"file /x page 1:2 600"},
		"COPY --chown=7 page /x":                                      {"file /x page 7:7"},
		"COPY --chown=:7 page /x":                                     {"file /x page 0:7"},
		"COPY --chown=nobody: page /x":                                {"file /x page nobody"},
		"COPY --chmod=4640 page /x/y/":                                {"dir /x 640", "dir /x/y 640", "file /x/y/ page 4640"},
		"COPY --chmod=+x page /x":                                     {"file /x page 755"},
		"COPY --chmod=u=rwX,go= site /x":                              {"dir /x", "file /x/index 600"},
		"COPY --chmod=g-r <<E /x\nE":                                  {"file /x E 604"},
		"ADD https://e.example/a/f%20g?raw=true#x /x/":                {"https://e.example/a/f%20g?raw=true#x  /x/ f g"},
		"ADD https://e.example?f /x/":                                 {"https://e.example?f  /x/ __unnamed__"},
		"ADD --chmod=a+r https://e.example/f /x":                      {"https://e.example/f  /x f"},
		"COPY --chmod=700 site /x":                                    {"dir /x 700", "file /x/index 700"},
		"ADD --chmod=700 files.tar /x/y/":                             {"archive /x/y"},
		"ADD --chmod=640 page site /x/y/":                             {"dir /x 640", "dir /x/y 640", "file /x/y/ page 640", "dir /x/y 640", "file /x/y/index 640"},
		"ADD --chmod=640 --unpack=false files.tar /x/":                {"dir /x 640", "file /x/ files.tar 640"},

		"ADD --unpack --checksum=sha256:" + sum + " https://e.example/f.tgz /x/":      {"archive /x"},
		"ADD --unpack=false --checksum=sha256:" + sum + " https://e.example/f.tgz /x": {"https://e.example/f.tgz " + sum + " /x f.tgz"},
	} {
		s, err := over(t, "FROM alpine\n"+text, dockerfile.Options{Contexts: map[string]string{"named": "."}}, v1.ImageConfig{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, step := range s.Steps {
			for _, f := range step.Files {
				got = append(got, fileLine(t, f))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// sum is a SHA-256.
const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func fileLine(t *testing.T, f stage.File) string {
	t.Helper()
	switch o := f.Origin; {
	case o != nil && o.Archive:
		return "archive " + f.Path
	case o != nil:
		return strings.TrimSpace(o.Image+o.URL) + " " + o.Path + o.SHA256 + " " + f.Path + " " + f.Name
	case f.Type == tree.Directory:
		line := "dir " + f.Path
		if f.IfMissing && f.Mode != nil {
			line += fmt.Sprintf(" %o", *f.Mode)
		}
		return line
	}
	line := strings.TrimSpace("file " + f.Path + " " + f.Name)
	if f.Owner != "" {
		line += " " + f.Owner
	}
	if f.Mode != nil {
		line += fmt.Sprintf(" %o", *f.Mode)
	}
	if f.Name == "A" && f.Path == "/x" {
		content, err := f.Content.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		line += " = " + string(text)
	}
	return line
}

// TestDockerfileIgnored: NAME.dockerignore beside the Dockerfile comes before that of the context.
func TestDockerfileIgnored(t *testing.T) {
	dir, context := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{dir + "/a.Dockerfile": "FROM scratch\nCOPY . /\n", dir + "/a.Dockerfile.dockerignore": "one\n", context + "/.dockerignore": "two\n", context + "/one": "", context + "/two": ""} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, err := dockerfile.Read(dir+"/a.Dockerfile", dockerfile.Options{Context: context})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Spec()
	if err == nil {
		err = s.Over(s, new(oci.Base))
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range s.Steps[0].Files {
		got = append(got, f.Path)
	}
	if diff := cmp.Diff([]string{"/", "/.dockerignore", "/two"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if d, err = dockerfile.Read(dir+"/a.Dockerfile", dockerfile.Options{Context: context, Text: []byte("FROM scratch\nCOPY one /\n")}); err != nil {
		t.Fatal(err)
	}
	if s, err = d.Spec(); err == nil {
		err = s.Over(s, new(oci.Base))
	}
	if err == nil || !strings.Contains(err.Error(), `source "one" is excluded by a.Dockerfile.dockerignore from`) {
		t.Errorf("an ignored source: %v", err)
	}
	for _, text := range []string{"a\xff\n", "a\x00b\n"} {
		if err := os.WriteFile(dir+"/a.Dockerfile.dockerignore", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := dockerfile.Read(dir+"/a.Dockerfile", dockerfile.Options{Context: context}); err == nil || !strings.Contains(err.Error(), "it is not UTF-8 text") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestDockerfileOnBuild: the base's ONBUILD comes before the file's own instructions. Several platforms are translated at once.
func TestDockerfileOnBuild(t *testing.T) {
	d, err := read(t, "FROM alpine\nARG V=${TARGETARCH:-none}\nRUN own $V", dockerfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	base := &oci.Base{RawConfig: []byte(`{"config":{"OnBuild":["# check=skip=all\nRUN first","ENV A=b"]}}`)}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			s, err := d.Spec()
			if err == nil {
				err = s.Over(s, base)
			}
			if err != nil {
				t.Error(err)
				return
			}
			var run []string
			for _, step := range s.Steps {
				run = append(run, step.Run...)
			}
			if diff := cmp.Diff([]string{"first", "own $V"}, run); diff != "" || s.Config.Env["A"] != "b" {
				t.Errorf("env %v, run (-want +got):\n%s", s.Config.Env, diff)
			}
		})
	}
	wait.Wait()
}

// TestDockerfileOwnOnBuild: ONBUILD is written as it stands, as BuildKit does it, and carried out for stages that begin with one
// that has it; what the base has is not passed on.
func TestDockerfileOwnOnBuild(t *testing.T) {
	const base = `{"config":{"OnBuild":["RUN first"]}}`
	for text, want := range map[string]struct{ onBuild, run []string }{
		"FROM alpine\nARG V=x\nONBUILD COPY . /app\nONBUILD RUN make $V": {[]string{"COPY . /app", "RUN make $V"}, []string{"first"}},
		"FROM alpine\nRUN own":                                              {[]string{}, []string{"first", "own"}},
		"FROM alpine AS one\nONBUILD RUN a\nFROM one\nRUN b":                {[]string{}, []string{"first", "a", "b"}},
		"FROM alpine AS one\nONBUILD RUN a\nFROM one\nONBUILD RUN c\nRUN b": {[]string{"RUN c"}, []string{"first", "a", "b"}},
	} {
		d, err := read(t, text, dockerfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Spec()
		if err == nil {
			err = s.Over(s, &oci.Base{RawConfig: []byte(base)})
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var run []string
		for _, step := range s.Steps {
			run = append(run, step.Run...)
		}
		if diff := cmp.Diff(want.run, run) + cmp.Diff(want.onBuild, s.Config.OnBuild); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestDockerfileShell: the base's SHELL counts as the file's own does, and both are for files over the image, as with BuildKit.
func TestDockerfileShell(t *testing.T) {
	const ash, bash, zsh = `["/bin/ash","-eo","pipefail","-c"]`, `["/bin/bash","-c"]`, `["/bin/zsh","-c"]`
	for _, c := range []struct {
		base, text       string
		run, cmd, config []string
		refused          string
	}{
		{ash, "FROM alpine\nRUN a | b\nCMD c d", []string{"set -eo pipefail; a | b"}, []string{"/bin/ash", "-eo", "pipefail", "-c", "c d"}, nil, ""},
		{ash, "FROM alpine\nSHELL [\"/bin/sh\",\"-c\"]\nRUN a | b", []string{"a | b"}, nil, []string{"/bin/sh", "-c"}, ""},
		{"null", "FROM alpine AS one\nSHELL [\"/bin/sh\",\"-ec\"]\nFROM one\nRUN a\nCMD c", []string{"set -e; a"}, []string{"/bin/sh", "-ec", "c"}, []string{"/bin/sh", "-ec"}, ""},
		{bash, "FROM alpine\nRUN [\"a\"]\nCMD c", []string{"a"}, []string{"/bin/bash", "-c", "c"}, nil, ""},
		{zsh, "FROM alpine\nRUN true\nRUN a", nil, nil, nil, "Dockerfile:2: RUN: the shell /bin/zsh is not interpreted"},
		{"[]", "FROM alpine\nSHELL [\"/bin/bash\",\"-c\"]\nCMD c", nil, []string{"/bin/bash", "-c", "c"}, []string{"/bin/bash", "-c"}, ""},
	} {
		d, err := read(t, c.text, dockerfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Spec()
		if err == nil {
			err = s.Over(s, &oci.Base{RawConfig: []byte(`{"config":{"Shell":` + c.base + `}}`)})
		}
		if c.refused != "" || err != nil {
			if err == nil || err.Error() != c.refused {
				t.Errorf("%q: %v, want %s", c.text, err, c.refused)
			}
			continue
		}
		var run []string
		for _, step := range s.Steps {
			run = append(run, step.Run...)
		}
		if diff := cmp.Diff(c.run, run) + cmp.Diff(c.cmd, s.Config.Cmd) + cmp.Diff(c.config, s.Config.Shell); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

// TestDockerfileBase compares the base with what docker takes the name for.
func TestDockerfileBase(t *testing.T) {
	for text, want := range map[string]string{
		"FROM alpine":                         "docker://docker.io/library/alpine:latest",
		"FROM alpine:3.22":                    "docker://docker.io/library/alpine:3.22",
		"FROM user/image":                     "docker://docker.io/user/image:latest",
		"FROM localhost:5000/image:1":         "docker://localhost:5000/image:1",
		"FROM scratch":                        "scratch",
		"ARG V=3.22\nFROM alpine:$V":          "docker://docker.io/library/alpine:3.22",
		"FROM alpine AS a\nFROM a\nFROM 1":    "docker://docker.io/library/alpine:latest",
		"FROM named":                          "oci:somewhere:tag",
		"FROM a AS named\nFROM named AS last": "oci:somewhere:tag",

		// As BuildKit compares names of contexts (frontend/dockerui/namedcontext.go).
		"FROM named:latest":                            "oci:somewhere:tag",
		"FROM docker.io/library/named":                 "oci:somewhere:tag",
		"FROM named:other":                             "docker://docker.io/library/named:other",
		"FROM registry.example/me/base:1":              "oci:base:1",
		"FROM registry.example/me/base":                "docker://registry.example/me/base:latest",
		"FROM docker.io/user/app":                      "oci:app:1",
		"FROM named@sha256:" + strings.Repeat("0", 64): "docker://docker.io/library/named@sha256:" + strings.Repeat("0", 64),
	} {
		d, err := read(t, text, dockerfile.Options{Contexts: map[string]string{
			"named": "oci:somewhere:tag", "registry.example/me/base:1": "oci:base:1", "user/app:latest": "oci:app:1",
		}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Spec()
		if err != nil || s.Base.String() != want {
			t.Errorf("%s: %v, %v; want %s", text, s.Base, err, want)
		}
	}
}

// TestDockerfilePlatform: FROM and ARG before it know the platform that is built for, which is then that of the image.
func TestDockerfilePlatform(t *testing.T) {
	arm := oci.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}
	const several = " depends on the platform, and there are several"
	for _, test := range []struct {
		text     string
		platform oci.Platform
		want     string
	}{
		{"FROM a AS b-amd64\nFROM c AS b-arm\nFROM b-${TARGETARCH}", arm, "docker.io/library/c:latest [linux/arm/v7]"},
		{"ARG TARGETARCH\nFROM b-$TARGETARCH$TARGETVARIANT", arm, "docker.io/library/b-armv7:latest [linux/arm/v7]"},
		{"ARG A=-${BUILDOS}\nFROM b$A", arm, "docker.io/library/b-linux:latest [linux/arm/v7]"},
		{"ARG A=-${BUILDOS}\nFROM b", arm, "docker.io/library/b:latest []"},
		{"ARG TARGETARCH=x\nFROM b-$TARGETARCH", arm, "docker.io/library/b-x:latest [linux/arm/v7]"},
		{"FROM --platform=linux/${TARGETARCH} b", arm, "docker.io/library/b:latest [linux/arm/v7]"},
		{"FROM --platform=${BUILDPLATFORM:-linux/386} b", oci.Platform{}, "docker.io/library/b:latest []"},
		{"FROM b-${TARGETARCH}", oci.Platform{}, "1: FROM: b-${TARGETARCH}" + several},
		{"ARG A=$TARGETOS\nFROM b", oci.Platform{}, "1: $TARGETOS" + several},
	} {
		d, err := read(t, test.text, dockerfile.Options{Platform: test.platform})
		var s *spec.Spec
		if err == nil {
			s, err = d.Spec()
		}
		got := ""
		if err != nil {
			_, got, _ = strings.Cut(err.Error(), "Dockerfile:")
		} else {
			got = fmt.Sprint(s.Base.Name, " ", s.Platforms)
		}
		if got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}

// TestDockerfileRefused holds what is wrong with a Dockerfile against the message.
func TestDockerfileRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "Dockerfile: file with no instructions",
		"RUN a":                              "Dockerfile:1: no FROM before RUN",
		"FROM alpine\nRUM a":                 "Dockerfile:2: unknown instruction: RUM (did you mean RUN?)",
		"FROM alpine\nCOPY a":                "Dockerfile:2: COPY requires at least two arguments, but only one was provided. Destination could not be determined",
		"FROM $NONE":                         "Dockerfile:1: FROM $NONE: no ARG NONE before the first FROM has a value",
		"ARG A=\nFROM $A":                    "Dockerfile:2: FROM $A: is empty",
		"FROM alpine:${V:-}":                 "Dockerfile:1: FROM alpine:${V:-}: no ARG V before the first FROM has a value",
		"FROM alpine\n\nCOPY none /x":        `Dockerfile:3: COPY: source "none" does not exist in the context directory DIR`,
		"FROM alpine\nCOPY Dockerfile /x":    `Dockerfile:2: COPY: source "Dockerfile" is excluded by .dockerignore from the context directory DIR`,
		"FROM alpine\nCOPY page site /x":     "Dockerfile:2: COPY: 2 sources, and the destination /x does not end in a slash",
		"FROM alpine\nCOPY --chmod=x page /": `Dockerfile:2: COPY: --chmod: mode "x" is not an octal number from 0 to 7777`,
		"FROM alpine\nRUN --mount=type=secret,id=a,required b":    "Dockerfile:2: RUN --mount=type=secret: requires the secret a, which a build does not have",
		"FROM alpine\nRUN --mount=type=ssh,required=true b":       "Dockerfile:2: RUN --mount=type=ssh: requires an agent, which a build does not have",
		"FROM alpine\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN a\nRUN b": "Dockerfile:3:1: RUN: the shell /bin/zsh is not interpreted",
		"FROM alpine\nEXPOSE many":                                "Dockerfile:2: EXPOSE many: is neither a port nor a range of ports",
	} {
		s, err := over(t, text, dockerfile.Options{}, v1.ImageConfig{})
		if err == nil {
			t.Errorf("%q: no error, %+v", text, s)
			continue
		}
		dir, _ := os.Getwd()
		if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
	if _, err := read(t, "FROM alpine AS a\nFROM alpine AS b", dockerfile.Options{Target: "c"}); err == nil || err.Error() != `Dockerfile: no stage is called "c"` {
		t.Errorf("target: %v", err)
	}
}

// TestDockerfileLinks holds links of a stranger that lead out of the directory against the messages: they quote nothing.
func TestDockerfileLinks(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "Dockerfile")
	if err := os.Symlink(outside, name); err != nil {
		t.Skip(err)
	}
	if _, err := dockerfile.Read(name, dockerfile.Options{Context: dir}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Dockerfile: %v", err)
	}
	good := filepath.Join(dir, "good.Dockerfile")
	if err := os.WriteFile(good, []byte("FROM scratch\nCOPY link /\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	d, err := dockerfile.Read(good, dockerfile.Options{Context: dir})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Spec()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Over(s, new(oci.Base)); err == nil || !strings.Contains(err.Error(), "leads out of the context directory") {
		t.Errorf("COPY of a link: %v", err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, ".dockerignore")); err != nil {
		t.Fatal(err)
	}
	if _, err := dockerfile.Read(good, dockerfile.Options{Context: dir}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf(".dockerignore: %v", err)
	}
}

// FuzzDockerfile reads any text as a Dockerfile: whatever it says, there is an error or a spec.
func FuzzDockerfile(f *testing.F) {
	f.Add("FROM alpine\nRUN --mount=type=bind,source=site,target=/m cp /m/x /\n")
	f.Add("FROM @")
	f.Add("ARG A=b\nFROM $A AS c\nCOPY <<E /x\n$A\nE\nFROM c\nCOPY --from=c --chown=a:b x* ./\n")
	f.Add("# escape=`\nFROM scratch\nENV A=${B:-c} D=e\nEXPOSE $A/tcp\nHEALTHCHECK NONE\nSHELL [\"sh\"]\nCMD a b\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(dir, "Dockerfile")
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := dockerfile.Read(name, dockerfile.Options{Context: dir})
		if err != nil {
			return
		}
		s, err := d.Spec()
		if err != nil {
			return
		}
		if err := s.Over(s, &oci.Base{}); err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}

// TestDockerfileUser: RUN runs as the user by then, to whom directories belong that WORKDIR makes.
func TestDockerfileUser(t *testing.T) {
	for _, c := range []struct {
		text string
		user string // of the base
		want []string
	}{
		{text: "RUN a\nWORKDIR /x/y\nUSER app\nRUN b\nUSER root\nRUN c", want: []string{"0: a", "/x/y ", "app in /x/y: b", "root in /x/y: c"}},
		{text: "RUN a\nWORKDIR x", user: "app:wheel", want: []string{"app:wheel: a", "/x app:wheel"}},
		{text: "ARG U=7\nUSER $U\nWORKDIR /x/y", want: []string{"/x 7:7", "/x/y 7:7"}},
		{text: "USER 7:8\nWORKDIR /x", want: []string{"/x 7:8"}},
		{text: "USER 7\nRUN --mount=type=cache,target=/c,uid=5,mode=0700 --mount=type=tmpfs,target=/t a", want: []string{"/c 5:0 700", "/t 0:0 1777", "7: a"}},
	} {
		s, err := over(t, "FROM alpine\n"+c.text, dockerfile.Options{}, v1.ImageConfig{User: c.user})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []string
		for _, step := range s.Steps {
			for _, f := range step.Files {
				line := f.Path + " " + f.Owner
				if f.Mode != nil {
					line += fmt.Sprintf(" %o", *f.Mode)
				}
				got = append(got, line)
			}
			for _, text := range step.Run {
				if step.Dir != "" {
					step.User += " in " + step.Dir
				}
				got = append(got, step.User+": "+text)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}
