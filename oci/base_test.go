package oci_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
	"github.com/lamina-oci/lamina/oci/transport"
)

// multiPlatform writes a layout whose tag "multi" is an index; arm64 lies one index deeper.
func multiPlatform(t *testing.T) string {
	t.Helper()
	add := func(platform string) mutate.IndexAddendum {
		p, err := ggcr.ParsePlatform(platform)
		if err != nil {
			t.Fatal(err)
		}
		return mutate.IndexAddendum{Add: ocitest.OciImage(t, platform), Descriptor: ggcr.Descriptor{Platform: p}}
	}
	attestation := mutate.IndexAddendum{
		Add:        ocitest.OciImage(t, "linux/s390x"),
		Descriptor: ggcr.Descriptor{Platform: &ggcr.Platform{OS: "unknown", Architecture: "unknown"}},
	}
	inner := mutate.AppendManifests(empty.Index, add("linux/arm64/v8"))
	index := mutate.AppendManifests(empty.Index, attestation, add("linux/amd64"), add("linux/arm/v7"), mutate.IndexAddendum{Add: inner})
	dir := ocitest.ForeignLayout(t, map[string]ggcr.Image{"single": ocitest.OciImage(t, "linux/riscv64")})
	if err := layout.Path(dir).AppendIndex(index, layout.WithAnnotations(map[string]string{v1.AnnotationRefName: "multi"})); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenBaseChoosesPlatform(t *testing.T) {
	dir := multiPlatform(t)
	tests := []struct{ tag, platform, want, file string }{
		{"multi", "linux/amd64", "linux/amd64", "etc/first-linux/amd64"},
		{"multi", "linux/arm/v7", "linux/arm/v7", "etc/first-linux/arm/v7"},
		{"multi", "linux/arm", "linux/arm/v7", "etc/first-linux/arm/v7"},
		{"multi", "linux/arm64", "linux/arm64", "etc/first-linux/arm64/v8"},
		{"single", "linux/riscv64", "linux/riscv64", "etc/first-linux/riscv64"},
		{"single", "", "linux/riscv64", "etc/first-linux/riscv64"},
		{"@0", "", "linux/riscv64", "etc/first-linux/riscv64"},
		{"@1", "linux/amd64", "linux/amd64", "etc/first-linux/amd64"},
	}
	for _, test := range tests {
		t.Run(test.tag+" "+test.platform, func(t *testing.T) {
			base := ocitest.MustOpenBase(t, ocitest.LayoutReference(dir, test.tag), test.platform)
			if base.Platform.String() != test.want {
				t.Errorf("platform: got %s, want %s", base.Platform, test.want)
			}
			if len(base.Layers) != 2 {
				t.Fatalf("got %d layers", len(base.Layers))
			}
			if got, want := readTar(t, base.Layers[0]), ocitest.TarOf(t, test.file); !bytes.Equal(got, want) {
				t.Errorf("layer: got %q, want %q", got, want)
			}
		})
	}
}

func readTar(t testing.TB, layer oci.BaseLayer) []byte {
	t.Helper()
	r, err := layer.OpenTar(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOpenBaseErrors(t *testing.T) {
	multi := multiPlatform(t)
	emptyLayout, err := layout.Write(filepath.Join(t.TempDir(), "empty"), empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	notLayout := t.TempDir()
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	packed := write("packed.tar.gz", ocitest.Gzipped(t, ocitest.TarOf(t, "etc/passwd")))
	dockerTar := write("docker.tar", ocitest.TarOf(t, "manifest.json"))
	otherTar := write("other.tar", ocitest.TarOf(t, "etc/passwd"))
	xz := write("root.tar.xz", []byte("\xfd7zXZ\x00...."))
	emptyFile := write("root.tar", nil)
	cut := write("cut.tar.gz", ocitest.Gzipped(t, ocitest.TarOf(t, "etc/passwd"))[:60])
	tests := []struct {
		name, ref, platform string
		want                string // DIR is the path of the reference
	}{
		{"no directory", "oci:" + notLayout + "/none:x", "linux/amd64", "PATH: no such directory"},
		{"file", "oci:" + plain, "linux/amd64", "PATH: is a file, not the directory of a layout"},
		{"no layout", "oci:" + notLayout, "linux/amd64", "PATH: is not an OCI layout: it has no file oci-layout"},
		{"empty layout", "oci:" + string(emptyLayout), "linux/amd64", "contains no image"},
		{"no tag", "oci:" + multi + ":3.20", "linux/amd64", `no tag "3.20"; available: "single", "multi"`},
		{"tag needed", "oci:" + multi, "linux/amd64", `no tag given and several images to choose from: "single", "multi"`},
		{"place that there is not", "oci:" + multi + ":@9", "linux/amd64", "no image @9; the list has 2, from @0"},
		{"no platform there", "oci:" + multi + ":multi", "linux/s390x", "no image for linux/s390x; available: linux/amd64, linux/arm/v7, linux/arm64"},
		{"other variant", "oci:" + multi + ":multi", "linux/arm/v6", "no image for linux/arm/v6; available: linux/amd64, linux/arm/v7, linux/arm64"},
		{"no platform given", "oci:" + multi + ":multi", "", "no platform given and several to choose from: linux/amd64, linux/arm/v7, linux/arm64"},
		{"single platform mismatch", "oci:" + multi + ":single", "linux/amd64", "no image for linux/amd64; available: linux/riscv64"},
		{"archive is gzip", "oci-archive:" + packed, "linux/amd64", "PATH: is not an oci-archive: it has no file oci-layout"},
		{"archive is docker's", "oci-archive:" + dockerTar, "linux/amd64", "PATH: is not an oci-archive but looks like a docker-archive"},
		{"archive is a tar", "oci-archive:" + otherTar, "linux/amd64", "PATH: is not an oci-archive: it has no file oci-layout"},
		{"archive is a directory", "oci-archive:" + notLayout, "linux/amd64", "is not a regular file"},
		{"archive is no tar", "oci-archive:" + plain, "linux/amd64", "PATH: is not a readable tar: unexpected EOF"},
		{"registry", "docker://127.0.0.1:1/alpine:3.22", "linux/amd64", "cannot reach 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
		{"docker-archive", "docker-archive:no.tar", "linux/amd64", "no such file or directory"},
		{"rootfs no tar", "rootfs:" + plain, "linux/amd64", "is not a tar file, plain or compressed with gzip or zstd"},
		{"rootfs empty", "rootfs:" + emptyFile, "linux/amd64", "is empty"},
		{"rootfs xz", "rootfs:" + xz, "linux/amd64", "is compressed with xz or bzip2, which no container runtime accepts for a layer"},
		{"rootfs cut short", "rootfs:" + cut, "linux/amd64", "truncated or damaged: unexpected EOF"},
		{"rootfs without platform", "rootfs:" + otherTar, "", "no platform given, and this base does not specify one"},
		{"scratch without platform", "scratch", "", "no platform given, and this base does not specify one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ref, err := oci.ParseReference(test.ref)
			if err != nil {
				t.Fatal(err)
			}
			var platform oci.Platform
			if test.platform != "" {
				if platform, err = oci.ParsePlatform(test.platform); err != nil {
					t.Fatal(err)
				}
			}
			_, err = transport.OpenBase(context.Background(), ref, platform, transport.Options{})
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error()
			if ref.Path != "" && ref.Transport != oci.TransportDockerArchive {
				got = strings.ReplaceAll(got, ref.Path, "PATH")
			}
			want := "open " + strings.ReplaceAll(ref.String(), ref.Path, "PATH") + ": " + test.want
			if ref.Path == "" || ref.Transport == oci.TransportDockerArchive {
				want = "open " + ref.String() + ": " + test.want
			}
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestDockerMediaTypesBecomeOCI(t *testing.T) {
	image := ocitest.ForeignImage(t, "linux/amd64", types.DockerLayer, types.DockerManifestSchema2, types.DockerConfigJSON)
	dir := ocitest.ForeignLayout(t, map[string]ggcr.Image{"docker": image})
	base := ocitest.MustOpenBase(t, ocitest.LayoutReference(dir, "docker"), "linux/amd64")
	out := filepath.Join(t.TempDir(), "out")
	desc, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(out, "v1"), ocitest.TarOf(t, "new"), oci.ConfigChanges{})
	if err != nil {
		t.Fatal(err)
	}
	ocitest.MustValidate(t, out, "v1")
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	manifest := ocitest.ReadOutput[v1.Manifest](t, out, desc)
	for i, layer := range layers {
		want, _ := layer.Digest()
		if got := manifest.Layers[i]; got.Digest.String() != want.String() || got.MediaType != v1.MediaTypeImageLayerGzip {
			t.Errorf("layer %d: got %s %s", i, got.MediaType, got.Digest)
		}
	}
	if manifest.MediaType != v1.MediaTypeImageManifest || manifest.Config.MediaType != v1.MediaTypeImageConfig {
		t.Errorf("got media types %s, %s", manifest.MediaType, manifest.Config.MediaType)
	}
}

func TestRootfs(t *testing.T) {
	plain := ocitest.TarOf(t, "etc/alpine-release", "etc/passwd")
	tests := []struct {
		name, mediaType string
		data            []byte
	}{
		{"plain", v1.MediaTypeImageLayer, plain},
		{"gzip", v1.MediaTypeImageLayerGzip, ocitest.Gzipped(t, plain)},
		{"gzip of two members", v1.MediaTypeImageLayerGzip, append(ocitest.Gzipped(t, plain[:700]), ocitest.Gzipped(t, plain[700:])...)},
		{"zstd", v1.MediaTypeImageLayerZstd, ocitest.Zstandard(t, plain)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "root")
			if err := os.WriteFile(path, test.data, 0o644); err != nil {
				t.Fatal(err)
			}
			base := ocitest.MustOpenBase(t, oci.Reference{Transport: oci.TransportRootfs, Path: path}, "linux/arm64")
			want := v1.Descriptor{MediaType: test.mediaType, Digest: digest.FromBytes(test.data), Size: int64(len(test.data))}
			if got := base.Layers[0].Descriptor; got.Digest != want.Digest || got.Size != want.Size || got.MediaType != want.MediaType {
				t.Errorf("descriptor: got %v, want %v", got, want)
			}
			if base.Layers[0].DiffID != digest.FromBytes(plain) {
				t.Errorf("diffID: got %s", base.Layers[0].DiffID)
			}
			if !bytes.Equal(readTar(t, base.Layers[0]), plain) {
				t.Error("OpenTar: other bytes")
			}
			const config = `"architecture":"arm64","os":"linux","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}`
			if !strings.Contains(string(base.RawConfig), config) {
				t.Errorf("config: got %s", base.RawConfig)
			}
			out := filepath.Join(t.TempDir(), "out")
			if _, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(out, "v1"), ocitest.TarOf(t, "new"),
				oci.ConfigChanges{}); err != nil {
				t.Fatal(err)
			}
			if test.mediaType == v1.MediaTypeImageLayerGzip { // validate reads no other layers
				ocitest.MustValidate(t, out, "v1")
			}
			// A file that changes after it was measured must not get into an image.
			if err := os.WriteFile(path, slices.Concat(test.data[:len(test.data)-1], []byte{^test.data[len(test.data)-1]}), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(filepath.Join(t.TempDir(), "changed"), ""), nil, oci.ConfigChanges{})
			if err == nil || !strings.Contains(err.Error(), "content does not match the digest") {
				t.Errorf("after a change: got %v", err)
			}
		})
	}
}

// Every blob and every document of an image is damaged in turn; opening and reading it must fail each time.
func TestEveryCorruptionIsFound(t *testing.T) {
	image := ocitest.ForeignImage(t, "linux/amd64", types.OCILayer, types.OCIManifestSchema1, types.OCIConfigJSON)
	damages := map[string]func([]byte) []byte{
		"first byte": func(b []byte) []byte { return slices.Concat([]byte{b[0] ^ 1}, b[1:]) },
		"last byte":  func(b []byte) []byte { return slices.Concat(b[:len(b)-1], []byte{b[len(b)-1] ^ 1}) },
		"truncated":  func(b []byte) []byte { return b[:len(b)-1] },
		"longer":     func(b []byte) []byte { return slices.Concat(b, []byte{'x'}) },
		"empty":      func([]byte) []byte { return nil },
	}
	dir := ocitest.ForeignLayout(t, map[string]ggcr.Image{"v1": image})
	whole := ocitest.Snapshot(t, dir)
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			continue // a directory
		}
		for damage, apply := range damages {
			t.Run(damage+" of "+name, func(t *testing.T) {
				if err := os.WriteFile(path, apply(data), 0o644); err != nil {
					t.Fatal(err)
				}
				defer os.WriteFile(path, data, 0o644)
				if err := ocitest.ReadEverything(ocitest.LayoutReference(dir, "v1")); err == nil {
					t.Error("not found")
				}
			})
		}
		t.Run("removal of "+name, func(t *testing.T) {
			if err := os.Rename(path, path+"~"); err != nil {
				t.Fatal(err)
			}
			defer os.Rename(path+"~", path)
			if err := ocitest.ReadEverything(ocitest.LayoutReference(dir, "v1")); err == nil {
				t.Error("not found")
			}
		})
	}
	if err := ocitest.ReadEverything(ocitest.LayoutReference(dir, "v1")); err != nil {
		t.Errorf("undamaged: %v", err)
	}
}

func TestLayerThatIsNotItsDiffID(t *testing.T) {
	data := ocitest.TarOf(t, "a")
	desc := v1.Descriptor{MediaType: v1.MediaTypeImageLayer, Digest: digest.FromBytes(data), Size: int64(len(data))}
	layer := oci.NewBaseLayer(desc, digest.FromString("other"), func(ctx context.Context) (io.ReadCloser, error) {
		return verify.NewReader(ctx, bytes.NewReader(data), io.NopCloser(nil), desc), nil
	})
	r, err := layer.OpenTar(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(r)
	want := "layer " + desc.Digest.String() + ": uncompressed content does not match the diffID " + layer.DiffID.String()
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Hand-written documents behind a valid digest: invalid manifests and indexes are refused.
func TestHostileDocuments(t *testing.T) {
	config := `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`
	configDesc := `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"` + digest.FromString(config).String() + `","size":78}`
	layerDesc := func(mediaType string) string {
		return `{"mediaType":"` + mediaType + `","digest":"` + digest.FromString("x").String() + `","size":1}`
	}
	tests := []struct{ name, manifest, want string }{
		{"both kinds", `{"schemaVersion":2,"config":` + configDesc + `,"layers":[],"manifests":[]}`, "has the fields of both a manifest and an index"},
		{"other media type", `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":` + configDesc + `,"layers":[]}`,
			`mediaType "application/vnd.oci.image.index.v1+json", want "application/vnd.oci.image.manifest.v1+json"`},
		{"schema 1", `{"schemaVersion":1}`, "schemaVersion 1; only 2 is supported"},
		{"not JSON", `{"schemaVersion":2`, "unexpected end of JSON input"},
		{"no config", `{"schemaVersion":2,"layers":[]}`, `no image manifest; media types found: one without a tag`},
		{"an artifact", `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.empty.v1+json"},"layers":[]}`,
			`no image manifest; media types found: "application/vnd.oci.empty.v1+json"`},
		{"an artifact with a type", `{"schemaVersion":2,"artifactType":"application/vnd.lamina.vendor.v1","config":{"mediaType":"application/vnd.oci.empty.v1+json"},"layers":[]}`,
			`no image manifest; media types found: "application/vnd.lamina.vendor.v1"`},
		{"more layers than diff_ids", `{"schemaVersion":2,"config":` + configDesc + `,"layers":[` + layerDesc(v1.MediaTypeImageLayer) + `]}`,
			"has 1 layers, but config " + digest.FromString(config).String() + " has 0 diff_ids"},
		{"config digest leads out",
			`{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:../../../../etc/passwd",` +
				`"size":1},"layers":[]}`,
			`digest "sha256:../../../../etc/passwd": invalid checksum digest length`},
		{"config of sha384",
			`{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"` +
				digest.SHA384.FromString("x").String() + `","size":1},"layers":[]}`,
			"only sha256 and sha512 are supported"},
		{"config too big", strings.Replace(`{"schemaVersion":2,"config":`+configDesc+`,"layers":[]}`, `"size":78`, `"size":99999999999`, 1),
			"99999999999 bytes, more than the limit of 16777216 for a document"},
		{"negative size", strings.Replace(`{"schemaVersion":2,"config":`+configDesc+`,"layers":[]}`, `"size":78`, `"size":-1`, 1), "negative size -1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, document := range []string{config, test.manifest} {
				path := ocitest.BlobFile(dir, digest.FromString(document))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(document), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			desc := imagedoc.Describe(v1.MediaTypeImageManifest, []byte(test.manifest))
			desc.Annotations = map[string]string{v1.AnnotationRefName: "v1"}
			index, err := json.Marshal(v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []v1.Descriptor{desc}})
			if err != nil {
				t.Fatal(err)
			}
			for name, data := range map[string]string{"index.json": string(index), "oci-layout": `{"imageLayoutVersion":"1.0.0"}`} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, err = transport.OpenBase(context.Background(), ocitest.LayoutReference(dir, "v1"), oci.Platform{}, transport.Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
