package layer

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lamina-oci/lamina/layer/cache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// testCache is a cache in a folder of its own, with what it had to say.
type testCache struct {
	*cache.Folder
	dir string

	mu       sync.Mutex
	warnings []string
}

func newTestCache(t testing.TB, dir string) *testCache {
	c := &testCache{Folder: cache.Open(dir), dir: dir}
	c.Warn = func(w string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.warnings = append(c.warnings, w)
	}
	return c
}

// entries returns the paths of all files in the cache.
func (c *testCache) entries(t testing.TB) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func copyFolder(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

var ignoreReused = cmpopts.IgnoreFields(Result{}, "Reused")

// TestCacheChangesNothing writes a layer with no cache, an empty and a full one, with one entry or
// all of a kind missing, and with any one damaged: always the same.
func TestCacheChangesNothing(t *testing.T) {
	count := 10
	if testing.Short() {
		count = 5
	}
	tr, packages := mixedPackages(t, count)
	changeTree(t, tr, "d etc\nf etc/passwd root\nl usr/link x")
	for _, recipe := range smallBlocks() {
		t.Run(string(recipe.Compression), func(t *testing.T) {
			want, wantResult := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{})
			check := func(what string, c *testCache, o WriteOptions, wantReused, wantWarnings int) {
				t.Helper()
				o.Cache = c.Folder
				got, result := mustWrite(t, tree.New(), tr, packages, recipe, o)
				if !bytes.Equal(got, want) {
					t.Errorf("%s: other bytes", what)
				}
				if diff := cmp.Diff(wantResult, result, ignoreReused); diff != "" {
					t.Errorf("%s: result, -want +got:\n%s", what, diff)
				}
				if result.Reused != wantReused || len(c.warnings) != wantWarnings {
					t.Errorf("%s: %d segments reused, want %d; warnings %q, want %d", what, result.Reused, wantReused, c.warnings, wantWarnings)
				}
			}
			full := newTestCache(t, t.TempDir())
			check("empty cache", full, WriteOptions{}, 0, 0)
			for _, cores := range []int{1, 4} {
				previous := runtime.GOMAXPROCS(cores)
				for _, concurrency := range []int{1, 2, 5} {
					check(fmt.Sprintf("%d cores, concurrency %d, empty cache", cores, concurrency), newTestCache(t, t.TempDir()), WriteOptions{Concurrency: concurrency}, 0, 0)
					check(fmt.Sprintf("%d cores, concurrency %d", cores, concurrency), full, WriteOptions{Concurrency: concurrency}, len(packages), 0)
				}
				runtime.GOMAXPROCS(previous)
			}

			all := full.entries(t)
			for _, kind := range []cache.Kind{cache.Segments, cache.Chains, cache.Layers} {
				dir := copyFolder(t, full.dir)
				if err := os.RemoveAll(filepath.Join(dir, string(kind))); err != nil {
					t.Fatal(err)
				}
				reused := len(packages)
				if kind == cache.Segments {
					reused = 0
				}
				check("no "+string(kind), newTestCache(t, dir), WriteOptions{}, reused, 0)
			}
			for i, path := range all {
				name, _ := filepath.Rel(full.dir, path)
				isSegment := strings.HasPrefix(name, string(cache.Segments))
				reused := len(packages)
				if isSegment {
					reused--
				}
				for _, damage := range []struct {
					name string
					do   func(b []byte) []byte // nil: gone
				}{
					{"missing", func(b []byte) []byte { return nil }},
					{"cut off", func(b []byte) []byte { return b[:len(b)-1] }},
					{"empty", func(b []byte) []byte { return []byte{} }},
					{"longer", func(b []byte) []byte { return append(b, 0) }},
					{"altered at the beginning", func(b []byte) []byte { b[40] ^= 1; return b }},
					{"altered at the end", func(b []byte) []byte { b[len(b)-1] ^= 0x80; return b }},
					{"another's", func(b []byte) []byte {
						other, err := os.ReadFile(all[(i+1)%len(all)])
						if err != nil {
							t.Fatal(err)
						}
						return other
					}},
				} {
					if damage.name == "another's" && filepath.Dir(all[(i+1)%len(all)]) == filepath.Dir(path) {
						continue // what is right in itself, but in the wrong place, is nothing that happens by damage
					}
					dir := copyFolder(t, full.dir)
					path := filepath.Join(dir, name)
					good, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					bad := damage.do(bytes.Clone(good))
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
					if bad != nil {
						if err := os.WriteFile(path, bad, 0o644); err != nil {
							t.Fatal(err)
						}
					}
					c := newTestCache(t, dir)
					if isSegment {
						warnings := 1
						if bad == nil {
							warnings = 0
						}
						check(name+" "+damage.name, c, WriteOptions{}, reused, warnings)
						if mended, err := os.ReadFile(path); err != nil || !bytes.Equal(mended, good) {
							t.Errorf("%s %s: was not mended: %v", name, damage.name, err)
						}
						continue
					}
					got, _ := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Folder})
					if !bytes.Equal(got, want) {
						t.Errorf("%s %s: other bytes", name, damage.name)
					}
				}
			}

			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			check("a file for a cache", newTestCache(t, file), WriteOptions{}, 0, 1)
		})
	}
}

