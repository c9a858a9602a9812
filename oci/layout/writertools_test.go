package layout_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ggcrlayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/imagetest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestLayoutByGoContainerregistry reads what crane and apko write, with the library that they write it with.
func TestLayoutByGoContainerregistry(t *testing.T) {
	addendum := func(p string) mutate.IndexAddendum {
		platform, err := ggcr.ParsePlatform(p)
		if err != nil {
			t.Fatal(err)
		}
		return mutate.IndexAddendum{Add: ocitest.OciImage(t, p), Descriptor: ggcr.Descriptor{Platform: platform}}
	}
	index := mutate.AppendManifests(empty.Index, addendum("linux/amd64"), addendum("linux/arm64"))
	for name, write := range map[string]func(dir string) error{
		"layout.Write of the index (apko)": func(dir string) error { _, err := ggcrlayout.Write(dir, index); return err },
		"AppendIndex (crane pull)": func(dir string) error {
			path, err := ggcrlayout.Write(dir, empty.Index)
			if err == nil {
				err = path.AppendIndex(index)
			}
			return err
		},
		"AppendImage for each": func(dir string) error {
			path, err := ggcrlayout.Write(dir, empty.Index)
			for _, p := range []string{"linux/amd64", "linux/arm64"} {
				if err == nil {
					err = path.AppendImage(ocitest.OciImage(t, p))
				}
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "layout")
			if err := write(dir); err != nil {
				t.Fatal(err)
			}
			for _, platform := range []string{"linux/amd64", "linux/arm64"} {
				if got := ocitest.MustOpenBase(t, ocitest.LayoutReference(dir, ""), platform).Platform.String(); got != platform {
					t.Errorf("%s: got %s", platform, got)
				}
			}
			copied := ocitest.LayoutReference(filepath.Join(t.TempDir(), "copied"), "v1")
			if _, err := ocitest.CopyTo(t, ocitest.LayoutReference(dir, ""), copied, nil); err != nil {
				t.Fatal(err)
			}
			for _, platform := range []string{"linux/amd64", "linux/arm64"} {
				ocitest.MustOpenBase(t, copied, platform)
				imagetest.MustServe(t, ocitest.LayoutReference(dir, ""), platform)
			}
			imagetest.MustPush(t, ocitest.LayoutReference(dir, ""))
		})
	}
}

