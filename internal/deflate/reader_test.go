package deflate

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

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
	sizes := []int{0, 1, 2, 100, 65535, 65536, 300_000}
	if !testing.Short() {
		sizes = append(sizes, 5<<20)
	}
	for level := -2; level <= 9; level++ {
		for _, size := range sizes {
			plain := sample(uint64(size), size)
			in := bufio.NewReader(io.MultiReader(bytes.NewReader(compress(t, plain, level)), bytes.NewReader([]byte("rest"))))
			got, err := io.ReadAll(newReader(in))
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
		r := newReader(in)
		for b.Loop() {
			in.Reset(bytes.NewReader(packed))
			r.reset(in)
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

// TestOddStreams has what few compressors make, bit by bit (RFC 1951 3.2).
func TestOddStreams(t *testing.T) {
	for _, test := range []struct {
		name string
		bits string // as they come, blanks left out
		want string
		err  bool
	}{
		{"a fixed block that is empty", "1 10 0000000", "", false},
		{"two empty ones", "0 10 0000000 1 10 0000000", "", false},
		{"a literal of eight bits", "1 10 00110000 0000000", "\x00", false},
		{"a literal of nine bits", "1 10 111111111 0000000", "\xff", false},
		{"a match that overlaps itself", "1 10 10010001 0000001 00000 0000000", "aaaa", false},
		{"a match of nothing before it", "1 10 0000001 00000 0000000", "", true},
		{"a match from too far", "1 10 10010001 0000001 00001 0000000", "", true},
		{"length 258", "1 10 10010001 11000101 00000 0000000", string(bytes.Repeat([]byte("a"), 259)), false},
		{"symbol 286", "1 10 10010001 11000110 00000 0000000", "", true},
		{"distance symbol 30", "1 10 10010001 0000001 11110 0000000", "", true},
		{"a stored block of nothing", "1 00 00000 0000000000000000 1111111111111111", "", false},
		{"a stored block whose lengths do not agree", "1 00 00000 1000000000000000 1111111111111111 00000000", "", true},
		{"block type 3", "1 11", "", true},
		{"no end", "1 10 10010001", "", true},
		{"nothing", "", "", true},
	} {
		var packed []byte
		n := 0
		for _, bit := range test.bits {
			if bit == ' ' {
				continue
			}
			if n%8 == 0 {
				packed = append(packed, 0)
			}
			packed[n/8] |= byte(bit-'0') << (n % 8)
			n++
		}
		got, err := io.ReadAll(newReader(bufio.NewReader(bytes.NewReader(packed))))
		if (err != nil) != test.err || !test.err && string(got) != test.want {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
		sameVerdict(t, packed)
	}
}

// sameVerdict compares with the standard library's reader: the same bytes, or an error.
func sameVerdict(t testing.TB, packed []byte) {
	t.Helper()
	const limit = 8 << 20
	want, wantErr := io.ReadAll(io.LimitReader(stdflate.NewReader(bytes.NewReader(packed)), limit))
	got, err := io.ReadAll(io.LimitReader(newReader(bufio.NewReader(bytes.NewReader(packed))), limit))
	if (err != nil) != (wantErr != nil) {
		t.Errorf("%x: %v, but the standard library says %v", packed[:min(len(packed), 200)], err, wantErr)
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Errorf("%x: %d bytes, want %d, or others", packed[:min(len(packed), 200)], len(got), len(want))
	}
}

// TestDamage cuts small streams off everywhere and alters every bit of them.
func TestDamage(t *testing.T) {
	size := 600
	if testing.Short() {
		size = 60
	}
	for _, level := range []int{stdflate.HuffmanOnly, 0, 1, 9} {
		packed := compress(t, append(sample(1, size), "aaaaaaaaaaaaaaaaaaaaaabcabcabcabcabc"...), level)
		for i := range packed {
			_, err := io.ReadAll(newReader(bufio.NewReader(bytes.NewReader(packed[:i]))))
			if err != io.ErrUnexpectedEOF {
				t.Fatalf("level %d, %d of %d bytes: %v", level, i, len(packed), err)
			}
			for bit := range 8 {
				altered := bytes.Clone(packed)
				altered[i] ^= 1 << bit
				sameVerdict(t, altered)
			}
		}
	}
}

// TestInputs reads from inputs that give little at once, or fail.
func TestInputs(t *testing.T) {
	plain := sample(3, 200_000)
	packed := compress(t, plain, 6)
	broken := errors.New("broken")
	for name, in := range map[string]io.Reader{
		"one byte":       iotest.OneByteReader(bytes.NewReader(packed)),
		"half":           iotest.HalfReader(bytes.NewReader(packed)),
		"data and error": iotest.DataErrReader(bytes.NewReader(packed)),
	} {
		got, err := io.ReadAll(newReader(bufio.NewReaderSize(in, 16<<10)))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	_, err := io.ReadAll(newReader(bufio.NewReader(io.MultiReader(bytes.NewReader(packed[:5000]), iotest.ErrReader(broken)))))
	if err != broken {
		t.Errorf("an input that fails: %v", err)
	}
	if err := iotest.TestReader(newReader(bufio.NewReader(bytes.NewReader(packed))), plain); err != nil {
		t.Error(err)
	}
}

func FuzzReader(f *testing.F) {
	for level := -2; level <= 9; level += 2 {
		f.Add(compress(f, sample(uint64(level+5), 3000), level))
	}
	f.Fuzz(func(t *testing.T, packed []byte) { sameVerdict(t, packed) })
}

func TestMember(t *testing.T) {
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	z.Name, z.Comment, z.Extra = "name", "comment", []byte("extra")
	z.Write([]byte("content"))
	z.Close()
	good := file.Bytes()
	read := func(b []byte) (string, error) {
		var m Member
		if err := m.Reset(bufio.NewReader(bytes.NewReader(b))); err != nil {
			return "", err
		}
		all, err := io.ReadAll(&m)
		return string(all), err
	}
	if got, err := read(good); got != "content" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for i := range good {
		if _, err := read(good[:i]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v", i, len(good), err)
		}
	}
	for _, i := range []int{0, 1, 2, len(good) - 8, len(good) - 1} {
		altered := bytes.Clone(good)
		altered[i] ^= 1
		if _, err := read(altered); err == nil {
			t.Errorf("byte %d altered: no error", i)
		}
	}
}
