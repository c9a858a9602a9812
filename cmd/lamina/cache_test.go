package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/internal/cache"
)

// TestCacheAge: entries that were used recently stay, and the report lists those that were pruned.
func TestCacheAge(t *testing.T) {
	b := newBench(t)
	used := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, name := range []string{"old/segments/abcd", "old/packages/.download-1", "old/trees/cdef"} {
		b.directory(filepath.Dir(name))
		b.file(name, "12345")
		if strings.Contains(name, "trees") {
			continue
		}
		if err := os.Chtimes(name, used, used); err != nil {
			t.Fatal(err)
		}
	}
	for _, flags := range [][]string{{"--dry-run"}, nil} {
		code, stdout, stderr := b.lamina(append([]string{"cache", "prune", "--cache-dir", "old", "--older-than", "1d", "--json"}, flags...)...)
		if code != exit.Done || stderr != "" {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		var got report.Pruned
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got.Kinds, func(k report.CacheKind) bool { return k.Kind == cache.Segments })
		if got.Count != 2 || got.Size != 10 || got.DryRun != (flags != nil) || !got.Kinds[i].LastUse.Equal(used) || got.Kinds[i].Count != 1 {
			t.Errorf("%v: %s", flags, stdout)
		}
	}
	_, stdout, _ := b.lamina("cache", "--cache-dir", "old")
	if !strings.Contains(stdout, "\ntrees  1      5 B ") || !strings.HasSuffix(stdout, "\ntotal  1      5 B\n") {
		t.Errorf("what is left:\n%s", stdout)
	}
}

// TestCacheNowhere: without a home, the directory must be named.
func TestCacheNowhere(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	b := bench{t: t}
	for _, args := range [][]string{{"cache"}, {"cache", "prune", "--all"}} {
		code, _, stderr := b.lamina(args...)
		if code != exit.Failed || !strings.HasPrefix(stderr, "lamina: find cache: ") || !strings.HasSuffix(stderr, "; name its directory: --cache-dir DIR\n") {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
}
