package sharedcache_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/sharedcache"
)

// TestDirectoryTakesNothing: for a directory that cannot be written to, nothing is fetched but a list.
func TestDirectoryTakesNothing(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := sharedcache.NewHTTP(k.URL, k.Client())
	if err != nil {
		t.Fatal(err)
	}
	directory := cache.Open(file, func() ([]byte, error) { return []byte("secret of this test"), nil })
	shared := sharedcache.New(t.Context(), sharedcache.Options{Directory: directory, Name: "build", From: []sharedcache.Store{store},
		Warn: func(text string) { t.Error(text) }})
	defer shared.Close()
	for _, kind := range []cache.Kind{cache.Segments, cache.Listings, cache.Trees} {
		if _, err := directory.Read(kind, nameIn(kind), 1<<20); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if got := k.heard(); len(got) != 1 || got[0] != "GET /ac" {
		t.Errorf("requests %v, want one for a list", got)
	}
}
