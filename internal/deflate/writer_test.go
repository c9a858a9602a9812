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

// carry writes the plain stream anew, with every block taken over that may be. Parts of the
// stream that no match may leave begin at cuts.
func carry(t testing.TB, packed []byte, cuts []int64) (out []byte, carried int64) {
	t.Helper()
	r := newReader(bufio.NewReader(bytes.NewReader(packed)))
	var all bytes.Buffer
	w, err := NewWriter(&all, 6)
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1000)
	for i, cut := range cuts {
		for done := int64(0); done < cut; {
			b, ok, err := r.block(cut-done, done)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				err = w.WriteBlock(b)
				done += int64(len(b.Plain))
				carried += int64(len(b.Plain))
			} else {
				var n int
				n, err = r.Read(buffer[:min(cut-done, int64(len(buffer)))])
				w.Write(buffer[:n])
				done += int64(n)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if i%2 == 1 {
			w.Write([]byte("in between"))
		}
	}
	if n, err := r.Read(buffer); n != 0 || err != io.EOF {
		t.Fatalf("behind the last part: %d bytes, %v", n, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return all.Bytes(), carried
}

func inflateBoth(t testing.TB, packed []byte) []byte {
	t.Helper()
	one, err := io.ReadAll(stdflate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	two, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil || !bytes.Equal(one, two) {
		t.Fatalf("two readers do not agree: %d and %d bytes, %v", len(one), len(two), err)
	}
	return one
}

func TestCarry(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sizes := []int{1, 1000, 300_000}
	if !testing.Short() {
		sizes = append(sizes, 3<<20)
	}
	for level := -2; level <= 9; level++ {
		for _, size := range sizes {
			plain := sample(uint64(size), size)
			packed := compress(t, plain, level)
			for range 4 {
				var cuts []int64
				var want []byte
				for left := int64(size); left > 0; {
					cut := min(left, 1+random.Int64N(int64(size)))
					want = append(want, plain[int64(size)-left:int64(size)-left+cut]...)
					if len(cuts)%2 == 1 {
						want = append(want, "in between"...)
					}
					cuts = append(cuts, cut)
					left -= cut
				}
				out, carried := carry(t, packed, cuts)
				if got := inflateBoth(t, out); !bytes.Equal(got, want) {
					t.Fatalf("level %d, %d bytes, cuts %v: %d bytes came out, %d went in", level, size, cuts, len(got), len(want))
				}
				if size > 1<<20 && len(cuts) == 1 && level != 0 && carried < int64(size)*9/10 {
					t.Errorf("level %d: %d of %d bytes were carried over", level, carried, size)
				}
			}
		}
	}
}

func BenchmarkCarry(b *testing.B) {
	plain := sample(1, 16<<20)
	packed := compress(b, plain, 6)
	in := bufio.NewReaderSize(nil, 64<<10)
	r := newReader(in)
	w, err := NewWriter(io.Discard, 6)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(bytes.NewReader(packed))
		r.reset(in)
		w.Reset(io.Discard)
		for {
			block, ok, err := r.block(1<<40, 1<<40)
			if err == io.EOF {
				break
			}
			if err != nil || !ok {
				b.Fatal(ok, err)
			}
			w.WriteBlock(block)
		}
	}
}

// TestCuts: how bytes are cut into calls has no influence.
func TestCuts(t *testing.T) {
	plain := sample(7, 400_000)
	random := rand.New(rand.NewPCG(3, 4))
	for level := 1; level <= 9; level++ {
		var first []byte
		for range 4 {
			var out bytes.Buffer
			w, err := NewWriter(&out, level)
			if err != nil {
				t.Fatal(err)
			}
			for left := plain; len(left) > 0; {
				n := min(len(left), 1+random.IntN(100_000))
				w.Write(left[:n])
				left = left[n:]
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = out.Bytes()
			}
			if !bytes.Equal(out.Bytes(), first) {
				t.Errorf("level %d: other bytes", level)
			}
		}
	}
}

func TestWriterReset(t *testing.T) {
	w, err := NewWriter(io.Discard, 6)
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for i := range 3 {
		var out bytes.Buffer
		w.Write([]byte("given up"))
		w.Reset(&out)
		w.Write([]byte("content"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = bytes.Clone(out.Bytes())
		}
		if got := inflateBoth(t, out.Bytes()); string(got) != "content" || !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%d: %q", i, got)
		}
	}
}

// TestWriterErrors: an error of the destination comes out, at Close at the latest.
func TestWriterErrors(t *testing.T) {
	packed := compress(t, sample(1, 300_000), 6)
	for left := 0; left < len(packed); left += 20_000 {
		w, err := NewWriter(&limited{left}, 6)
		if err != nil {
			t.Fatal(err)
		}
		r := newReader(bufio.NewReader(bytes.NewReader(packed)))
		for {
			b, ok, err := r.block(1<<40, 1<<40)
			if err != nil || !ok {
				break
			}
			w.WriteBlock(b)
			w.Write([]byte("between"))
		}
		if err := w.Close(); err != io.ErrShortWrite {
			t.Errorf("room for %d bytes: %v", left, err)
		}
	}
}

type limited struct{ left int }

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func FuzzCarry(f *testing.F) {
	for level := -2; level <= 9; level += 2 {
		f.Add(compress(f, sample(uint64(level+5), 20_000), level), uint16(5000))
	}
	f.Fuzz(func(t *testing.T, packed []byte, cut uint16) {
		plain, err := io.ReadAll(io.LimitReader(stdflate.NewReader(bytes.NewReader(packed)), 4<<20+1))
		if err != nil || len(plain) > 4<<20 {
			return
		}
		first := min(int64(cut), int64(len(plain)))
		out, _ := carry(t, packed, []int64{first, int64(len(plain)) - first})
		if got, want := inflateBoth(t, out), string(plain)+"in between"; string(got) != want {
			t.Errorf("%d bytes came out, want %d", len(got), len(want))
		}
	})
}
