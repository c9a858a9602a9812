package deflate

import (
	"encoding/binary"
	"errors"
	"io"
)

// Writer makes one DEFLATE stream of runs of other streams and of bytes in between. It is for one goroutine and takes 200 KiB of
// memory.
//
// It searches for no matches. A match of a run is kept if the bytes that it repeats are within reach here too, and becomes literals
// otherwise; a run that is a whole block is copied if all its matches stay as they are. Bytes in between are compressed
// on the assumption that they are headers, each similar to the one before.
type Writer struct {
	encoder

	size  int64  // bytes of the runs and in between
	spans []span // where they come from, as far as matches reach
	last  int    // the last byte, or -1

	pending  []byte // bytes in between, of which no run has followed yet
	between  []byte // those before the last run
	betweens int64  // where they end
}

// span is a part of another stream that is a part of this one.
type span struct {
	from, to, size int64 // places in the other and in this one; bytes
}

const (
	minMatch = 3

	// minBlock is how many bytes a block must hold to be copied: the code of what is before it ends there.
	minBlock = 4 << 10

	// minStored is how many bytes that another compressor stored stay stored.
	minStored = 1 << 10

	maxPending = 32 << 10
	headerSize = 512 // of a tar
)

// NewWriter returns a writer to dst.
func NewWriter(dst io.Writer) *Writer {
	w := &Writer{encoder: newEncoder()}
	w.Reset(dst)
	return w
}

// Reset starts another stream, and reuses memory. An unfinished stream is discarded.
func (w *Writer) Reset(dst io.Writer) {
	w.encoder.reset(dst)
	w.size, w.spans, w.last = 0, w.spans[:0], -1
	w.pending, w.between = w.pending[:0], w.between[:0]
}

// Write adds bytes in between.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	for rest := p; len(rest) > 0; {
		n := min(len(rest), maxPending-len(w.pending))
		w.pending = append(w.pending, rest[:n]...)
		if rest = rest[n:]; len(w.pending) == maxPending {
			w.header()
		}
	}
	return len(p), w.err
}

// header compresses bytes in between by those before them, which are like them from their ends, and by the last 512.
func (w *Writer) header() {
	p, before := w.pending, w.between
	shift := len(before) - len(p)
	distance := w.size + int64(len(p)) - w.betweens
	isInReach := len(before) > 0 && distance <= historySize
	for i := 0; i < len(p); {
		length, at := 0, 0
		try := func(n, distance int) {
			if n > length {
				length, at = n, distance
			}
		}
		if isInReach && i+shift >= 0 {
			try(common(before[i+shift:], p[i:]), int(distance))
		}
		if i >= headerSize {
			try(common(p[i-headerSize:], p[i:]), headerSize)
		}
		try(repeated(w.last, p[i:]), 1)
		if length >= minMatch {
			w.match(length, at)
		} else {
			length = 1
			w.literal(p[i])
		}
		i += length
		w.last = int(p[i-1])
	}
	w.size += int64(len(p))
	w.betweens = w.size
	w.between, w.pending = p, before[:0]
}

