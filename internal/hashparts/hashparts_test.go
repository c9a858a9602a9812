package hashparts

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "crypto/sha512" // for digest.SHA512
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

func newDirectory(t testing.TB) *cache.Directory {
	directory := cachetest.Open(t.TempDir())
	directory.Warn = func(text string) { t.Error(text) }
	t.Cleanup(func() { directory.Close() })
	return directory
}

func random(size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// record writes a blob in pieces of odd sizes.
func record(algorithm digest.Algorithm, blob []byte) *Recorder {
	r := NewRecorder(algorithm.Hash())
	for at, i := 0, 0; at < len(blob); i++ {
		n := min([]int{1, minPart - 3, 5, 2*minPart + 1, 64 << 10}[i%5], len(blob)-at)
		r.Write(blob[at : at+n])
		at += n
	}
	return r
}

func verify(t *testing.T, blob []byte, of digest.Digest, size int, directory *cache.Directory) bool {
	t.Helper()
	ok, err := Verify(context.Background(), bytes.NewReader(blob), of, int64(size), directory)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// TestVerify: the states of a blob prove that it is the same, and of no other blob that it is.
func TestVerify(t *testing.T) {
	for _, size := range []int{minPart + 1, 2*minPart - 1, 2 * minPart, 2*minPart + 12345} {
		for _, algorithm := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
			good, directory := random(size), newDirectory(t)
			of := algorithm.FromBytes(good)
			if verify(t, good, of, size, directory) {
				t.Errorf("%s, %d bytes: proved without states", algorithm, size)
			}
			r := record(algorithm, good)
			if got := digest.NewDigest(algorithm, r); got != of {
				t.Errorf("%s, %d bytes: recorded as %s, want %s", algorithm, size, got, of)
			}
			r.Keep(directory, of)
			if !verify(t, good, of, size, directory) {
				t.Errorf("%s, %d bytes: not proved", algorithm, size)
			}
			for _, at := range []int{0, minPart - 1, minPart, size - 1} {
				other := slices.Clone(good)
				other[at] ^= 1
				if verify(t, other, of, size, directory) {
					t.Errorf("%s, %d bytes: another byte %d is not found", algorithm, size, at)
				}
			}
			for name, other := range map[string][]byte{
				"longer": append(slices.Clone(good), 0), "shorter": good[:size-1], "a part": good[:minPart], "nothing": {},
			} {
				if verify(t, other, of, size, directory) {
					t.Errorf("%s, %d bytes: %s is not found", algorithm, size, name)
				}
			}
		}
	}
}

// TestStates: states that somebody else has kept prove nothing that is not so.
func TestStates(t *testing.T) {
	const size = 2*minPart + 12345
	good, directory := random(size), newDirectory(t)
	bad := slices.Clone(good)
	bad[minPart+7]++
	of := digest.FromBytes(good)
	right, ofBad := record(digest.SHA256, good).states, record(digest.SHA256, bad).states
	for name, states := range map[string][]string{
		"those of the altered blob": ofBad,
		"in the wrong order":        {right[1], right[0]},
		"one twice":                 {right[0], right[0]},
		"not states":                {"ab", "cd"},
		"empty":                     {"", ""},
		"too few":                   right[:1],
		"too many":                  {right[0], right[1], right[1]},
		"one of each":               {right[0], ofBad[1]},
	} {
		directory.Write(cache.Chains, key(of), []byte(format+strings.Join(states, "")))
		if verify(t, bad, of, size, directory) {
			t.Errorf("%s: the altered blob is proved", name)
		}
		if verify(t, good, of, size, directory) {
			t.Errorf("%s: prove the blob", name)
		}
	}
	directory.Write(cache.Chains, key(of), []byte(format+strings.Join(right, "")))
	if !verify(t, good, of, size, directory) {
		t.Error("the right states do not prove the blob")
	}
}

// TestKeep: states are kept of large blobs whose hash was recorded from the beginning on.
func TestKeep(t *testing.T) {
	blob := random(3*minPart + 5)
	of := digest.FromBytes(blob)
	halfway := record(digest.SHA256, blob[:2*minPart+9])
	goOn := func(from *Recorder) *Recorder {
		h := sha256.New()
		h.Write(blob[:2*minPart+9])
		r := from.From(h, 2*minPart+9)
		r.Write(blob[2*minPart+9:])
		return r
	}
	for _, c := range []struct {
		name   string
		r      *Recorder
		isKept bool
	}{
		{"the whole blob", record(digest.SHA256, blob), true},
		{"another recorder goes on", goOn(halfway), true},
		{"one that has gone further already", goOn(record(digest.SHA256, blob)), true},
		{"one that knows nothing", goOn(NewRecorder(sha256.New())), false},
	} {
		directory := newDirectory(t)
		if got := digest.NewDigest(digest.SHA256, c.r); got != of {
			t.Errorf("%s: %s, want %s", c.name, got, of)
		}
		c.r.Keep(directory, of)
		if got := verify(t, blob, of, len(blob), directory); got != c.isKept {
			t.Errorf("%s: proved is %t, want %t", c.name, got, c.isKept)
		}
		c.r.Keep(nil, of)
	}
	small := blob[:minPart]
	directory := newDirectory(t)
	record(digest.SHA256, small).Keep(directory, digest.FromBytes(small))
	if verify(t, small, digest.FromBytes(small), len(small), directory) || directory.Has(cache.Chains, key(digest.FromBytes(small))) {
		t.Error("states of a small blob are kept")
	}
}

// TestKeepFew: of a huge blob every second state is kept, or fewer.
func TestKeepFew(t *testing.T) {
	const size = 2*maxParts*minPart - 1
	r := &Recorder{Hash: sha256.New(), size: size}
	for i := range 2*maxParts - 1 {
		r.states = append(r.states, string(rune(0x1000+i)))
	}
	directory, d := newDirectory(t), digest.FromString("huge")
	r.Keep(directory, d)
	states := kept(directory, d, size)
	if len(states) != maxParts-1 || states[0] != r.states[1] || states[len(states)-1] != r.states[2*maxParts-3] {
		t.Errorf("%d states, %q to %q", len(states), states[:1], states[len(states)-1:])
	}
}

func TestPartSize(t *testing.T) {
	for size, want := range map[int64]int64{
		1: minPart, minPart: minPart, minPart * maxParts: minPart, minPart*maxParts + 1: 2 * minPart, 3 * minPart * maxParts: 3 * minPart,
	} {
		if got := partSize(size); got != want || count(size) > maxParts {
			t.Errorf("%d bytes: %d parts of %d, want parts of %d", size, count(size), got, want)
		}
	}
}

// TestVerifyUnreadable: what cannot be read is not proved, and the end of the context is an error.
func TestVerifyUnreadable(t *testing.T) {
	blob, directory := random(2*minPart), newDirectory(t)
	of := digest.FromBytes(blob)
	record(digest.SHA256, blob).Keep(directory, of)
	broken := failingAt{bytes.NewReader(blob), minPart + 5}
	if ok, err := Verify(context.Background(), broken, of, int64(len(blob)), directory); ok || err != nil {
		t.Errorf("a broken disk: %t, %v", ok, err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if ok, err := Verify(ended, bytes.NewReader(blob), of, int64(len(blob)), directory); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("the context has ended: %t, %v", ok, err)
	}
}

// failingAt is a blob that cannot be read from some byte on.
type failingAt struct {
	io.ReaderAt
	at int64
}

func (f failingAt) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.at {
		return 0, errors.New("input/output error")
	}
	return f.ReaderAt.ReadAt(b, at)
}

func BenchmarkVerify(b *testing.B) {
	blob, directory := random(128<<20), newDirectory(b)
	of := digest.FromBytes(blob)
	b.Run("in order", func(b *testing.B) {
		b.SetBytes(int64(len(blob)))
		for b.Loop() {
			record(digest.SHA256, blob).Keep(directory, of)
		}
	})
	b.Run("in parts", func(b *testing.B) {
		b.SetBytes(int64(len(blob)))
		for b.Loop() {
			if ok, err := Verify(context.Background(), bytes.NewReader(blob), of, int64(len(blob)), directory); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
}
