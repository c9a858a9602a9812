package deflate

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"testing"
)

// blockReader is what a Member and a Player have in common.
type blockReader interface {
	io.Reader
	Block(max, back int64) (Block, bool, error)
}

// readMixed reads a stream in pieces and blocks, as the seed says, and returns what it holds and all that
// was said on the way.
func readMixed(t *testing.T, in blockReader, seed uint64) (plain []byte, blocks []Block) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 5))
	buffer := make([]byte, 70_000)
	for {
		if r.IntN(3) > 0 {
			b, ok, err := in.Block(int64(r.IntN(MaxBlock)), int64(r.IntN(3*historySize)))
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				plain = append(plain, b.Plain...)
				b.Plain, b.packed = bytes.Clone(b.Plain), bytes.Clone(b.packed)
				blocks = append(blocks, b)
				continue
			}
		}
		n := 1 + r.IntN(len(buffer)-1)
		if r.IntN(2) > 0 {
			// On to the next block, which a Player gives no less of at once than a Member.
			for n > 0 {
				m, err := in.Read(buffer[:n])
				if plain = append(plain, buffer[:m]...); err == io.EOF {
					return plain, blocks
				} else if err != nil {
					t.Fatal(err)
				}
				n -= m
			}
		}
	}
}

// TestTape plays what was recorded: the same bytes and the same blocks as the stream itself gives,
// whatever of it is read in which way.
func TestTape(t *testing.T) {
	levels := []int{gzip.HuffmanOnly, gzip.NoCompression, 1, 3, 6, 9}
	if testing.Short() {
		levels = []int{gzip.NoCompression, 3, 6}
	}
	for _, level := range levels {
		for _, size := range []int{0, 1, 70_000, 1_000_000} {
			plain := sample(uint64(size), size)
			if level == 3 {
				plain = append(plain, make([]byte, 2*bufferSize)...) // one block, too big
			}
			var packed bytes.Buffer
			z, err := gzip.NewWriterLevel(&packed, level)
			if err != nil {
				t.Fatal(err)
			}
			z.Write(plain)
			z.Close()
			open := func(tape *Tape) *Member {
				m := &Member{Tape: tape}
				if err := m.Reset(bufio.NewReader(bytes.NewReader(packed.Bytes()))); err != nil {
					t.Fatal(err)
				}
				return m
			}
			tape := NewTape(1 << 30)
			readMixed(t, open(tape), 99)
			if most := int64(len(plain)+packed.Len())*5/4 + 1<<12; !tape.IsWhole() || tape.Size() > most {
				t.Errorf("level %d, %d bytes: whole %v, %d bytes of memory, want %d at most", level, size, tape.IsWhole(), tape.Size(), most)
			}
			for seed := range uint64(5) {
				want, wantBlocks := readMixed(t, open(nil), seed)
				got, gotBlocks := readMixed(t, NewPlayer(tape), seed)
				if !bytes.Equal(want, plain) || !bytes.Equal(got, plain) || len(gotBlocks) != len(wantBlocks) {
					t.Fatalf("level %d, %d bytes, seed %d: %d bytes and %d blocks, want %d and %d", level, size, seed, len(got), len(gotBlocks), len(want), len(wantBlocks))
				}
				for i, b := range gotBlocks {
					w := wantBlocks[i]
					if !bytes.Equal(b.Plain, w.Plain) || !bytes.Equal(b.packed, w.packed) || b.kind != w.kind || b.first != w.first || b.bits != w.bits {
						t.Fatalf("level %d, %d bytes, seed %d: block %d is another one", level, size, seed, i)
					}
				}
			}
			small := NewTape(int64(len(plain)) / 2)
			readMixed(t, open(small), 99)
			if small.IsWhole() != (len(plain) == 0) || !small.IsWhole() && small.Size() > 0 {
				t.Errorf("level %d, %d bytes: whole %v on a tape of half the size, which takes %d", level, size, small.IsWhole(), small.Size())
			}
		}
	}
}
