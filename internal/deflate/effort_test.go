package deflate

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"strconv"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// member is a gzip member with that effort in its header. Its checksum is not right.
func member(e effort, data []byte) []byte {
	return append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, byte(e), 0xff}, data...)
}

// copied writes a block of the fixed code: 5,000 bytes, then a match (RFC 1951 3.2.5). Lengths are 3 or 4, distances 4,096 or 4,097.
func (w *bitWriter) copied(isFinal bool, length, distance uint) {
	const bytesBefore = 5000
	final := uint(0)
	if isFinal {
		final = 1
	}
	w.number(final, 1)
	w.number(1, 2)
	for i := range uint(bytesBefore) {
		w.code(0b00110000+i%144, 8)
	}
	w.code(length-2, 7) // 257 is of 3
	if distance == 4096 {
		w.code(23, 5)
		w.number(1023, 10)
	} else {
		w.code(24, 5)
		w.number(0, 11)
	}
	w.code(0, 7)
}

func TestIsFast(t *testing.T) {
	const none = 0
	type match struct{ length, distance uint }
	far, near, long := match{3, 4097}, match{3, 4096}, match{4, 4097}
	for _, c := range []struct {
		name   string
		effort effort
		blocks []match
		want   bool
	}{
		{"a short match from far", none, []match{far}, true},
		{"not so far", none, []match{near}, false},
		{"not so short", none, []match{long}, false},
		{"only the first block counts", none, []match{near, far}, false},
		{"the first of two blocks", none, []match{far, near}, true},
		{"said to be the best", best, []match{far}, false},
		{"said to be the fastest", fastest, []match{near}, true},
	} {
		w := new(bitWriter)
		for i, m := range c.blocks {
			w.copied(i == len(c.blocks)-1, m.length, m.distance)
		}
		var g Member
		if err := g.Reset(bufio.NewReader(bytes.NewReader(member(c.effort, w.out)))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, &g, int64(len(c.blocks))*5000); err != nil {
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

// TestIsFastGzip: of what gzip compresses, the levels without lazy matching are found.
func TestIsFastGzip(t *testing.T) {
	program := corpustest.Program(t, "gzip")
	for level := 1; level <= 9; level++ {
		cmd := exec.Command(program, "-c", "-n", "-"+strconv.Itoa(level))
		cmd.Stdin = bytes.NewReader(sample(7, 200_000))
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
		if got, want := g.IsFast(), level <= 3; got != want {
			t.Errorf("level %d: %t, want %t", level, got, want)
		}
	}
}
