package deflate

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/flate"
)

// sample is text that compresses somewhat, as programs do.
func sample(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	words := make([][]byte, 300)
	for i := range words {
		words[i] = make([]byte, 4+r.IntN(50))
		for j := range words[i] {
			words[i][j] = byte(r.Uint32())
		}
	}
	var b []byte
	for len(b) < size {
		if r.IntN(5) == 0 {
			for range r.IntN(90) {
				b = append(b, byte(r.Uint32()))
			}
			continue
		}
		b = append(b, words[r.IntN(len(words))]...)
	}
	return b[:size]
}

func compress(t testing.TB, plain []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := stdflate.NewWriter(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(plain)
	z.Close()
	return out.Bytes()
}

func TestReader(t *testing.T) {
	for level := -2; level <= 9; level++ {
		for _, size := range []int{0, 1, 2, 100, 65535, 65536, 300_000, 5 << 20} {
			plain := sample(uint64(size), size)
			in := bufio.NewReader(io.MultiReader(bytes.NewReader(compress(t, plain, level)), bytes.NewReader([]byte("rest"))))
			got, err := io.ReadAll(NewReader(in))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("level %d, %d bytes: %d bytes, %v", level, size, len(got), err)
			}
			if rest, _ := io.ReadAll(in); string(rest) != "rest" {
				t.Errorf("level %d, %d bytes: what follows is %q", level, size, rest)
			}
		}
	}
}

func BenchmarkReader(b *testing.B) {
	plain := sample(1, 16<<20)
	packed := compress(b, plain, 6)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		in := bufio.NewReaderSize(nil, 64<<10)
		r := NewReader(in)
		for b.Loop() {
			in.Reset(bytes.NewReader(packed))
			r.Reset(in)
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("klauspost", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		in := bufio.NewReaderSize(nil, 64<<10)
		r := flate.NewReader(in)
		for b.Loop() {
			in.Reset(bytes.NewReader(packed))
			r.(flate.Resetter).Reset(in, nil)
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
