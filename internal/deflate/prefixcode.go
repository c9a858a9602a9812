package deflate

import (
	"math/bits"
	"slices"
)

// prefixCode is a Huffman code: for each symbol its length, 0 if it does not occur, and its bits, the first one lowest.
type prefixCode struct {
	lengths []uint8
	codes   []uint16
	sorted  []uint64 // symbols, with how often each occurs in front of the last 16 bits
	weights []uint32 // how often these occur
}

const maxDepth = 32 // of a Huffman tree: the weights of deeper ones have a sum of millions

// build makes the best code for symbols that occur that often, with at most limit bits each. It has at least two symbols, so that it
// is complete: some programs refuse any other.
func (c *prefixCode) build(counts []uint32, limit int) {
	c.lengths, c.codes = slices.Grow(c.lengths[:0], len(counts))[:len(counts)], slices.Grow(c.codes[:0], len(counts))[:len(counts)]
	clear(c.lengths)
	c.sorted = c.sorted[:0]
	for symbol, n := range counts {
		if n > 0 {
			c.sorted = append(c.sorted, uint64(n)<<16|uint64(symbol))
		}
	}
	for symbol := 0; len(c.sorted) < 2; symbol++ {
		if counts[symbol] == 0 {
			c.sorted = append(c.sorted, 1<<16|uint64(symbol))
		}
	}
	slices.Sort(c.sorted)
	c.weights = c.weights[:0]
	for _, s := range c.sorted {
		c.weights = append(c.weights, uint32(s>>16))
	}
	var number [maxDepth + 1]int // of codes of each length
	depths(c.weights, &number)
	shorten(&number, limit)
	// The rarest symbols get the longest codes.
	i := 0
	for length := limit; length > 0; length-- {
		for range number[length] {
			c.lengths[uint16(c.sorted[i])] = uint8(length)
			i++
		}
	}
	c.assign()
}

// assign gives out the codes of the lengths (RFC 1951 3.2.2).
func (c *prefixCode) assign() {
	var count, next [maxCodeBits + 2]uint16
	for _, n := range c.lengths {
		count[n]++
	}
	count[0] = 0
	for n := 1; n <= maxCodeBits; n++ {
		next[n+1] = (next[n] + count[n]) << 1
	}
	for symbol, n := range c.lengths {
		if n > 0 {
			c.codes[symbol] = bits.Reverse16(next[n]) >> (16 - n)
			next[n]++
		}
	}
}

// depths counts how many symbols have each depth in the Huffman tree of weights in rising order, which it overwrites
// (Moffat and Katajainen, In-place calculation of minimum-redundancy codes).
func depths(a []uint32, number *[maxDepth + 1]int) {
	n := len(a)
	a[0] += a[1]
	root, leaf := 0, 2
	for next := 1; next < n-1; next++ {
		take := func() uint32 {
			if leaf >= n || root < next && a[root] < a[leaf] {
				w := a[root]
				a[root] = uint32(next)
				root++
				return w
			}
			leaf++
			return a[leaf-1]
		}
		first := take()
		a[next] = first
		a[next] += take()
	}
	a[n-2] = 0
	for next := n - 3; next >= 0; next-- {
		a[next] = a[a[next]] + 1
	}
	available, used, depth := 1, 0, 0
	for root = n - 2; available > 0; depth++ {
		for root >= 0 && int(a[root]) == depth {
			used++
			root--
		}
		number[min(depth, maxDepth)] += available - used
		available, used = 2*used, 0
	}
}

// shorten makes a complete code of at most limit bits of one that may have more.
func shorten(number *[maxDepth + 1]int, limit int) {
	total := 0
	for length := len(number) - 1; length > limit; length-- {
		number[limit] += number[length]
		number[length] = 0
	}
	for length := limit; length > 0; length-- {
		total += number[length] << (limit - length)
	}
	for ; total > 1<<limit; total-- {
		number[limit]--
		length := limit - 1
		for number[length] == 0 {
			length--
		}
		number[length]--
		number[length+1] += 2
	}
}
