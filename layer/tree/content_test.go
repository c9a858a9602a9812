package tree

import (
	"bytes"
	"io"
	"math/rand/v2"
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
	for range rounds {
		tr := New()
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
