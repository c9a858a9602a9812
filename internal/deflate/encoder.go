package deflate

import (
	"encoding/binary"
	"io"
	"slices"
)

// encoder writes literals and matches as blocks with a code for each (RFC 1951 3.2.7).
type encoder struct {
	dst   io.Writer
	out   []byte // whole bytes of the stream, to be written
	bits  uint64 // the bits of the stream behind them, count of them, fewer than 8
	count uint
	err   error // of dst, once and for all, or errClosed

	tokens         []token // of the block that comes next
	literalCounts  [maxLiterals]uint32
	distanceCounts [maxDistances]uint32

	literalCode, distanceCode, lengthCode prefixCode
	lengthCounts                          [lengthSymbols]uint32
	packedLengths                         []uint16
	symbols                               *symbolTables
}

// A token is a literal, or a match: its length and its distance less one.
type token uint32

const (
	isMatch     = 1 << 31
	tokenLength = 16 // shift

	maxTokens = 16 << 10 // of a block, as in zlib

	outSize = 64 << 10

	maxToken = 6 // bytes: a match takes 15 and 5 bits for the length and 15 and 13 for the distance, a literal 15
)

func newEncoder() encoder {
	return encoder{out: make([]byte, 0, outSize+maxTokens*maxToken+1<<10), tokens: make([]token, 0, maxTokens), symbols: newSymbolTables()}
}

func (e *encoder) reset(dst io.Writer) {
	e.dst, e.out, e.bits, e.count, e.err = dst, e.out[:0], 0, 0, nil
	e.clear()
}

func (e *encoder) clear() {
	e.tokens = e.tokens[:0]
	clear(e.literalCounts[:])
	clear(e.distanceCounts[:])
}

// symbolTables have the symbols of lengths and distances (RFC 1951 3.2.5).
type symbolTables struct {
	lengths   [maxMatch + 1]uint16
	distances [512]uint8 // by the distance less one, and from 256 on by its higher bits
}

func newSymbolTables() *symbolTables {
	t := new(symbolTables)
	for i, base := range lengthBase {
		for n := int(base); n <= maxMatch; n++ {
			t.lengths[n] = uint16(endOfBlock + 1 + i)
		}
	}
	for i, base := range distanceBase {
		first := int(base) - 1
		for d := first; d < first+1<<distanceExtra[i]; d++ {
			if d < 256 {
				t.distances[d] = uint8(i)
			} else {
				t.distances[256+d>>7] = uint8(i)
			}
		}
	}
	return t
}

// distance returns the symbol of a distance less one.
func (t *symbolTables) distance(d token) uint8 {
	if d < 256 {
		return t.distances[d]
	}
	return t.distances[256+d>>7]
}

func (e *encoder) literals(p []byte) {
	for len(p) > 0 {
		from := len(e.tokens)
		n := min(len(p), maxTokens-from)
		e.tokens = e.tokens[:from+n]
		for i, b := range p[:n] {
			e.literalCounts[b]++
			e.tokens[from+i] = token(b)
		}
		if p = p[n:]; from+n == maxTokens {
			e.endBlock(false)
		}
	}
}

func (e *encoder) match(length, distance int) { e.literalsAndMatch(nil, length, distance) }

// literalsAndMatch adds a few literals, for which there must be room, and a match.
func (e *encoder) literalsAndMatch(p []byte, length, distance int) {
	n := len(e.tokens)
	tokens := e.tokens[n : n+len(p)+1]
	for i, b := range p {
		e.literalCounts[b]++
		tokens[i] = token(b)
	}
	d := token(distance - 1)
	e.literalCounts[e.symbols.lengths[length]]++
	e.distanceCounts[e.symbols.distance(d)]++
	tokens[len(p)] = isMatch | token(length)<<tokenLength | d
	if e.tokens = e.tokens[:n+len(tokens)]; len(e.tokens) == maxTokens {
		e.endBlock(false)
	}
}

// endBlock writes the tokens as a block. The last block may be empty.
func (e *encoder) endBlock(isFinal bool) {
	switch {
	case isFinal && len(e.tokens) == 0:
		const finalEmpty = 1 | 1<<1 // of the fixed code, and its end, seven zeros
		e.add(finalEmpty, 10)
		return
	case len(e.tokens) == 0:
		return
	}
	e.literalCounts[endOfBlock]++
	e.literalCode.build(e.literalCounts[:], maxCodeBits)
	e.distanceCode.build(e.distanceCounts[:], maxCodeBits)
	head := uint64(2 << 1)
	if isFinal {
		head |= 1
	}
	e.add(head, 3)
	e.writeCodes()
	e.writeTokens()
	e.clear()
}

// writeCodes writes the lengths of both codes.
func (e *encoder) writeCodes() {
	literals, distances := trimmed(e.literalCode.lengths, endOfBlock+1), trimmed(e.distanceCode.lengths, 1)
	var all [maxLiterals + maxDistances]uint8
	e.packLengths(append(append(all[:0], literals...), distances...))
	e.lengthCode.build(e.lengthCounts[:], lengthsRoot)
	given := lengthSymbols
	for given > 4 && e.lengthCode.lengths[lengthOrder[given-1]] == 0 {
		given--
	}
	e.add(uint64(len(literals)-endOfBlock-1)|uint64(len(distances)-1)<<5|uint64(given-4)<<10, 14)
	for _, symbol := range lengthOrder[:given] {
		e.add(uint64(e.lengthCode.lengths[symbol]), 3)
	}
	extra := [lengthSymbols]uint{16: 2, 17: 3, 18: 7}
	for _, p := range e.packedLengths {
		symbol := p & 0xff
		e.add(uint64(e.lengthCode.codes[symbol]), uint(e.lengthCode.lengths[symbol]))
		e.add(uint64(p>>8), extra[symbol])
	}
}

