package deflate

// effort is what a compressor says of itself in a member's header (RFC 1952 2.3.1, XFL). Most say nothing.
type effort uint8

const (
	best    effort = 2
	fastest effort = 4
)

// IsFast says whether the compressor spared effort at the cost of size: its header says that it used its fastest algorithm, or it says nothing
// and took a match where zlib's level 6 finds a longer one. The first block decides, so that nothing is known before a byte was read.
func (g *Member) IsFast() bool {
	return g.effort == fastest || g.effort != best && g.data != nil && g.data.hasShortMatches
}

const (
	// How many places of the same hash zlib and GNU gzip look at, at level 6, before they take a match that follows upon another one, unless
	// one of them has longMatch bytes (zlib's deflate.c, deflate_slow, longest_match and the table of configurations). Levels 7 to 9 look at
	// more places, levels 1 to 5 at 32 or less.
	chainLength = 128
	longMatch   = 128

	// hashSize is how many bytes the hash is of, and chainReach how far back it leads: zlib keeps the longest match and the hash ahead (MAX_DIST).
	hashSize   = 3
	chainReach = historySize - maxMatch - hashSize - 1

	// How much of a stream is looked at, in bytes, all of whose places have a uint16, and how many places in all.
	effortSize, effortPlaces = 32 << 10, 20_000
)

// hasShortMatches says whether one of the matches at the beginning of a stream is shorter than zlib's level 6 would have found it. Matches
// that follow upon a literal may be: with a long one at the byte before, fewer places are looked at.
func hasShortMatches(stream []byte, matches []match) bool {
	stream = stream[:min(len(stream), effortSize)]
	// The last place of each hash, and before each place the one of the same hash. 0 is nowhere, as zlib never finds the first place.
	var last [1 << 15]uint16
	var before [effortSize]uint16
	noted, looked, end := 0, 0, 0
	for _, m := range matches {
		at, length, isBehindMatch := int(m.at), int(m.length), int(m.at) == end
		end = m.end()
		if end >= len(stream) || looked > effortPlaces {
			break
		}
		if !isBehindMatch || length >= longMatch {
			continue
		}
		for ; noted < at; noted++ {
			hash := zlibHash(stream[noted:])
			before[noted], last[hash] = last[hash], uint16(noted)
		}
		longer := stream[at : end+1]
		place := int(last[zlibHash(longer)])
		for range chainLength {
			if place <= max(at-chainReach, 0) {
				break
			}
			if stream[place+length] == longer[length] && string(stream[place:place+length]) == string(longer[:length]) {
				return true
			}
			place = int(before[place])
			looked++
		}
	}
	return false
}

// zlibHash is the hash of three bytes with which zlib and GNU gzip look for matches (zlib's deflate.c, UPDATE_HASH, with the default memLevel).
func zlibHash(b []byte) uint16 {
	return (uint16(b[0])<<10 ^ uint16(b[1])<<5 ^ uint16(b[2])) & (1<<15 - 1)
}
