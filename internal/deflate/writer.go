package deflate

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
)

// Writer makes one DEFLATE stream of bytes that it compresses and of blocks that it
// takes over. It is for one goroutine.
type Writer struct {
	dst   io.Writer
	level int
	fresh *flate.Writer // compresses into out

	isFresh bool   // bytes were given to fresh that are not flushed yet
	out     []byte // whole bytes of the stream, to be written
	bits    uint64 // the bits of the stream behind them, count of them, fewer than 8
	count   uint
	err     error // of dst, once and for all, or errClosed
}

const outSize = 64 << 10

// NewWriter returns a writer to dst that compresses at a level from 1 to 9 what it must.
func NewWriter(dst io.Writer, level int) (*Writer, error) {
	w := &Writer{level: level, out: make([]byte, 0, outSize+64)}
	var err error
	if w.fresh, err = flate.NewWriter((*freshWriter)(w), level); err != nil {
		return nil, err
	}
	w.Reset(dst)
	return w, nil
}

// Reset starts another stream, and reuses memory. An unfinished stream is discarded.
func (w *Writer) Reset(dst io.Writer) {
	w.dst, w.isFresh, w.out, w.bits, w.count, w.err = dst, false, w.out[:0], 0, 0, nil
}

// Write compresses p.
func (w *Writer) Write(p []byte) (int, error) {
	if len(p) == 0 || w.err != nil {
		return 0, w.err
	}
	if !w.isFresh {
		w.align()
		w.fresh.Reset((*freshWriter)(w))
		w.isFresh = true
	}
	return w.fresh.Write(p)
}

// WriteBlock copies a block unchanged. The data that its matches refer to must directly
// precede it in this stream.
func (w *Writer) WriteBlock(b Block) error {
	if err := w.flush(); err != nil {
		return err
	}
	if b.kind == stored {
		w.writeStored(b.Plain)
		return w.err
	}
	w.copyBits(b.packed, b.first, b.bits)
	return w.err
}

// Close ends the stream. It does not close dst. After it, every call but Close and Reset is
// an error.
func (w *Writer) Close() error {
	if w.err == errClosed {
		return nil
	}
	if w.err == nil && w.isFresh {
		w.isFresh = false
		w.err = w.fresh.Close() // a final block, and whole bytes
	} else {
		const finalEmpty = 1 | 1<<1 // a last block of the fixed code, and its end, seven zeros
		w.add(finalEmpty, 10)
		w.pad()
	}
	w.write()
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

var errClosed = errors.New("deflate: write to a closed stream")

// flush ends what is being compressed, so that the stream is whole up to here.
func (w *Writer) flush() error {
	if w.err == nil && w.isFresh {
		w.isFresh = false
		w.err = w.fresh.Flush()
	}
	return w.err
}

// align goes to the next whole byte, by a stored block of no bytes if need be.
func (w *Writer) align() {
	if w.count > 0 {
		w.writeStored(nil)
	}
}

func (w *Writer) writeStored(plain []byte) {
	w.add(0, 3)
	w.pad()
	size := uint16(len(plain))
	w.out = binary.LittleEndian.AppendUint16(w.out, size)
	w.out = binary.LittleEndian.AppendUint16(w.out, ^size)
	w.out = append(w.out, plain...)
	w.room()
}

// copyBits appends n bits that begin in src at the bit first, the first of them as 0: the
// block is not the last one here.
func (w *Writer) copyBits(src []byte, first uint, n int64) {
	head := min(int64(8-first), n)
	w.add(uint64(src[0]>>first)&^1&(1<<head-1), uint(head))
	src, n = src[1:], n-head
	for ; n >= 64; n -= 64 {
		v := binary.LittleEndian.Uint64(src)
		w.out = binary.LittleEndian.AppendUint64(w.out, w.bits|v<<w.count)
		w.bits = v >> (64 - w.count) // for 0 that is 0
		src = src[8:]
		if len(w.out) >= outSize {
			w.room()
		}
	}
	for ; n > 0; n -= 8 {
		size := min(n, 8)
		w.add(uint64(src[0])&(1<<size-1), uint(size))
		src = src[1:]
	}
	w.room()
}

// add appends n bits, at most 56.
func (w *Writer) add(bits uint64, n uint) {
	w.bits |= bits << w.count
	for w.count += n; w.count >= 8; w.count -= 8 {
		w.out = append(w.out, byte(w.bits))
		w.bits >>= 8
	}
}

func (w *Writer) pad() {
	if w.count > 0 {
		w.add(0, 8-w.count)
	}
}

// room writes what has gathered when it is much.
func (w *Writer) room() {
	if len(w.out) >= outSize {
		w.write()
	}
}

func (w *Writer) write() {
	if w.err == nil && len(w.out) > 0 {
		_, w.err = w.dst.Write(w.out)
	}
	w.out = w.out[:0]
}

// freshWriter gets what is compressed: whole bytes.
type freshWriter Writer

func (f *freshWriter) Write(p []byte) (int, error) {
	w := (*Writer)(f)
	w.out = append(w.out, p...)
	w.room()
	return len(p), w.err
}
