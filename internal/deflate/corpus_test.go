package deflate

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/flate"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// dataSegments returns the DEFLATE streams of real packages' third members, and what they hold
// as the standard library inflates it. zlib made them.
func dataSegments(t testing.TB, most int) (packed, plain [][]byte) {
	t.Helper()
	root := corpustest.Path(t)
	files, err := filepath.Glob(filepath.Join(root, "alpine-3.19/repo/x86_64/*.apk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no packages in %s: %v", root, err)
	}
	size := 0
	for _, file := range files {
		all, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rest := bytes.NewReader(all)
		for range 3 {
			// Ten bytes of header without a name, as apk-tools' abuild makes it, and eight of trailer.
			if header := all[len(all)-rest.Len():]; header[3] != 0 {
				t.Fatalf("%s: a member whose header has flags %x", file, header[3])
			}
			rest.Seek(10, io.SeekCurrent)
			start := len(all) - rest.Len()
			content, err := io.ReadAll(stdflate.NewReader(rest))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			end := len(all) - rest.Len()
			rest.Seek(8, io.SeekCurrent)
			if rest.Len() == 0 {
				packed, plain = append(packed, all[start:end]), append(plain, content)
				size += len(content)
			}
		}
		if size > most {
			break
		}
	}
	return packed, plain
}

// TestPackages reads the data of real packages and takes over all that may be, as a whole and
// cut into parts that no match may leave.
func TestPackages(t *testing.T) {
	most := 150 << 20
	if testing.Short() {
		most = 10 << 20
	}
	packed, plain := dataSegments(t, most)
	in := bufio.NewReaderSize(nil, 64<<10)
	r := newReader(in)
	var size, whole, parts int64
	for i, stream := range packed {
		in.Reset(io.MultiReader(bytes.NewReader(stream), bytes.NewReader([]byte("rest"))))
		r.reset(in)
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, plain[i]) {
			t.Fatalf("stream %d: %d bytes of %d, %v", i, len(got), len(plain[i]), err)
		}
		if rest, _ := io.ReadAll(in); string(rest) != "rest" {
			t.Fatalf("stream %d: %d bytes are left, want 4", i, len(rest))
		}

		all := int64(len(plain[i]))
		out := carry(t, stream, []int64{all})
		if !bytes.Equal(inflateBoth(t, out), plain[i]) {
			t.Fatalf("stream %d, carried over: other bytes", i)
		}
		size, whole = size+int64(len(stream)), whole+int64(len(out))

		out = carry(t, stream, []int64{all / 3, 0, all - all/3, 0})
		want := string(plain[i][:all/3]) + "in between" + string(plain[i][all/3:]) + "in between"
		if string(inflateBoth(t, out)) != want {
			t.Fatalf("stream %d, carried over in parts: other bytes", i)
		}
		parts += int64(len(out))
	}
	t.Logf("%d streams, %d bytes: %d carried over as a whole, %d in parts", len(packed), size, whole, parts)
	if most := size + size/1000; max(whole, parts) > most {
		t.Errorf("%d bytes became %d as a whole and %d in parts, want %d at most", size, whole, parts, most)
	}
}

func BenchmarkPackages(b *testing.B) {
	packed, plain := dataSegments(b, 60<<20)
	size := int64(0)
	for _, p := range plain {
		size += int64(len(p))
	}
	in := bufio.NewReaderSize(nil, 64<<10)
	ours, theirs := newReader(in), flate.NewReader(in)
	for _, test := range []struct {
		name  string
		r     io.Reader
		reset func() error
	}{
		{"ours", ours, func() error { ours.reset(in); return nil }},
		{"klauspost", theirs, func() error { return theirs.(flate.Resetter).Reset(in, nil) }},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range packed {
					in.Reset(bytes.NewReader(p))
					if err := test.reset(); err != nil {
						b.Fatal(err)
					}
					if _, err := io.Copy(io.Discard, test.r); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkWriteRun copies a block, and encodes its matches again.
func BenchmarkWriteRun(b *testing.B) {
	plain := sample(1, 60_000)
	r := newReader(bufio.NewReaderSize(bytes.NewReader(compress(b, plain, 6)), 64<<10))
	run, err := r.run(1 << 40)
	if err != nil || !run.isBlock {
		b.Fatal(run.isBlock, err)
	}
	for _, isBlock := range []bool{true, false} {
		b.Run(fmt.Sprint("copied=", isBlock), func(b *testing.B) {
			run.isBlock = isBlock
			w := NewWriter(io.Discard)
			b.SetBytes(int64(len(run.Plain)))
			b.ReportAllocs()
			for b.Loop() {
				w.Reset(io.Discard)
				if err := w.WriteRun(run); err != nil {
					b.Fatal(err)
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
