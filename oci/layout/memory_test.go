package layout_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/layout"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestMemory: many images that share a memory make of a layout what images without one make, also while others write to it, and
// a damaged blob is found.
func TestMemory(t *testing.T) {
	ctx := context.Background()
	write := func(dir, tag, content string, memory *layout.Memory) {
		t.Helper()
		d, err := transport.Create(ctx, ocitest.LayoutReference(dir, tag), transport.Options{Layouts: memory})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abort()
		put := func(mediaType string, data []byte) v1.Descriptor {
			t.Helper()
			desc := imagedoc.Describe(mediaType, data)
			if err := d.Copy(ctx, desc, func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }); err != nil {
				t.Fatal(err)
			}
			return desc
		}
		config := put(v1.MediaTypeImageConfig, []byte(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}`))
		layers := []v1.Descriptor{put(v1.MediaTypeImageLayer, []byte("shared")), put(v1.MediaTypeImageLayer, []byte(content))}
		manifest, err := jsontext.Marshal(imagedoc.NewManifest(config, layers...))
		if err != nil {
			t.Fatal(err)
		}
		desc := put(v1.MediaTypeImageManifest, manifest)
		about, err := d.PutReferrer(ctx, oci.Referrer{Subject: desc, ArtifactType: "text/about", Data: []byte(content)})
		if err == nil {
			err = d.Commit(ctx, desc, about)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	memory := new(layout.Memory)
	plain, shared, other := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "out")
	for i, step := range []struct {
		tag, content string
		memory       *layout.Memory
	}{
		{"a", "1", memory}, {"b", "2", memory}, {"c", "3", memory}, {"d", "4", nil}, {"e", "5", memory}, {"b", "6", memory}, {"f", "6", memory},
		{"c", "7", nil}, {"c", "8", memory}, {"g", "9", memory},
	} {
		write(plain, step.tag, step.content, nil)
		write(shared, step.tag, step.content, step.memory)
		if i%3 == 2 {
			write(other, step.tag, step.content, memory)
		}
		want, err := os.ReadFile(filepath.Join(plain, v1.ImageIndexFile))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(shared, v1.ImageIndexFile))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("after %v: %v\ngot  %s\nwant %s", step, err, got, want)
		}
	}

	digest := imagedoc.Describe(v1.MediaTypeImageLayer, []byte("shared")).Digest
	path := filepath.Join(shared, v1.ImageBlobsDir, digest.Algorithm().String(), digest.Encoded())
	for i, content := range []string{"shaRed", "short"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		write(shared, fmt.Sprint("again", i), "10", memory)
		if b, err := os.ReadFile(path); err != nil || string(b) != "shared" {
			t.Errorf("the damaged blob is %q, %v", b, err)
		}
	}
}
