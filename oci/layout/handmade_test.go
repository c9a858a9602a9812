package layout_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// A handmadeLayout is a layout as another tool writes it, document by document.
type handmadeLayout struct {
	t       testing.TB
	dir     string
	entries []v1.Descriptor
}

func newHandmadeLayout(t testing.TB) *handmadeLayout {
	t.Helper()
	l := &handmadeLayout{t: t, dir: filepath.Join(t.TempDir(), "layout")}
	if err := os.MkdirAll(filepath.Join(l.dir, "blobs", "sha256"), 0o755); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *handmadeLayout) write(name string, data []byte) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), data, 0o644); err != nil {
		l.t.Fatal(err)
	}
}

func (l *handmadeLayout) put(mediaType string, document any) v1.Descriptor {
	l.t.Helper()
	data, isBytes := document.([]byte)
	if !isBytes {
		var err error
		if data, err = json.Marshal(document); err != nil {
			l.t.Fatal(err)
		}
	}
	desc := imagedoc.Describe(mediaType, data)
	l.write("blobs/sha256/"+desc.Digest.Encoded(), data)
	return desc
}

// image adds an image of one layer, which has the file etc/file. Platform is a JSON object's members for the config.
func (l *handmadeLayout) image(platform string) v1.Descriptor {
	l.t.Helper()
	return l.imageOf(platform, v1.MediaTypeImageLayerGzip, ocitest.Gzipped(l.t, ocitest.TarOf(l.t, "etc/file")))
}

func (l *handmadeLayout) imageOf(platform, mediaType string, blob []byte) v1.Descriptor {
	l.t.Helper()
	config := fmt.Sprintf(`{%s,"config":{},"rootfs":{"type":"layers","diff_ids":[%q]}}`, platform, imagedoc.Describe("", ocitest.TarOf(l.t, "etc/file")).Digest)
	return l.put(v1.MediaTypeImageManifest, imagedoc.NewManifest(l.put(v1.MediaTypeImageConfig, []byte(config)), l.put(mediaType, blob)))
}

// artifact adds an artifact about a subject, with the empty config.
func (l *handmadeLayout) artifact(subject v1.Descriptor) v1.Descriptor {
	l.t.Helper()
	manifest := imagedoc.NewManifest(l.put(v1.MediaTypeEmptyJSON, []byte("{}")), l.put("application/spdx+json", []byte(`{"spdx":1}`)))
	manifest.ArtifactType, manifest.Subject = "application/spdx+json", &subject
	return l.put(v1.MediaTypeImageManifest, manifest)
}

// about adds an image once more, with a subject, as converters to other layer formats do.
func (l *handmadeLayout) about(image, subject v1.Descriptor) v1.Descriptor {
	l.t.Helper()
	manifest := l.manifest(image)
	manifest.Subject = &subject
	return l.put(v1.MediaTypeImageManifest, manifest)
}

// manifest reads the manifest of an image that was added.
func (l *handmadeLayout) manifest(image v1.Descriptor) v1.Manifest {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, "blobs", "sha256", image.Digest.Encoded()))
	if err != nil {
		l.t.Fatal(err)
	}
	manifest, err := imagedoc.ParseManifest(data)
	if err != nil {
		l.t.Fatal(err)
	}
	return manifest
}

func (l *handmadeLayout) index(entries ...v1.Descriptor) v1.Descriptor {
	l.t.Helper()
	return l.put(v1.MediaTypeImageIndex, v1.Index{Versioned: imagedoc.NewManifest(v1.Descriptor{}).Versioned, MediaType: v1.MediaTypeImageIndex,
		Manifests: entries})
}

func (l *handmadeLayout) add(desc v1.Descriptor, changes ...func(*v1.Descriptor)) *handmadeLayout {
	for _, change := range changes {
		change(&desc)
	}
	l.entries = append(l.entries, desc)
	return l
}

func (l *handmadeLayout) finish() string {
	l.t.Helper()
	data, err := json.Marshal(v1.Index{Versioned: imagedoc.NewManifest(v1.Descriptor{}).Versioned, Manifests: l.entries})
	if err != nil {
		l.t.Fatal(err)
	}
	l.write("index.json", data)
	l.write("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	return l.dir
}

func artifactType(name string) func(*v1.Descriptor) {
	return func(d *v1.Descriptor) { d.ArtifactType = name }
}

func annotated(pairs ...string) func(*v1.Descriptor) {
	return func(d *v1.Descriptor) {
		d.Annotations = maps.Clone(d.Annotations)
		if d.Annotations == nil {
			d.Annotations = map[string]string{}
		}
		for pair := range slices.Chunk(pairs, 2) {
			d.Annotations[pair[0]] = pair[1]
		}
	}
}

func named(tag string) func(*v1.Descriptor) { return annotated(v1.AnnotationRefName, tag) }

func platform(os, architecture, variant string) func(*v1.Descriptor) {
	return func(d *v1.Descriptor) {
		d.Platform = &v1.Platform{OS: os, Architecture: architecture, Variant: variant}
	}
}

const (
	amd64 = `"os":"linux","architecture":"amd64"`
	arm64 = `"os":"linux","architecture":"arm64"`
)

// missing returns the descriptor of a manifest that the layout does not have.
func missing(os, architecture string) v1.Descriptor {
	desc := imagedoc.Describe(v1.MediaTypeImageManifest, []byte(architecture))
	platform(os, architecture, "")(&desc)
	return desc
}
