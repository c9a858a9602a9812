package repository_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
)

// TestCachedNames finds the names in what was fetched, and nothing where there is nothing or rubbish.
func TestCachedNames(t *testing.T) {
	s := newServer(t, sample)
	dir := t.TempDir()
	c := &repository.Client{CacheDir: dir}
	x, err := index(c, at(s.start(t)))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, p := range x.Packages {
		want = append(want, p.Name)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if got := repository.CachedNames(dir, ""); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := repository.CachedNames(dir, "sm"); !slices.Equal(got, []string{"small"}) {
		t.Errorf("that begin with sm: %v", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "indexes", "*.index"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 100, 4096, 4100, len(b) / 2} {
		if err := os.WriteFile(files[0], b[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		if got := repository.CachedNames(dir, ""); len(got) > len(want) {
			t.Errorf("%d bytes: %v", size, got)
		}
	}
	if got := repository.CachedNames(filepath.Join(dir, "nowhere"), ""); len(got) > 0 {
		t.Errorf("nowhere: %v", got)
	}
}
