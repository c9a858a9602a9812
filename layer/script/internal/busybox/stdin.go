package busybox

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
)

// stdinReader reads standard input no further than a command needs, since what is behind
// that is for the next one: after "head -n1" it is the second line. Like the C library it
// reads in pieces, and gives back what it did not use if the input is a file; of a pipe the
// rest of the piece is lost.
type stdinReader struct {
	c      *Call
	from   io.Reader // standard input; nil if it is closed
	buffer []byte
	used   int // bytes of buffer that the command has taken
	ended  bool
}

// stdinPiece is how much the C library reads at a time.
const stdinPiece = 1024

// more reads a piece. It returns false at the end.
func (r *stdinReader) more() (bool, error) {
	if r.ended || r.from == nil {
		return false, nil
	}
	piece := make([]byte, stdinPiece)
	n, err := r.from.Read(piece)
	r.buffer = append(r.buffer, piece[:n]...)
	if len(r.buffer) > MaxInput {
		return false, r.c.exceeded("%s: input of more than %d bytes", r.c.Args[0], MaxInput)
	}
	if err := r.c.received(n); err != nil {
		return false, err
	}
	switch {
	case errors.Is(err, io.EOF), err != nil && !Fatal(err), errors.Is(err, fs.ErrClosed):
		r.ended = true
		return n > 0, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// line takes the next line with its newline; it is nil at the end.
func (r *stdinReader) line() ([]byte, error) {
	for searched := r.used; ; {
		if i := bytes.IndexByte(r.buffer[searched:], '\n'); i >= 0 {
			return r.take(searched + i + 1), nil
		}
		searched = len(r.buffer)
		if ok, err := r.more(); err != nil {
			return nil, err
		} else if !ok {
			return r.take(len(r.buffer)), nil
		}
	}
}

// take returns what is before a place of the buffer and was not taken.
func (r *stdinReader) take(end int) []byte {
	taken := r.buffer[r.used:end:end]
	r.used = end
	if len(taken) == 0 {
		return nil
	}
	return taken
}

// close gives back what was not taken.
func (r *stdinReader) close() {
	if file, ok := r.from.(io.Seeker); ok && r.used < len(r.buffer) {
		file.Seek(int64(r.used-len(r.buffer)), io.SeekCurrent)
	}
}

// beginning reads standard input, or another one, up to a number of lines or bytes.
func (c *Call) beginning(from io.Reader, count int64, isBytes bool) ([]byte, error) {
	r := &stdinReader{c: c, from: from}
	defer r.close()
	for isBytes && int64(len(r.buffer)) < count {
		if ok, err := r.more(); err != nil {
			return nil, err
		} else if !ok {
			break
		}
	}
	if isBytes {
		return r.take(int(min(count, int64(len(r.buffer))))), nil
	}
	for ; count > 0; count-- {
		if line, err := r.line(); line == nil || err != nil {
			return r.buffer[:r.used], err
		}
	}
	return r.buffer[:r.used], nil
}

// emit hands on what the command has printed. It fails if nobody reads it any more.
func (c *Call) emit() error {
	if c.Emit == nil {
		return c.Bounded()
	}
	if err := c.Emit(); err != nil {
		return err
	}
	return c.Bounded()
}
