package layer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
)

// damages are what may become of an entry. All gives every entry's bytes, i is the one in question.
var damages = []struct {
	name string
	do   func(b []byte, all [][]byte, i int) []byte // nil: gone
}{
	{"missing", func([]byte, [][]byte, int) []byte { return nil }},
	{"empty", func([]byte, [][]byte, int) []byte { return []byte{} }},
	{"shorter than its trailer", func(b []byte, _ [][]byte, _ int) []byte { return b[:20] }},
	{"cut off", func(b []byte, _ [][]byte, _ int) []byte { return b[:len(b)-1] }},
	{"longer", func(b []byte, _ [][]byte, _ int) []byte { return append(b, 0) }},
	{"key name", flip(func(n int) int { return n - 48 })},
	{"salt", flip(func(n int) int { return n - 30 })},
	{"content", flip(func(n int) int { return (n - 48) / 3 })},
	{"size", flip(func(n int) int { return n - 17 })},
	{"last bit", flip(func(n int) int { return n - 1 })},
	{"the next one's", func(_ []byte, all [][]byte, i int) []byte { return all[(i+1)%len(all)] }},
	{"the one's before", func(_ []byte, all [][]byte, i int) []byte { return all[(i+len(all)-1)%len(all)] }},
}

func flip(at func(size int) int) func([]byte, [][]byte, int) []byte {
	return func(b []byte, _ [][]byte, _ int) []byte {
		b[min(at(len(b)), len(b)-1)] ^= 0x80
		return b
	}
}

// TestDamagedCache damages one entry after the other in each way: the layer is the same, one
// warning says what was found, and the entry is there again as it was.
func TestDamagedCache(t *testing.T) {
	for _, recipe := range smallBlocks() {
		t.Run(string(recipe.Compression), func(t *testing.T) {
			c := newCacheTest(t, recipe, 5)
			full := newTestCache(t, t.TempDir())
			c.check(t, "empty cache", full, WriteOptions{}, 0, 0)
			names := full.entries(t)
			all := make([][]byte, len(names))
			for i := range names {
				all[i] = mustRead(t, names[i])
				names[i], _ = filepath.Rel(full.dir, names[i])
			}
			for i, name := range names {
				for j, damage := range damages {
					if testing.Short() && (i+j)%3 > 0 {
						continue
					}
					damaged := newTestCache(t, copyDirectory(t, full.dir))
					path := filepath.Join(damaged.dir, name)
					what := fmt.Sprintf("%s: %s", name[:12], damage.name)
					replaceFile(t, path, damage.do(bytes.Clone(all[i]), all, i))
					reused, warnings, want := len(c.packages), 1, "cache: state of a hash: it is damaged; rebuilding it"
					switch kind := cache.Kind(filepath.Dir(name)); {
					case kind == cache.Segments:
						reused--
						want = "cache: segment of package p"
					case kind == cache.Layers:
						warnings = 0 // nobody looks at it who writes the layer
					}
					if damage.name == "key name" {
						want = "cache: " + path + " is sealed with another key"
					}
					if damage.name == "missing" {
						warnings = 0
					}
					c.check(t, what, damaged, WriteOptions{Concurrency: 1 + j%3}, reused, warnings)
					if warnings > 0 && len(damaged.warnings) > 0 && !strings.HasPrefix(damaged.warnings[0], want) {
						t.Errorf("%s: warning %q, want %s", what, damaged.warnings[0], want)
					}
					if info, err := os.Stat(path); err != nil || info.Size() != int64(len(all[i])) {
						t.Errorf("%s: was not rebuilt: %v", what, err)
					}
					if left := damaged.entries(t); len(left) != len(names) {
						t.Errorf("%s: %d entries in the end, want %d: %q", what, len(left), len(names), left)
					}
					if warnings == 1 {
						c.check(t, what+", again", damaged, WriteOptions{}, len(c.packages), 1)
					}
				}
			}
		})
	}
}

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// replaceFile puts other bytes in place of a file; nil removes it.
func replaceFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if b == nil {
		return
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
