package tree

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// pieces is a [Content] that grows without being copied. Its values do not change; they share the pieces that they have in common.
type pieces struct {
	full []part
	last part
}

// part is the beginning of a piece.
type part struct {
	piece *piece
	size  int64
}

// piece is a part of contents, in memory until it is kept elsewhere.
type piece struct {
	mu   sync.Mutex
	b    []byte
	kept Content // in place of b, if not nil
}

// Bounds of pieces, in bytes.
const (
	maxPiece = 128 << 10 // of those that are made for further writes
	minKept  = 64 << 10  // of those that are worth keeping elsewhere
)

// piecesOf returns a content of that size to which more is written.
func piecesOf(c Content, size int64) *pieces {
	switch c := c.(type) {
	case nil:
		return new(pieces)
	case *pieces:
		return c
	}
	return &pieces{last: part{&piece{kept: c}, size}}
}

// append returns the content with p behind it. What has no more to be written to it is kept by means of keep, which may change nothing.
func (c *pieces) append(p []byte, keep func(*piece) error) (*pieces, error) {
	full := c.full
	if c.last.piece != nil {
		grown, isFull := c.last.append(p)
		if grown {
			return &pieces{c.full, part{c.last.piece, c.last.size + int64(len(p))}}, nil
		}
		if isFull {
			if err := keep(c.last.piece); err != nil {
				return nil, err
			}
		}
		full = append(slices.Clip(full), c.last)
	}
	next := newPart(p, min(2*c.last.size, maxPiece))
	if len(p) < maxPiece {
		return &pieces{full, next}, nil
	}
	return &pieces{full, next}, keep(next.piece)
}

// newPart returns a piece with a content, and room for one of that size.
func newPart(p []byte, size int64) part {
	return part{&piece{b: append(make([]byte, 0, max(int64(len(p)), size)), p...)}, int64(len(p))}
}

// append writes p into the piece's memory behind the part. It is not grown if there is no room, which is said, or if another content
// has been written there.
func (at part) append(p []byte) (grown, isFull bool) {
	at.piece.mu.Lock()
	defer at.piece.mu.Unlock()
	b := at.piece.b
	switch {
	case at.piece.kept != nil || at.size != int64(len(b)):
		return false, false
	case len(p) > cap(b)-len(b):
		return false, true
	}
	at.piece.b = append(b, p...)
	return true, false
}

// keep puts what keep returns in the place of the piece's memory, whose size it returns. A piece that is small stays as it is.
func (p *piece) keep(keep func(io.Reader) (Content, int64, error)) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept != nil || len(p.b) < minKept {
		return 0, nil
	}
	kept, size, err := keep(bytes.NewReader(p.b))
	if err != nil {
		return 0, err
	}
	p.b, p.kept = nil, kept
	return size, nil
}

// bytes returns the part if it is in memory, nil if not.
func (at part) bytes() []byte {
	at.piece.mu.Lock()
	defer at.piece.mu.Unlock()
	if at.piece.kept != nil {
		return nil
	}
	return at.piece.b[:at.size:at.size]
}

// inMemory returns the content if it is one piece in memory, nil if not.
func (c *pieces) inMemory() []byte {
	if len(c.full) > 0 || c.last.piece == nil {
		return nil
	}
	return c.last.bytes()
}

func (c *pieces) Open() (io.ReadCloser, error) {
	return &partsReader{rest: append(slices.Clip(c.full), c.last)}, nil
}

// partsReader reads parts one after the other.
type partsReader struct {
	rest []part
	from io.Reader // of the first of the rest; nil if it is not open
	file io.Closer
}

func (r *partsReader) Read(p []byte) (int, error) {
	for len(r.rest) > 0 {
		if r.from == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.from.Read(p)
		if err == io.EOF {
			r.Close()
			r.rest, err = r.rest[1:], nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.EOF
}

func (r *partsReader) open() error {
	first := r.rest[0]
	if b := first.bytes(); b != nil {
		r.from = bytes.NewReader(b)
		return nil
	}
	file, err := first.piece.kept.Open()
	if err == nil {
		r.from, r.file = io.LimitReader(file, first.size), file
	}
	return err
}

func (r *partsReader) Close() error {
	file := r.file
	r.from, r.file = nil, nil
	if file == nil {
		return nil
	}
	return file.Close()
}