// TestKnown: a whole layer is known only if it is the very same.
func TestKnown(t *testing.T) {
	tr, packages := mixedPackages(t, 6)
	changeTree(t, tr, "d etc\nf etc/passwd root")
	c := newTestCache(t, t.TempDir())
	known := func(tr *tree.Tree, packages []*StagedPackage, recipe Recipe) *Result {
		t.Helper()
		l, err := Prepare(t.Context(), tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Folder})
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Known(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	recipe := smallBlocks()[0]
	if r := known(tr, packages, recipe); r != nil {
		t.Errorf("in an empty cache: %+v", r)
	}
	_, want := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Folder})
	if diff := cmp.Diff(want, known(tr, packages, recipe), ignoreReused); diff != "" {
		t.Errorf("-written +known:\n%s", diff)
	}
	for _, change := range []string{"f etc/passwd root,x", "f etc/new x", "d etc =700", "d opt", "h usr/second etc/passwd", "f etc/passwd root +user.a=b"} {
		other := tr.Clone()
		changeTree(t, other, change)
		if r := known(other, packages, recipe); r != nil {
			t.Errorf("after %q: %+v", change, r)
		}
	}
	for _, other := range []Recipe{DefaultRecipe(), ZstdRecipe()} {
		if r := known(tr, packages, other); r != nil {
			t.Errorf("by the recipe %s: %+v", other, r)
		}
	}
	for _, name := range c.entries(t) {
		if strings.Contains(name, string(cache.Layers)) {
			if err := os.WriteFile(name, []byte(`{"digest":"sha256:00","size":1}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r := known(tr, packages, recipe); r != nil || len(c.warnings) != 1 || !strings.Contains(c.warnings[0], "record of a layer: it is damaged") {
		t.Errorf("from a damaged record: %+v, %q", r, c.warnings)
	}
}

// TestRebuild writes layers that are like an earlier one with its cache.
func TestRebuild(t *testing.T) {
	const count = 12
	tr, packages := mixedPackages(t, count)
	before := newTestCache(t, t.TempDir())
	recipe := smallBlocks()[0]
	mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: before.Folder})
	without := func(i int) (*tree.Tree, []*StagedPackage) {
		other := tr.Clone()
		for _, dir := range []string{"usr/share", "usr/lib"} {
			names, _ := other.ReadDir(dir)
			for _, name := range names {
				if base, _, _ := strings.Cut(name, "."); base == fmt.Sprintf("p%d", i) {
					if err := other.RemoveAll(dir + "/" + name); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		return other, slices.Delete(slices.Clone(packages), i, i+1)
	}
	for _, i := range []int{0, 5, count - 1} {
		t.Run(fmt.Sprint("changed ", i), func(t *testing.T) {
			other, list := without(i)
			p := makePackage(t, fmt.Sprintf("p%d", i), fmt.Sprintf("usr/share/p%d/new", i), string(sample(99, 3000)))
			p.install(t, other)
			list = slices.Insert(list, i, p.StagedPackage)
			checkRebuild(t, before, other, list, recipe, count-1)
		})
		t.Run(fmt.Sprint("removed ", i), func(t *testing.T) {
			other, list := without(i)
			reused := count - 1
			if i == 0 {
				reused-- // the directory that the next one has to bring in its place
			}
			checkRebuild(t, before, other, list, recipe, reused)
		})
	}
	t.Run("other files", func(t *testing.T) {
		other := tr.Clone()
		changeTree(t, other, "d etc\nf etc/motd hello")
		checkRebuild(t, before, other, packages, recipe, count)
	})
}

func checkRebuild(t *testing.T, before *testCache, tr *tree.Tree, packages []*StagedPackage, recipe Recipe, reused int) {
	t.Helper()
	want, wantResult := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{})
	c := newTestCache(t, copyFolder(t, before.dir))
	for range 2 { // the second finds what the first has left
		got, result := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Folder})
		if !bytes.Equal(got, want) {
			t.Error("other bytes than without the cache")
		}
		if diff := cmp.Diff(wantResult, result, ignoreReused); diff != "" {
			t.Errorf("result, -want +got:\n%s", diff)
		}
		if result.Reused != reused {
			t.Errorf("%d segments reused, want %d", result.Reused, reused)
		}
		reused = len(packages)
	}
	if len(c.warnings) > 0 {
		t.Errorf("warnings %q", c.warnings)
	}
}

// TestFailureLeavesNoEntry: what a failed write has put into the cache is complete.
func TestFailureLeavesNoEntry(t *testing.T) {
	tr, packages := mixedPackages(t, 8)
	recipe := smallBlocks()[0]
	whole, _ := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{})
	for i := range 12 {
		c := newTestCache(t, t.TempDir())
		w := &failingWriter{len(whole) * i / 12}
		if _, err := Write(t.Context(), w, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Folder, Concurrency: 1 + i%3}); err == nil {
			t.Fatal("no error")
		}
		for _, name := range c.entries(t) {
			if strings.Contains(filepath.Base(name), ".") {
				t.Errorf("%s is left", name)
			}
		}
		got, _ := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Folder})
		if !bytes.Equal(got, whole) || len(c.warnings) > 0 {
			t.Errorf("full after %d bytes: other bytes, or warnings: %q", len(whole)*i/12, c.warnings)
		}
	}
}
