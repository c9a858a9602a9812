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
		if b := c.inMemory(); b != nil {
			return b, nil
		}
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
