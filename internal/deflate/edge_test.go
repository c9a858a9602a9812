package deflate

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// bitWriter puts a stream together by hand (RFC 1951 3.1.1).
type bitWriter struct {
	out   []byte
	count uint
}

// number writes n bits of v, the lowest first.
func (w *bitWriter) number(v, n uint) {
	for i := range n {
		if w.count%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[len(w.out)-1] |= byte(v>>i&1) << (w.count % 8)
		w.count++
	}
}

// code writes n bits of v, the highest first.
func (w *bitWriter) code(v, n uint) {
	for i := n; i > 0; i-- {
		w.number(v>>(i-1), 1)
	}
}

// fixedBlock writes a block of the fixed code (RFC 1951 3.2.6) that holds that many bytes: twelve
// different ones, matches of 258 bytes at a distance of 9, then literals and another
// 258 bytes at the end if endsInMatch.
func (w *bitWriter) fixedBlock(isFinal bool, size int, endsInMatch bool) {
	match := func() {
		w.code(0b11000000+285-280, 8)
		w.code(6, 5) // a distance of 9 to 12
		w.number(0, 2)
	}
	final := uint(0)
	if isFinal {
		final = 1
	}
	w.number(final, 1)
	w.number(1, 2)
	done := 0
	for ; done < 12; done++ {
		w.code(0b00110000+uint(done), 8)
	}
	body := size
	if endsInMatch {
		body -= 258
	}
	for ; done+258 <= body-300; done += 258 {
		match()
	}
	for ; done < body; done++ {
		w.code(0b00110000+uint(done%144), 8)
	}
	if endsInMatch {
		match()
	}
	w.code(0, 7)
}

// TestEndOfRoom has long matches and literals at every place about where the buffer ends.
func TestEndOfRoom(t *testing.T) {
	for _, first := range []int{0, historySize + 1000} {
		for size := maxBlock + historySize - 5; size < maxBlock+historySize+270; size++ {
			w := new(bitWriter)
			if first > 0 {
				w.fixedBlock(false, first, false)
			}
			w.fixedBlock(true, size, true)
			sameVerdict(t, w.out)
		}
	}
}

// TestMaxBlock: a block of maxBlock bytes can be taken and one of more cannot, wherever in
// the stream it is and however the input comes.
func TestMaxBlock(t *testing.T) {
	for _, test := range []struct {
		name   string
		before int
	}{
		{"first block", 0},
		{"little history", 5000},
		{"all the history that counts", historySize},
		{"more history", historySize + 1},
		{"where the buffer is moved", historySize + maxBlock - lowRoom + 100},
	} {
		for size := maxBlock - 3; size <= maxBlock+4; size++ {
			for _, endsInMatch := range []bool{false, true} {
				w := new(bitWriter)
				if test.before > 0 {
					w.fixedBlock(false, test.before, false)
				}
				w.fixedBlock(true, size, endsInMatch)
				for cut := len(w.out) - lookahead - 8; cut <= len(w.out); cut++ {
					rest := io.MultiReader(bytes.NewReader(w.out[cut:]), bytes.NewReader(make([]byte, 100)))
					in := io.MultiReader(bytes.NewReader(w.out[:cut]), iotest.OneByteReader(rest))
					r := newReader(bufio.NewReaderSize(in, 64<<10))
					if _, err := io.CopyN(io.Discard, r, int64(test.before)); err != nil {
						t.Fatal(err)
					}
					run, err := r.run(1 << 40)
					if err != nil || run.isBlock != (size <= maxBlock) || run.isBlock && len(run.Plain) != size {
						t.Fatalf("%s, %d bytes, input cut at %d: %d bytes, %v, %v", test.name, size, cut, len(run.Plain), run.isBlock, err)
					}
				}
			}
		}
	}
}

