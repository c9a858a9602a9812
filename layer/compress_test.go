package layer

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/pgzip"
)

// sample returns bytes that compress somewhat, the same for a seed.
func sample(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 3))
	b := make([]byte, 0, n+64)
	for len(b) < n {
		if len(b) > 100 && r.IntN(3) > 0 {
			at := r.IntN(len(b) - 64)
			b = append(b, b[at:at+8+r.IntN(56)]...)
		} else {
			b = fmt.Appendf(b, "%x", r.Uint64())
		}
	}
	return b[:n]
}

// compressed compresses in writes of random sizes.
func compressed(t testing.TB, c *compressors, data []byte, parallel int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(len(data)), uint64(parallel)))
	var out bytes.Buffer
	err := c.compress(&out, int64(len(data)), parallel, func(w io.Writer) error {
		for rest := data; len(rest) > 0; {
			n := min(1+r.IntN(100_000), len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sampleSizes are for blocks of 64 KiB.
var sampleSizes = []int{1, 511, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 400_000}

// TestCompressGzip holds every way to compress against one fresh pgzip.Writer
// that does nothing at once.
func TestCompressGzip(t *testing.T) {
	c := &compressors{recipe: smallBlocks()[0]}
	for _, size := range sampleSizes {
		data := sample(1, size)
		var want bytes.Buffer
		z, _ := pgzip.NewWriterLevel(&want, 6)
		z.SetConcurrency(64<<10, 1)
		z.ModTime = time.Unix(0, 0)
		z.Write(data)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // a compressor that was used before
			for parallel := range 4 {
				if got := compressed(t, c, data, parallel); !bytes.Equal(got, want.Bytes()) {
					t.Errorf("%d bytes, %d at once: other bytes than pgzip's", size, parallel)
				}
			}
		}
		if got := gunzip(t, want.Bytes()); !bytes.Equal(got, data) {
			t.Errorf("%d bytes come back as %d others", size, len(got))
		}
		// RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
		if header := want.Bytes()[:10]; !bytes.Equal(header, []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}) {
			t.Errorf("header % x", header)
		}
	}
}

func TestCompressZstd(t *testing.T) {
	// Frames of eight blocks are compressed side by side.
	sizes := append([]int{512<<10 - 1, 512 << 10, 512<<10 + 1, 1 << 20, 3_000_000}, sampleSizes...)
	if testing.Short() {
		sizes = sizes[2:4]
	}
	for _, size := range sizes {
		data := sample(2, size)
		used := &compressors{recipe: smallBlocks()[1]}
		compressed(t, used, sample(3, 100_000), 1)
		first := compressed(t, used, data, 1)
		if again := compressed(t, &compressors{recipe: smallBlocks()[1]}, data, 3); !bytes.Equal(first, again) {
			t.Errorf("%d bytes: other bytes the second time", size)
		}
		for parallel := 2; parallel < 6; parallel++ {
			if got := compressed(t, used, data, parallel); !bytes.Equal(got, first) {
				t.Errorf("%d bytes: other bytes with %d at once", size, parallel)
			}
		}
		if got, want := zstdFrameCount(t, first), max(1, (size+512<<10-1)/(512<<10)); got != want {
			t.Errorf("%d bytes: %d frames, want %d", size, got, want)
		}
		z, err := zstd.NewReader(bytes.NewReader(append(bytes.Clone(first), first...)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		z.Close()
		if err != nil || !bytes.Equal(got, append(bytes.Clone(data), data...)) {
			t.Errorf("%d bytes twice come back as %d, %v", size, len(got), err)
		}
	}
}

// zstdFrameCount counts frames by their headers and those of their blocks (RFC 8878 3.1.1).
func zstdFrameCount(t *testing.T, packed []byte) int {
	t.Helper()
	for n := 0; ; n++ {
		if len(packed) == 0 {
			return n
		}
		var h zstd.Header
		if err := h.Decode(packed); err != nil {
			t.Fatal(err)
		}
		packed = packed[h.HeaderSize:]
		for isLast := false; !isLast; {
			block := uint32(packed[0]) | uint32(packed[1])<<8 | uint32(packed[2])<<16
			size := int(block >> 3)
			if isLast = block&1 != 0; block>>1&3 == 1 { // one byte, repeated
				size = 1
			}
			packed = packed[3+size:]
		}
		if h.HasCheckSum {
			packed = packed[4:]
		}
	}
}

// TestCompressCores is run with any GOMAXPROCS.
func TestCompressCores(t *testing.T) {
	data := sample(4, 2_000_000)
	for _, recipe := range smallBlocks() {
		var want []byte
		for _, cores := range []int{1, 2, 8} {
			previous := runtime.GOMAXPROCS(cores)
			got := compressed(t, &compressors{recipe: recipe}, data, cores)
			runtime.GOMAXPROCS(previous)
			if want == nil {
				want = got
			} else if !bytes.Equal(got, want) {
				t.Errorf("%s: other bytes on %d cores", recipe.Compression, cores)
			}
		}
	}
}

// TestCompressErrors fails at every stage; the compressor is good for use afterwards.
func TestCompressErrors(t *testing.T) {
	data := sample(5, 2_000_000)
	for _, recipe := range smallBlocks() {
		c := &compressors{recipe: recipe}
		for _, data := range [][]byte{data, data[:1000]} {
			want := compressed(t, c, data, 2)
			room := []int{0, 5, 10, 100, len(want) / 2, len(want) - 9, len(want) - 1}
			if testing.Short() {
				room = room[4:5]
			}
			for _, left := range room {
				err := c.compress(&failingWriter{left}, int64(len(data)), 2, func(w io.Writer) error {
					_, err := w.Write(data)
					return err
				})
				if err != errFull {
					t.Errorf("%s: disk full after %d of %d: %v", recipe.Compression, left, len(want), err)
				}
				if got := compressed(t, c, data, 2); !bytes.Equal(got, want) {
					t.Errorf("%s: other bytes after a failure", recipe.Compression)
				}
			}
		}
		if err := c.compress(io.Discard, 1, 1, func(io.Writer) error { return errFull }); err != errFull {
			t.Errorf("%s: %v", recipe.Compression, err)
		}
	}
}