// trimmed leaves out symbols at the end that do not occur.
func trimmed(lengths []uint8, least int) []uint8 {
	n := len(lengths)
	for n > least && lengths[n-1] == 0 {
		n--
	}
	return lengths[:n]
}

// packLengths makes the symbols that stand for lengths, with their extra bits from bit 8 on.
func (e *encoder) packLengths(lengths []uint8) {
	e.packedLengths = e.packedLengths[:0]
	clear(e.lengthCounts[:])
	put := func(symbol uint8, extra int) {
		e.packedLengths = append(e.packedLengths, uint16(symbol)|uint16(extra)<<8)
		e.lengthCounts[symbol]++
	}
	for i := 0; i < len(lengths); {
		value, n := lengths[i], 1
		for i+n < len(lengths) && lengths[i+n] == value {
			n++
		}
		i += n
		if value == 0 {
			for ; n >= 11; n -= min(n, 138) {
				put(18, min(n, 138)-11)
			}
			if n >= 3 {
				put(17, n-3)
				n = 0
			}
		} else {
			put(value, 0)
			for n--; n >= 3; n -= min(n, 6) {
				put(16, min(n, 6)-3)
			}
		}
		for ; n > 0; n-- {
			put(value, 0)
		}
	}
}

func (e *encoder) writeTokens() {
	// A code and, from bit 16 on, how many bits it has.
	var codes [maxLiterals]uint32
	for i := range codes {
		codes[i] = uint32(e.literalCode.codes[i]) | uint32(e.literalCode.lengths[i])<<16
	}
	// A round begins with fewer than 8 bits that are not written yet, and adds up to three literals or a match. Of the 8 bytes that it
	// writes, the next round writes those again that it has not filled. A loop over the literals takes a tenth longer.
	out := slices.Grow(e.out, len(e.tokens)*maxToken+8)
	size := len(out)
	out = out[:cap(out)]
	bits, count := e.bits, e.count
	for tokens := e.tokens; len(tokens) > 0; {
		t := tokens[0]
		tokens = tokens[1:]
		if t&isMatch == 0 {
			c := codes[t&0xff]
			bits |= uint64(c&0xffff) << (count & 63)
			count += uint(c >> 16)
			if len(tokens) > 1 && tokens[0]&isMatch == 0 {
				c := codes[tokens[0]&0xff]
				bits |= uint64(c&0xffff) << (count & 63)
				count += uint(c >> 16)
				if tokens[1]&isMatch == 0 {
					c := codes[tokens[1]&0xff]
					bits |= uint64(c&0xffff) << (count & 63)
					count += uint(c >> 16)
					tokens = tokens[2:]
				} else {
					tokens = tokens[1:]
				}
			}
		} else {
			length, d := t&^isMatch>>tokenLength, t&0xffff
			symbol := e.symbols.lengths[length]
			i := symbol - endOfBlock - 1
			c := codes[symbol]
			bits |= uint64(c&0xffff) << (count & 63)
			count += uint(c >> 16)
			bits |= uint64(length-token(lengthBase[i])) << (count & 63)
			count += uint(lengthExtra[i])
			s := e.symbols.distance(d)
			bits |= uint64(e.distanceCode.codes[s]) << (count & 63)
			count += uint(e.distanceCode.lengths[s])
			bits |= uint64(d+1-token(distanceBase[s])) << (count & 63)
			count += uint(distanceExtra[s])
		}
		binary.LittleEndian.PutUint64(out[size:], bits)
		size += int(count >> 3)
		bits >>= count &^ 7 & 63
		count &= 7
	}
	e.bits, e.count, e.out = bits, count, out[:size]
	end := codes[endOfBlock]
	e.add(uint64(end&0xffff), uint(end>>16))
	e.room()
}

// copyBits appends n bits that begin in src at the bit first, the first of them as 0: the
// block is not the last one here.
func (e *encoder) copyBits(src []byte, first uint, n int64) {
	head := min(int64(8-first), n)
	e.add(uint64(src[0]>>first)&^1&(1<<head-1), uint(head))
	src, n = src[1:], n-head
	for ; n >= 64; n -= 64 {
		v := binary.LittleEndian.Uint64(src)
		e.out = binary.LittleEndian.AppendUint64(e.out, e.bits|v<<e.count)
		e.bits = v >> (64 - e.count) // for 0 that is 0
		src = src[8:]
		if len(e.out) >= outSize {
			e.room()
		}
	}
	for ; n > 0; n -= 8 {
		size := min(n, 8)
		e.add(uint64(src[0])&(1<<size-1), uint(size))
		src = src[1:]
	}
	e.room()
}

// add appends n bits; with those that are pending there may be 64.
func (e *encoder) add(bits uint64, n uint) {
	e.bits |= bits << e.count
	for e.count += n; e.count >= 8; e.count -= 8 {
		e.out = append(e.out, byte(e.bits))
		e.bits >>= 8
	}
}

func (e *encoder) pad() {
	if e.count > 0 {
		e.add(0, 8-e.count)
	}
}

// room writes what has gathered when it is much.
func (e *encoder) room() {
	if len(e.out) >= outSize {
		e.write()
	}
}

func (e *encoder) write() {
	if e.err == nil && len(e.out) > 0 {
		_, e.err = e.dst.Write(e.out)
	}
	e.out = e.out[:0]
}
