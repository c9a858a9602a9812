package deflate

import (
	"bufio"
	"encoding/binary"
	"io"
)

// input hands out the bits of a bufio.Reader and records those of a block.
//
// bytes is what the reader has buffered, of which at are used: they are in bits, or behind
// it. At the end of the input, bytes is a copy of what is left with zeros behind it, so that
// no look at the next bits has to care; missing says whether any of the zeros was used.
type input struct {
	in     *bufio.Reader
	bytes  []byte
	at     int
	bits   uint64 // the next bits, the first one lowest; above count there may be more of them already
	count  uint
	tail   []byte
	real   int   // bytes that are no zeros of ours
	err    error // why there are no more
	isOver bool  // some of the zeros were used

	packed    []byte // of the block, if isRecording
	first     uint   // bits of its first byte that are not the block's
	from      int    // in bytes: what is not in packed yet
	recording bool
}

const (
	// lookahead is what there is in bytes, at least, when bits are taken without asking.
	lookahead = 16

	// maxPacked bounds what is recorded: stored, a block would be smaller.
	maxPacked = maxBlock + maxBlock/8
)

// refill makes sure that bits holds 56 at least.
func (in *input) refill() {
	if len(in.bytes)-in.at < 8 {
		in.more()
	}
	in.bits |= binary.LittleEndian.Uint64(in.bytes[in.at:]) << in.count
	in.at += int(63-in.count) >> 3
	in.count |= 56
}

// need makes sure that there are n bits.
func (in *input) need(n uint) {
	if in.count < n {
		in.refill()
	}
}

func (in *input) drop(n uint) {
	in.bits >>= n
	in.count -= n
}

// take returns the next n bits, 16 at most.
func (in *input) take(n uint) uint {
	in.need(n)
	v := uint(in.bits & (1<<n - 1))
	in.drop(n)
	return v
}

// unread gives whole bytes in bits back.
func (in *input) unread() {
	in.at -= int(in.count >> 3)
	in.count &= 7
	in.bits &= 1<<in.count - 1
}

// align skips to the next byte.
func (in *input) align() {
	in.unread()
	in.bits, in.count = 0, 0
}

// more gets bytes from the reader. Afterwards there are lookahead of them at least.
func (in *input) more() {
	in.unread()
	in.isOver = in.missing() != nil
	in.release()
	ahead, err := in.in.Peek(2 * lookahead)
	if err == nil {
		ahead, _ = in.in.Peek(in.in.Buffered())
		in.bytes, in.real = ahead, len(ahead)
		return
	}
	in.err = err
	if in.tail == nil {
		in.tail = make([]byte, 4*lookahead)
	}
	clear(in.tail)
	in.real = copy(in.tail, ahead)
	in.bytes = in.tail
}

// release records what was used and tells the reader.
func (in *input) release() {
	used := min(in.at, in.real)
	if in.recording {
		in.keep(used)
	}
	in.in.Discard(used)
	in.bytes, in.real, in.at, in.from = nil, 0, 0, 0
}

// missing says whether more was taken than there is, and why there is no more.
func (in *input) missing() error {
	if in.err == nil || !in.isOver && in.at-int(in.count>>3) <= in.real {
		return nil
	}
	if in.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return in.err
}

// finish leaves the reader behind the last byte used.
func (in *input) finish() error {
	in.align()
	if err := in.missing(); err != nil {
		return err
	}
	in.release()
	return io.EOF
}

// read copies whole bytes, when the bits are aligned.
func (in *input) read(p []byte) (int, error) {
	in.unread()
	if in.at >= in.real {
		in.more()
		if in.real == 0 {
			in.isOver = true
			return 0, in.missing()
		}
	}
	n := copy(p, in.bytes[in.at:in.real])
	in.at += n
	return n, nil
}

// record begins to keep the bits from here on.
func (in *input) record() {
	in.unread()
	in.packed, in.first, in.recording = in.packed[:0], 0, true
	if in.count > 0 {
		in.first = 8 - in.count
		in.packed = append(in.packed, byte(in.bits<<in.first))
	}
	in.from = in.at
}

// stop ends a record.
func (in *input) stop() {
	in.unread()
	if in.recording {
		in.keep(min(in.at, in.real))
	}
	in.recording = false
}

// keep records the bytes up to that place, or gives the record up when it is too big.
func (in *input) keep(to int) {
	in.packed = append(in.packed, in.bytes[in.from:to]...)
	if len(in.packed) > maxPacked {
		in.forget()
	}
}

// forget gives a record up.
func (in *input) forget() {
	in.recording = false
	in.packed = in.packed[:0]
}

// recorded returns how many bits were recorded until stop.
func (in *input) recorded() int64 {
	return int64(len(in.packed))*8 - int64(in.first) - int64(in.count)
}
