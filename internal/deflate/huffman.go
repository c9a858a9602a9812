package deflate

import "math/bits"

// A table finds the symbol that the next bits of the input begin with. Its first
// 1<<rootBits entries are for that many bits; codes that are longer go on in a sub-table
// behind them.
//
// An entry has, from the lowest bit on: how many bits to take (5 bits; of a sub-table, how many
// choose in it), how many of them are the code and not extra bits behind it (5 bits), what it is (4 bits), and a value (18 bits).
type table struct {
	entries  []uint32
	rootBits uint
}

const (
	takeMask   = 1<<5 - 1
	codeShift  = 5
	codeBit    = 1<<codeShift + 1 // a bit of the code is one to take
	kindShift  = 10
	valueShift = 14

	isLiteral  = 1 << kindShift       // value: the byte
	isSubTable = 1 << (kindShift + 1) // value: where it begins
	isEnd      = 1 << (kindShift + 2) // of the block
	isInvalid  = 1 << (kindShift + 3) // no code, or a symbol that must not occur
	isSpecial  = isSubTable | isEnd | isInvalid
)

const (
	maxCodeBits   = 15
	literalRoot   = 11
	distanceRoot  = 9
	lengthsRoot   = 7
	maxLiterals   = 286 // symbols in use of each alphabet (RFC 1951 3.2.5)
	maxDistances  = 30
	endOfBlock    = 256
	lengthSymbols = 19
)

// Base values and extra bits of lengths from symbol 257 on, and of distances (RFC 1951 3.2.5).
var (
	lengthBase   = [...]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra  = [...]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceBase = [...]uint16{
		1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
	}
	distanceExtra = [...]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// lengthOrder is the order in which a header has the lengths of the code for lengths
// (RFC 1951 3.2.7).
var lengthOrder = [lengthSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func literalEntry(symbol int) uint32 {
	switch {
	case symbol < endOfBlock:
		return uint32(symbol)<<valueShift | isLiteral
	case symbol == endOfBlock:
		return isEnd
	case symbol-endOfBlock-1 < len(lengthBase):
		i := symbol - endOfBlock - 1
		return uint32(lengthBase[i])<<valueShift | uint32(lengthExtra[i])
	}
	return isInvalid
}

func distanceEntry(symbol int) uint32 {
	if symbol >= len(distanceBase) {
		return isInvalid
	}
	return uint32(distanceBase[symbol])<<valueShift | uint32(distanceExtra[symbol])
}

func plainEntry(symbol int) uint32 { return uint32(symbol) << valueShift }

// build makes the table of a code from the lengths of its symbols, 0 for those that do
// not occur, and says whether there is such a code. As in zlib it must use up all
// bits, unless it has no symbol or a single one of one bit.
func (t *table) build(lengths []uint8, rootBits uint, entry func(symbol int) uint32) bool {
	var count [maxCodeBits + 1]int
	for _, n := range lengths {
		count[n]++
	}
	used := len(lengths) - count[0]
	count[0] = 0
	var next [maxCodeBits + 2]uint32
	left := 1
	for n := 1; n <= maxCodeBits; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		next[n+1] = (next[n] + uint32(count[n])) << 1
	}
	if left > 0 && !(used == 0 || used == 1 && count[1] == 1) {
		return false
	}
	t.rootBits = rootBits
	root := 1 << rootBits
	if cap(t.entries) < root {
		t.entries = make([]uint32, root, root*2)
	}
	t.entries = t.entries[:root]
	if left > 0 {
		for i := range t.entries {
			t.entries[i] = isInvalid
		}
	}
	// Codes in the order of their values, which for one length is that of the symbols: so
	// those that share a sub-table come one after the other, shorter ones first.
	for n := uint(1); n <= rootBits; n++ {
		if count[n] == 0 {
			continue
		}
		for symbol, length := range lengths {
			if uint(length) != n {
				continue
			}
			code := bits.Reverse32(next[n]) >> (32 - n)
			next[n]++
			e := entry(symbol) + uint32(n)*codeBit
			for i := code; i < uint32(root); i += 1 << n {
				t.entries[i] = e
			}
		}
	}
	longest := uint(maxCodeBits)
	for longest > rootBits && count[longest] == 0 {
		longest--
	}
	if longest > rootBits {
		t.buildSubTables(lengths, &count, &next, longest, entry)
	}
	return true
}

func (t *table) buildSubTables(lengths []uint8, count *[maxCodeBits + 1]int, next *[maxCodeBits + 2]uint32, longest uint, entry func(int) uint32) {
	rootMask := uint32(1)<<t.rootBits - 1
	current, start, size := ^uint32(0), 0, uint(0)
	for n := t.rootBits + 1; n <= longest; n++ {
		for symbol, length := range lengths {
			if uint(length) != n {
				continue
			}
			code := bits.Reverse32(next[n]) >> (32 - n)
			next[n]++
			count[n]--
			if prefix := code & rootMask; prefix != current {
				// As many bits as it takes for the codes that are left to fill the sub-table.
				current, size = prefix, n-t.rootBits
				for room := 1<<size - count[n] - 1; room > 0 && t.rootBits+size < longest; {
					size++
					room = room<<1 - count[t.rootBits+size]
				}
				start = len(t.entries)
				for range 1 << size {
					t.entries = append(t.entries, isInvalid)
				}
				t.entries[prefix] = uint32(start)<<valueShift | isSubTable | uint32(size)
			}
			e := entry(symbol) + uint32(n-t.rootBits)*codeBit
			for i := code >> t.rootBits; i < 1<<size; i += 1 << (n - t.rootBits) {
				t.entries[start+int(i)] = e
			}
		}
	}
}
