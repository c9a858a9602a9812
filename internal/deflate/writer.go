package deflate

import (
	"encoding/binary"
	"errors"
	"io"
)

// Writer makes one DEFLATE stream of runs of other streams and of bytes in between. It is for one goroutine and takes 700 KiB of
// memory.
//
// A match of a run is kept if the bytes that it repeats are within reach here too. Where they are not, and in what was no match, it
// looks for other ones in a few places: see [window]. A run that is a whole block is copied if all its matches stay as they are.
// Bytes in between are compressed on the assumption that they are headers, each similar to the one before.
type Writer struct {
	encoder
	window

	spans []span // where the bytes of the runs come from, as far as matches reach

	pending  []byte // bytes in between, of which no run has followed yet
	betweens int64  // where those end that were before the last run, or 0
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
	w.window.reset()
	w.spans, w.pending, w.betweens = w.spans[:0], w.pending[:0], 0
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
	at := w.extend(w.pending)
	end := len(w.bytes)
	distances := [...]int{int(min(w.size()-w.betweens, historySize+1)), headerSize, 1}
	for at < end {
		length, distance := 0, 0
		for _, d := range distances {
			if n := w.common(at, end, d); n > length {
				length, distance = n, d
			}
		}
		if length >= minMatch {
			w.match(length, distance)
		} else {
			length = 1
			w.literals(w.bytes[at : at+1])
		}
		at += length
	}
	w.betweens, w.pending = w.size(), w.pending[:0]
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
	first := w.extend(r.Plain)
	switch {
	case r.kind == stored && len(r.Plain) >= minStored:
		w.endBlock(false)
		w.store(r.Plain)
	case r.isBlock && len(r.Plain) >= minBlock && int64(r.reach) <= preceding:
		w.endBlock(false)
		w.copyBits(r.packed, r.bitsBefore, r.bits)
		w.note(max(first, len(w.bytes)-historySize), len(w.bytes))
	default:
		w.recode(&r, first)
	}
	return w.err
}

// follow notes where the next bytes come from, and returns how many bytes before them come from before there.
func (w *Writer) follow(from int64, size int) int64 {
	if n := len(w.spans) - 1; n >= 0 {
		if s := &w.spans[n]; s.from+s.size == from && s.to+s.size == w.size() {
			s.size += int64(size)
			return s.size - int64(size)
		}
	}
	const many = 256 // about 64 with their headers are in reach
	if len(w.spans) >= many {
		inReach := 0
		for w.spans[inReach].to+w.spans[inReach].size < w.size()-historySize {
			inReach++
		}
		w.spans = append(w.spans[:0], w.spans[inReach:]...)
	}
	w.spans = append(w.spans, span{from, w.size(), int64(size)})
	return 0
}

// recode adds a run match by match. It begins at the index first.
func (w *Writer) recode(r *Run, first int) {
	done, end := first, len(w.bytes)
	near := w.spans[len(w.spans)-1].from // what is from there on is as far before the run as in the other stream
	for _, m := range r.matches {
		at, length := first+int(m.at)-r.first, int(m.length)
		if at < first { // it begins before the run
			length, at = length+at-first, first
		}
		behind := min(at+length, end) // it may end behind the run
		from := r.at + int64(at-first) - int64(m.distance)
		// So few literals are not searched, and with the match they are minFound tokens at most.
		if at-done < minFound && from >= near && behind-at >= minMatch && len(w.tokens)+minFound <= maxTokens {
			w.literalsAndMatch(w.bytes[done:at], behind-at, int(m.distance))
			w.note(done, at)
		} else {
			w.search(done, at)
			w.moved(at, behind, from)
		}
		w.note(at, behind)
		done = behind
	}
	w.search(done, end)
}

// moved adds what was a match, with bytes that are at from in the other stream. Some of them may be elsewhere here, and others missing.
func (w *Writer) moved(at, end int, from int64) {
	i := len(w.spans) - 1 // of the span that has from, or of the last one before it
	for at < end {
		for i >= 0 && w.spans[i].from > from {
			i--
		}
		for i+1 < len(w.spans) && w.spans[i+1].from <= from {
			i++
		}
		length, distance := end-at, int64(0)
		if i >= 0 && from < w.spans[i].from+w.spans[i].size {
			s := w.spans[i]
			length = int(min(int64(length), s.from+s.size-from))
			distance = w.start + int64(at) - (s.to + from - s.from)
		} else if i+1 < len(w.spans) {
			length = int(min(int64(length), w.spans[i+1].from-from))
		}
		if distance > 0 && distance <= historySize && length >= minMatch {
			w.match(length, int(distance))
		} else {
			w.search(at, at+length)
		}
		at, from = at+length, from+int64(length)
	}
}

// search adds bytes of which no match is known, as matches where it finds some.
func (w *Writer) search(at, end int) {
	for at < end {
		found, distance := w.find(at, end)
		for found > at && w.common(found-1, end, distance) > 0 {
			found--
		}
		w.literals(w.bytes[at:found])
		w.note(at, found)
		at = found
		for length := w.common(at, end, distance); length >= minMatch; length = w.common(at, end, distance) {
			w.match(length, distance)
			at += length
		}
		w.note(found, at)
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
