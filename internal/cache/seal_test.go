package cache_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// piece is the size of the pieces that are sealed, in bytes, and trailer that of what stands behind the tags.
const (
	piece   = 128 << 10
	trailer = 48
)

func sample(size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(size)}).Read(b)
	return b
}

// TestSeal writes and reads entries of sizes around those of pieces, in writes of any size.
func TestSeal(t *testing.T) {
	for _, size := range []int{0, 1, 100, piece - 1, piece, piece + 1, 2 * piece, 3*piece + 7} {
		f, _ := open(t)
		want := sample(size)
		w := f.Create(cache.Tars, "abcd")
		for rest, n := want, 1; len(rest) > 0; n = n*3 + 1 {
			n = min(n, len(rest))
			w.Write(rest[:n])
			rest = rest[n:]
		}
		w.Commit()
		e, err := f.Open(cache.Tars, "abcd")
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		defer e.Close()
		if err := e.Verify(t.Context()); err != nil || e.Size != int64(size) {
			t.Errorf("%d bytes: size %d, %v", size, e.Size, err)
		}
		var all bytes.Buffer
		if n, err := e.WriteTo(&all); err != nil || n != e.Size || !bytes.Equal(all.Bytes(), want) {
			t.Errorf("%d bytes: WriteTo: %d, %v", size, n, err)
		}
		for _, at := range []int{0, size / 2, size - 3, piece - 2} {
			if at < 0 || at+3 > size {
				continue
			}
			b := make([]byte, 3)
			if _, err := e.ReadAt(b, int64(at)); err != nil || !bytes.Equal(b, want[at:at+3]) {
				t.Errorf("%d bytes: ReadAt %d: %x, %v", size, at, b, err)
			}
		}
	}
}

// TestForged: only content that was sealed with the secret for this very entry is read.
func TestForged(t *testing.T) {
	f, dir := open(t)
	for key, size := range map[string]int{"aa": 100, "bb": 100, "cc": 3 * piece} {
		f.Write(cache.Segments, key, sample(size+int(key[0])))
	}
	f.Write(cache.Chains, "aa", sample(197))
	read := func(kind cache.Kind, key string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, string(kind), key))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	small, large := read(cache.Segments, "aa"), read(cache.Segments, "cc")
	check := func(name, key string, forged []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "segments", key), forged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(cache.Segments, key, 1<<20); !errors.Is(err, cache.ErrDamaged) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.Warn = nil
	for i := range small {
		forged := bytes.Clone(small)
		forged[i] ^= 1 << (i % 8)
		check("altered", "aa", forged)
		check("cut off", "aa", small[:i])
	}
	check("longer", "aa", append(bytes.Clone(small), 0))
	check("another entry of the kind", "aa", read(cache.Segments, "bb"))
	check("the same entry of another kind", "aa", read(cache.Chains, "aa"))
	swapped := bytes.Clone(large)
	copy(swapped, large[piece:2*piece])
	copy(swapped[piece:], large[:piece])
	check("pieces exchanged", "cc", swapped)
	tags := len(large) - trailer - 4*16
	copy(swapped[tags:], large[tags+16:tags+32])
	copy(swapped[tags+16:], large[tags:tags+16])
	check("pieces exchanged with their tags", "cc", swapped)
}

// TestAnotherSecret: entries of another secret are as good as missing, which is said once.
func TestAnotherSecret(t *testing.T) {
	f, dir := open(t)
	f.Write(cache.Trees, "aa", []byte("x"))
	f.Write(cache.Trees, "bb", []byte("x"))
	var warnings []string
	other := cache.Open(dir, func() ([]byte, error) { return []byte("0123456789abcdef"), nil })
	other.Warn = func(w string) { warnings = append(warnings, w) }
	for _, key := range []string{"aa", "bb"} {
		if _, err := other.Read(cache.Trees, key, 9); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	want := "cache: " + filepath.Join(dir, "trees", "aa") + " is sealed with another key than this user's (or LAMINA_CACHE_KEY); rebuilding such entries"
	if len(warnings) != 1 || warnings[0] != want {
		t.Errorf("%q, want %s", warnings, want)
	}
	other.Write(cache.Trees, "aa", []byte("y"))
	if b, err := other.Read(cache.Trees, "aa", 9); err != nil || string(b) != "y" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestNoSecret: without a secret nothing is kept that only a seal can vouch for.
func TestNoSecret(t *testing.T) {
	for want, secret := range map[string]cache.Secret{
		"no home":                       func() ([]byte, error) { return nil, errors.New("no home") },
		"has 3 bytes; want at least 16": func() ([]byte, error) { return []byte("abc"), nil },
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		f := cache.Open(dir, secret)
		var warnings []string
		f.Warn = func(w string) { warnings = append(warnings, w) }
		f.Write(cache.Trees, "aa", []byte("x"))
		f.Write(cache.Pulled, "aa", []byte("x"))
		if got := files(t, dir); len(got) != 1 || got[0] != "pulled/aa" {
			t.Errorf("%q", got)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], want) || !strings.HasSuffix(warnings[0], "only downloads are kept") {
			t.Errorf("warnings %q", warnings)
		}
	}
}

// TestUserSecret creates the secret once, for nobody else to read.
func TestUserSecret(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "HOME", "AppData"} {
		t.Setenv(name, dir)
	}
	results := make(chan []byte)
	for range 8 {
		go func() {
			b, err := cache.UserSecret()
			if err != nil {
				t.Error(err)
			}
			results <- b
		}()
	}
	first := <-results
	for range 7 {
		if b := <-results; !bytes.Equal(b, first) || len(b) != 32 {
			t.Errorf("%x and %x", first, b)
		}
	}
	config, _ := os.UserConfigDir()
	name := filepath.Join(config, "lamina", "cache.key")
	if b, err := os.ReadFile(name); err != nil || !bytes.Equal(b, first) {
		t.Errorf("%x, %v", b, err)
	}
	if got := files(t, filepath.Dir(name)); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if err := os.WriteFile(name, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.UserSecret(); err == nil || err.Error() != name+" has 5 bytes instead of 32; remove it" {
		t.Error(err)
	}
}

// BenchmarkVerify is what a segment costs before it is believed.
func BenchmarkVerify(b *testing.B) {
	f := cachetest.Open(b.TempDir())
	f.Write(cache.Segments, "abcd", sample(32<<20))
	e, err := f.Open(cache.Segments, "abcd")
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	b.SetBytes(e.Size)
	for b.Loop() {
		if err := e.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
