package deflate

import "encoding/binary"

// decodeSymbols inflates as much of a block as there is room for, or until the input
// must be asked for more. The block is over when isOpen is false.
func (r *reader) decodeSymbols() error {
	in := &r.in
	if len(in.bytes)-in.at < lookahead {
		in.more()
	}
	// The loop's state, in registers. It begins each round with slack behind end
	// and lookahead bytes of input, and takes 56 bits at most before it looks again.
	var (
		literals    = r.literals.entries
		dists       = r.dists.entries
		src, at     = in.bytes, in.at
		bits, count = in.bits, in.count
		buffer, end = r.buffer, r.end
		lowest      = r.blockStart - r.reach // place that a match has repeated
		matches     = r.matches
		lastRoom    = len(buffer) - slack
		lastInput   = len(src) - lookahead
		failure     error
	)
	const literalMask, distanceMask = 1<<literalRoot - 1, 1<<distanceRoot - 1
	literalRoots, distanceRoots := (*[literalMask + 1]uint32)(literals), (*[distanceMask + 1]uint32)(dists)
decoding:
	for end <= lastRoom && at <= lastInput {
		bits |= binary.LittleEndian.Uint64(src[at:]) << (count & 63)
		at += int(63-count) >> 3
		count |= 56

		e := literalRoots[bits&literalMask]
		if e&isLiteral != 0 {
			// Up to three literals in a row: the code of each takes 11 bits at most here.
			bits >>= e & takeMask & 63
			count -= uint(e & takeMask)
			buffer[end] = byte(e >> valueShift)
			end++
			if e = literalRoots[bits&literalMask]; e&isLiteral != 0 {
				bits >>= e & takeMask & 63
				count -= uint(e & takeMask)
				buffer[end] = byte(e >> valueShift)
				end++
				if e = literalRoots[bits&literalMask]; e&isLiteral != 0 {
					bits >>= e & takeMask & 63
					count -= uint(e & takeMask)
					buffer[end] = byte(e >> valueShift)
					end++
					continue
				}
			}
			bits |= binary.LittleEndian.Uint64(src[at:]) << (count & 63)
			at += int(63-count) >> 3
			count |= 56
		}
		if e&isSpecial != 0 {
			if e&isSubTable != 0 {
				bits >>= literalRoot
				count -= literalRoot
				e = literals[uint64(e>>valueShift)+bits&(1<<(e&takeMask)-1)]
			}
			switch {
			case e&isLiteral != 0:
				bits >>= e & takeMask & 63
				count -= uint(e & takeMask)
				buffer[end] = byte(e >> valueShift)
				end++
				continue
			case e&isEnd != 0:
				bits >>= e & takeMask & 63
				count -= uint(e & takeMask)
				r.isOpen = false
				break decoding
			case e&isInvalid != 0:
				failure = formatError("undefined symbol")
				break decoding
			}
		}
		// A match: 15 and 5 bits at most for the length, 15 and 13 for the distance.
		length := int(e>>valueShift) + int(bits&(1<<(e&takeMask)-1)>>(e>>codeShift&takeMask))
		bits >>= e & takeMask & 63
		count -= uint(e & takeMask)

		e = distanceRoots[bits&distanceMask]
		if e&isSubTable != 0 {
			bits >>= distanceRoot
			count -= distanceRoot
			e = dists[uint64(e>>valueShift)+bits&(1<<(e&takeMask)-1)]
		}
		if e&isInvalid != 0 {
			failure = formatError("undefined distance")
			break decoding
		}
		distance := int(e>>valueShift) + int(bits&(1<<(e&takeMask)-1)>>(e>>codeShift&takeMask))
		bits >>= e & takeMask & 63
		count -= uint(e & takeMask)

		from := end - distance
		if from < lowest {
			if from < 0 {
				failure = formatError("match distance reaches before the start of the data")
				break decoding
			}
			lowest = from
		}
		matches = append(matches, match{int32(end), uint16(length), uint16(distance)})
		if distance >= shortMatch && length <= 2*shortMatch {
			src, dst := buffer[from:][:2*shortMatch], buffer[end:][:2*shortMatch]
			*(*[shortMatch]byte)(dst) = *(*[shortMatch]byte)(src)
			*(*[shortMatch]byte)(dst[shortMatch:]) = *(*[shortMatch]byte)(src[shortMatch:])
		} else {
			copyMatch(buffer, end, distance, length)
		}
		end += length
	}
	in.at, in.bits, in.count = at, bits&(1<<count-1), count
	r.end, r.reach, r.matches = end, r.blockStart-lowest, matches
	return failure
}

// shortMatch is how many bytes are copied at once. Most matches have at most twice as many: they are copied without a look at their lengths.
const shortMatch = 16

// copyMatch repeats what is distance bytes before end. It may write up to 8 bytes more
// than length.
func copyMatch(buffer []byte, end, distance, length int) {
	from := end - distance
	switch {
	case distance >= length:
		copy(buffer[end:end+length], buffer[from:from+length])
	case distance >= 8:
		src, dst := buffer[from:from+length+8], buffer[end:end+length+8]
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(src[i:]))
		}
	case distance == 1:
		dst := buffer[end : end+length+8]
		v := uint64(buffer[from]) * 0x0101010101010101
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(dst[i:], v)
		}
	default:
		src, dst := buffer[from:from+length], buffer[end:end+length]
		for i := range dst {
			dst[i] = src[i]
		}
	}
}
