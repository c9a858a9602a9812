// Package corpustest finds real Alpine data for tests. The module carries none of it.
package corpustest

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Variable names the directory of the corpus in the environment.
const Variable = "LAMINA_CORPUS"

// Path returns a path in the corpus. Without a corpus the test is skipped, but with CI=true it fails.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(Variable + " is not set")
		}
		t.Skip(Variable + " is not set: no real Alpine data to test with")
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}

// Entries calls f for each entry of a gzipped tar, its name without "./", until f fails.
func Entries(path string, f func(h *tar.Header, content io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h.Name = strings.TrimPrefix(h.Name, "./")
		if err := f(h, r); err != nil {
			return err
		}
	}
}
