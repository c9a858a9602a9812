package deflate

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
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

// TestIsFast: a match of which zlib's level 6 would have found a longer one, among 128 places of the same hash, shows little effort.
func TestIsFast(t *testing.T) {
	const none = 0
	type tokens []any
	// after begins with a word, has places of the same hash up to a match, and then, behind another match, three bytes of that word and one more.
	after := func(word string, between int, match ...any) tokens {
		return slices.Concat(tokens{"." + word + strings.Repeat("abc.", between) + "!", [2]int{3, 1}}, match)
	}
	nearest := [2]int{3, 8} // "abc" of the last place
	short := after("abcd.", 1, nearest, "d.")
	long := after("abcd.", 1, [2]int{4, 13}, "!.")
	distinct := make([]byte, 129)
	for i := range distinct {
		distinct[i] = byte(i)
	}
	far := slices.Repeat(tokens{[2]int{258, 1}}, 123) // 31,734 bytes
	for _, c := range []struct {
		name   string
		effort effort
		blocks []tokens
		want   bool
	}{
		{"a shorter match", none, []tokens{short}, true},
		{"the longer match", none, []tokens{long}, false},
		{"nothing that is longer", none, []tokens{after("abce.", 1, nearest, "d.")}, false},
		{"behind a literal", none, []tokens{{".abcd.abc.!!!.", [2]int{3, 8}, "d."}}, false},
		{"place 128", none, []tokens{after("abcd.", 127, nearest, "d.")}, true},
		{"place 129", none, []tokens{after("abcd.", 128, nearest, "d.")}, false},
		{"another word with the same hash", none, []tokens{{".abcd." + strings.Repeat("abc.", 127) + "\x01bc.!", [2]int{3, 1}, [2]int{3, 12}, "d."}}, false},
		{"the first place of the stream", none, []tokens{{"abcd.abc.!", [2]int{3, 1}, [2]int{3, 8}, "d."}}, false},
		{"127 bytes", none, []tokens{{"." + string(distinct) + "." + string(distinct[:127]) + ".!", [2]int{3, 1}, [2]int{127, 132}, "\x7f."}}, true},
		{"128 bytes", none, []tokens{{"." + string(distinct) + "." + string(distinct[:128]) + ".!", [2]int{3, 1}, [2]int{128, 133}, "\x80."}}, false},
		{"at the end", none, []tokens{after("abcd.", 1, nearest, "d")}, true},
		{"behind the end", none, []tokens{after("abcd.", 1, nearest)}, false},
		{"only the first block counts", none, []tokens{long, short}, false},
		{"the first of two blocks", none, []tokens{short, long}, true},
		{"32 KiB are looked at", none, []tokens{slices.Concat(tokens{"."}, far, slices.Repeat(tokens{[2]int{258, 1}}, 4), short)}, false},
		{"before 32 KiB", none, []tokens{slices.Concat(tokens{"."}, far, short)}, true},
		{"said to be the best", best, []tokens{short}, false},
		{"said to be the fastest", fastest, []tokens{long}, true},
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

// TestIsFastGzip: of what gzip compresses, the levels that look for less than level 6 are found.
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
		if got, want := g.IsFast(), level <= 5; got != want {
			t.Errorf("level %d: %t, want %t", level, got, want)
		}
	}
}
