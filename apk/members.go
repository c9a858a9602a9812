package apk

import (
	"bufio"
	"io"

	"github.com/lamina-oci/lamina/internal/deflate"
)

// memberReader inflates a concatenation of gzip members one at a time. Package
// files and indexes give a meaning to the boundaries, and their hashes and
// signatures are taken over the compressed bytes (apk/FORMAT.md 1.1, 1.2).
//
// Read returns io.EOF at the end of a member, after the member's own CRC was
// found right; next then goes on. A member must be read to its end before that.
type memberReader struct {
	in  *bufio.Reader
	gz  deflate.Member
	raw rawReader
}

func newMemberReader(r io.Reader) *memberReader {
	m := &memberReader{raw: rawReader{r: r}}
	m.in = bufio.NewReaderSize(&m.raw, 64<<10)
	m.raw.buffered = m.in.Buffered
	return m
}

// reset begins with another input, and keeps memory.
func (m *memberReader) reset(r io.Reader) {
	m.raw.r, m.raw.h, m.raw.pending, m.raw.total = r, nil, m.raw.pending[:0], 0
	m.in.Reset(&m.raw)
}

// next starts the following member and hands its compressed bytes to h, which
// may be nil. It returns io.EOF when the input ends where a member would begin.
func (m *memberReader) next(h io.Writer) error {
	m.raw.flush()
	m.raw.h = h
	if _, err := m.in.Peek(1); err != nil {
		return err // io.EOF, or what the input says
	}
	return m.gz.Reset(m.in)
}

func (m *memberReader) Read(p []byte) (int, error) {
	n, err := m.gz.Read(p)
	if err == io.EOF {
		m.raw.flush()
	}
	return n, err
}

// rawReader sits below a bufio.Reader and hashes what was taken out of it. The
// inflater peeks, so bytes count only once they have left bufio's buffer.
type rawReader struct {
	r        io.Reader
	h        io.Writer
	buffered func() int // bytes that bufio holds
	pending  []byte     // a copy of what bufio may still hold: not hashed yet
	total    int64      // bytes read
}

func (r *rawReader) Read(p []byte) (int, error) {
	r.flush()
	n, err := r.r.Read(p)
	r.pending = append(r.pending, p[:n]...)
	r.total += int64(n)
	return n, err
}

// flush hashes everything but the bytes that bufio still holds.
func (r *rawReader) flush() {
	used := len(r.pending) - r.buffered()
	if r.h != nil {
		r.h.Write(r.pending[:used])
	}
	r.pending = r.pending[:copy(r.pending, r.pending[used:])]
}