// longCodes is a stream of one block, of that many literals with codes of 15 bits.
func longCodes(size int) []byte {
	w := new(bitWriter)
	w.number(1, 1)
	w.number(2, 2)
	w.number(0, 5) // 257 literals and lengths
	w.number(0, 5) // one distance
	w.number(lengthSymbols-4, 4)
	for _, symbol := range lengthOrder {
		switch {
		case symbol == 18:
			w.number(1, 3)
		case symbol < 16:
			w.number(5, 3)
		default:
			w.number(0, 3)
		}
	}
	length := func(n uint) { w.code(1<<4+n, 5) }
	for n := range uint(15) {
		length(n + 1)
	}
	for _, zeros := range []uint{138, 256 - 15 - 138} {
		w.code(0, 1)
		w.number(zeros-11, 7)
	}
	length(15) // the end
	length(0)
	for range size {
		w.code(1<<15-2, 15)
	}
	w.code(1<<15-1, 15)
	return w.out
}

// TestBigAsStored: a block that takes more room than its bytes do is read and not carried over.
func TestBigAsStored(t *testing.T) {
	for _, size := range []int{1, 150_000, 160_000, maxBlock} {
		packed := longCodes(size)
		sameVerdict(t, packed)
		for _, buffer := range []int{16 << 10, 64 << 10, 1 << 20} {
			r := newReader(bufio.NewReaderSize(bytes.NewReader(packed), buffer))
			run, err := r.run(1 << 40)
			if fits := len(packed) <= maxPacked && size <= maxBlock; err != nil || run.isBlock != fits {
				t.Fatalf("%d bytes, %d as stored: %v, %v", size, len(packed), run.isBlock, err)
			}
			var out bytes.Buffer
			w := NewWriter(&out)
			for ; err == nil; run, err = r.run(1 << 40) {
				w.WriteRun(run)
			}
			if err != io.EOF {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			got := inflateBoth(t, out.Bytes())
			if !bytes.Equal(got, bytes.Repeat([]byte{14}, size)) {
				t.Errorf("%d bytes: %d others", size, len(got))
			}
		}
	}
}

// TestAfterError: an error stays, and nothing of the block in which it was is given.
func TestAfterError(t *testing.T) {
	packed := compress(t, sample(1, 30_000), 6)
	altered := new(bitWriter)
	altered.number(0b011, 3)
	altered.code(0b00110000, 8)
	altered.code(0b11000110, 8) // symbol 286
	for name, packed := range map[string][]byte{"cut off": packed[:len(packed)/2], "altered": append(altered.out, packed...)} {
		r := newReader(bufio.NewReader(bytes.NewReader(packed)))
		_, first := r.run(1 << 40)
		if first == nil {
			t.Fatalf("%s: no error", name)
		}
		for range 2 {
			if run, err := r.run(1 << 40); len(run.Plain) > 0 || err != first {
				t.Errorf("%s: a run of %d bytes after the error, %v", name, len(run.Plain), err)
			}
			if n, err := r.Read(make([]byte, 10)); n > 0 || err != first {
				t.Errorf("%s: %d bytes after the error, %v", name, n, err)
			}
		}
	}
}

// TestFarMatches has matches of every length from as far back as may be, and one byte further.
func TestFarMatches(t *testing.T) {
	for before := historySize - 1; before <= historySize; before++ {
		for length := 3; length <= maxMatch; length += 17 {
			w := new(bitWriter)
			w.fixedBlock(false, before, false)
			w.number(0b011, 3)
			symbol := 0
			for symbol+1 < len(lengthBase) && int(lengthBase[symbol+1]) <= length {
				symbol++
			}
			if n := uint(symbol + 1); n < 24 {
				w.code(n, 7)
			} else {
				w.code(0b11000000+n-24, 8)
			}
			w.number(uint(length)-uint(lengthBase[symbol]), uint(lengthExtra[symbol]))
			w.code(29, 5)
			w.number(1<<13-1, 13) // a distance of 32768
			w.code(0, 7)
			sameVerdict(t, w.out)

			r := newReader(bufio.NewReader(bytes.NewReader(w.out)))
			io.CopyN(io.Discard, r, int64(before))
			run, err := r.run(1 << 40)
			if isOK := before == historySize; isOK != (err == nil) || isOK && (!run.isBlock || run.reach != historySize || len(run.Plain) != length) {
				t.Errorf("length %d after %d bytes: %d bytes, reach %d, %v", length, before, len(run.Plain), run.reach, err)
			}
		}
	}
}

func TestClose(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Write([]byte("content"))
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Error("a write to a stream that was closed: no error")
	}
	if err := w.WriteRun(Run{}); err == nil {
		t.Error("a run to a stream that was closed: no error")
	}
	in := bytes.NewReader(out.Bytes())
	if got, err := io.ReadAll(stdflate.NewReader(in)); string(got) != "content" || err != nil || in.Len() > 0 {
		t.Errorf("%q, %v, %d bytes behind it", got, err, in.Len())
	}
}

