package members

import (
	"bufio"
	"io"

	"github.com/lamina-oci/lamina/internal/deflate"
)

// MaxIndex bounds a compressed index with its signatures, in bytes. Alpine's largest has 3 MB.
const MaxIndex = 64 << 20

// Reader inflates a concatenation of gzip members one at a time. Package
// files and indexes give a meaning to the boundaries, and their hashes and
// signatures are taken over the compressed bytes (apk/FORMAT.md 1.1, 1.2).
//
// Read returns io.EOF at the end of a member, after the member's own CRC was
// found right; Next then goes on. A member must be read to its end before that.
type Reader struct {
	in  *bufio.Reader
	gz  deflate.Member
	raw rawReader
}

// NewReader reads members from r.
func NewReader(r io.Reader) *Reader {
	m := &Reader{raw: rawReader{r: r}}
	m.in = bufio.NewReaderSize(&m.raw, 64<<10)
	m.raw.buffered = m.in.Buffered
	return m
}

// Reset begins with another input, and keeps memory.
func (m *Reader) Reset(r io.Reader) {
	m.raw.r, m.raw.h, m.raw.pending, m.raw.total = r, nil, m.raw.pending[:0], 0
	m.in.Reset(&m.raw)
}

// Next starts the following member and hands its compressed bytes to h, which
// may be nil. It returns io.EOF when the input ends where a member would begin.
func (m *Reader) Next(h io.Writer) error {
	m.raw.flush()
	m.raw.h = h
	if _, err := m.in.Peek(1); err != nil {
		return err // io.EOF, or what the input says
	}
	return m.gz.Reset(m.in)
}

func (m *Reader) Read(p []byte) (int, error) {
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

// Peek returns the next bytes of the input without taking them.
func (m *Reader) Peek(n int) ([]byte, error) { return m.in.Peek(n) }

// Buffered returns how many bytes of the input were read and not taken.
func (m *Reader) Buffered() int { return m.in.Buffered() }

// Rest is the input from where the member ended: what is read of it is hashed, but not inflated.
func (m *Reader) Rest() io.Reader { return m.in }

// Total returns how many bytes of the input were read.
func (m *Reader) Total() int64 { return m.raw.total }

// Member is what inflates the current member.
func (m *Reader) Member() *deflate.Member { return &m.gz }

// Flush hashes all that was taken so far.
func (m *Reader) Flush() { m.raw.flush() }

// Hash has the bytes that are taken from now on hashed by h, which may be nil, and those before by the hash before.
func (m *Reader) Hash(h io.Writer) {
	m.raw.flush()
	m.raw.h = h
}
