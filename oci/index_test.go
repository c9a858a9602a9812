package oci_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

func TestIndexOfPlatforms(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "out")
	d, err := transport.Create(ctx, ocitest.LayoutReference(dir, "multi"), transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	var images []*oci.Image
	for _, name := range []string{"linux/amd64", "linux/arm/v7"} {
		base := ocitest.MustOpenBase(t, oci.Reference{Transport: oci.TransportScratch}, name)
		plain := ocitest.TarOf(t, name)
		layer, err := d.Put(ctx, v1.MediaTypeImageLayerGzip, ocitest.Gzipped(t, plain))
		if err != nil {
			t.Fatal(err)
		}
		image, err := base.Compose(oci.ComposeOptions{Layer: oci.AddedLayer{Descriptor: layer, DiffID: digest.FromBytes(plain)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.WriteImage(ctx, base, image); err != nil {
			t.Fatal(err)
		}
		images = append(images, image)
	}
	data, desc, err := oci.ComposeIndex(images, map[string]string{"a": "b"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(ctx, desc.MediaType, data); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(ctx, desc); err != nil {
		t.Fatal(err)
	}
	ocitest.MustValidate(t, dir, "multi")
	for i, name := range []string{"linux/amd64", "linux/arm/v7"} {
		if got := ocitest.MustOpenBase(t, ocitest.LayoutReference(dir, "multi"), name); got.Manifest.Digest != images[i].ManifestDescriptor.Digest {
			t.Errorf("%s: got %s", name, got.Manifest.Digest)
		}
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
}
