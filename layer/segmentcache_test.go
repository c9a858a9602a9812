package layer

import (
	"bytes"
	"fmt"
	"io"
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

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// testCache is a cache in a directory of its own, with what it had to say.
type testCache struct {
	*cache.Directory
	dir string

	mu       sync.Mutex
	warnings []string
}

func newTestCache(t testing.TB, dir string) *testCache {
	c := &testCache{Directory: cachetest.Open(dir), dir: dir}
	c.Warn = func(w string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.warnings = append(c.warnings, w)
	}
	return c
}

// entries returns the paths of all files in the cache, and closes that.
func (c *testCache) entries(t testing.TB) []string {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	var names []string
	err := filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), ".process-") {
			return fs.SkipDir // what says that this process lives
		}
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

func copyDirectory(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

var ignoreReused = cmpopts.IgnoreFields(Result{}, "Reused")

// cacheTest is a layer that is written with caches in several states.
type cacheTest struct {
	tree     *tree.Tree
	packages []*stage.Package
	recipe   Recipe
	layer    []byte
	result   *Result
}

func newCacheTest(t testing.TB, recipe Recipe, packages int) *cacheTest {
	t.Helper()
	c := &cacheTest{recipe: recipe}
	c.tree, c.packages = mixedPackages(t, packages)
	changeTree(t, c.tree, "d etc\nf etc/passwd root\nl usr/link x")
	c.layer, c.result = mustWrite(t, tree.New(), c.tree, c.packages, recipe, WriteOptions{})
	return c
}

// check writes the layer with a cache and compares it with the one that was made without.
func (c *cacheTest) check(t testing.TB, what string, with *testCache, o WriteOptions, wantReused, wantWarnings int) {
	t.Helper()
	o.Cache = with.Directory
	got, result := mustWrite(t, tree.New(), c.tree, c.packages, c.recipe, o)
	if !bytes.Equal(got, c.layer) {
		t.Errorf("%s: other bytes", what)
	}
	if diff := cmp.Diff(c.result, result, ignoreReused); diff != "" {
		t.Errorf("%s: result, -want +got:\n%s", what, diff)
	}
	if result.Reused != wantReused || len(with.warnings) != wantWarnings {
		t.Errorf("%s: %d segments reused, want %d; warnings %q, want %d", what, result.Reused, wantReused, with.warnings, wantWarnings)
	}
}

// TestCacheChangesNothing writes a layer with no cache, with an empty and a full one, and with all
// of a kind missing: always the same.
func TestCacheChangesNothing(t *testing.T) {
	for _, recipe := range smallBlocks() {
		t.Run(string(recipe.Compression), func(t *testing.T) {
			c := newCacheTest(t, recipe, 5)
			full := newTestCache(t, t.TempDir())
			c.check(t, "empty cache", full, WriteOptions{}, 0, 0)
			for _, cores := range []int{1, 4} {
				previous := runtime.GOMAXPROCS(cores)
				for _, concurrency := range []int{1, 2, 5} {
					o := WriteOptions{Concurrency: concurrency}
					c.check(t, fmt.Sprintf("%d cores, concurrency %d, empty cache", cores, concurrency), newTestCache(t, t.TempDir()), o, 0, 0)
					c.check(t, fmt.Sprintf("%d cores, concurrency %d", cores, concurrency), full, o, len(c.packages), 0)
				}
				runtime.GOMAXPROCS(previous)
			}
			for _, kind := range []cache.Kind{cache.Segments, cache.Chains, cache.Layers} {
				dir := copyDirectory(t, full.dir)
				if err := os.RemoveAll(filepath.Join(dir, string(kind))); err != nil {
					t.Fatal(err)
				}
				reused := len(c.packages)
				if kind == cache.Segments {
					reused = 0
				}
				c.check(t, "no "+string(kind), newTestCache(t, dir), WriteOptions{}, reused, 0)
			}
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			c.check(t, "a file for a cache", newTestCache(t, file), WriteOptions{}, 0, 1)
		})
	}
}

// TestCacheToFile writes to what a system copies to from file to file, and to what takes
// nothing but bytes.
func TestCacheToFile(t *testing.T) {
	c := newCacheTest(t, smallBlocks()[0], 5)
	full := newTestCache(t, t.TempDir())
	c.check(t, "empty cache", full, WriteOptions{}, 0, 0)
	file, err := os.Create(filepath.Join(t.TempDir(), "layer"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var buffer bytes.Buffer
	for name, w := range map[string]io.Writer{"file": file, "bytes": writerFunc(buffer.Write)} {
		result, err := writeLayer(t.Context(), w, tree.New(), c.tree, c.packages, c.recipe, WriteOptions{Cache: full.Directory})
		if err != nil || result.Reused != len(c.packages) {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
	written, err := os.ReadFile(file.Name())
	if err != nil || !bytes.Equal(written, c.layer) || !bytes.Equal(buffer.Bytes(), c.layer) {
		t.Errorf("other bytes in the file or the buffer, %v", err)
	}
}

// TestKnown: a whole layer is known only if it is the very same.
func TestKnown(t *testing.T) {
	tr, packages := mixedPackages(t, 6)
	changeTree(t, tr, "d etc\nf etc/passwd root")
	c := newTestCache(t, t.TempDir())
	known := func(tr *tree.Tree, packages []*stage.Package, recipe Recipe) *Result {
		t.Helper()
		l, err := Prepare(t.Context(), tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Directory})
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
	_, want := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Directory})
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
	for _, other := range []Recipe{DefaultRecipe(), zstdRecipe()} {
		if r := known(tr, packages, other); r != nil {
			t.Errorf("by the recipe %s: %+v", other, r)
		}
	}
	// Where the last segment differs, nothing but the name tells one record from the other.
	other := tr.Clone()
	changeTree(t, other, "f etc/passwd root,x")
	mustWrite(t, tree.New(), other, packages, recipe, WriteOptions{Cache: c.Directory})
	records, err := filepath.Glob(filepath.Join(c.dir, string(cache.Layers), "*"))
	if err != nil || len(records) != 2 {
		t.Fatalf("records %q, %v, want two", records, err)
	}
	one, two := mustRead(t, records[0]), mustRead(t, records[1])
	for name, damaged := range map[string][2][]byte{
		"exchanged": {two, one},
		"cut off":   {one[:len(one)-1], two[:len(two)-1]},
		"empty":     {{}, {}},
		"altered":   {bytes.Replace(one, []byte("size"), []byte("sizf"), 1), bytes.Replace(two, []byte("size"), []byte("sizf"), 1)},
	} {
		for i, record := range records {
			if err := os.WriteFile(record, damaged[i], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		c.warnings = nil
		if r := known(tr, packages, recipe); r != nil || len(c.warnings) != 1 || c.warnings[0] != "cache: record of a layer: damaged; rebuilding it" {
			t.Errorf("record %s: %+v, %q", name, r, c.warnings)
		}
	}
}

// TestRebuild writes layers that are like an earlier one with its cache.
func TestRebuild(t *testing.T) {
	const count = 12
	tr, packages := mixedPackages(t, count)
	before := newTestCache(t, t.TempDir())
	recipe := smallBlocks()[0]
	mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: before.Directory})
	without := func(i int) (*tree.Tree, []*stage.Package) {
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
			list = slices.Insert(list, i, p.Package)
			checkRebuild(t, before, other, list, recipe, count-1)
		})
		t.Run(fmt.Sprint("removed ", i), func(t *testing.T) {
			other, list := without(i)
			checkRebuild(t, before, other, list, recipe, count-1)
		})
	}
	for _, i := range []int{0, 5, count} {
		t.Run(fmt.Sprint("added ", i), func(t *testing.T) {
			other := tr.Clone()
			p := makePackage(t, "new", "usr/share/new/file", string(sample(99, 3000)))
			p.install(t, other)
			checkRebuild(t, before, other, slices.Insert(slices.Clone(packages), i, p.Package), recipe, count)
		})
	}
	t.Run("two in another order", func(t *testing.T) {
		other := slices.Clone(packages)
		other[6], other[7] = other[7], other[6]
		checkRebuild(t, before, tr, other, recipe, count)
	})
	t.Run("the order reversed", func(t *testing.T) {
		other := slices.Clone(packages)
		slices.Reverse(other)
		checkRebuild(t, before, tr, other, recipe, count)
	})
	t.Run("other files", func(t *testing.T) {
		other := tr.Clone()
		changeTree(t, other, "d etc\nf etc/motd hello")
		checkRebuild(t, before, other, packages, recipe, count)
	})
}

func checkRebuild(t *testing.T, before *testCache, tr *tree.Tree, packages []*stage.Package, recipe Recipe, reused int) {
	t.Helper()
	want, wantResult := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{})
	c := newTestCache(t, copyDirectory(t, before.dir))
	for range 2 { // the second finds what the first has left
		got, result := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Cache: c.Directory})
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
