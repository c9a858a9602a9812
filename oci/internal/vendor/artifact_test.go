package vendor_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/vendor"
	"github.com/lamina-oci/lamina/oci/transport"
)

// write makes an artifact of files in a layout and returns its digest.
func write(t testing.TB, ref oci.Reference, files map[string]string, images ...*oci.Base) digest.Digest {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names, err := vendor.Names(dir)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(names) // the artifact does not depend on the order of the list
	d, err := transport.Create(t.Context(), ref, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	desc, err := vendor.Write(t.Context(), d, dir, names, images)
	if err == nil {
		err = d.Commit(t.Context(), desc)
	}
	if err != nil {
		t.Fatal(err)
	}
	return desc.Digest
}

func layout(t testing.TB) oci.Reference {
	return oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(t.TempDir(), "vendored"), Name: "main"}
}

// TestRoundTrip: files and images come back as they were, and equal content has an equal digest.
func TestRoundTrip(t *testing.T) {
	ref, files := layout(t), map[string]string{"x86_64/a-1-r0.apk": "a", "x86_64/b-1-r0.apk": "b", "x86_64/same-1-r0.apk": "a", "files/1": "file", "empty": ""}
	image := ocitest.TestBase(t)
	first := write(t, ref, files, image, image)
	if again := write(t, layout(t), files, image); again != first {
		t.Errorf("another digest: %s, then %s", first, again)
	}
	write(t, ref, map[string]string{"other": "x"}) // takes the tag
	if _, err := vendor.Open(t.Context(), ref, first, transport.Options{}); err == nil ||
		!strings.Contains(err.Error(), ", but the lock was made with "+first.String()) {
		t.Errorf("got %v", err)
	}
	write(t, ref, files, image)
	a, err := vendor.Open(t.Context(), ref, first, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if diff := cmp.Diff([]string{"x86_64/a-1-r0.apk", "x86_64/b-1-r0.apk"}, a.Names("x86_64/")[:2]); diff != "" {
		t.Error(diff)
	}
	if got := a.Names("x86"); got != nil {
		t.Errorf("names below a directory: %q", got)
	}
	for name, content := range files {
		if err := a.Fetch(t.Context(), name, name, "missing"); err != nil {
			t.Fatal(err)
		}
		dir, err := a.Dir()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || string(got) != content {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	opened, err := a.OpenImage(t.Context(), image.Manifest.Digest, image.Manifest.Digest, image.Platform, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if opened.Manifest.Digest != image.Manifest.Digest || string(opened.RawConfig) != string(image.RawConfig) || opened.Platform != image.Platform {
		t.Errorf("another image: %+v", opened.Manifest)
	}
	for _, l := range opened.Layers {
		if err := l.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if other, err := a.OpenImage(t.Context(), image.Manifest.Digest, first, image.Platform, transport.Options{}); err == nil {
		t.Errorf("an image of another digest: %v", other.Manifest)
	}
	if other, err := a.OpenImage(t.Context(), first, "", image.Platform, transport.Options{}); other != nil || err != nil {
		t.Errorf("an image that is not there: %v, %v", other, err)
	}
}

// forge puts a manifest into a layout under the tag.
func forge(t testing.TB, ref oci.Reference, mediaType string, manifest []byte, blobs ...[]byte) digest.Digest {
	t.Helper()
	root := v1.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(manifest), Size: int64(len(manifest)),
		Annotations: map[string]string{v1.AnnotationRefName: ref.Name}}
	index, err := json.Marshal(v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []v1.Descriptor{root}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(ref.Path, "blobs/sha256"), 0o755); err != nil {
		t.Fatal(err)
	}
	put := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(ref.Path, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	put("index.json", index)
	for _, blob := range append(blobs, manifest) {
		put("blobs/sha256/"+digest.FromBytes(blob).Encoded(), blob)
	}
	return root.Digest
}

// TestOtherManifests: manifests of other artifacts are refused.
func TestOtherManifests(t *testing.T) {
	for name, test := range map[string]struct{ mediaType, manifest, want string }{
		"an image": {v1.MediaTypeImageManifest, `{"schemaVersion":2,"mediaType":"` + v1.MediaTypeImageManifest + `"}`,
			`is of type "", not application/vnd.lamina.vendor.v1`},
		"an index": {v1.MediaTypeImageIndex, `{"schemaVersion":2}`, "not the manifest of vendored packages"},
		"no JSON":  {v1.MediaTypeImageManifest, "x", "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			ref := layout(t)
			forge(t, ref, test.mediaType, []byte(test.manifest))
			if _, err := vendor.Open(t.Context(), ref, "", transport.Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzFetch: files of verified blobs get into the artifact's directory, and no manifest can place them outside.
func FuzzFetch(f *testing.F) {
	blob := []byte("content")
	const manifest = `{"schemaVersion":2,"mediaType":"` + v1.MediaTypeImageManifest + `","artifactType":"` + vendor.ArtifactType +
		`","layers":[{"digest":%q,"size":7,"annotations":{"` + v1.AnnotationTitle + `":%q}}]}`
	for _, title := range []string{"a", "x86_64/a.apk", "../a", "/a", "a/../../b", "..", ".", "", "images/x.json", "a//b", `..\a`, "C:a"} {
		f.Add(fmt.Sprintf(manifest, digest.FromBytes(blob), title), title)
	}
	f.Add(fmt.Sprintf(manifest, digest.FromString("another"), "a"), "a")
	f.Fuzz(func(t *testing.T, manifest, name string) {
		above := t.TempDir()
		t.Setenv("TMPDIR", above)
		ref := layout(t)
		forge(t, ref, v1.MediaTypeImageManifest, []byte(manifest), blob)
		a, err := vendor.Open(t.Context(), ref, "", transport.Options{})
		if err != nil {
			return
		}
		defer a.Close()
		dir, err := a.Dir()
		if err != nil {
			t.Fatal(err)
		}
		a.Fetch(t.Context(), name)
		outside, err := filepath.Glob(filepath.Join(above, "*"))
		if err != nil || len(outside) > 1 {
			t.Errorf("written: %q", outside)
		}
		filepath.WalkDir(dir, func(path string, e os.DirEntry, _ error) error {
			if content, err := os.ReadFile(path); err == nil && e.Type().IsRegular() && strings.HasSuffix(filepath.ToSlash(path), "/"+name) &&
				string(content) != string(blob) {
				t.Errorf("%s is %q", path, content)
			}
			return nil
		})
	})
}
