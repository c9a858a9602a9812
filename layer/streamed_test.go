package layer_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestManyBaseFiles: a layer of the base, which can only be read from its beginning, is read once for all of its files that change.
func TestManyBaseFiles(t *testing.T) {
	const files = 50
	var below bytes.Buffer
	w := tar.NewWriter(&below)
	for i := range files {
		content := strings.Repeat(fmt.Sprintln(i), 3000) // above what a tree holds in memory
		h := &tar.Header{Name: fmt.Sprintf("f%02d", files-i), Mode: 0o644, Size: int64(len(content))}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content)
	}
	w.Close()
	opened := 0
	base := tree.New()
	err := base.ReadLayer(bytes.NewReader(below.Bytes()), func() (io.ReadCloser, error) {
		opened++
		return io.NopCloser(bytes.NewReader(below.Bytes())), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	staged := base.Clone()
	staged.Now = time.Unix(1, 0)
	for i := range files {
		n, err := staged.Stat(fmt.Sprintf("f%02d", files-i))
		if err != nil {
			t.Fatal(err)
		}
		n.UID = 5
	}
	var written bytes.Buffer
	if _, err := layer.Write(t.Context(), &written, base, staged, nil, layer.DefaultRecipe(), layer.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if opened != 1 {
		t.Errorf("the base's layer was opened %d times", opened)
	}
	unpacked := func() (io.ReadCloser, error) { return gzip.NewReader(bytes.NewReader(written.Bytes())) }
	r, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	above := tree.New()
	if err := above.ReadLayer(r, unpacked); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		name := fmt.Sprintf("f%02d", files-i)
		text, err := above.ReadFile(name, 1<<20)
		if err != nil || string(text) != strings.Repeat(fmt.Sprintln(i), 3000) {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}
