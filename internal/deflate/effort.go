package deflate

// effort is what a compressor says of itself in a member's header (RFC 1952 2.3.1, XFL). Most say nothing.
type effort uint8

const (
	best    effort = 2
	fastest effort = 4
)

// IsFast says whether the compressor spared effort at the cost of size: its header says that it used its fastest algorithm, or it says nothing
// and took a match of 4 to 15 bytes where a longer one begins at the next byte. At levels 5 to 9, zlib and GNU gzip look there before they
// take such a match, beginning with the last place of the same hash, and leave the byte as a literal if that is longer; at level 4 they do
// so for matches of three bytes alone, and at levels 1 to 3 not at all (zlib's deflate.c, deflate_slow and its table of configurations). The
// first block decides, so that nothing is known before a byte was read.
func (g *Member) IsFast() bool {
	return g.effort == fastest || g.effort != best && g.data != nil && g.data.isGreedy
}

const (
	// Lengths of matches that a better level would not have taken without looking at the next byte.
	minGreedy, maxGreedy = 4, 15

	// How much of a stream is looked at, in bytes, all of whose places have a uint16, and in matches of these lengths: at level 4, one of 50 is
	// in place of a longer one.
	greedySize, greedyMatches = 64 << 10, 1000
)

// isGreedy says whether one of the matches at the beginning of a stream is shorter than one which zlib's search finds at the next byte.
func isGreedy(stream []byte, matches []match) bool {
	const hashSize = 3 // bytes, of which the table has where they were last; 0 for nowhere, as zlib never finds the first place
	var last [1 << 15]uint16
	stream = stream[:min(len(stream), greedySize)]
	noted, looked := 0, 0
	for _, m := range matches {
		next := int(m.at) + 1
		if next+int(m.length) >= len(stream) {
			break
		}
		for ; noted < next; noted++ {
			last[zlibHash(stream[noted:])] = uint16(noted)
		}
		if m.length < minGreedy || m.length > maxGreedy {
			continue
		}
		if looked++; looked > greedyMatches {
			break
		}
		// It is longer if it has a byte more: up to there all bytes must be the same.
		from, longer := int(last[zlibHash(stream[next:])]), int(m.length)+1
		if from > 0 && next-from <= historySize-hashSize-maxMatch-1 && string(stream[from:from+longer]) == string(stream[next:next+longer]) {
			return true
		}
	}
	return false
}

// zlibHash is the hash of three bytes with which zlib and GNU gzip look for matches (zlib's deflate.c, UPDATE_HASH, with the default memLevel).
func zlibHash(b []byte) uint16 {
	return (uint16(b[0])<<10 ^ uint16(b[1])<<5 ^ uint16(b[2])) & (1<<15 - 1)
}
