package tree

import (
	"io"
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
