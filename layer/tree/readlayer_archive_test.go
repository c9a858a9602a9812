package tree_test

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestReadArchive: names of whiteouts are errors in an archive that is not a layer.
func TestReadArchive(t *testing.T) {
	for _, name := range []string{".wh.a", "d/.wh..wh..opq", ".wh.dir/"} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, name := range []string{"a", name} {
			h := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}
			if strings.HasSuffix(name, "/") {
				h.Typeflag = tar.TypeDir
			}
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		content := func(*tar.Header, io.Reader) (tree.Content, error) { return nil, nil }
		if err := tree.New().ReadArchive(bytes.NewReader(b.Bytes()), content); err == nil || !strings.Contains(err.Error(), "a layer cannot hold a file whose name begins with .wh.") {
			t.Errorf("%s: %v", name, err)
		}
		if err := tree.New().ReadLayerContents(bytes.NewReader(b.Bytes()), content); err != nil {
			t.Errorf("%s in a layer: %v", name, err)
		}
	}
}
