package tree

import (
	"bytes"
	"context"
	"io"
	"reflect"
)

// Content is what a regular file holds. An implementation need not be comparable; of one that is, equal values have the
// same bytes.
type Content interface {
	// Open returns the bytes from the first on. It may be called concurrently.
	Open() (io.ReadCloser, error)
}

// SameContent reports whether two contents are known to have the same bytes without reading them.
func SameContent(a, b Content) bool {
	return a != nil && b != nil && reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}

// EqualContent reports whether two contents have the same bytes, which it reads side by side.
func EqualContent(ctx context.Context, a, b Content) (bool, error) {
	if SameContent(a, b) {
		return true, nil
	}
	readerA, err := a.Open()
	if err != nil {
		return false, err
	}
	defer readerA.Close()
	readerB, err := b.Open()
	if err != nil {
		return false, err
	}
	defer readerB.Close()
	bufferA, bufferB := make([]byte, 32<<10), make([]byte, 32<<10)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, errA := io.ReadFull(readerA, bufferA)
		m, errB := io.ReadFull(readerB, bufferB)
		if errA != nil && !ended(errA) {
			return false, errA
		}
		if errB != nil && !ended(errB) {
			return false, errB
		}
		if !bytes.Equal(bufferA[:n], bufferB[:m]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return errA != nil && errB != nil, nil
		}
	}
}

// ended says whether ReadFull came to the end.
func ended(err error) bool {
	return err == io.EOF || err == io.ErrUnexpectedEOF
}

// Bytes is a [Content] in memory. The slice may not be changed afterwards.
func Bytes(b []byte) Content { return &memory{b} }

type memory struct{ b []byte }

func (m *memory) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m.b)), nil
}

// Read returns the whole content of a regular file of at most limit bytes.
func (n *Node) Read(limit int64) ([]byte, error) {
	switch {
	case n.Type == Directory:
		return nil, ErrIsDir
	case n.Type != Regular:
		return nil, ErrInvalid
	case n.Size > limit:
		return nil, &sizeError{limit}
	case n.Content == nil:
		return nil, nil
	}
	switch c := n.Content.(type) {
	case *memory:
		return c.b, nil
	case *pieces:
		return c.bytes(n.Size), nil
	}
	r, err := n.Content.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := make([]byte, n.Size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}

// pieces is a [Content] in memory that grows without being copied. Its values share the pieces that they have in common.
type pieces struct {
	full [][]byte
	last []byte
}

// maxPiece bounds the pieces that are made for further writes, in bytes.
const maxPiece = 1 << 20

// append returns the content with p behind it. It writes only behind what others may hold of the old content.
func (c *pieces) append(p []byte) *pieces {
	if len(p) <= cap(c.last)-len(c.last) {
		return &pieces{c.full, append(c.last, p...)}
	}
	full := c.full
	if len(c.last) > 0 {
		full = append(full, c.last)
	}
	return &pieces{full, append(make([]byte, 0, max(len(p), min(2*cap(c.last), maxPiece))), p...)}
}

func (c *pieces) Open() (io.ReadCloser, error) {
	var all []io.Reader
	for _, p := range c.full {
		all = append(all, bytes.NewReader(p))
	}
	return io.NopCloser(io.MultiReader(append(all, bytes.NewReader(c.last))...)), nil
}

// bytes returns the content, whose size is known.
func (c *pieces) bytes(size int64) []byte {
	if len(c.full) == 0 {
		return c.last
	}
	all := make([]byte, 0, size)
	for _, p := range c.full {
		all = append(all, p...)
	}
	return append(all, c.last...)
}
