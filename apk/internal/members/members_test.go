package members

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
)

// TestMemberBoundaries: each member's hash is over its own compressed bytes and no
// other, whatever the inflater has looked at and however the input comes.
func TestMemberBoundaries(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	var contents, members [][]byte
	for _, content := range [][]byte{
		[]byte("a"), {}, []byte(strings.Repeat("tar ", 128)), noise(10), noise(70 << 10), bytes.Repeat(noise(100), 3000),
		noise(300 << 10), {}, make([]byte, 1<<20), []byte("end"),
	} {
		for _, level := range []int{gzip.NoCompression, gzip.HuffmanOnly, gzip.BestSpeed, gzip.BestCompression} {
			contents = append(contents, content)
			members = append(members, gzipLevel(t, content, level, int(random.Uint32()%3)))
		}
	}
	file := slices.Concat(members...)
	for name, r := range map[string]io.Reader{
		"whole":          bytes.NewReader(file),
		"byte by byte":   iotest.OneByteReader(bytes.NewReader(file)),
		"halves":         iotest.HalfReader(bytes.NewReader(file)),
		"data with EOF":  iotest.DataErrReader(bytes.NewReader(file)),
		"random lengths": &randomReader{bytes.NewReader(file), random},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewReader(r)
			consumed := 0
			for i, want := range contents {
				sum := sha1.New()
				if err := m.Next(sum); err != nil {
					t.Fatalf("member %d: %v", i, err)
				}
				var got []byte
				var err error
				if i%2 == 0 {
					got, err = io.ReadAll(m)
				} else {
					got, err = io.ReadAll(iotest.OneByteReader(io.LimitReader(m, 1<<40)))
				}
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("member %d: %d bytes, %v, want %d", i, len(got), err, len(want))
				}
				if consumed += len(members[i]); [sha1.Size]byte(sum.Sum(nil)) != sha1.Sum(members[i]) {
					t.Fatalf("member %d of %d compressed bytes, up to %d: wrong hash", i, len(members[i]), consumed)
				}
				if n, err := m.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Fatalf("member %d: read on: %d, %v", i, n, err)
				}
			}
			if err := m.Next(nil); err != io.EOF {
				t.Errorf("behind the end: %v", err)
			}
		})
	}
}

// gzipLevel makes one member, with a name and a comment in some.
func gzipLevel(t *testing.T, content []byte, level, extras int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Name, w.Comment = strings.Repeat("n", extras*7), strings.Repeat("c", extras/2)
	_, err = w.Write(content)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type randomReader struct {
	r      io.Reader
	random *rand.Rand
}

func (r *randomReader) Read(p []byte) (int, error) {
	return r.r.Read(p[:min(len(p), 1+int(r.random.Uint32()%5000))])
}

func TestMemberErrors(t *testing.T) {
	member := gzipLevel(t, []byte(strings.Repeat("content ", 1000)), 6, 0)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"not gzip", []byte("garbage garbage garbage"), "gzip header: gzip: invalid header"},
		{"short header", member[:5], "gzip header: unexpected EOF"},
		{"cut in the data", member[:len(member)/2], "unexpected EOF"},
		{"cut in the trailer", member[:len(member)-3], "unexpected EOF"},
		{"checksum", flipped(member, len(member)-6), "gzip: invalid checksum"},
		{"length", flipped(member, len(member)-1), "gzip: invalid checksum"},
	} {
		if err := readMember(bytes.NewReader(c.file)); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	failure := errors.New("cable cut")
	for _, n := range []int{0, 5, len(member) / 2, len(member) - 3} {
		err := readMember(io.MultiReader(bytes.NewReader(member[:n]), iotest.ErrReader(failure)))
		if !errors.Is(err, failure) {
			t.Errorf("failure behind %d bytes: got %v", n, err)
		}
	}
}

func readMember(r io.Reader) error {
	m := NewReader(r)
	if err := m.Next(nil); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, m)
	return err
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x10
	return b
}

func TestMemberAllocations(t *testing.T) {
	members := make([][]byte, 200)
	for i := range members {
		members[i] = fmt.Append(nil, "member ", i)
	}
	var file []byte
	for _, content := range members {
		file = append(file, gzipLevel(t, content, 6, 0)...)
	}
	one := testing.AllocsPerRun(5, func() { readAllMembers(t, file[:len(file)/200]) })
	all := testing.AllocsPerRun(5, func() { readAllMembers(t, file) })
	if all > one+20 {
		t.Errorf("%v allocations for 200 members, %v for one", all, one)
	}
}

func readAllMembers(t *testing.T, file []byte) {
	m := NewReader(bytes.NewReader(file))
	buf := make([]byte, 1<<10)
	for m.Next(nil) == nil {
		for {
			if _, err := m.Read(buf); err != nil {
				break
			}
		}
	}
}
