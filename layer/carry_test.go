package layer

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestSplitParts(t *testing.T) {
	const small, big = 1000, minCarryFile
	block := int(10 * (&fileEntry{node: &tree.Node{Size: small}, names: []string{"n"}}).limit())
	repeat := func(size int64, n int) []int64 { return slices.Repeat([]int64{size}, n) }
	for _, test := range []struct {
		name  string
		sizes []int64
		want  []int // files of each part, below 0 for bulk
	}{
		{"nothing", nil, nil},
		{"some small ones", repeat(small, 9), []int{9}},
		{"a block of small ones", repeat(small, 10), []int{-10}},
		{"big ones", repeat(big, 3), []int{3}},
		{"some between", slices.Concat(repeat(big, 1), repeat(small, 9), repeat(big, 1), repeat(small, 3)), []int{14}},
		{"a block between", slices.Concat(repeat(big, 1), repeat(small, 12), repeat(big, 2)), []int{1, -12, 2}},
		{"a block first", slices.Concat(repeat(small, 20), repeat(big, 1)), []int{-20, 1}},
		{"a block last", slices.Concat(repeat(big, 1), repeat(small, 2), repeat(big, 1), repeat(small, 10)), []int{4, -10}},
	} {
		var files []*fileEntry
		for _, size := range test.sizes {
			files = append(files, &fileEntry{node: &tree.Node{Size: size}, names: []string{"n"}})
		}
		var got []int
		var all []*fileEntry
		for _, p := range splitParts(files, block) {
			n := len(p.files)
			if p.isBulk {
				n = -n
			}
			got = append(got, n)
			all = append(all, p.files...)
			var limit int64
			for _, f := range p.files {
				limit += f.limit()
			}
			if limit != p.limit {
				t.Errorf("%s: limit %d, want %d", test.name, p.limit, limit)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
		if !slices.Equal(all, files) {
			t.Errorf("%s: not all files, or in another order", test.name)
		}
	}
}

// repackage compresses the data segment of a package anew, in as many members of gzip.
func repackage(t testing.TB, a *archived, level, members int) {
	t.Helper()
	var plain bytes.Buffer
	z, err := gzip.NewReader(bytes.NewReader(a.data(t)))
	if err == nil {
		_, err = plain.ReadFrom(z)
	}
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	for part := range slices.Chunk(plain.Bytes(), plain.Len()/members+1) {
		w, err := gzip.NewWriterLevel(&data, level)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(part)
		w.Close()
	}
	a.seal(t, data.Bytes())
}

// TestCarry writes packages compressed in every way as gzip, where blocks are carried over, and as zstd,
// where they are not: the tar is the same.
func TestCarry(t *testing.T) {
	files := []string{
		"usr/a", string(sample(1, 300_000)), "usr/b", "", "usr/c", "tiny", "usr/d", string(make([]byte, 900_000)),
		"usr/e", string(sample(2, minCarryFile)), "usr/f", string(sample(3, minCarryFile-1)), "usr/g", string(sample(4, 700_000)),
	}
	for i := range 40 {
		files = append(files, fmt.Sprintf("usr/small%d", i), string(sample(uint64(i), 3000)))
	}
	noise := make([]byte, 300_000)
	random := rand.NewChaCha8([32]byte{})
	random.Read(noise)
	files = append(files, "usr/z", string(sample(5, 200_000)), "usr/noise", string(noise))
	for i, level := range []int{flate.HuffmanOnly, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9} {
		if testing.Short() && level != 0 && level != 6 && level != 9 {
			continue
		}
		for _, members := range []int{1, 3} {
			if members == 1 != (i%2 == 1) && (level != 6 || testing.Short()) {
				continue
			}
			files := files
			if level == 6 && !testing.Short() {
				files = append(slices.Clone(files), "usr/zz", string(sample(6, 3_000_000)))
			}
			p := makePackage(t, "p", files...)
			repackage(t, p, level, members)
			p.Generation = apk.V2 // which takes several members
			tr := tree.New()
			p.install(t, tr)
			var tars [][]byte
			for _, recipe := range smallBlocks() {
				out, result := mustWrite(t, tree.New(), tr, staged(p), recipe, WriteOptions{})
				plain := decompress(t, recipe, out)
				if sum := sha256.Sum256(plain); result.DiffID.Encoded() != fmt.Sprintf("%x", sum) {
					t.Errorf("level %d, %d members, %s: the diffID is not that of the tar", level, members, recipe.Compression)
				}
				tars = append(tars, plain)
			}
			if !bytes.Equal(tars[0], tars[1]) {
				t.Errorf("level %d, %d members: carrying over changes the tar", level, members)
			}
			if i%2 == 1 {
				checkApplied(t, tree.New(), tr, tars[0])
			}
		}
	}
}

// TestCarryAroundBulk has as many small files between big ones as are compressed in parallel: a
// gzip member for each part, the same tar as in zstd, which has no parts.
func TestCarryAroundBulk(t *testing.T) {
	var files []string
	big := func(name string) { files = append(files, "usr/"+name, string(sample(uint64(len(files)), 150_000))) }
	small := func(name string, count int) {
		for i := range count {
			files = append(files, fmt.Sprintf("usr/%s/%d", name, i), string(sample(uint64(i), 50_000)))
		}
	}
	big("a")
	small("b", 24) // more than 1 MiB
	big("c")
	big("d")
	small("e", 2)
	big("f")
	small("g", 22)
	p := makePackage(t, "p", files...)
	tr := tree.New()
	p.install(t, tr)
	packed, result := mustWrite(t, tree.New(), tr, staged(p), DefaultRecipe(), WriteOptions{})
	plain := gunzip(t, packed)
	checkApplied(t, tree.New(), tr, plain)
	if _, unparted := mustWrite(t, tree.New(), tr, staged(p), zstdRecipe(), WriteOptions{}); unparted.DiffID != result.DiffID || result.UncompressedSize != int64(len(plain)) {
		t.Errorf("diffID %s of %d bytes, want %s of %d", result.DiffID, result.UncompressedSize, unparted.DiffID, len(plain))
	}
	for _, concurrency := range []int{1, 5} {
		if again, _ := mustWrite(t, tree.New(), tr, staged(p), DefaultRecipe(), WriteOptions{Concurrency: concurrency}); !bytes.Equal(again, packed) {
			t.Errorf("concurrency %d: other bytes", concurrency)
		}
	}
	got := memberSizes(t, packed)
	if len(got) != 5 { // a, b, c to f, g; and the end
		t.Errorf("members of %d bytes, want 5", got)
	}
}

// memberSizes returns how many bytes each gzip member holds.
func memberSizes(t testing.TB, packed []byte) []int64 {
	t.Helper()
	var sizes []int64
	in := bytes.NewReader(packed)
	z, err := gzip.NewReader(in)
	for ; err == nil; err = z.Reset(in) {
		z.Multistream(false)
		n, err := io.Copy(io.Discard, z)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return sizes
}

// TestCarryKeeps: what the package's compression achieved is not lost to a worse one.
func TestCarryKeeps(t *testing.T) {
	text := bytes.Repeat([]byte("all work and no play makes a dull day, "), 1000)
	for i := range text {
		if i%7 == 0 {
			text[i] = byte(sha1.Sum(text[:1+i%512])[i%20])
		}
	}
	content := string(bytes.Repeat(text, 12))
	sizes := make(map[int]int64)
	for _, level := range []int{1, 9} {
		p := makePackage(t, "p", "usr/text", content)
		repackage(t, p, 9, 1)
		tr := tree.New()
		p.install(t, tr)
		recipe := DefaultRecipe()
		recipe.Level = level
		_, result := mustWrite(t, tree.New(), tr, staged(p), recipe, WriteOptions{})
		sizes[level] = result.Size
	}
	anew := compressedSize(t, content, 1)
	if sizes[1] > sizes[9]*11/10 || sizes[1] > int64(anew)*9/10 {
		t.Errorf("%d bytes at level 1, %d at level 9; compressed anew at level 1 the content alone has %d", sizes[1], sizes[9], anew)
	}
}

func compressedSize(t testing.TB, content string, level int) int {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	z.Write([]byte(content))
	z.Close()
	return out.Len()
}
