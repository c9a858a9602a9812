package deflate

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/flate"
)

// carry writes a stream's runs to another stream, cut into parts. Behind each second part there is something in between.
func carry(t testing.TB, packed []byte, cuts []int64) []byte {
	t.Helper()
	r := newReader(bufio.NewReader(bytes.NewReader(packed)))
	var all bytes.Buffer
	w := NewWriter(&all)
	for i, cut := range cuts {
		for done := int64(0); done < cut; {
			run, err := r.run(cut - done)
			if err == nil {
				err = w.WriteRun(run)
			}
			if err != nil {
				t.Fatal(err)
			}
			done += int64(len(run.Plain))
		}
		if i%2 == 1 {
			w.Write([]byte("in between"))
		}
	}
	if run, err := r.run(1); err != io.EOF {
		t.Fatalf("behind the last part: %d bytes, %v", len(run.Plain), err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
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
				out := carry(t, packed, cuts)
				if got := inflateBoth(t, out); !bytes.Equal(got, want) {
					t.Fatalf("level %d, %d bytes, cuts %v: %d bytes came out, %d went in", level, size, cuts, len(got), len(want))
				}
				if size > 1<<16 && len(cuts) < 10 && len(out) > len(packed)*102/100 {
					t.Errorf("level %d: %d bytes became %d, with %d cuts", level, len(packed), len(out), len(cuts))
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
	w := NewWriter(io.Discard)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(bytes.NewReader(packed))
		r.reset(in)
		w.Reset(io.Discard)
		for {
			run, err := r.run(1 << 40)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			w.WriteRun(run)
		}
	}
}

// TestCuts: how bytes are cut into calls has no influence.
func TestCuts(t *testing.T) {
	plain := sample(7, 400_000)
	random := rand.New(rand.NewPCG(3, 4))
	var first []byte
	for range 4 {
		var out bytes.Buffer
		w := NewWriter(&out)
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
			if !bytes.Equal(inflateBoth(t, first), plain) {
				t.Error("not what was written")
			}
		}
		if !bytes.Equal(out.Bytes(), first) {
			t.Error("other bytes")
		}
	}
}

// TestHeaders: bytes in between that are like those before take little room, where those are in reach.
func TestHeaders(t *testing.T) {
	header := func(i int) []byte {
		h := bytes.Clone(sample(9, headerSize))
		copy(h[100:], fmt.Sprint(i))
		return append(make([]byte, i%7*60), h...)
	}
	for _, test := range []struct {
		name    string
		content int // bytes of each run
		most    int
	}{{"near", 1000, 25}, {"far", historySize, 700}} {
		stream := bytes.Repeat([]byte("x"), test.content*50)
		r := newReader(bufio.NewReader(bytes.NewReader(compress(t, stream, 9))))
		var out bytes.Buffer
		w := NewWriter(&out)
		var want []byte
		for i := range 50 {
			want = append(want, header(i)...)
			w.Write(header(i))
			for left := int64(test.content); left > 0; {
				run, err := r.run(left)
				if err == nil {
					err = w.WriteRun(run)
				}
				if err != nil {
					t.Fatal(err)
				}
				left -= int64(len(run.Plain))
				want = append(want, run.Plain...)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(inflateBoth(t, out.Bytes()), want) {
			t.Errorf("%s: other bytes", test.name)
		}
		if most := 1000 + 50*test.most; out.Len() > most {
			t.Errorf("%s: %d bytes, want %d at most", test.name, out.Len(), most)
		}
	}
}

// TestMovedMatches writes the parts of a stream in which everything is repeated, leaves some out and moves others apart: every match
// that is still possible is kept.
func TestMovedMatches(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	text := sample(8, 9000)
	plain := bytes.Repeat(text, 40)
	for _, packed := range [][]byte{compress(t, plain, 9), compress(t, plain, 1)} {
		for range 30 {
			r := newReader(bufio.NewReader(bytes.NewReader(packed)))
			var out bytes.Buffer
			w := NewWriter(&out)
			var want []byte
			most := len(packed)
			for done := 0; done < len(plain); {
				part, drop := 1+random.IntN(20_000), random.IntN(3) == 0
				if drop {
					part = part % 1000
				}
				part = min(part, len(plain)-done)
				most += 70 // what is the same for a cut
				if drop {
					most += part // which are not there for the matches that follow
				}
				for left := part; left > 0; {
					run, err := r.run(int64(left))
					if err == nil && !drop {
						err = w.WriteRun(run)
						want = append(want, run.Plain...)
					}
					if err != nil {
						t.Fatal(err)
					}
					left -= len(run.Plain)
				}
				done += part
				between := text[:random.IntN(700)]
				most += len(between)
				w.Write(between)
				want = append(want, between...)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(inflateBoth(t, out.Bytes()), want) {
				t.Fatal("other bytes")
			}
			if out.Len() > most {
				t.Errorf("%d bytes became %d, more than %d: matches were lost", len(packed), out.Len(), most)
			}
		}
	}
}

// TestCloser: matches that are in reach only because headers were cut out are found, so that the stream is hardly larger than a
// compressor would make it.
func TestCloser(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	header := make([]byte, 1500) // as many bytes as a tar may need for a file; they are cut out
	for _, size := range []int{5000, 20_000} {
		var stream, want []byte
		for range 300_000 / size {
			for i := range header {
				header[i] = byte(random.Uint32())
			}
			stream = append(stream, header...)
			for file := len(want); len(want) < file+size; {
				var next []byte
				if near := want[max(0, len(want)-historySize):]; len(near) > 1000 && random.IntN(3) > 0 {
					at := random.IntN(len(near)/100) * 100
					next = near[at:min(len(near), at+100)]
				} else {
					next = make([]byte, 100)
					for i := range next {
						next[i] = byte(random.Uint32()) % 64
					}
				}
				stream, want = append(stream, next...), append(want, next...)
			}
		}
		for _, level := range []int{6, 9} {
			r := newReader(bufio.NewReader(bytes.NewReader(compress(t, stream, level))))
			var out bytes.Buffer
			w := NewWriter(&out)
			for done := 0; done < len(want); {
				if _, err := io.CopyN(io.Discard, r, int64(len(header))); err != nil {
					t.Fatal(err)
				}
				for end := done + size; done < end; {
					run, err := r.run(int64(end - done))
					if err == nil {
						err = w.WriteRun(run)
					}
					if err != nil {
						t.Fatal(err)
					}
					done += len(run.Plain)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(inflateBoth(t, out.Bytes()), want) {
				t.Fatalf("files of %d bytes, level %d: other bytes", size, level)
			}
			again := len(compress(t, want, 6))
			t.Logf("files of %d bytes, level %d: %d bytes, %d compressed again", size, level, out.Len(), again)
			if out.Len() > again*1015/1000 {
				t.Errorf("files of %d bytes, level %d: %d bytes, but %d compressed again", size, level, out.Len(), again)
			}
		}
	}
}

// TestOtherStream: no match of a stream is taken for one with bytes of the stream before, which had them in the same places.
func TestOtherStream(t *testing.T) {
	in := bufio.NewReader(nil)
	r := newReader(in)
	var out bytes.Buffer
	w := NewWriter(&out)
	var want []byte
	for i := range 4 {
		plain := bytes.Repeat(sample(uint64(i), 5000), 3)
		in.Reset(bytes.NewReader(compress(t, plain, 6)))
		r.reset(in)
		io.CopyN(io.Discard, r, int64(i*4000)) // so that there are matches with what is left out
		for {
			run, err := r.run(3000)
			if err == io.EOF {
				break
			}
			if err == nil {
				err = w.WriteRun(run)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		want = append(want, plain[i*4000:]...)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(inflateBoth(t, out.Bytes()), want) {
		t.Error("other bytes")
	}
}

func TestWriterReset(t *testing.T) {
	w := NewWriter(io.Discard)
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
		w := NewWriter(&limited{left})
		r := newReader(bufio.NewReader(bytes.NewReader(packed)))
		for {
			run, err := r.run(1 << 40)
			if err != nil {
				break
			}
			w.WriteRun(run)
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
		out := carry(t, packed, []int64{first, int64(len(plain)) - first})
		if got, want := inflateBoth(t, out), string(plain)+"in between"; string(got) != want {
			t.Errorf("%d bytes came out, want %d", len(got), len(want))
		}
	})
}
