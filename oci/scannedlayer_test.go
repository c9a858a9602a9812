package oci_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// testCache is a cache, and what it warned of.
type testCache struct {
	*cache.Directory
	dir      string
	warnings []string
}

func newTestCache(t testing.TB) *testCache {
	c := &testCache{dir: t.TempDir()}
	c.Directory = cachetest.Open(c.dir)
	c.Warn = func(text string) { c.warnings = append(c.warnings, text) }
	return c
}

// trees returns the files of the layers that are kept.
func (c *testCache) trees(t testing.TB) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(c.dir, "trees"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

func openCached(t testing.TB, ref oci.Reference, directory *cache.Directory) *oci.Base {
	t.Helper()
	base, err := transport.OpenBase(context.Background(), ref, oci.Platform{}, transport.Options{Cache: directory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	return base
}

// filesOf reads the layers into a tree and lists it, contents included.
func filesOf(t testing.TB, base *oci.Base) []string {
	t.Helper()
	files := tree.New()
	for _, layer := range base.Layers {
		if err := layer.ReadInto(context.Background(), files); err != nil {
			t.Fatal(err)
		}
	}
	var list []string
	for name, n := range files.All() {
		content := []byte{}
		if n.Type == tree.Regular {
			var err error
			if content, err = n.Read(1 << 20); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		list = append(list, fmt.Sprintf("%s %o %d %s", name, n.Mode, n.Size, digest.FromBytes(content)))
	}
	return list
}

// rootfsFile writes a root file system for x86_64 with a file that is too large to be kept.
func rootfsFile(t testing.TB, large string) oci.Reference {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, file := range [][2]string{{"./etc/apk/arch", "x86_64\n"}, {"./bin/large", strings.Repeat(large, 8000)}} {
		if err := w.WriteHeader(&tar.Header{Name: file[0], Mode: 0o644, Size: int64(len(file[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, file[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "root.tar.gz")
	if err := os.WriteFile(path, ocitest.Gzipped(t, b.Bytes()), 0o644); err != nil {
		t.Fatal(err)
	}
	return oci.Reference{Transport: oci.TransportRootfs, Path: path}
}

func layoutOfTwoLayers(t testing.TB) oci.Reference {
	return ocitest.LayoutReference(ocitest.ForeignLayout(t, map[string]ggcr.Image{"base": ocitest.OciImage(t, "linux/amd64")}), "base")
}

// TestCachedBase: a base is the same with a cache, whether that is empty or knows the layers.
func TestCachedBase(t *testing.T) {
	for name, ref := range map[string]oci.Reference{"layout": layoutOfTwoLayers(t), "root file system": rootfsFile(t, "a")} {
		t.Run(name, func(t *testing.T) {
			want := ocitest.MustOpenBase(t, ref, "")
			directory := newTestCache(t)
			for _, state := range []string{"empty", "filled"} {
				got := openCached(t, ref, directory.Directory)
				if got.Manifest.Digest != want.Manifest.Digest || got.Platform != want.Platform || !bytes.Equal(got.RawConfig, want.RawConfig) {
					t.Errorf("cache %s: %s for %s, want %s for %s", state, got.Manifest.Digest, got.Platform, want.Manifest.Digest, want.Platform)
				}
				for i, layer := range got.Layers {
					if w := want.Layers[i]; layer.DiffID != w.DiffID || layer.Descriptor.Digest != w.Descriptor.Digest ||
						layer.Descriptor.Size != w.Descriptor.Size {
						t.Errorf("cache %s: layer %d is %v %s, want %v %s", state, i, layer.Descriptor, layer.DiffID, w.Descriptor, w.DiffID)
					}
				}
				if diff := cmp.Diff(filesOf(t, want), filesOf(t, got)); diff != "" {
					t.Errorf("cache %s (-without +with):\n%s", state, diff)
				}
			}
			if kept := directory.trees(t); len(kept) != len(want.Layers) || len(directory.warnings) > 0 {
				t.Errorf("kept %q, warnings %q", kept, directory.warnings)
			}
		})
	}
}

// TestCachedBaseIsNotUnpacked: what the cache knows is not looked for in the layer, but nothing leaves a layer that is
// not what its digest says.
func TestCachedBaseIsNotUnpacked(t *testing.T) {
	ctx := context.Background()
	ref := layoutOfTwoLayers(t)
	directory := newTestCache(t)
	want := filesOf(t, openCached(t, ref, directory.Directory))
	base := openCached(t, ref, directory.Directory)
	layer := base.Layers[0]
	blob := ocitest.BlobFile(ref.Path, layer.Descriptor.Digest)
	data, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(blob, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, filesOf(t, base)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	if err := layer.Verify(ctx); err == nil || !strings.Contains(err.Error(), "content does not match the digest") {
		t.Errorf("Verify: %v", err)
	}
	out := ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "v1")
	_, err = ocitest.Build(ctx, base, out, ocitest.TarOf(t, "new"), oci.ConfigChanges{})
	if !errors.As(err, new(*oci.SourceError)) || !strings.Contains(err.Error(), "content does not match the digest") {
		t.Errorf("build: %v", err)
	}
	if _, err := os.Stat(out.Path); err == nil {
		t.Error("there is an output")
	}
}

// TestCachedContentIsVerified: a content that is only in the layer is not read from another one, even if that is well
// formed and has a file of that name at that place.
func TestCachedContentIsVerified(t *testing.T) {
	ref, other := rootfsFile(t, "a"), rootfsFile(t, "b")
	store := func(of oci.Reference) *oci.Base { // a layout with a root file system as its layer
		out := ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "v1")
		if _, err := ocitest.Build(context.Background(), ocitest.MustOpenBase(t, of, ""), out, ocitest.TarOf(t, "new"), oci.ConfigChanges{}); err != nil {
			t.Fatal(err)
		}
		return ocitest.MustOpenBase(t, out, "")
	}
	image, otherImage := store(ref), store(other)
	directory := newTestCache(t)
	filesOf(t, openCached(t, image.Reference, directory.Directory))

	base := openCached(t, image.Reference, directory.Directory)
	files := tree.New()
	if err := base.Layers[0].ReadInto(context.Background(), files); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(ocitest.BlobFile(otherImage.Reference.Path, otherImage.Layers[0].Descriptor.Digest))
	if err != nil {
		t.Fatal(err)
	}
	path := ocitest.BlobFile(image.Reference.Path, base.Layers[0].Descriptor.Digest)
	if err := errors.Join(os.Remove(path), os.WriteFile(path, data, 0o644)); err != nil {
		t.Fatal(err)
	}
	if b, err := files.ReadFile("bin/large", 1<<20); err == nil || !strings.Contains(err.Error(), "content does not match the digest") &&
		!strings.Contains(err.Error(), "bytes, its descriptor says") && !strings.Contains(err.Error(), "bytes its descriptor says") {
		t.Errorf("got %.10q, %v", b, err)
	}
}

// TestCachedRootfsChanges: a root file system is known by its bytes, not by its name.
func TestCachedRootfsChanges(t *testing.T) {
	ref, other := rootfsFile(t, "a"), rootfsFile(t, "b")
	directory := newTestCache(t)
	before := openCached(t, ref, directory.Directory)
	data, err := os.ReadFile(other.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ref.Path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	after := openCached(t, ref, directory.Directory)
	if before.Manifest.Digest == after.Manifest.Digest {
		t.Error("the same image")
	}
	if diff := cmp.Diff(filesOf(t, ocitest.MustOpenBase(t, other, "")), filesOf(t, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCacheDamaged: a damaged entry of the cache is reported and rebuilt, never used.
func TestCacheDamaged(t *testing.T) {
	damages := map[string]func(data, other []byte) []byte{
		"a byte":        func(data, _ []byte) []byte { data[len(data)/2] ^= 1; return data },
		"cut off":       func(data, _ []byte) []byte { return data[:len(data)/2] },
		"empty":         func([]byte, []byte) []byte { return nil },
		"another layer": func(_, other []byte) []byte { return other },
	}
	otherDirectory := newTestCache(t)
	openCached(t, rootfsFile(t, "b"), otherDirectory.Directory)
	other, err := os.ReadFile(otherDirectory.trees(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	ref := rootfsFile(t, "a")
	want := ocitest.MustOpenBase(t, ref, "")
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			directory := newTestCache(t)
			openCached(t, ref, directory.Directory)
			file := directory.trees(t)[0]
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage(bytes.Clone(data), other), 0o644); err != nil {
				t.Fatal(err)
			}
			got := openCached(t, ref, directory.Directory)
			if got.Manifest.Digest != want.Manifest.Digest {
				t.Errorf("got %s, want %s", got.Manifest.Digest, want.Manifest.Digest)
			}
			if diff := cmp.Diff(filesOf(t, want), filesOf(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			text := "cache: files of layer " + string(want.Layers[0].Descriptor.Digest) + ": it is damaged"
			if len(directory.warnings) != 1 || !strings.HasPrefix(directory.warnings[0], text) {
				t.Errorf("warnings: %q", directory.warnings)
			}
			if info, err := os.Stat(file); err != nil || info.Size() != int64(len(data)) {
				t.Errorf("it was not rebuilt: %v", err)
			}
		})
	}
}

// TestCacheKeepsNoDamage: a layer that is not what is said of it leaves nothing in the cache.
func TestCacheKeepsNoDamage(t *testing.T) {
	ref := layoutOfTwoLayers(t)
	directory := newTestCache(t)
	base := openCached(t, ref, directory.Directory)
	layer := base.Layers[0]
	layer.DiffID = digest.FromString("other")
	for range 2 {
		err := layer.ReadInto(context.Background(), tree.New())
		if err == nil || !strings.Contains(err.Error(), "does not match the diffID") {
			t.Errorf("got %v", err)
		}
		if kept := directory.trees(t); len(kept) > 0 {
			t.Errorf("kept: %q", kept)
		}
	}
	filesOf(t, base) // and now the cache knows better
	err := layer.ReadInto(context.Background(), tree.New())
	if err == nil || !strings.Contains(err.Error(), "does not match the diffID") || len(directory.warnings) > 0 {
		t.Errorf("got %v, warnings %q", err, directory.warnings)
	}
}