// TestWriterForgets: output after Reset does not depend on bytes that were written before.
func TestWriterForgets(t *testing.T) {
	write := func(w *Writer, seed uint64) {
		for i, size := range []int{70_000, 300, 200_000, 1, 33_000} {
			plain := sample(seed+uint64(i%2), size)
			w.Write(plain)
			r := newReader(bufio.NewReader(bytes.NewReader(compress(t, plain, 6))))
			for {
				run, err := r.run(10_000)
				if err != nil {
					break
				}
				w.WriteRun(run)
			}
		}
	}
	var want bytes.Buffer
	fresh := NewWriter(&want)
	write(fresh, 1)
	if err := fresh.Close(); err != nil {
		t.Fatal(err)
	}
	used := NewWriter(io.Discard)
	for i := range 4 {
		// The same bytes before as well, so that what is remembered of them would be of use.
		write(used, uint64(i))
		if i%2 == 0 {
			used.Close()
		}
		var got bytes.Buffer
		used.Reset(&got)
		write(used, 1)
		if err := used.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("time %d: other bytes", i)
		}
	}
}

// TestShifts takes a block over from every position in a byte to every other.
func TestShifts(t *testing.T) {
	// take returns the block behind one that ends at a position, and has as many bits
	// more than whole bytes: those of n literals of nine bits, for which there are 10+9n.
	take := func(before, literals int) Run {
		source := new(bitWriter)
		for _, n := range []int{before, literals} {
			source.number(0b010, 3)
			for i := range n {
				source.code(0b110010000+uint(i), 9)
			}
			source.code(0, 7)
		}
		r := newReader(bufio.NewReader(bytes.NewReader(source.out)))
		if _, err := io.CopyN(io.Discard, r, int64(before)); err != nil {
			t.Fatal(err)
		}
		run, err := r.run(1 << 40)
		if err != nil || !run.isBlock || len(run.Plain) != literals {
			t.Fatal(len(run.Plain), run.isBlock, err)
		}
		return run
	}
	seen := map[[2]uint]bool{}
	for from := 1; from <= 8; from++ {
		for to := 1; to <= 8; to++ {
			for literals := 1; literals < 40; literals++ {
				var out bytes.Buffer
				w := NewWriter(&out)
				first, second := take(1, to), take(from, literals)
				w.copyBits(first.packed, first.bitsBefore, first.bits)
				seen[[2]uint{second.bitsBefore, w.count}] = true
				w.copyBits(second.packed, second.bitsBefore, second.bits)
				w.copyBits(first.packed, first.bitsBefore, first.bits)
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				want := string(first.Plain) + string(second.Plain) + string(first.Plain)
				if got := inflateBoth(t, out.Bytes()); string(got) != want {
					t.Errorf("from %d to %d, %d literals: %x, want %x", from, to, literals, got, want)
				}
			}
		}
	}
	if len(seen) != 64 {
		t.Errorf("%d pairs of positions, want 64", len(seen))
	}
}