// common returns how many bytes two texts begin with in common, at most what a match may have.
func common(a, b []byte) int {
	n := min(len(a), len(b), maxMatch)
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// repeated returns how often a text begins with a byte, at most as often as a match may have it.
func repeated(b int, p []byte) int {
	n := min(len(p), maxMatch)
	for i := range n {
		if int(p[i]) != b {
			return i
		}
	}
	return n
}

// WriteRun adds a run. Runs of one stream must come in order.
func (w *Writer) WriteRun(r Run) error {
	if w.err != nil {
		return w.err
	}
	if len(w.pending) > 0 {
		w.header()
	}
	if len(r.Plain) == 0 {
		return nil
	}
	preceding := w.follow(r.at, len(r.Plain))
	switch {
	case r.kind == stored && len(r.Plain) >= minStored:
		w.endBlock(false)
		w.store(r.Plain)
	case r.isBlock && len(r.Plain) >= minBlock && int64(r.reach) <= preceding:
		w.endBlock(false)
		w.copyBits(r.packed, r.bitsBefore, r.bits)
	default:
		w.recode(&r)
	}
	w.size += int64(len(r.Plain))
	w.last = int(r.Plain[len(r.Plain)-1])
	return w.err
}

// follow notes where the next bytes come from, and returns how many bytes before them come from before there.
func (w *Writer) follow(from int64, size int) int64 {
	if n := len(w.spans) - 1; n >= 0 {
		if s := &w.spans[n]; s.from+s.size == from && s.to+s.size == w.size {
			s.size += int64(size)
			return s.size - int64(size)
		}
	}
	const many = 256 // about 64 with their headers are in reach
	if len(w.spans) >= many {
		inReach := 0
		for w.spans[inReach].to+w.spans[inReach].size < w.size-historySize {
			inReach++
		}
		w.spans = append(w.spans[:0], w.spans[inReach:]...)
	}
	w.spans = append(w.spans, span{from, w.size, int64(size)})
	return 0
}

// recode adds a run match by match.
func (w *Writer) recode(r *Run) {
	done := 0
	for _, m := range r.matches {
		at, length := int(m.at)-r.first, int(m.length)
		if at < 0 { // it begins before the run
			length, at = length+at, 0
		}
		end := min(at+length, len(r.Plain)) // and may end behind it
		w.literals(r.Plain[done:at])
		w.moved(r.Plain[:end], at, r.at+int64(at)-int64(m.distance))
		done = end
	}
	w.literals(r.Plain[done:])
}

// moved adds a match, the end of plain from at on, with bytes that are at from in the other stream. Some of them may be elsewhere
// here, and others missing.
func (w *Writer) moved(plain []byte, at int, from int64) {
	i := len(w.spans) - 1 // of the span that has from, or of the last one before it
	for at < len(plain) {
		for i >= 0 && w.spans[i].from > from {
			i--
		}
		for i+1 < len(w.spans) && w.spans[i+1].from <= from {
			i++
		}
		length, distance := len(plain)-at, int64(0)
		if i >= 0 && from < w.spans[i].from+w.spans[i].size {
			s := w.spans[i]
			length = int(min(int64(length), s.from+s.size-from))
			distance = w.size + int64(at) - (s.to + from - s.from)
		} else if i+1 < len(w.spans) {
			length = int(min(int64(length), w.spans[i+1].from-from))
		}
		if distance > 0 && distance <= historySize && length >= minMatch {
			w.match(length, int(distance))
		} else {
			w.lost(plain[:at+length], at)
		}
		at, from = at+length, from+int64(length)
	}
}

// lost adds bytes that were a match: the end of plain from at on.
func (w *Writer) lost(plain []byte, at int) {
	for at < len(plain) {
		last := w.last
		if at > 0 {
			last = int(plain[at-1])
		}
		n := repeated(last, plain[at:])
		if n >= minMatch {
			w.match(n, 1)
		} else {
			n = 1
			w.literal(plain[at])
		}
		at += n
	}
}

// Flush ends the block that has begun, and writes the stream but for its last bits, fewer than eight.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.pending) > 0 {
		w.header()
	}
	if w.err == nil {
		w.endBlock(false)
		w.write()
	}
	return w.err
}

// Close ends the stream. It does not close dst. After it, every call but Close and Reset is
// an error.
func (w *Writer) Close() error {
	if w.err == errClosed {
		return nil
	}
	if w.err == nil && len(w.pending) > 0 {
		w.header()
	}
	w.endBlock(true)
	w.pad()
	w.write()
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

var errClosed = errors.New("deflate: write to a closed stream")

// store adds stored blocks.
func (w *Writer) store(plain []byte) {
	for len(plain) > 0 {
		n := min(len(plain), 1<<16-1)
		w.add(0, 3)
		w.pad()
		w.out = binary.LittleEndian.AppendUint16(w.out, uint16(n))
		w.out = binary.LittleEndian.AppendUint16(w.out, ^uint16(n))
		w.out = append(w.out, plain[:n]...)
		w.room()
		plain = plain[n:]
	}
}
