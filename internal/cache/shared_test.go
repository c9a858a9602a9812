package cache_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// TestReceiveNames: a list of a server names entries; only names that entries have get into the directory, and nothing outside of it.
func TestReceiveNames(t *testing.T) {
	dir := t.TempDir()
	directory := cachetest.Open(filepath.Join(dir, "cache"))
	defer directory.Close()
	put := func(kind cache.Kind, name string) bool {
		w := directory.Receive(kind, name)
		defer w.Abort()
		w.Write([]byte("content"))
		w.Commit()
		return w.IsHere()
	}
	for _, bad := range []struct {
		kind cache.Kind
		name string
	}{
		{cache.Packages, "../../x.apk"}, {cache.Packages, "X1../../../aa.apk"}, {cache.Packages, "X1zz.apk"}, {cache.Packages, "abcd.apk"},
		{cache.Packages, ""},
		{cache.Packages, "control"}, {cache.Indexes, "abcd"}, {cache.Indexes, "/abcd.index"}, {cache.Files, "new"}, {cache.Files, `..\abcd`},
		{cache.Files, ".download-abcd"},
		{cache.Segments, "../listings/abcd"}, {cache.Segments, "ABCD"}, {cache.Segments, ".new-abcd"}, {cache.Segments, strings.Repeat("a", 129)},
		{cache.Unfinished, "abcd"}, {"", "abcd"}, {"..", "abcd"}, {"packages/..", "abcd"},
	} {
		if put(bad.kind, bad.name) || directory.Has(bad.kind, bad.name) {
			t.Errorf("%s %q was taken", bad.kind, bad.name)
		}
		if entry, err := directory.Send(bad.kind, bad.name); err == nil {
			entry.Close()
			t.Errorf("%s %q was given", bad.kind, bad.name)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 1 {
		t.Errorf("outside of the folder: %v, %v", entries, err)
	}
	for kind, name := range map[cache.Kind]string{cache.Packages: "X2" + strings.Repeat("ab", 32) + ".apk", cache.Indexes: "abcd.index", cache.Files: "abcd",
		cache.Pulled: "abcd", cache.Trees: "abcd"} {
		if !put(kind, name) || !directory.Has(kind, name) {
			t.Errorf("%s %s was not taken", kind, name)
		}
		info, err := os.Stat(filepath.Join(dir, "cache", string(kind), name))
		if err != nil || kind != cache.Pulled && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s %s: %v, %v", kind, name, info, err)
		}
	}
	// The directory does not believe shared caches.
	if _, err := directory.Read(cache.Trees, "abcd", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a received tree: %v", err)
	}
}
