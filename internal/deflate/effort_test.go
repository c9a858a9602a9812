package deflate

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// member is a gzip member with that effort in its header. Its checksum is not right.
func member(e effort, data []byte) []byte {
	return append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, byte(e), 0xff}, data...)
}

// tokens writes a block of the fixed code (RFC 1951 3.2.6): literals below 144, and matches as {length, distance}.
func (w *bitWriter) tokens(isFinal bool, tokens ...any) {
	final := uint(0)
	if isFinal {
		final = 1
	}
	w.number(final, 1)
	w.number(1, 2)
	for _, t := range tokens {
		switch t := t.(type) {
		case string:
			for _, b := range []byte(t) {
				w.code(0b00110000+uint(b), 8)
			}
		case [2]int:
			i := code(lengthBase[:], t[0])
			if symbol := uint(i + 257); symbol < 280 {
				w.code(symbol-256, 7)
			} else {
				w.code(0b11000000+symbol-280, 8)
			}
			w.number(uint(t[0])-uint(lengthBase[i]), uint(lengthExtra[i]))
			i = code(distanceBase[:], t[1])
			w.code(uint(i), 5)
			w.number(uint(t[1])-uint(distanceBase[i]), uint(distanceExtra[i]))
		}
	}
	w.code(0, 7)
}

// code returns the last of the bases that is not above n.
func code[T uint16 | int](bases []T, n int) int {
	i := 0
	for i+1 < len(bases) && int(bases[i+1]) <= n {
		i++
	}
	return i
}

// TestIsFast: a match of 4 to 15 bytes in whose place zlib and GNU gzip would leave a literal and take a longer match shows little effort.
func TestIsFast(t *testing.T) {
	const none = 0
	type tokens []any
	// The match repeats "abcd", and "bcdefg" at the next byte would be longer.
	greedy := tokens{".abcd.bcdefg.", [2]int{4, 12}, "efg....."}
	lazy := tokens{".abcd.bcdefg.a", [2]int{6, 8}, "........"}
	for _, c := range []struct {
		name   string
		effort effort
		blocks []tokens
		want   bool
	}{
		{"a shorter match", none, []tokens{greedy}, true},
		{"a literal, and the longer match", none, []tokens{lazy}, false},
		{"nothing that is longer", none, []tokens{{".abcd.bcdef!.", [2]int{4, 12}, "......."}}, false},
		{"as long", none, []tokens{{".abcd.bcde!!.", [2]int{4, 12}, "efg....."}}, false},
		{"one byte longer", none, []tokens{{".abcd.bcdef!.", [2]int{4, 12}, "efg....."}}, true},
		{"three bytes", none, []tokens{{".abc..bcdefg.", [2]int{3, 12}, "defg....."}}, false},
		{"15 bytes", none, []tokens{{".abcdefghijklmno.bcdefghijklmnopq.", [2]int{15, 33}, "pq........."}}, true},
		{"16 bytes", none, []tokens{{".abcdefghijklmnop.bcdefghijklmnopq.", [2]int{16, 34}, "q........."}}, false},
		{"the last place of the hash has less", none, []tokens{{".abcd.bcdefg.bcd!.", [2]int{4, 17}, "efg....."}}, false},
		{"a hash that is the same", none, []tokens{{".abcd.bcdefg.\x02cd.", [2]int{4, 16}, "efg....."}}, false},
		{"the first place", none, []tokens{{"bcdefg.abcd..", [2]int{4, 6}, "efg....."}}, false},
		{"at the end", none, []tokens{{".abcd.bcdef.", [2]int{4, 11}, "ef"}}, true},
		{"the end is too near", none, []tokens{{".abcd.bcdef.", [2]int{4, 11}, "e"}}, false},
		{"only the first block counts", none, []tokens{lazy, greedy}, false},
		{"the first of two blocks", none, []tokens{greedy, lazy}, true},
		{"far behind", none, []tokens{slices.Concat(tokens{"."}, slices.Repeat(tokens{[2]int{258, 1}}, 260), greedy)}, false},
		{"said to be the best", best, []tokens{greedy}, false},
		{"said to be the fastest", fastest, []tokens{lazy}, true},
	} {
		w, size := new(bitWriter), 0
		for i, block := range c.blocks {
			w.tokens(i == len(c.blocks)-1, block...)
			for _, t := range block {
				switch t := t.(type) {
				case string:
					size += len(t)
				case [2]int:
					size += t[0]
				}
			}
		}
		var g Member
		if err := g.Reset(bufio.NewReader(bytes.NewReader(member(c.effort, w.out)))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, &g, int64(size)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := g.IsFast(); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
		if err := g.Reset(bufio.NewReader(bytes.NewReader(member(none, nil)))); err != nil || g.IsFast() {
			t.Errorf("%s: what is known of a member stays for the next one", c.name)
		}
	}
}

// TestIsFastGzip: of what gzip compresses, the levels that look for no better match, or only in place of the shortest, are found.
func TestIsFastGzip(t *testing.T) {
	program := corpustest.Program(t, "gzip")
	random := rand.New(rand.NewPCG(7, 1))
	text := make([]byte, 200_000) // of few letters, so that there are matches of all lengths
	for i := range text {
		text[i] = 'a' + byte(random.IntN(6))
	}
	for level := 1; level <= 9; level++ {
		cmd := exec.Command(program, "-c", "-n", "-"+strconv.Itoa(level))
		cmd.Stdin = bytes.NewReader(text)
		packed, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		packed[8] = 0 // as of a compressor that says nothing
		var g Member
		if err := g.Reset(bufio.NewReader(bytes.NewReader(packed))); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if got, want := g.IsFast(), level <= 4; got != want {
			t.Errorf("level %d: %t, want %t", level, got, want)
		}
	}
}
