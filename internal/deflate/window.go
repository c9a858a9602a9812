package deflate

import "encoding/binary"

// window holds the end of the stream, which matches can repeat, and finds in it what was in no run's reach.
//
// Where headers were cut out, files are nearer to each other than in their package, so that bytes which its compressor could not reach
// are in reach here. Only what it left as literals is searched, at every second place, and only the beginnings of literals and matches and
// every seventh place behind them are remembered: a match that begins in between is found a little later and extended backwards. The
// one number is odd and the other even, so that no distance is always missed. That gives nearly what a search of everything would.
type window struct {
	bytes []byte // at least 32 KiB, if the stream has as many
	start int64  // where the first of them is in the stream

	// sequences has, by hash, where four bytes were last, modulo 1<<32. The bytes there must be compared.
	sequences [1 << sequenceBits]uint32
}

const (
	searchStep = 2
	noteStep   = 7

	sequenceSize = 4
	sequenceBits = 14

	// minFound is how long a match must be to take less room than its bytes as literals, wherever it is.
	minFound = sequenceSize + 1
)

func (w *window) reset() {
	w.bytes, w.start = w.bytes[:0], 0
	clear(w.sequences[:])
}

// size returns how many bytes the stream has.
func (w *window) size() int64 { return w.start + int64(len(w.bytes)) }

// extend appends bytes to the stream, at most as many as the window has room for with 32 KiB before them. It returns the index of the first.
func (w *window) extend(p []byte) int {
	if w.bytes == nil {
		w.bytes = make([]byte, 0, historySize+bufferSize)
	}
	if passed := len(w.bytes) - historySize; passed > 0 && len(w.bytes)+len(p) > cap(w.bytes) {
		w.bytes = w.bytes[:copy(w.bytes, w.bytes[passed:])]
		w.start += int64(passed)
	}
	first := len(w.bytes)
	w.bytes = append(w.bytes, p...)
	return first
}

// common returns how many bytes from an index on are the same at a distance before it: at most as many as a match may have, and none
// from end on.
func (w *window) common(at, end, distance int) int {
	from := at - distance
	if from < 0 || distance <= 0 || distance > historySize {
		return 0
	}
	b := w.bytes[at:min(end, at+maxMatch)]
	for i, c := range w.bytes[from:][:len(b)] {
		if b[i] != c {
			return i
		}
	}
	return len(b)
}

// find returns an index from at on where there is a match that is worth it, and its distance: end and 0 if it finds none. The match may
// begin before.
func (w *window) find(at, end int) (index, distance int) {
	b := w.bytes[:end]
	for ; at+minFound <= len(b); at += searchStep {
		v := binary.LittleEndian.Uint32(b[at:])
		distance := uint32(w.start) + uint32(at) - w.sequences[hash(v)]
		if distance-1 < historySize && int(distance) <= at && binary.LittleEndian.Uint32(b[at-int(distance):]) == v && b[at+4] == b[at+4-int(distance)] {
			return at, int(distance)
		}
	}
	return end, 0
}

// note remembers some of the places from an index on up to another.
func (w *window) note(at, end int) {
	for end = min(end, len(w.bytes)-sequenceSize+1); at < end; at += noteStep {
		w.sequences[hash(binary.LittleEndian.Uint32(w.bytes[at:]))] = uint32(w.start) + uint32(at)
	}
}

func hash(sequence uint32) uint32 {
	const golden = 0x9e3779b1 // 1<<32 divided by the golden ratio, as Knuth's multiplicative hashing has it
	return sequence * golden >> (32 - sequenceBits)
}
