package tree

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// openFunc is a content that Go cannot compare.
type openFunc func() (io.ReadCloser, error)

func (f openFunc) Open() (io.ReadCloser, error) { return f() }

// holder is comparable by its type, and not by what it holds.
type holder struct{ Content }

func TestSameContent(t *testing.T) {
	one, other := Bytes([]byte("a")), Bytes([]byte("a"))
	open := openFunc(one.Open)
	for _, test := range []struct {
		name string
		a, b Content
		want bool
	}{
		{"one", one, one, true},
		{"equal bytes", one, other, false},
		{"none", nil, nil, false},
		{"not comparable", open, open, false},
		{"holds one that is not comparable", holder{open}, holder{open}, false},
		{"holds one that is", holder{one}, holder{one}, true},
	} {
		if got := SameContent(test.a, test.b); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestEqualContent(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 5000)
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"equal", long, long, true},
		{"last byte", long + "a", long + "b", false},
		{"first byte", "a" + long, "b" + long, false},
		{"one goes on", long, long + "a", false},
		{"one goes on, at a buffer's end", long[:32<<10], long[:32<<10] + "a", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, contents := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
				got, err := EqualContent(t.Context(), Bytes([]byte(contents[0])), Bytes([]byte(contents[1])))
				if err != nil || got != test.want {
					t.Errorf("%t, %v; want %t", got, err, test.want)
				}
			}
		})
	}
}

// TestWritten: an open file keeps its content while others write new content in pieces.
func TestWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 20
	if testing.Short() {
		rounds = 1
	}
	for round := range rounds {
		tr := New()
		if round%2 == 0 {
			tr.Keep = keepCopy
		}
		var want []byte
		type view struct {
			r    io.Reader
			want []byte
		}
		var views []view
		var w io.Writer
		offset := 0
		for range 60 {
			flags := Create
			if isAppending := random.IntN(2) == 0; w == nil || random.IntN(8) == 0 {
				if isAppending {
					flags |= Append
				}
				f, err := tr.OpenWriter("f", flags, 0o644)
				if err != nil {
					t.Fatal(err)
				}
				if w, offset = f, 0; isAppending {
					offset = len(want)
				}
			}
			p := bytes.Repeat([]byte{byte(random.Uint32())}, random.IntN(300)+1)
			if random.IntN(10) == 0 {
				p = bytes.Repeat(p, 10000)
			}
			if _, err := w.Write(p); err != nil {
				t.Fatal(err)
			}
			want = append(append(bytes.Clone(want[:offset]), p...), want[min(offset+len(p), len(want)):]...)
			offset += len(p)
			n, err := tr.Stat("f")
			if err != nil || n.Size != int64(len(want)) {
				t.Fatalf("size %d, want %d, %v", n.Size, len(want), err)
			}
			if random.IntN(5) == 0 {
				r, err := n.Content.Open()
				if err != nil {
					t.Fatal(err)
				}
				views = append(views, view{r, want})
			}
			if got, err := tr.ReadFile("f", 1<<30); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, want %d, %v", len(got), len(want), err)
			}
		}
		for _, v := range views {
			if got, err := io.ReadAll(v.r); err != nil || !bytes.Equal(got, v.want) {
				t.Fatalf("an earlier state: %d bytes, want %d, %v", len(got), len(v.want), err)
			}
		}
	}
}

// keepCopy keeps a content in memory of its own.
func keepCopy(r io.Reader) (Content, int64, error) {
	b, err := io.ReadAll(r)
	return Bytes(b), int64(len(b)), err
}

// TestSharedPieces appends to files that begin with the same pieces: none changes what another has.
func TestSharedPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 10 {
		tr := New()
		if round%2 == 0 {
			tr.Keep = keepCopy
		}
		want := make(map[string][]byte)
		name := func() string { return string(rune('a' + random.IntN(5))) }
		for range 300 {
			to, from := name(), name()
			switch random.IntN(6) {
			case 0: // cp
				if n, err := tr.Stat(from); err == nil {
					if err := tr.WriteContent(to, n.Content, n.Size, 0o644); err != nil {
						t.Fatal(err)
					}
					want[to] = want[from]
				}
			case 1:
				p := bytes.Repeat([]byte{byte(random.Uint32())}, random.IntN(100_000))
				if err := tr.WriteFile(to, p, 0o644); err != nil {
					t.Fatal(err)
				}
				want[to] = p
			default:
				p := bytes.Repeat([]byte{byte(random.Uint32())}, random.IntN(1<<random.IntN(18))+1)
				w, err := tr.OpenWriter(to, Create|Append, 0o644)
				if err == nil {
					_, err = w.Write(p)
				}
				if err != nil {
					t.Fatal(err)
				}
				want[to] = slices.Concat(want[to], p)
			}
			for name, want := range want {
				if got, err := tr.ReadFile(name, 1<<30); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s: %d bytes, want %d, %v", name, len(got), len(want), err)
				}
			}
		}
	}
}

// TestLimitOfAppended: a file that is opened for each line counts what is written, not what it has each time; what is kept elsewhere
// does not count.
func TestLimitOfAppended(t *testing.T) {
	for _, isKept := range []bool{false, true} {
		tr := New()
		tr.Limit = 1 << 20
		kept := int64(0)
		if isKept {
			tr.Keep = func(r io.Reader) (Content, int64, error) {
				c, size, err := keepCopy(r)
				kept += size
				return c, size, err
			}
		}
		const line = 100
		written := int64(0)
		var failed error
		for failed == nil && written < 10<<20 {
			w, err := tr.OpenWriter("f", Create|Append, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			if _, failed = w.Write(make([]byte, line)); failed == nil {
				written += line
			}
		}
		switch {
		case isKept && (failed != nil || kept < written-2*maxPiece):
			t.Errorf("%d bytes are written and %d of them kept: %v", written, kept, failed)
		case !isKept && (!errors.As(failed, new(*limitError)) || written < tr.Limit-nodeSize-line):
			t.Errorf("%d bytes are written, of %d: %v", written, tr.Limit, failed)
		}
	}
}

// TestKeepFails: what cannot be kept is the writer's error.
func TestKeepFails(t *testing.T) {
	broken := errors.New("broken")
	tr := New()
	tr.Keep = func(io.Reader) (Content, int64, error) { return nil, 0, broken }
	w, err := tr.OpenWriter("f", Create, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, maxPiece)); !errors.Is(err, broken) {
		t.Errorf("of a writer: %v", err)
	}
	if err := tr.WriteFile("g", make([]byte, minKept), 0o644); !errors.Is(err, broken) {
		t.Errorf("of a file: %v", err)
	}
}
