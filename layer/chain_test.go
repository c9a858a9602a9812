package layer

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
)

// chainSegment is how many bytes each segment has in these tests: the third one takes a
// chain past a step, so that states stand behind the third, sixth, ninth and the last.
const chainSegment = chainStep/3 + 1

// runChain hashes segments as a layer is, and returns how many of them it needed not to hash.
func runChain(t testing.TB, directory *cache.Directory, label string, parts []string) int {
	t.Helper()
	keyed := parts
	if i := slices.Index(parts, ""); i >= 0 {
		keyed = parts[:i]
	}
	c := newChain(directory, label, keyed)
	known, size, want := c.known, 0, sha256.New()
	content := make([]byte, chainSegment)
	for i, part := range parts {
		copy(content, part+"\x00") // what a segment holds, its part decides
		want.Write(content)
		size += len(content)
		if !c.isKnown(i) {
			c.Write(content)
		}
		c.pass(part, i+1 == len(parts) || parts[i+1] == "")
	}
	if got := sumOf(c.hash); got != sumOf(want) || c.size != int64(size) {
		t.Errorf("%s of %q, %d known: hash %s of %d bytes, want %s of %d", label, parts, known, got, c.size, sumOf(want), size)
	}
	return known
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func TestChain(t *testing.T) {
	parts := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	with := func(i int, part string) []string {
		other := slices.Clone(parts)
		other[i] = part
		return other
	}
	full := newTestCache(t, t.TempDir())
	if known := runChain(t, full.Directory, "tar", parts); known != 0 {
		t.Errorf("%d segments are known in an empty cache", known)
	}
	tests := []struct {
		name         string
		label        string
		parts        []string
		known, again int // segments at first, and once more with what the first left
	}{
		{"the same", "tar", parts, 10, 10},
		{"of another kind", "layer", parts, 0, 10},
		{"other first", "tar", with(0, "x"), 0, 10},
		{"other before the first state", "tar", with(2, "x"), 0, 10},
		{"other after the first state", "tar", with(3, "x"), 3, 10},
		{"other in the middle", "tar", with(7, "x"), 6, 10},
		{"other last", "tar", with(9, "x"), 9, 10},
		{"one less", "tar", parts[:9], 9, 9},
		{"few", "tar", parts[:4], 3, 4},
		{"one more", "tar", append(slices.Clone(parts), "k"), 10, 11},
		{"one before", "tar", append([]string{"x"}, parts...), 0, 11},
		{"another order", "tar", append([]string{"b", "a"}, parts[2:]...), 0, 10},
		{"parts cut otherwise", "tar", append([]string{"ab"}, parts[2:]...), 0, 9},
		{"an unknown one", "tar", with(7, ""), 6, 7},
		{"an unknown one first", "tar", with(0, ""), 0, 0},
		{"none", "tar", nil, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			directory := newTestCache(t, copyDirectory(t, full.dir))
			for _, want := range []int{test.known, test.again} {
				if known := runChain(t, directory.Directory, test.label, test.parts); known != want {
					t.Errorf("%d segments are known, want %d", known, want)
				}
			}
			if len(directory.warnings) > 0 {
				t.Errorf("warnings %q", directory.warnings)
			}
		})
	}
	if known := runChain(t, nil, "tar", parts); known != 0 {
		t.Errorf("%d segments are known without a cache", known)
	}
}

// TestChainDamaged takes away states from the last on, or damages them: the one before
// that is right counts, and all are there again afterwards.
func TestChainDamaged(t *testing.T) {
	parts := []string{"a", "b", "c", "d", "e", "f", "g"}
	full := newTestCache(t, t.TempDir())
	runChain(t, full.Directory, "tar", parts)
	var states []string // in order
	link := []byte(chainFormat + "tar")
	for _, part := range parts {
		link = nextLink(link, part)
		name := filepath.Join(string(cache.Chains), hex.EncodeToString(link))
		if _, err := os.Stat(filepath.Join(full.dir, name)); err == nil {
			states = append(states, name)
		}
	}
	if len(states) != 3 {
		t.Fatalf("%d states, want those behind the third, the sixth and the last segment", len(states))
	}
	for i, test := range []struct {
		name   string
		damage func(b []byte) []byte
		warns  bool
	}{
		{"missing", func([]byte) []byte { return nil }, false},
		{"cut off", func(b []byte) []byte { return b[:len(b)-1] }, true},
		{"altered", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, true},
		{"another's", func([]byte) []byte { return mustRead(t, filepath.Join(full.dir, states[0])) }, true},
		{"huge", func(b []byte) []byte { return append(b, make([]byte, maxChain)...) }, true},
	} {
		if testing.Short() && i%2 > 0 {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			directory := newTestCache(t, copyDirectory(t, full.dir))
			for _, want := range []struct{ damaged, known int }{{1, 6}, {2, 3}} {
				directory.warnings = nil
				for _, name := range states[len(states)-want.damaged:] {
					path := filepath.Join(directory.dir, name)
					replaceFile(t, path, test.damage(mustRead(t, path)))
				}
				if known := runChain(t, directory.Directory, "tar", parts); known != want.known {
					t.Errorf("the last %d: %d segments are known, want %d", want.damaged, known, want.known)
				}
				wantWarnings := 0
				if test.warns {
					wantWarnings = want.damaged
				}
				if len(directory.warnings) != wantWarnings {
					t.Errorf("the last %d: warnings %q, want %d", want.damaged, directory.warnings, wantWarnings)
				}
				if known := runChain(t, directory.Directory, "tar", parts); known != len(parts) {
					t.Errorf("the last %d: %d segments are known afterwards", want.damaged, known)
				}
			}
		})
	}
}

// TestChainRandom runs like and unlike sequences of few parts through one cache, some of which
// vanishes now and then.
func TestChainRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	directory := newTestCache(t, t.TempDir())
	contents := 0
	for range 15 {
		var parts []string
		for range random.IntN(7) {
			parts = append(parts, []string{"a", "a", "a", "b", "b", ""}[random.IntN(6)])
		}
		contents += runChain(t, directory.Directory, []string{"tar", "layer"}[random.IntN(2)], parts)
		if names := directory.entries(t); len(names) > 0 && random.IntN(3) == 0 {
			replaceFile(t, names[random.IntN(len(names))], nil)
		}
	}
	if contents == 0 || len(directory.warnings) > 0 {
		t.Errorf("%d segments were known in all; warnings %q", contents, directory.warnings)
	}
}
