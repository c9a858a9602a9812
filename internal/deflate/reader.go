package deflate

import (
	"bufio"
	"errors"
	"fmt"
)

// maxBlock is how many bytes a block may hold to be one run. Those that zlib makes of
// programs have some 50 KiB; it is runs of one byte that make big ones, and
// they are quick to compress.
const maxBlock = 256 << 10

const (
	historySize = 32 << 10 // how far back a match may reach
	maxMatch    = 258
	slack       = 2 + maxMatch + 2*shortMatch // what two literals and the copying of a match may need behind the last room
	bufferSize  = historySize + maxBlock + slack
	lowRoom     = 128 << 10 // less than that, and it is made before a block
)

// reader inflates one DEFLATE stream, block by block. It is for one goroutine, and takes up
// to 1.6 MB of memory, half of it for matches, of which streams by zlib have far fewer.
type reader struct {
	in  input
	err error // io.EOF after the last block

	// buffer holds the history, then the block's bytes: those from next to end are still to
	// be read.
	buffer          []byte
	blockStart      int
	next, end       int
	kind            blockKind
	isFinal         bool    // the block is the last
	isOpen          bool    // there is more of the block in the input
	isBig           bool    // the block is handed out in parts
	reach           int     // how far before its start the block's matches go
	matches         []match // of what was inflated last, in order
	nextMatch       int     // the first of them that may not have been read
	isEffortWanted  bool    // hasShortMatches is to be set
	hasShortMatches bool    // the compressor spared effort, as the first block shows
	storedLeft      int     // bytes of a stored block in the input
	literals, dists *table
	dynamic         [2]table
	fixed           *[2]table
	lengths         table
	lengthsOf       [maxLiterals + maxDistances]uint8
	produced        int64 // bytes of the stream before the buffer
	before          int64 // bytes of the streams before this one
}

type blockKind uint8

const (
	stored blockKind = iota
	fixedCodes
	dynamicCodes
)

// newReader returns a reader of the stream that begins in. It reads exactly the
// stream from in: after Read has returned io.EOF, the data that follows is next. In's
// buffer should have 16 KiB or more.
func newReader(in *bufio.Reader) *reader {
	r := new(reader)
	r.reset(in)
	return r
}

// reset starts another stream, and reuses memory.
func (r *reader) reset(in *bufio.Reader) {
	*r = reader{
		in:     input{in: in, packed: r.in.packed[:0], tail: r.in.tail},
		buffer: r.buffer, matches: r.matches[:0], dynamic: r.dynamic, lengths: r.lengths, fixed: r.fixed,
		before: r.before + r.produced + int64(r.end),
	}
	if r.buffer == nil {
		r.buffer = make([]byte, bufferSize)
	}
}

// Read returns inflated bytes; at the end of the stream, io.EOF. A truncated stream is
// io.ErrUnexpectedEOF; errors of the input are returned unchanged.
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.buffer[r.next:r.end])
	r.next += n
	return n, nil
}

// A match is a place where a compressor found bytes that were there before.
type match struct {
	at               int32 // in the reader's buffer
	length, distance uint16
}

// Run is a part of what a stream holds, with the compression that it has there. It is valid until the next call of the reader.
type Run struct {
	Plain []byte

	at      int64   // where it begins: a number that no other byte of the streams of this reader has
	first   int     // where it begins in the buffer, as the matches do
	matches []match // those that reach into it, in order
	kind    blockKind

	isBlock    bool   // it is a whole block, as it is stored:
	reach      int    // how far before it its matches go
	packed     []byte // its bits; not for a stored one
	bitsBefore uint   // in the first byte
	bits       int64
}

// run returns the bytes that Read would return next, as far as they are inflated and max at most.
// How far that is depends on the stream alone, not on how much of it the input gives at once.
func (r *reader) run(max int64) (Run, error) {
	if err := r.fill(); err != nil {
		return Run{}, err
	}
	end := r.next + int(min(int64(r.end-r.next), max))
	for r.nextMatch < len(r.matches) && r.matches[r.nextMatch].end() <= r.next {
		r.nextMatch++
	}
	behind := r.nextMatch
	for behind < len(r.matches) && int(r.matches[behind].at) < end {
		behind++
	}
	run := Run{Plain: r.buffer[r.next:end], at: r.before + r.produced + int64(r.next), first: r.next, matches: r.matches[r.nextMatch:behind], kind: r.kind}
	if !r.isBig && r.next == r.blockStart && end == r.end && len(run.Plain) <= maxBlock && (r.kind == stored || len(r.in.packed) > 0) {
		run.isBlock, run.reach = true, r.reach
		if r.kind != stored {
			run.packed, run.bitsBefore, run.bits = r.in.packed, r.in.first, r.in.recorded()
		}
	}
	r.next = end
	return run, nil
}

func (m match) end() int { return int(m.at) + int(m.length) }

