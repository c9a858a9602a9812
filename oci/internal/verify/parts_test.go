package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// content is a blob of two whole parts and some more.
func content() []byte {
	b := make([]byte, 2*minPart+12345)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func describe(algorithm digest.Algorithm, b []byte) v1.Descriptor {
	return v1.Descriptor{Digest: algorithm.FromBytes(b), Size: int64(len(b))}
}

// statesOf returns what a folder has of a blob.
func statesOf(folder *cache.Folder, desc v1.Descriptor) []string {
	p := parts{desc: desc, size: partSize(desc.Size)}
	return p.kept(folder)
}

func newFolder(t testing.TB) *cache.Folder {
	folder := cachetest.Open(t.TempDir())
	folder.Warn = func(text string) { t.Error(text) }
	t.Cleanup(func() { folder.Close() })
	return folder
}

// TestBlob: a blob that is intact is so with and without the states of its hash, and one that is not is found whatever states there are.
func TestBlob(t *testing.T) {
	ctx, good := context.Background(), content()
	altered := func(at int) []byte {
		b := slices.Clone(good)
		b[at] ^= 1
		return b
	}
	others := map[string][]byte{
		"first byte": altered(0), "end of the first part": altered(minPart - 1), "second part": altered(minPart), "third part": altered(2*minPart + 1),
		"last byte": altered(len(good) - 1), "a byte more": append(slices.Clone(good), 0), "a byte less": good[:len(good)-1],
		"a part less": good[:2*minPart], "nothing": {},
	}
	for _, algorithm := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		t.Run(algorithm.String(), func(t *testing.T) {
			folder, desc := newFolder(t), describe(algorithm, good)
			check := func(name string, folder *cache.Folder) {
				t.Helper()
				if err := Blob(ctx, bytes.NewReader(good), desc, folder); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for damage, b := range others {
					if Blob(ctx, bytes.NewReader(b), desc, folder) == nil {
						t.Errorf("%s: blob with another %s is taken", name, damage)
					}
				}
			}
			check("no cache", nil)
			for damage, b := range others {
				if Blob(ctx, bytes.NewReader(b), desc, folder) == nil || statesOf(folder, desc) != nil {
					t.Errorf("no states yet: blob with another %s is taken, or its states are kept", damage)
				}
			}
			check("states", folder)
			states := statesOf(folder, desc)
			if len(states) != 2 {
				t.Fatalf("%d states are kept, want 2", len(states))
			}
			p := parts{blob: bytes.NewReader(good), desc: desc, size: minPart, states: states}
			if err := p.verify(ctx); err != nil {
				t.Errorf("its states do not prove the blob: %v", err)
			}
		})
	}
}

// TestStates: states that somebody else has kept prove nothing that is not so.
func TestStates(t *testing.T) {
	ctx, good, bad := context.Background(), content(), content()
	bad[minPart+7]++
	desc := describe(digest.SHA256, good)
	folder := newFolder(t)
	if err := Blob(ctx, bytes.NewReader(good), desc, folder); err != nil {
		t.Fatal(err)
	}
	right := statesOf(folder, desc)
	if err := Blob(ctx, bytes.NewReader(bad), describe(digest.SHA256, bad), folder); err != nil {
		t.Fatal(err)
	}
	ofBad := statesOf(folder, describe(digest.SHA256, bad))
	for name, states := range map[string][]string{
		"those of the altered blob": ofBad,
		"in the wrong order":        {right[1], right[0]},
		"one twice":                 {right[0], right[0]},
		"no states":                 {"ab", "cd"},
		"too few":                   right[:1],
		"one of each":               {right[0], ofBad[1]},
	} {
		(&parts{desc: desc, size: minPart, states: states}).keep(folder)
		if Blob(ctx, bytes.NewReader(bad), desc, folder) == nil {
			t.Errorf("%s: the altered blob is taken", name)
		}
		if err := Blob(ctx, bytes.NewReader(good), desc, folder); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := statesOf(folder, desc); !slices.Equal(got, right) {
			t.Errorf("%s: not replaced by the right ones", name)
		}
	}
}

// failingAt is a blob that cannot be read from some byte on.
type failingAt struct {
	io.ReaderAt
	at  int64
	err error
}

func (f failingAt) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.at {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(b, at)
}

// TestBlobUnreadable: an error of the disk is the error, and so is the end of the context.
func TestBlobUnreadable(t *testing.T) {
	good, folder, broken := content(), newFolder(t), errors.New("input/output error")
	desc := describe(digest.SHA256, good)
	ended, end := context.WithCancel(context.Background())
	end()
	for range 2 { // without states, and with them
		blob := failingAt{bytes.NewReader(good), minPart + 5, broken}
		if err := Blob(context.Background(), blob, desc, folder); !errors.Is(err, broken) {
			t.Errorf("got %v, want that of the disk", err)
		}
		if err := Blob(ended, bytes.NewReader(good), desc, folder); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that of the context", err)
		}
		if err := Blob(context.Background(), bytes.NewReader(good), desc, folder); err != nil {
			t.Error(err)
		}
	}
}

func TestPartSize(t *testing.T) {
	for size, want := range map[int64]int64{
		1: minPart, minPart: minPart, minPart * maxParts: minPart, minPart*maxParts + 1: 2 * minPart, 3 * minPart * maxParts: 3 * minPart,
	} {
		if got := partSize(size); got != want {
			t.Errorf("%d bytes: parts of %d, want %d", size, got, want)
		}
		if parts := (size + partSize(size) - 1) / partSize(size); parts > maxParts {
			t.Errorf("%d bytes: %d parts", size, parts)
		}
	}
}

func BenchmarkBlob(b *testing.B) {
	blob := make([]byte, 128<<20)
	desc := describe(digest.SHA256, blob)
	for name, folder := range map[string]*cache.Folder{"in order": nil, "in parts": newFolder(b)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(desc.Size)
			for b.Loop() {
				if err := Blob(context.Background(), bytes.NewReader(blob), desc, folder); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
