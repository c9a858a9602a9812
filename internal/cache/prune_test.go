package cache_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// now is when caches are pruned here.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// put makes a file in a cache that was used some hours before now.
func put(t testing.TB, dir, name string, size int, hours int) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, size), 0o644); err != nil {
		t.Fatal(err)
	}
	used := now.Add(time.Duration(-hours) * time.Hour)
	if err := os.Chtimes(name, used, used); err != nil {
		t.Fatal(err)
	}
}

// strange are files that are not Lamina's, or of a Lamina to come.
var strange = []string{
	"CACHEDIR.TAG", "packages.txt", "notes/abcd", "segments-v2/abcd",
	"packages/readme", "packages/nginx-1.26.2-r0.apk", "packages/.apk", "packages/abcd.apk", "packages/X1.apk", "packages/X1a.apk", "packages/X1ABCD.apk",
	"packages/x1abcd.apk", "packages/X1abcd", "packages/Q1abcd.apk", "packages/abcd.index", "packages/ab/X1abcd.apk", "packages/.new-1",
	"indexes/abcd.apk", "indexes/X1abcd.index", "indexes/APKINDEX.tar.gz",
	"segments/xyz", "segments/a", "segments/abcd.old", "segments/ABCD", "segments/ab/abcd", "segments/.download-1", "notes/.new-1",
}

func TestPrune(t *testing.T) {
	list := []struct {
		name        string
		size, hours int
	}{
		{"segments/aaaa", 100, 1000},
		{"packages/X1bbbb.apk", 50, 800},
		{"trees/cccc", 10, 700},
		{"segments/aadd", 100, 100},
		{"indexes/eeee.index", 5, 30},
		{"listings/ffff", 1, 30},
		{"chains/aaaa", 1, 2},
		{"packages/X2abcd.apk", 50, 1},
	}
	leftovers := []string{"packages/.download-1", "indexes/.download-2", "segments/.new-3", "trees/.new-4"}
	for _, c := range []struct {
		name   string
		policy cache.PrunePolicy
		want   int // how many of the list go
		bytes  int64
	}{
		{"nothing", cache.PrunePolicy{}, 0, 0},
		{"all", cache.PrunePolicy{All: true}, 8, 317},
		{"older than all", cache.PrunePolicy{MaxAge: 2000 * time.Hour}, 0, 0},
		{"older than 30 days", cache.PrunePolicy{MaxAge: 720 * time.Hour}, 2, 150},
		{"just as old", cache.PrunePolicy{MaxAge: 700 * time.Hour}, 2, 150},
		{"a second older", cache.PrunePolicy{MaxAge: 700*time.Hour - time.Second}, 3, 160},
		{"older than a minute", cache.PrunePolicy{MaxAge: time.Minute}, 8, 317},
		{"there is room", cache.PrunePolicy{MaxSize: 317}, 0, 0},
		{"one byte too much", cache.PrunePolicy{MaxSize: 316}, 1, 100},
		{"half", cache.PrunePolicy{MaxSize: 160}, 3, 160},
		{"nothing that is left fits", cache.PrunePolicy{MaxSize: 1}, 8, 317},
		{"age reaches further", cache.PrunePolicy{MaxAge: 50 * time.Hour, MaxSize: 300}, 4, 260},
		{"size reaches further", cache.PrunePolicy{MaxAge: 900 * time.Hour, MaxSize: 60}, 4, 260},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, dir := open(t)
			var want []string
			for i, e := range list {
				put(t, dir, e.name, e.size, e.hours)
				if i >= c.want {
					want = append(want, e.name)
				}
			}
			for _, name := range strange {
				put(t, dir, name, 7, 5000)
				want = append(want, name)
			}
			for i, name := range leftovers {
				put(t, dir, name, 1000, 23+i%2*2) // each kind has one that is older than a day
				if i%2 == 0 {
					want = append(want, name)
				}
			}
			all := files(t, dir)
			c.policy.Now = now
			c.policy.DryRun = true
			dry, err := f.Prune(t.Context(), c.policy)
			if err != nil {
				t.Fatal(err)
			}
			if got := without(files(t, dir), "packages.lock"); !slices.Equal(got, all) {
				t.Errorf("a dry run removed something: %s", cmp.Diff(all, got))
			}
			c.policy.DryRun = false
			pruned, err := f.Prune(t.Context(), c.policy)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(dry, pruned); d != "" {
				t.Errorf("a dry run says otherwise: %s", d)
			}
			got := without(files(t, dir), "packages.lock")
			slices.Sort(want)
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if pruned.Count != c.want+2 || pruned.Bytes != c.bytes+2000 || pruned.InUse != 0 {
				t.Errorf("%+v", pruned)
			}
		})
	}
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == name })
}

