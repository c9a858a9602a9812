package starter

import (
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// extracted is the directory beside a spec with the files of an image.
const extracted = "files"

// Extractor returns what writes files of an image to the directory "files" in dir. Names come from the image: nothing outside of it
// is written to, and nothing that exists is replaced.
func Extractor(dir string) func(name string, n *tree.Node) (string, error) {
	return func(name string, n *tree.Node) (string, error) {
		if err := extract(filepath.Join(dir, extracted), name, n); err != nil {
			return "", hint.Errorf("write %s: %w", filepath.Join(dir, extracted, filepath.FromSlash(name)), err).With(
				"choose a directory for the spec that has no directory " + extracted + ": -f DIR/" + fleet.DefaultSpec)
		}
		return path.Join(extracted, name), nil
	}
}

func extract(dir, name string, n *tree.Node) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if parent := path.Dir(name); parent != "." {
		if err := root.MkdirAll(parent, 0o777); err != nil {
			return err
		}
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	if n.Content != nil {
		content, err := n.Content.Open()
		if err != nil {
			return err
		}
		defer content.Close()
		if _, err := io.Copy(file, content); err != nil {
			return err
		}
	}
	return file.Close()
}
