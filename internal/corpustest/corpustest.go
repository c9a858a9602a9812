// Package corpustest finds what tests compare with and the module does not contain: real Alpine data, and programs.
package corpustest

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
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

// Program returns the path of a program. Where it is not installed the test is skipped, but with CI=true it fails.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// CasesVariable names the directory of cases from use in the environment.
const CasesVariable = "LAMINA_CASES"

// Cases returns a path in the cases, which are in ../shared/cases, as seen from the project, or beside the corpus, unless the environment
// says otherwise. Without them the test is skipped; a directory that the environment names must have them.
func Cases(t testing.TB, elem ...string) string {
	t.Helper()
	path := func(dir ...string) string { return filepath.Join(append(dir, elem...)...) }
	if dir := os.Getenv(CasesVariable); dir != "" {
		if _, err := os.Stat(path(dir)); err != nil {
			t.Fatalf("%s: %v", CasesVariable, err)
		}
		return path(dir)
	}
	for _, dir := range []string{filepath.Join(root(t), "..", "shared", "cases"), filepath.Join(os.Getenv(Variable), "..", "cases")} {
		if _, err := os.Stat(path(dir)); err == nil {
			return path(dir)
		}
	}
	t.Skip(CasesVariable + " is not set: no cases to test with")
	return ""
}

// root returns the directory of the project, which a test runs somewhere below.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no directory above has go.mod")
		}
	}
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
