package awk

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/internal/corpustest"
)

// reference is busybox of the corpus in a root file system of its own.
type reference struct{ root string }

// newReference unpacks busybox and its libc.
func newReference(t testing.TB) *reference {
	t.Helper()
	minirootfs := chroottest.Minirootfs(t)
	r := &reference{t.TempDir()}
	err := corpustest.Entries(minirootfs, func(h *tar.Header, content io.Reader) error {
		if h.Typeflag != tar.TypeReg || h.Name != "bin/busybox" && !strings.HasPrefix(h.Name, "lib/ld-musl") {
			return nil
		}
		b, err := io.ReadAll(content)
		r.write(t, h.Name, string(b), 0o755)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range testFiles {
		r.write(t, name, content, 0o644)
	}
	return r
}

func (r *reference) write(t testing.TB, name, content string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// run runs busybox awk.
func (r *reference) run(t testing.TB, args []string, stdin string) answer {
	t.Helper()
	result, err := chroottest.Command{
		Root: r.root, Args: append([]string{"/bin/busybox", "awk"}, args...), Env: []string{"PATH=/bin", "HOME=/root"}, Stdin: strings.NewReader(stdin),
	}.Run()
	if err != nil {
		t.Fatal(err)
	}
	return answer{result.Stdout, result.Stderr, result.Status}
}