func TestUsage(t *testing.T) {
	f, dir := open(t)
	for _, name := range strange {
		put(t, dir, name, 7, 5000)
	}
	put(t, dir, "segments/aaaa", 100, 50)
	put(t, dir, "segments/bbbb", 20, 40)
	put(t, dir, "segments/bbcc", 3, 45)
	put(t, dir, "packages/X1aaaa.apk", 5, 1)
	put(t, dir, "trees/.new-1", 9, 3)
	got, err := f.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ago := func(hours int) time.Time { return now.Add(time.Duration(-hours) * time.Hour) }
	want := []cache.Usage{
		{Kind: "packages", Count: 1, Bytes: 5, Oldest: ago(1), Newest: ago(1)},
		{Kind: "indexes"},
		{Kind: "files"},
		{Kind: "segments", Count: 3, Bytes: 123, Oldest: ago(50), Newest: ago(40)},
		{Kind: "tars"},
		{Kind: "chains"},
		{Kind: "layers"},
		{Kind: "blobs"},
		{Kind: "listings"},
		{Kind: "trees"},
		{Kind: "pulled"},
		{Kind: "references"},
		{Kind: "answers"},
		{Kind: "unfinished", Count: 1, Bytes: 9, Oldest: ago(3), Newest: ago(3)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestNoDirectory: a missing cache directory is an empty cache, and reading does not create it.
func TestNoDirectory(t *testing.T) {
	f, dir := open(t)
	usage, err := f.Usage(t.Context())
	if err != nil || len(usage) != 14 || usage[0].Count != 0 {
		t.Errorf("%v, %v", usage, err)
	}
	pruned, err := f.Prune(t.Context(), cache.PrunePolicy{All: true})
	if err != nil || pruned.Count != 0 || len(pruned.Kinds) != 14 {
		t.Errorf("%v, %v", pruned, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it was made")
	}
}

func TestPruneErrors(t *testing.T) {
	f, dir := open(t)
	for _, policy := range []cache.PrunePolicy{{MaxAge: -1}, {MaxSize: -1}} {
		if _, err := f.Prune(t.Context(), policy); err == nil || err.Error() != "prune cache: a limit is negative" {
			t.Errorf("%+v: %v", policy, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	put(t, dir, "segments/aaaa", 1, 10)
	if _, err := f.Prune(ctx, cache.PrunePolicy{All: true}); err == nil || err.Error() != "read cache: context canceled" {
		t.Error(err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("%q", got)
	}
	name := filepath.Join(dir, "segments", "aaaa")
	f = cache.Open(name, cachetest.Secret)
	if _, err := f.Usage(t.Context()); err == nil || err.Error() != "read cache: "+name+" is not a directory" {
		t.Error(err)
	}
}

// TestPruneOpenEntry: an open entry stays readable when it is pruned.
func TestPruneOpenEntry(t *testing.T) {
	f, dir := open(t)
	f.Write(cache.Segments, "abcd", []byte("content"))
	e, err := f.Open(cache.Segments, "abcd")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pruned, err := f.Prune(t.Context(), cache.PrunePolicy{All: true})
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 7)
	if _, err := e.ReadAt(b, 0); err != nil || string(b) != "content" {
		t.Errorf("%q, %v", b, err)
	}
	if runtime.GOOS == "windows" {
		if pruned.InUse != 1 || len(files(t, dir)) != 1 {
			t.Errorf("%+v", pruned)
		}
	} else if pruned.Count != 1 || len(files(t, dir)) != 0 {
		t.Errorf("%+v", pruned)
	}
}

// TestPruneDuringBuild: packages that a build has been given stay until its client is
// closed.
func TestPruneDuringBuild(t *testing.T) {
	repo := t.TempDir()
	if err := (fixtures.Repository{Packages: []fixtures.Package{{Name: "p"}, {Name: "q"}}}).Write(repo); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.FileServer(http.Dir(repo)))
	defer s.Close()
	f, dir := open(t)
	client := &repository.Client{CacheDir: dir}
	defer client.Close()
	r := repository.Repository{URL: s.URL}
	index, err := client.Index(t.Context(), r, "x86_64", fixtures.KeyRing(), apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	var sources []*repository.Source
	for _, p := range index.Packages {
		source, err := client.Package(t.Context(), r, p, "x86_64", apk.V3)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	put(t, dir, "packages/X1abcd.apk", 1, 0) // of another time, which nobody reads any more
	prune := func() cache.Pruned {
		t.Helper()
		pruned, err := f.Prune(t.Context(), cache.PrunePolicy{All: true})
		if err != nil {
			t.Fatal(err)
		}
		return pruned
	}
	if pruned := prune(); pruned.InUse != 2 || pruned.Count != 2 {
		t.Errorf("during the build, one package and the index go: %+v", pruned)
	}
	for _, source := range sources {
		r, err := source.Open()
		if err != nil {
			t.Error(err)
			continue
		}
		r.Close()
	}
	// Two builds at once do not hold each other up.
	other := &repository.Client{CacheDir: dir, Offline: true}
	for _, p := range index.Packages {
		if _, err := other.Package(t.Context(), r, p, "x86_64", apk.V3); err != nil {
			t.Error(err)
		}
	}
	client.Close()
	if pruned := prune(); pruned.InUse != 2 {
		t.Errorf("during the other build: %+v", pruned)
	}
	other.Close()
	if pruned := prune(); pruned.InUse != 0 || pruned.Count != 2 {
		t.Errorf("after the builds: %+v", pruned)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"packages.lock"}) {
		t.Errorf("%q", got)
	}
	// The same client again fetches what is gone.
	if _, err := client.Package(t.Context(), r, index.Packages[0], "x86_64", apk.V3); err != nil {
		t.Error(err)
	}
	if got := files(t, dir); len(got) != 2 || !strings.HasSuffix(got[0], ".apk") {
		t.Errorf("%q", got)
	}
}
