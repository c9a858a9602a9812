package repository_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestNames finds the names in what was fetched, and nothing where there is nothing or rubbish.
func TestNames(t *testing.T) {
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
	if got := repository.Names(dir, nil, ""); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := repository.Names(dir, nil, "sm"); !slices.Equal(got, []string{"small"}) {
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
		if got := repository.Names(dir, nil, ""); len(got) > len(want) {
			t.Errorf("%d bytes: %v", size, got)
		}
	}
	if got := repository.Names(filepath.Join(dir, "nowhere"), []string{dir}, ""); len(got) > 0 {
		t.Errorf("nowhere: %v", got)
	}
	// A repository that is a directory needs no cache.
	directory := filepath.Join(t.TempDir(), "repo")
	if err := (fixtures.Repository{Packages: []fixtures.Package{{Name: "here"}, {Name: "there"}}}).Write(directory); err != nil {
		t.Fatal(err)
	}
	if got := repository.Names("", []string{"https://example.org/alpine", directory}, "t"); !slices.Equal(got, []string{"there"}) {
		t.Errorf("in a folder: %v", got)
	}
}
