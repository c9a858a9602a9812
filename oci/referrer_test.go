package oci_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/transport"
)

// writeNamed writes an image that is nothing but a config which says name, with a referrer to it, and returns the
// image's descriptor.
func writeNamed(t *testing.T, ref oci.Reference, name, about string) v1.Descriptor {
	t.Helper()
	ctx := context.Background()
	d, err := transport.Create(ctx, ref, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	config, err := d.Put(ctx, v1.MediaTypeImageConfig,
		[]byte(`{"os":"linux","architecture":"amd64","author":"`+name+`","rootfs":{"type":"layers","diff_ids":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := json.Marshal(imagedoc.NewManifest(config))
	if err != nil {
		t.Fatal(err)
	}
	desc, err := d.Put(ctx, v1.MediaTypeImageManifest, manifest)
	if err != nil {
		t.Fatal(err)
	}
	var referrers []v1.Descriptor
	if about != "" {
		r, err := d.PutReferrer(ctx, oci.Referrer{Subject: desc, ArtifactType: "text/about", Data: []byte(about), Annotations: map[string]string{"kind": "k"}})
		if err != nil {
			t.Fatal(err)
		}
		referrers = append(referrers, r)
	}
	if err := d.Commit(ctx, desc, referrers...); err != nil {
		t.Fatal(err)
	}
	return desc
}

// TestReferrers: they are found by their subject, in layouts and archives, do not stand in the way of references
// without a tag, and go when their image loses its tag.
func TestReferrers(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	layout := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(dir, "layout"), Name: "a"}
	archive := oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(dir, "archive"), Name: "a"}
	about := func(ref oci.Reference, desc v1.Descriptor) []string {
		t.Helper()
		store, err := transport.OpenStore(ctx, ref, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		found, err := ocitest.Referrers(ctx, store, desc.Digest, "text/about")
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, r := range found {
			texts = append(texts, string(r.Data))
		}
		return texts
	}
	entries := func() int {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(layout.Path, v1.ImageIndexFile))
		if err != nil {
			t.Fatal(err)
		}
		index, err := imagedoc.ParseIndex(data)
		if err != nil {
			t.Fatal(err)
		}
		return len(index.Manifests)
	}

	for _, ref := range []oci.Reference{layout, archive} {
		one := writeNamed(t, ref, "one", "first")
		if diff := cmp.Diff([]string{"first"}, about(ref, one)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref, diff)
		}
		untagged := ref
		untagged.Name = ""
		base, err := transport.OpenBase(ctx, untagged, oci.Platform{}, transport.Options{})
		if err != nil {
			t.Fatalf("without a tag: %v", err)
		}
		base.Close()
		if base.Manifest.Digest != one.Digest {
			t.Errorf("without a tag: %s, want %s", base.Manifest.Digest, one.Digest)
		}
	}

	one := writeNamed(t, layout, "one", "second")
	if diff := cmp.Diff([]string{"second"}, about(layout, one)); diff != "" {
		t.Errorf("a new one of the same kind replaces the old (-want +got):\n%s", diff)
	}
	other := layout
	other.Name = "b"
	writeNamed(t, other, "one", "second")
	if n := entries(); n != 3 {
		t.Errorf("%d entries for one image under two tags with a referrer, want 3", n)
	}
	two := writeNamed(t, layout, "two", "of two")
	if diff := cmp.Diff([]string{"second"}, about(layout, one)); diff != "" {
		t.Errorf("while a tag is left (-want +got):\n%s", diff)
	}
	writeNamed(t, other, "three", "")
	if got := about(layout, one); got != nil {
		t.Errorf("of an image without a tag there is %q", got)
	}
	if diff := cmp.Diff([]string{"of two"}, about(layout, two)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	untagged := layout
	untagged.Name = ""
	writeNamed(t, untagged, "four", "of four")
	if n := entries(); n != 5 {
		t.Errorf("%d entries for three images and two referrers, want 5", n)
	}
}
