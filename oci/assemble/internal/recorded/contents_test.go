package recorded

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// TestFindContents: files are found in a layer by their hashes, hard links and what nobody asks for among them, and reading them all takes a few
// passes over the layer, not one for each.
func TestFindContents(t *testing.T) {
	const files = 300
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	wanted := make(map[string]tree.Content)
	texts := make(map[string]string)
	var sums []string
	for i := range files {
		text := fmt.Sprintf("%d%*s", i, 5000, "x")
		sum := sha256.Sum256([]byte(text))
		sums = append(sums, hex.EncodeToString(sum[:]))
		texts[sums[i]], wanted[sums[i]] = text, nil
		if err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("d/%03d", i), Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeLink, Name: fmt.Sprintf("d/%03d-too", i), Linkname: fmt.Sprintf("d/%03d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	delete(wanted, sums[7])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	opened := 0
	id := digest.FromBytes(layer.Bytes())
	l := oci.NewBaseLayer(v1.Descriptor{MediaType: v1.MediaTypeImageLayer, Digest: id, Size: int64(layer.Len())}, id,
		func(context.Context) (io.ReadCloser, error) {
			opened++
			return io.NopCloser(bytes.NewReader(layer.Bytes())), nil
		})
	if err := findContents(t.Context(), l, wanted); err != nil {
		t.Fatal(err)
	}
	for sum, content := range wanted {
		if content == nil {
			t.Fatalf("%s was not found", sum)
		}
	}
	for i, sum := range sums {
		if i == 7 {
			continue
		}
		r, err := wanted[sum].Open()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != texts[sum] {
			t.Errorf("file %d: %.9q, %v", i, text, err)
		}
		r.Close()
	}
	if opened > 10 {
		t.Errorf("the layer was opened %d times for %d files", opened, files)
	}
}
