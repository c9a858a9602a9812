package oci

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// tarOf makes a tar with one file for each name; its content is the name.
func tarOf(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(name))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// foreignImage makes an image with go-containerregistry: two layers, a config of more than image-spec knows.
func foreignImage(t testing.TB, platform string, layerType types.MediaType, manifestType, configType types.MediaType) ggcr.Image {
	t.Helper()
	p, err := ggcr.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, manifestType), configType)
	for _, name := range []string{"etc/first-" + platform, "etc/second-" + platform} {
		data := tarOf(t, name)
		if strings.HasSuffix(string(layerType), "gzip") {
			data = gzipped(t, data)
		} else if strings.HasSuffix(string(layerType), "zstd") {
			// static.NewLayer cannot tell the diffID of these.
			t.Fatal("no zstd here")
		}
		layer := static.NewLayer(data, layerType)
		diffID, err := ggcr.NewHash(digest.FromBytes(tarOf(t, name)).String())
		if err != nil {
			t.Fatal(err)
		}
		img, err = mutate.Append(img, mutate.Addendum{
			Layer:     layerWithDiffID{layer, diffID},
			History:   ggcr.History{CreatedBy: "ADD " + name},
			MediaType: layerType,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, p.Variant
	config.Config.Env = []string{"PATH=/bin", "LANG=C"}
	config.Config.Cmd = []string{"/bin/sh"}
	config.Config.Healthcheck = &ggcr.HealthConfig{Test: []string{"CMD", "true"}}
	config.Config.OnBuild = []string{"RUN true"}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	return img
}

type layerWithDiffID struct {
	ggcr.Layer
	diffID ggcr.Hash
}

func (l layerWithDiffID) DiffID() (ggcr.Hash, error) { return l.diffID, nil }

func ociImage(t testing.TB, platform string) ggcr.Image {
	return foreignImage(t, platform, types.OCILayer, types.OCIManifestSchema1, types.OCIConfigJSON)
}

// foreignLayout writes images, tagged, into a new layout with go-containerregistry.
func foreignLayout(t testing.TB, images map[string]ggcr.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "base")
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for tag, image := range images {
		var options []layout.Option
		if tag != "" {
			options = append(options, layout.WithAnnotations(map[string]string{v1.AnnotationRefName: tag}))
		}
		if err := path.AppendImage(image, options...); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func layoutReference(dir, tag string) Reference {
	return Reference{Transport: TransportLayout, Path: dir, Name: tag}
}

func mustOpenBase(t testing.TB, ref Reference, platform string) *Base {
	t.Helper()
	var p Platform
	if platform != "" {
		var err error
		if p, err = ParsePlatform(platform); err != nil {
			t.Fatal(err)
		}
	}
	base, err := OpenBase(context.Background(), ref, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	return base
}

// build writes base plus one layer to ref.
func build(ctx context.Context, base *Base, ref Reference, layerTar []byte, config ConfigChanges) (v1.Descriptor, error) {
	d, err := OpenDestination(ctx, ref, nil)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer d.Abort()
	w, err := d.NewBlob(ctx)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer w.Abort()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(layerTar)
	z.Close()
	for chunk := range slices.Chunk(packed.Bytes(), 1024) {
		if _, err := w.Write(chunk); err != nil {
			return v1.Descriptor{}, err
		}
	}
	layer, err := w.Commit(v1.MediaTypeImageLayerGzip)
	if err != nil {
		return v1.Descriptor{}, err
	}
	image, err := Compose(base, ComposeOptions{
		Layer:     AddedLayer{layer, digest.FromBytes(layerTar)},
		Config:    config,
		Created:   time.Unix(1700000000, 0),
		CreatedBy: "lamina build nginx",
	})
	if err != nil {
		return v1.Descriptor{}, err
	}
	if err := WriteImage(ctx, d, base, image); err != nil {
		return v1.Descriptor{}, err
	}
	return image.ManifestDescriptor, d.Commit(ctx, image.ManifestDescriptor)
}

// snapshot is the state of a directory tree: names, modes and content.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		all[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all[name] += " " + string(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// mustValidate has go-containerregistry check the image that a layout has under a tag.
func mustValidate(t testing.TB, dir, tag string) {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range manifest.Manifests {
		if entry.Annotations[v1.AnnotationRefName] != tag {
			continue
		}
		if entry.MediaType.IsIndex() {
			child, err := index.ImageIndex(entry.Digest)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate.Index(child); err != nil {
				t.Errorf("validate %s: %v", tag, err)
			}
			return
		}
		image, err := index.Image(entry.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(image); err != nil {
			t.Errorf("validate %s: %v", tag, err)
		}
		return
	}
	t.Errorf("no tag %q in %s", tag, dir)
}

// program returns the path of a program that CI must have and a developer's machine may lack.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

// A failingContext is cancelled at its n-th look: a build that asks it at each step fails at each step in turn.
type failingContext struct {
	context.Context
	left *int
}

func (c failingContext) Err() error {
	if *c.left--; *c.left < 0 {
		return fmt.Errorf("step refused: %w", context.Canceled)
	}
	return nil
}