// fill makes sure that there is a byte to be read.
func (r *reader) fill() error {
	for r.next == r.end {
		if r.err == nil {
			if r.err = r.more(); r.err != nil {
				r.next = r.end // an incomplete block gives nothing
			}
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// more inflates the next block, or the next part of a big one, when all before it was read.
func (r *reader) more() error {
	r.matches, r.nextMatch = r.matches[:0], 0
	isFirst := !r.isOpen && r.produced == 0 && r.end == 0
	if !r.isOpen {
		if r.isFinal {
			return r.in.finish()
		}
		if err := r.header(); err != nil {
			return r.wrong(err)
		}
	}
	if err := r.inflate(); err != nil {
		return r.wrong(err)
	}
	if isFirst && r.isEffortWanted {
		r.hasShortMatches = hasShortMatches(r.buffer[:r.end], r.matches)
	}
	return nil
}

// wrong says where in the stream something is wrong.
func (r *reader) wrong(err error) error {
	if missing := r.in.missing(); missing != nil {
		return missing // whatever was made of the zeros in its place
	}
	if _, isFormat := errors.AsType[formatError](err); isFormat {
		return fmt.Errorf("deflate: after %d bytes: %w", r.produced+int64(r.end), err)
	}
	return err
}

type formatError string

func (e formatError) Error() string { return string(e) }

// header reads what is before a block's data (RFC 1951 3.2.3).
func (r *reader) header() error {
	r.makeRoom()
	r.blockStart, r.reach, r.isOpen, r.isBig = r.end, 0, true, false
	r.in.record()
	r.isFinal = r.in.take(1) == 1
	r.kind = blockKind(r.in.take(2))
	switch r.kind {
	case stored:
		r.in.align()
		size, complement := r.in.take(16), r.in.take(16)
		if size != ^complement&0xffff {
			return formatError("stored block length does not match its complement")
		}
		r.storedLeft = int(size)
		r.in.forget() // written again, it takes other padding
	case fixedCodes:
		r.useFixed()
	case dynamicCodes:
		if err := r.readCodes(); err != nil {
			return err
		}
	default:
		return formatError("unknown block type")
	}
	return r.in.missing()
}

// makeRoom drops what no match can reach any more, where there is little room left.
func (r *reader) makeRoom() {
	if r.end >= len(r.buffer)-lowRoom {
		r.slide(r.end - historySize)
	}
}

// slide drops that many bytes, all of them read and more than 32 KiB before what is not.
func (r *reader) slide(n int) {
	copy(r.buffer, r.buffer[n:r.end])
	r.produced += int64(n)
	r.next, r.end, r.blockStart = r.next-n, r.end-n, r.blockStart-n
	for i := range r.matches {
		r.matches[i].at -= int32(n)
	}
}

// inflate goes on with the block to its end. Of one that is too big it inflates a part.
func (r *reader) inflate() error {
	if r.isBig {
		r.makeRoom()
	}
	for {
		err := r.decode()
		if err == nil {
			err = r.in.missing()
		}
		if err != nil {
			return err
		}
		if !r.isOpen {
			r.in.stop()
			return nil
		}
		switch {
		case r.end+slack <= len(r.buffer): // it is the input that must be asked for more
		case !r.isBig && r.blockStart > historySize:
			r.slide(r.blockStart - historySize)
		default:
			r.isBig = true
			r.in.forget()
			return nil
		}
	}
}

func (r *reader) decode() error {
	if r.kind == stored {
		return r.copyStored()
	}
	return r.decodeSymbols()
}

func (r *reader) copyStored() error {
	for r.storedLeft > 0 {
		room := len(r.buffer) - slack + 1 - r.end // inflate goes on as long as there is any
		if room <= 0 {
			return nil
		}
		n, err := r.in.read(r.buffer[r.end : r.end+min(room, r.storedLeft)])
		if err != nil {
			return err
		}
		r.end += n
		r.storedLeft -= n
	}
	r.isOpen = false
	return nil
}

func (r *reader) useFixed() {
	if r.fixed == nil {
		// RFC 1951 3.2.6.
		var lengths [288]uint8
		for i := range lengths {
			switch {
			case i < 144:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			case i < 280:
				lengths[i] = 7
			default:
				lengths[i] = 8
			}
		}
		r.fixed = new([2]table)
		r.fixed[0].build(lengths[:], literalRoot, literalEntry)
		var distances [32]uint8
		for i := range distances {
			distances[i] = 5
		}
		r.fixed[1].build(distances[:], distanceRoot, distanceEntry)
	}
	r.literals, r.dists = &r.fixed[0], &r.fixed[1]
}

// readCodes reads the codes of a block (RFC 1951 3.2.7).
func (r *reader) readCodes() error {
	literals, distances, given := int(r.in.take(5))+257, int(r.in.take(5))+1, int(r.in.take(4))+4
	if literals > maxLiterals || distances > maxDistances {
		return formatError(fmt.Sprintf("%d literal and %d distance codes; at most %d and %d are allowed", literals, distances, maxLiterals, maxDistances))
	}
	var lengths [lengthSymbols]uint8
	for _, symbol := range lengthOrder[:given] {
		lengths[symbol] = uint8(r.in.take(3))
	}
	if !r.lengths.build(lengths[:], lengthsRoot, plainEntry) {
		return formatError("invalid code-length code")
	}
	all := r.lengthsOf[:literals+distances]
	for i := 0; i < len(all); {
		r.in.need(lengthsRoot)
		e := r.lengths.entries[r.in.bits&(1<<lengthsRoot-1)]
		if e&isInvalid != 0 {
			return formatError("invalid code length")
		}
		r.in.drop(uint(e & takeMask))
		value, count := uint8(0), 1
		switch symbol := e >> valueShift; symbol {
		case 16:
			if i == 0 {
				return formatError("code length repeats with no previous length")
			}
			value, count = all[i-1], 3+int(r.in.take(2))
		case 17:
			count = 3 + int(r.in.take(3))
		case 18:
			count = 11 + int(r.in.take(7))
		default:
			value = uint8(symbol)
		}
		if i+count > len(all) {
			return formatError("more code lengths than symbols")
		}
		for range count {
			all[i] = value
			i++
		}
		if err := r.in.missing(); err != nil {
			return err
		}
	}
	if !r.dynamic[0].build(all[:literals], literalRoot, literalEntry) || !r.dynamic[1].build(all[literals:], distanceRoot, distanceEntry) {
		return formatError("invalid Huffman code lengths (over- or under-subscribed)")
	}
	r.literals, r.dists = &r.dynamic[0], &r.dynamic[1]
	return nil
}
