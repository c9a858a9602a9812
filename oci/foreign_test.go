package oci_test

import (
	"archive/tar"
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// corpus returns a file of the corpus, which the project itself does not carry.
func corpus(t testing.TB, name string) string {
	t.Helper()
	return corpustest.Path(t, name)
}

func TestMinirootfs(t *testing.T) {
	path := corpus(t, "alpine-3.19/alpine-minirootfs-3.19.4-x86_64.tar.gz")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unzip, err := stdgzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	base := ocitest.MustOpenBase(t, oci.Reference{Transport: oci.TransportRootfs, Path: path}, "linux/amd64")
	layer := base.Layers[0]
	if layer.Descriptor.Digest != digest.FromBytes(data) || layer.Descriptor.Size != int64(len(data)) || layer.DiffID != digest.FromBytes(plain) {
		t.Errorf("got %v, diffID %s", layer.Descriptor, layer.DiffID)
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(out, "v1"), ocitest.TarOf(t, "x"), oci.ConfigChanges{}); err != nil {
		t.Fatal(err)
	}
	ocitest.MustValidate(t, out, "v1")
}

func BenchmarkOpenRootfs(b *testing.B) {
	ref := oci.Reference{Transport: oci.TransportRootfs, Path: corpus(b, "alpine-3.19/alpine-minirootfs-3.19.4-x86_64.tar.gz")}
	b.ReportAllocs()
	for b.Loop() {
		ocitest.MustOpenBase(b, ref, "linux/amd64").Close()
	}
}

// A fakeStore answers for any digest, so that a fuzzer need not find one.
type fakeStore map[string][]byte

func (s fakeStore) Index(context.Context) (v1.Index, error) {
	return imagedoc.ParseIndex(s["index.json"])
}
func (s fakeStore) Close() error { return nil }
func (s fakeStore) Open(_ context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	if err := verify.Descriptor(desc); err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(s[desc.MediaType])), nil
}

func FuzzOpenImage(f *testing.F) {
	const dgst = `"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}`
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:`+strings.Repeat("0",
		64)+`","size":2}]}`),
		[]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",`+dgst+
			`,{"mediaType":"application/vnd.oci.image.index.v1+json",`+dgst+`]}`),
		[]byte(`{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json",`+dgst+
			`,"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar",`+dgst+`]}`),
		[]byte(`{"architecture":"arm","os":"linux","rootfs":{"diff_ids":["sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"]}}`))
	f.Fuzz(func(t *testing.T, top, nested, manifest, config []byte) {
		store := fakeStore{"index.json": top, v1.MediaTypeImageIndex: nested, v1.MediaTypeImageManifest: manifest, v1.MediaTypeImageConfig: config}
		for _, platform := range []oci.Platform{{}, {OS: "linux", Architecture: "arm", Variant: "v7"}} {
			base, err := oci.OpenImage(context.Background(), store, oci.Reference{}, platform, nil)
			if err != nil {
				continue
			}
			if !platform.Matches(base.Platform) || len(base.Layers) != len(base.Config.RootFS.DiffIDs) {
				t.Errorf("for %q got %+v", platform, base)
			}
			if _, err := base.Compose(oci.ComposeOptions{Layer: oci.AddedLayer{Descriptor: imagedoc.Describe(v1.MediaTypeImageLayer, nil),
				DiffID: digest.FromString("")}}); err != nil {
				t.Logf("compose: %v", err)
			}
		}
	})
}

func FuzzOpenArchive(f *testing.F) {
	dir := f.TempDir()
	base := ocitest.MustOpenBase(f, ocitest.LayoutReference(ocitest.ForeignLayout(f, map[string]ggcr.Image{"b": ocitest.OciImage(f, "linux/amd64")}), "b"), "")
	ref := oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(dir, "a.tar"), Name: "v1"}
	if _, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(f, "x"), oci.ConfigChanges{}); err != nil {
		f.Fatal(err)
	}
	archive, err := os.ReadFile(ref.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(archive)
	f.Add(ocitest.TarOf(f, "oci-layout", "./index.json", "../../blobs/sha256/x", "manifest.json"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "a.tar")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := ocitest.ReadEverything(oci.Reference{Transport: oci.TransportArchive, Path: path, Name: "v1"}); err == nil &&
			!bytes.Contains(data, []byte("oci-layout")) {
			t.Error("an archive without oci-layout was read as an image")
		}
	})
}

// FuzzOpenDockerArchive reads archives of docker save with any manifest.json, config and layer.
func FuzzOpenDockerArchive(f *testing.F) {
	const diffID = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" // of 1024 zeros
	config := `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["` + diffID + `"]}}`
	zeros := make([]byte, 1024)
	var packed bytes.Buffer
	z := stdgzip.NewWriter(&packed)
	z.Write(zeros)
	z.Close()
	f.Add(`[{"Config":"c.json","RepoTags":["a:b"],"Layers":["l.tar"]}]`, config, zeros, "l.tar")
	f.Add(`[{"Config":"c.json","RepoTags":null,"Layers":["link","./link"]},{}]`, config, packed.Bytes(), "../x/../l.tar")
	f.Add(`[{"Config":"../c.json","Layers":["link"]}]`, strings.Replace(config, diffID, "md5:0", 1), zeros, "link")
	f.Add(`[null,{"Config":"manifest.json","Layers":[""]}]`, `{"rootfs":{"diff_ids":[null]}}`, []byte{0x28, 0xb5, 0x2f, 0xfd}, "/")
	f.Fuzz(func(t *testing.T, manifest, config string, layer []byte, target string) {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		for _, file := range []struct{ name, content string }{{"manifest.json", manifest}, {"c.json", config}, {"l.tar", string(layer)}} {
			w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: file.name, Mode: 0o644, Size: int64(len(file.content))})
			io.WriteString(w, file.content)
		}
		if w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "link", Linkname: target}) != nil || w.Close() != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "a.tar")
		if err := os.WriteFile(path, archive.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"", "a:b", "@0", "@1"} {
			err := ocitest.ReadEverything(oci.Reference{Transport: oci.TransportDockerArchive, Path: path, Name: name})
			if err != nil && err.Error() == "" {
				t.Error("an error without a text")
			}
		}
	})
}
