package ocitest

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
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
	ggcrlayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/layout"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TarOf makes a tar with one file for each name; its content is the name.
func TarOf(t testing.TB, names ...string) []byte {
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

func Gzipped(t testing.TB, data []byte) []byte {
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

func Zstandard(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// ForeignImage makes an image with go-containerregistry: two layers, a config of more than image-spec knows.
func ForeignImage(t testing.TB, platform string, layerType types.MediaType, manifestType, configType types.MediaType) ggcr.Image {
	t.Helper()
	p, err := ggcr.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, manifestType), configType)
	for _, name := range []string{"etc/first-" + platform, "etc/second-" + platform} {
		data := TarOf(t, name)
		if strings.HasSuffix(string(layerType), "gzip") {
			data = Gzipped(t, data)
		} else if strings.HasSuffix(string(layerType), "zstd") {
			// static.NewLayer cannot tell the diffID of these.
			t.Fatal("no zstd here")
		}
		layer := static.NewLayer(data, layerType)
		diffID, err := ggcr.NewHash(digest.FromBytes(TarOf(t, name)).String())
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

func OciImage(t testing.TB, platform string) ggcr.Image {
	return ForeignImage(t, platform, types.OCILayer, types.OCIManifestSchema1, types.OCIConfigJSON)
}

// ForeignLayout writes images, tagged, into a new layout with go-containerregistry.
func ForeignLayout(t testing.TB, images map[string]ggcr.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "base")
	path, err := ggcrlayout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for tag, image := range images {
		var options []ggcrlayout.Option
		if tag != "" {
			options = append(options, ggcrlayout.WithAnnotations(map[string]string{v1.AnnotationRefName: tag}))
		}
		if err := path.AppendImage(image, options...); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func LayoutReference(dir, tag string) oci.Reference {
	return oci.Reference{Transport: oci.TransportLayout, Path: dir, Name: tag}
}

func MustOpenBase(t testing.TB, ref oci.Reference, platform string) *oci.Base {
	t.Helper()
	var p oci.Platform
	if platform != "" {
		var err error
		if p, err = oci.ParsePlatform(platform); err != nil {
			t.Fatal(err)
		}
	}
	base, err := transport.OpenBase(context.Background(), ref, p, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	return base
}

// Build writes base plus one layer to ref.
func Build(ctx context.Context, base *oci.Base, ref oci.Reference, layerTar []byte, config oci.ConfigChanges) (v1.Descriptor, error) {
	d, err := transport.Create(ctx, ref, transport.Options{})
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
	image, err := base.Compose(oci.ComposeOptions{
		Layer:     oci.AddedLayer{Descriptor: layer, DiffID: digest.FromBytes(layerTar)},
		Config:    config,
		Created:   time.Unix(1700000000, 0),
		CreatedBy: "lamina build nginx",
	})
	if err != nil {
		return v1.Descriptor{}, err
	}
	if err := d.WriteImage(ctx, base, image); err != nil {
		return v1.Descriptor{}, err
	}
	return image.ManifestDescriptor, d.Commit(ctx, image.ManifestDescriptor)
}

// Snapshot is the state of a directory tree: names, modes and content.
func Snapshot(t testing.TB, dir string) map[string]string {
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

// MustValidate has go-containerregistry check the image that a layout has under a tag.
func MustValidate(t testing.TB, dir, tag string) {
	t.Helper()
	index, err := ggcrlayout.ImageIndexFromPath(dir)
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

func Run(t testing.TB, name string, args ...string) string {
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
type FailingContext struct {
	context.Context
	Left *int // how often Err returns nil before it fails
}

func (c FailingContext) Err() error {
	if *c.Left--; *c.Left < 0 {
		return fmt.Errorf("step refused: %w", context.Canceled)
	}
	return nil
}

// BlobFile is where a layout has a blob (image-spec image-layout.md, blobs).
func BlobFile(dir string, dgst digest.Digest) string {
	return filepath.Join(dir, "blobs", dgst.Algorithm().String(), dgst.Encoded())
}

func TestBase(t testing.TB) *oci.Base {
	t.Helper()
	dir := ForeignLayout(t, map[string]ggcr.Image{"base": OciImage(t, "linux/amd64")})
	return MustOpenBase(t, LayoutReference(dir, "base"), "linux/amd64")
}

func ReadEverything(ref oci.Reference) error {
	ctx := context.Background()
	base, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{})
	if err != nil {
		return err
	}
	defer base.Close()
	for _, layer := range base.Layers {
		for _, open := range []func(context.Context) (io.ReadCloser, error){layer.Open, layer.OpenTar} {
			r, err := open(ctx)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			r.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func ReadOutput[T any](t testing.TB, dir string, desc v1.Descriptor) T {
	t.Helper()
	store, err := layout.OpenStore(context.Background(), oci.Reference{Transport: oci.TransportLayout, Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	data, err := oci.ReadBlob(context.Background(), store, desc)
	if err != nil {
		t.Fatal(err)
	}
	var document T
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// CopyTo copies an image and returns what it was.
func CopyTo(t testing.TB, from, to oci.Reference, registries *registry.Registries) (v1.Descriptor, error) {
	t.Helper()
	ctx := t.Context()
	store, err := transport.OpenStore(ctx, from, registries)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer store.Close()
	d, err := transport.Create(ctx, to, transport.Options{Registries: registries})
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer d.Abort()
	desc, referrers, err := d.CopyImage(ctx, store, from.Name, func(text string) { t.Log(text) })
	if err != nil {
		return desc, err
	}
	return desc, d.Commit(ctx, desc, referrers...)
}

// WriteIndexed writes a layout with an index of two images, each with a referrer.
func WriteIndexed(t testing.TB) oci.Reference {
	t.Helper()
	ctx := t.Context()
	ref := LayoutReference(filepath.Join(t.TempDir(), "layout"), "both")
	d, err := transport.Create(ctx, ref, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	var images []*oci.Image
	var referrers []v1.Descriptor
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		dir := ForeignLayout(t, map[string]ggcr.Image{"x": OciImage(t, platform)})
		base, err := transport.OpenBase(ctx, LayoutReference(dir, "x"), oci.Platform{}, transport.Options{})
		if err != nil {
			t.Fatal(err)
		}
		added, diffID := AddLayer(t, d, "added-"+platform)
		image, err := base.Compose(oci.ComposeOptions{Layer: oci.AddedLayer{Descriptor: added, DiffID: diffID}})
		if err == nil {
			err = d.WriteImage(ctx, base, image)
		}
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, image)
		r, err := d.PutReferrer(ctx, oci.Referrer{Subject: image.ManifestDescriptor, ArtifactType: "text/about", Data: []byte("about " + platform)})
		if err != nil {
			t.Fatal(err)
		}
		referrers = append(referrers, r)
	}
	data, desc, err := oci.ComposeIndex(images, nil)
	if err == nil {
		_, err = d.Put(ctx, v1.MediaTypeImageIndex, data)
	}
	if err == nil {
		err = d.Commit(ctx, desc, referrers...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func AddLayer(t testing.TB, d *oci.Destination, name string) (v1.Descriptor, digest.Digest) {
	t.Helper()
	plain := TarOf(t, name)
	desc, err := d.Put(t.Context(), v1.MediaTypeImageLayerGzip, Gzipped(t, plain))
	if err != nil {
		t.Fatal(err)
	}
	return desc, digest.FromBytes(plain)
}
