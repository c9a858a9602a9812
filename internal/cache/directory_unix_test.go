//go:build unix

package cache_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// TestPipe: a pipe in the place of an entry, or of the directory, holds nobody up.
func TestPipe(t *testing.T) {
	f, dir := open(t)
	for _, name := range []string{"segments/abcd", "packages/X1abcd.apk", "chains"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if pruned, err := f.Prune(t.Context(), cache.PrunePolicy{All: true}); err != nil || pruned.Count != 0 {
		t.Errorf("%+v, %v", pruned, err)
	}
}

// TestReadOnly is about a directory that its user may read but not write.
// TestPipeAsDirectory: nothing waits for somebody to write into what is not a directory.
func TestPipeAsDirectory(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o644); err != nil {
		t.Fatal(err)
	}
	useUnusable(t, name)
}

func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	dir := filepath.Join(t.TempDir(), "cache")
	f := cache.Open(dir, cachetest.Secret)
	f.Write(cache.Trees, "abcd", []byte("kept"))
	directory := filepath.Join(dir, "trees")
	for _, name := range []string{dir, directory} {
		if err := os.Chmod(name, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(name, 0o755) })
	}
	useUnusable(t, dir)
	if b, err := f.Read(cache.Trees, "abcd", 9); err != nil || string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
	pruned, err := f.Prune(t.Context(), cache.PrunePolicy{All: true})
	if want := "prune cache: remove " + filepath.Join(directory, "abcd") + ": permission denied"; pruned.Count != 0 || err == nil || err.Error() != want {
		t.Errorf("%+v, %v, want %s", pruned, err, want)
	}
}
