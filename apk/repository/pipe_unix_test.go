//go:build unix

package repository_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
)

// TestPipes: nothing waits for a pipe that stands where a file should be: in a cache, what is missing is fetched again; in a
// repository it is an error.
func TestPipes(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	dir := t.TempDir()
	for range 2 {
		c := &repository.Client{CacheDir: dir}
		x, err := index(c, r)
		if err != nil {
			t.Fatal(err)
		}
		source, err := c.Package(t.Context(), r, find(t, x, "small"), "x86_64", apk.V3)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, source), s.files["x86_64/small-1.0-r0.apk"]) {
			t.Error("the package is not what the server has")
		}
		c.Close()
		replaced := 0
		err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || e.Name() == "packages.lock" {
				return err
			}
			replaced++
			if err := os.Remove(name); err != nil {
				return err
			}
			return syscall.Mkfifo(name, 0o600)
		})
		if err != nil || replaced != 2 {
			t.Fatalf("%d files in the cache, %v", replaced, err)
		}
	}

	local := t.TempDir()
	if err := os.Mkdir(filepath.Join(local, "x86_64"), 0o755); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(local, "x86_64", "APKINDEX.tar.gz")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	c := &repository.Client{}
	defer c.Close()
	if _, err := index(c, at(local)); err == nil || !strings.Contains(err.Error(), pipe+": is not a regular file") {
		t.Error(err)
	}
}
