package layer

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// tarTest is a layer whose first package will be another one: the tars of the rest are needed.
type tarTest struct {
	before *testCache // with the layer as it was
	tars   []string   // entries' paths

	tree     *tree.Tree
	packages []*stage.Package
	layer    []byte
	result   *Result
}

func newTarTest(t *testing.T, recipe Recipe) *tarTest {
	t.Helper()
	// The second half begins behind p3; p5's tar is too small to be worth it.
	sizes := []int{500_000, 200_000, 300_000, 300_000, 3 * copySize, 50_000, 2*copySize + 7000, 400_000}
	var packages []*stage.Package
	before := tree.New()
	for i, size := range sizes {
		p := makePackage(t, fmt.Sprintf("p%d", i), fmt.Sprintf("usr/share/p%d", i), string(sample(uint64(i), size)))
		p.install(t, before)
		packages = append(packages, p.Package)
	}
	test := &tarTest{before: newTestCache(t, t.TempDir()), packages: packages}
	l, err := Prepare(t.Context(), tree.New(), before, packages, recipe, WriteOptions{Cache: test.before.Directory})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{4, 6, 7} {
		test.tars = append(test.tars, filepath.Join(string(cache.Tars), tarOf(t, test.before, l.keys[i]).String()))
	}
	var found int
	for _, name := range test.before.entries(t) {
		if strings.HasPrefix(name, filepath.Join(test.before.dir, string(cache.Tars))) {
			found++
		}
	}
	if found != len(test.tars) {
		t.Fatalf("%d tars in the cache, want %d", found, len(test.tars))
	}
	test.tree = before.Clone()
	changeTree(t, test.tree, "rm usr/share/p0")
	p := makePackage(t, "p0", "usr/share/p0", "changed")
	p.install(t, test.tree)
	test.packages = append([]*stage.Package{p.Package}, packages[1:]...)
	test.layer, test.result = mustWrite(t, tree.New(), test.tree, test.packages, recipe, WriteOptions{})
	return test
}

// tarOf returns the key of a cached segment's tar.
func tarOf(t testing.TB, c *testCache, segment string) tarKey {
	t.Helper()
	lw := layerWriter{cache: c.Directory, known: []knownSegment{{key: segment}}}
	found := lw.openSegment(0, nil)
	if found == nil {
		t.Fatal("the segment is not in the cache")
	}
	found.entry.Close()
	return found.tar
}

// TestTars rebuilds with tars of earlier segments: intact, damaged in each way, and gone.
func TestTars(t *testing.T) {
	change := func(f func(b []byte) []byte) func(*testing.T, string, string) {
		return func(t *testing.T, path, _ string) { replaceFile(t, path, f(mustRead(t, path))) }
	}
	flipped := func(at func(size int) int) func(*testing.T, string, string) {
		return change(func(b []byte) []byte {
			b[at(len(b))] ^= 4
			return b
		})
	}
	for _, recipe := range []Recipe{DefaultRecipe(), zstdRecipe()} {
		test := newTarTest(t, recipe)
		for _, c := range []struct {
			name   string
			change func(t *testing.T, path, next string)
			warns  bool
		}{
			{"intact", func(*testing.T, string, string) {}, false},
			{"missing", func(t *testing.T, path, _ string) { replaceFile(t, path, nil) }, false},
			{"empty", change(func([]byte) []byte { return []byte{} }), true},
			{"cut off", change(func(b []byte) []byte { return b[:len(b)-1] }), true},
			{"longer", change(func(b []byte) []byte { return append(b, 0) }), true},
			{"first byte", flipped(func(int) int { return 0 }), true},
			{"second piece", flipped(func(int) int { return copySize }), true},
			{"last tag", flipped(func(n int) int { return n - 1 }), true},
			{"tag of a piece", flipped(func(n int) int { return n - 50 }), true},
			{"pieces changed places", change(func(b []byte) []byte {
				return slices.Concat(b[copySize:2*copySize], b[:copySize], b[2*copySize:])
			}), true},
			{"another's", func(t *testing.T, path, other string) { replaceFile(t, path, mustRead(t, other)) }, true},
		} {
			for i, name := range test.tars {
				what := fmt.Sprintf("%s, %s, tar %d", recipe.Compression, c.name, i)
				with := newTestCache(t, copyDirectory(t, test.before.dir))
				path := filepath.Join(with.dir, name)
				c.change(t, path, filepath.Join(test.before.dir, test.tars[(i+1)%len(test.tars)]))
				got, result := mustWrite(t, tree.New(), test.tree, test.packages, recipe, WriteOptions{Cache: with.Directory, Concurrency: 1 + i})
				if !bytes.Equal(got, test.layer) {
					t.Errorf("%s: other bytes", what)
				}
				if diff := cmp.Diff(test.result, result, ignoreReused); diff != "" {
					t.Errorf("%s: result, -want +got:\n%s", what, diff)
				}
				if want := len(test.packages) - 2; result.Reused != want && result.Reused != want+1 {
					t.Errorf("%s: %d segments reused, want %d or one more", what, result.Reused, want)
				}
				warned := len(with.warnings) == 1 && strings.Contains(with.warnings[0], "tar of a segment: it is damaged")
				if warned != c.warns || len(with.warnings) > 1 {
					t.Errorf("%s: warnings %q", what, with.warnings)
				}
				if _, err := os.Stat(path); c.warns && err == nil {
					t.Errorf("%s: is still there", what)
				}
			}
		}
	}
}

// TestTarsAreUsed puts another tar into the cache that looks as valid: the diffID is of that one.
func TestTarsAreUsed(t *testing.T) {
	test := newTarTest(t, DefaultRecipe())
	for i, name := range test.tars {
		with := newTestCache(t, copyDirectory(t, test.before.dir))
		e, err := with.Open(cache.Tars, filepath.Base(name))
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, e.Size)
		if _, err := e.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
		e.Close()
		b[600] ^= 1
		with.Write(cache.Tars, filepath.Base(name), b)
		_, result := mustWrite(t, tree.New(), test.tree, test.packages, DefaultRecipe(), WriteOptions{Cache: with.Directory})
		if result.DiffID == test.result.DiffID || len(with.warnings) > 0 {
			t.Errorf("tar %d was not used: warnings %q", i, with.warnings)
		}
	}
}
