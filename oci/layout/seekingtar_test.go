package layout

import (
	"archive/tar"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSeekingTar: sizes that a plain header cannot hold are written as GNU tar writes them.
func TestSeekingTar(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "x.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := &seekingTar{file: file}
	for _, content := range []string{"", "a", strings.Repeat("b", 512), strings.Repeat("c", 100_000)} {
		if err := w.add(fmt.Sprint(len(content)), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(file)
	for _, size := range []int{0, 1, 512, 100_000} {
		h, err := r.Next()
		if err != nil || h.Size != int64(size) || h.Name != fmt.Sprint(size) {
			t.Fatalf("%+v, %v", h, err)
		}
	}
	if info, _ := file.Stat(); info.Size()%512 != 0 {
		t.Errorf("%d bytes", info.Size())
	}
}
