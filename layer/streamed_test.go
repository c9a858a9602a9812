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

// TestManyBaseFiles: a layer of the base, which can only be read from its beginning, is read once for all of its files that change, and for
// all copies of them.
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
		if i == 0 {
			continue
		}
		for _, copied := range []string{"copy", "again"} {
			if err := staged.WriteFile(fmt.Sprintf("%s%02d", copied, files-i), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			to, err := staged.Stat(fmt.Sprintf("%s%02d", copied, files-i))
			if err != nil {
				t.Fatal(err)
			}
			staged.SetContent(to, n.Content, n.Size)
		}
	}
	var written bytes.Buffer
	l, err := layer.Prepare(t.Context(), base, staged, nil, layer.DefaultRecipe(), layer.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write(t.Context(), &written); err != nil {
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
		for _, name := range []string{"f", "copy", "again"} {
			if name != "f" && i == 0 {
				continue
			}
			name += fmt.Sprintf("%02d", files-i)
			text, err := above.ReadFile(name, 1<<20)
			if err != nil || string(text) != strings.Repeat(fmt.Sprintln(i), 3000) {
				t.Errorf("%s: %d bytes, %v", name, len(text), err)
			}
		}
	}
}
