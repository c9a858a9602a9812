package deflate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Member reads one member of a gzip file (RFC 1952). The zero value is one that [Member.Reset]
// can begin.
type Member struct {
	in   *bufio.Reader
	data *reader
	crc  uint32
	size uint32
	err  error

	effort effort // what the header says

	scratch [10]byte
}

// Flags of a member's header (RFC 1952 2.3.1).
const (
	gzipHeaderCRC = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
	gzipReserved  = 7 << 5
)

// Reset begins with the member that is next in in, of which exactly the member will be taken, and
// keeps memory.
func (g *Member) Reset(in *bufio.Reader) error {
	g.in, g.crc, g.size, g.err = in, 0, 0, nil
	if err := g.header(); err != nil {
		return fmt.Errorf("gzip header: %w", broken(err))
	}
	if g.data == nil {
		g.data = newReader(in)
	} else {
		g.data.reset(in)
	}
	g.data.isEffortWanted = g.effort != best && g.effort != fastest
	return nil
}

const magic = "\x1f\x8b" // that a member begins with

func (g *Member) header() error {
	h := &g.scratch
	if _, err := io.ReadFull(g.in, h[:]); err != nil {
		return err
	}
	const deflated = 8
	flags := h[3]
	if string(h[:2]) != magic || h[2] != deflated || flags&gzipReserved != 0 {
		return errors.New("gzip: invalid header")
	}
	g.effort = effort(h[8])
	sum := crc32.ChecksumIEEE(h[:])
	next := func(n int) ([]byte, error) {
		b := make([]byte, n)
		_, err := io.ReadFull(g.in, b)
		sum = crc32.Update(sum, crc32.IEEETable, b)
		return b, err
	}
	if flags&gzipExtra != 0 {
		size, err := next(2)
		if err == nil {
			_, err = next(int(binary.LittleEndian.Uint16(size)))
		}
		if err != nil {
			return err
		}
	}
	for _, flag := range [...]byte{gzipName, gzipComment} {
		for isText := flags&flag != 0; isText; {
			b, err := next(1)
			if err != nil {
				return err
			}
			isText = b[0] != 0
		}
	}
	if flags&gzipHeaderCRC != 0 {
		want := uint16(sum)
		b, err := next(2)
		if err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(b) != want {
			return errors.New("has an invalid checksum")
		}
	}
	return nil
}

// Read returns io.EOF at the end, when size and checksum were found right.
func (g *Member) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.data.Read(p)
	g.count(p[:n])
	if err == io.EOF {
		err = g.trailer()
	}
	g.err = err
	return n, err
}

// Run returns the next bytes of the member, at least one and at most max, with their compression. At the end it returns io.EOF, as Read.
func (g *Member) Run(max int64) (Run, error) {
	if g.err != nil {
		return Run{}, g.err
	}
	r, err := g.data.run(max)
	g.count(r.Plain)
	if err == io.EOF {
		err = g.trailer()
	}
	g.err = err
	return r, err
}

func (g *Member) count(p []byte) {
	g.crc = crc32.Update(g.crc, crc32.IEEETable, p)
	g.size += uint32(len(p))
}

func (g *Member) trailer() error {
	t := g.scratch[:8]
	if _, err := io.ReadFull(g.in, t); broken(err) == io.ErrUnexpectedEOF {
		return ErrNoChecksum
	} else if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(t) != g.crc || binary.LittleEndian.Uint32(t[4:]) != g.size {
		return ErrChecksum
	}
	return io.EOF
}

// broken is the error for what must not end here.
func broken(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ErrChecksum is the error for content that is not what the end of its member says.
var ErrChecksum = errors.New("gzip: invalid checksum")

// ErrNoChecksum is the [io.ErrUnexpectedEOF] of a member that ends behind its content.
var ErrNoChecksum = fmt.Errorf("%w", io.ErrUnexpectedEOF)

// ErrTrailing is the error for bytes behind a member that do not begin another one.
var ErrTrailing = errors.New("gzip: invalid header")

// Reader reads all members of a gzip file. Nothing runs in the background.
type Reader struct {
	in     *bufio.Reader
	member Member
}

// NewReader begins to read a file, which may be read further than its end.
func NewReader(r io.Reader) (*Reader, error) {
	z := new(Reader)
	return z, z.Reset(r)
}

// Reset begins with another file, and keeps memory.
func (z *Reader) Reset(r io.Reader) error {
	const size = 128 << 10
	if z.in == nil {
		z.in = bufio.NewReaderSize(nil, size)
	}
	z.in.Reset(r)
	return z.member.Reset(z.in)
}

// Read returns io.EOF at the end of the file, when size and checksum of each member were found right.
func (z *Reader) Read(p []byte) (int, error) {
	for {
		n, err := z.member.Read(p)
		if n > 0 || err != io.EOF {
			return n, err
		}
		switch next, err := z.in.Peek(len(magic)); {
		case len(next) == 0:
			return 0, err
		case string(next) != magic:
			return 0, ErrTrailing
		}
		if err := z.member.Reset(z.in); err != nil {
			return 0, err
		}
	}
}