// TestArchivesWithinCompression: docker save | gzip, Nix' dockerTools, podman save | zstd.
func TestArchivesWithinCompression(t *testing.T) {
	base := ocitest.TestBase(t)
	for _, transportName := range []oci.Transport{oci.TransportArchive, oci.TransportDockerArchive} {
		plain := oci.Reference{Transport: transportName, Path: filepath.Join(t.TempDir(), "plain.tar"), Name: "x:1"}
		if transportName == oci.TransportArchive {
			plain.Name = "1"
		}
		if _, err := ocitest.Build(t.Context(), base, plain, ocitest.TarOf(t, "added"), oci.ConfigChanges{}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(plain.Path)
		if err != nil {
			t.Fatal(err)
		}
		for name, packed := range map[string][]byte{"gzip": ocitest.Gzipped(t, data), "zstd": ocitest.Zstandard(t, data)} {
			ref := plain
			ref.Path = filepath.Join(t.TempDir(), "packed")
			if err := os.WriteFile(ref.Path, packed, 0o644); err != nil {
				t.Fatal(err)
			}
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			if err := ocitest.ReadEverything(ref); err != nil {
				t.Errorf("%s within %s: %v", transportName, name, err)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("%s within %s leaves %v, %v", transportName, name, left, err)
			}
			if err := os.WriteFile(ref.Path, packed[:len(packed)/2], 0o644); err != nil {
				t.Fatal(err)
			}
			if err := ocitest.ReadEverything(ref); err == nil || !strings.Contains(err.Error(), ref.Path+": unpack: unexpected EOF") {
				t.Errorf("%s within half of a %s file: %v", transportName, name, err)
			}
		}
	}
}

// TestMissingBlob: the error of a blob that is not there can be told from others.
func TestMissingBlob(t *testing.T) {
	store, err := transport.OpenStore(t.Context(), ocitest.LayoutReference(newHandmadeLayout(t).finish(), ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), imagedoc.Describe("", []byte("x")))
	if !errors.As(err, new(*oci.MissingBlobError)) || !strings.Contains(err.Error(), "not in the layout ") {
		t.Error(err)
	}
}

// TestLayoutsByRealTools: layouts and archives that buildah, skopeo, podman and umoci write of one image are read.
func TestLayoutsByRealTools(t *testing.T) {
	dir, err := os.MkdirTemp("", "l-") // podman takes 50 characters, buildah no capital letters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	layout := ocitest.LayoutReference(filepath.Join(dir, "layout"), "v1")
	if err := os.CopyFS(layout.Path, os.DirFS(ocitest.ForeignLayout(t, map[string]ggcr.Image{"v1": ocitest.OciImage(t, "linux/amd64")}))); err != nil {
		t.Fatal(err)
	}
	storage := []string{"--root", filepath.Join(dir, "root"), "--runroot", filepath.Join(dir, "runroot"), "--storage-driver", "vfs"}
	skopeo := func(t *testing.T, to string) {
		ocitest.Run(t, corpustest.Program(t, "skopeo"), "--insecure-policy", "copy", layout.String(), to)
	}
	podman := func(t *testing.T, args ...string) {
		program := corpustest.Program(t, "podman")
		ocitest.Run(t, program, append(storage, "pull", "--quiet", layout.String())...)
		id := strings.Fields(ocitest.Run(t, program, append(storage, "images", "--quiet", "--no-trunc")...))[0]
		ocitest.Run(t, program, append(storage, "tag", id, "localhost/x:1")...)
		ocitest.Run(t, program, append(storage, args...)...)
	}
	for _, c := range []struct {
		name, ref string // FILE stands for the path
		write     func(t *testing.T, file string)
	}{
		{"skopeo copy to a layout", "oci:FILE:v2", func(t *testing.T, file string) { skopeo(t, "oci:"+file+":v2") }},
		{"skopeo copy to a layout without a tag", "oci:FILE", func(t *testing.T, file string) { skopeo(t, "oci:"+file) }},
		{"skopeo copy to an oci-archive", "oci-archive:FILE:v2", func(t *testing.T, file string) { skopeo(t, "oci-archive:"+file+":v2") }},
		{"skopeo copy to a docker-archive", "docker-archive:FILE", func(t *testing.T, file string) { skopeo(t, "docker-archive:"+file+":x:1") }},
		{"umoci config", "oci:FILE:v2", func(t *testing.T, file string) {
			umoci := corpustest.Program(t, "umoci")
			if err := os.CopyFS(file, os.DirFS(layout.Path)); err != nil {
				t.Fatal(err)
			}
			ocitest.Run(t, umoci, "config", "--image", file+":v1", "--tag", "v2", "--config.user", "nobody")
		}},
		{"buildah push of a commit", "oci:FILE:v2", func(t *testing.T, file string) {
			buildah := corpustest.Program(t, "buildah")
			container := strings.TrimSpace(ocitest.Run(t, buildah, append(storage, "from", "scratch")...))
			ocitest.Run(t, buildah, append(storage, "add", "--quiet", container, filepath.Join(layout.Path, "index.json"), "/etc/file")...)
			ocitest.Run(t, buildah, append(storage, "commit", "--quiet", container, "oci:"+file+":v2")...)
		}},
		{"podman save as oci-archive", "oci-archive:FILE", func(t *testing.T, file string) {
			podman(t, "save", "--quiet", "--format", "oci-archive", "--output", file, "localhost/x:1")
		}},
		{"podman save as oci-dir", "oci:FILE", func(t *testing.T, file string) {
			podman(t, "save", "--quiet", "--format", "oci-dir", "--output", file, "localhost/x:1")
		}},
		{"podman save as docker-archive", "docker-archive:FILE", func(t *testing.T, file string) {
			podman(t, "save", "--quiet", "--format", "docker-archive", "--output", file, "localhost/x:1")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "written")
			c.write(t, file)
			ref, err := oci.ParseReference(strings.ReplaceAll(c.ref, "FILE", file))
			if err != nil {
				t.Fatal(err)
			}
			if err := ocitest.ReadEverything(ref); err != nil {
				t.Error(err)
			}
			base := ocitest.MustOpenBase(t, ref, "linux/amd64")
			out := filepath.Join(t.TempDir(), "out")
			if _, err := ocitest.Build(t.Context(), base, ocitest.LayoutReference(out, "v1"), ocitest.TarOf(t, "added"), oci.ConfigChanges{}); err != nil {
				t.Error(err)
			}
			if _, err := ocitest.CopyTo(t, ref, ocitest.LayoutReference(filepath.Join(t.TempDir(), "copied"), "v1"), nil); err != nil {
				t.Errorf("copy: %v", err)
			}
			imagetest.MustServe(t, ref, "linux/amd64")
			imagetest.MustPush(t, ref)
		})
	}
}
