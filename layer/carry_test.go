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
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// repackage compresses the data segment of a package again, as so many gzip members.
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
		"usr/e", string(sample(2, smallFiles)), "usr/f", string(sample(3, smallFiles-1)), "usr/g", string(sample(4, 700_000)),
	}
	for i := range 40 {
		files = append(files, fmt.Sprintf("usr/small%d", i), string(sample(uint64(i), 3000)))
	}
	noise := make([]byte, 300_000)
	random := rand.NewChaCha8([32]byte{})
	random.Read(noise)
	files = append(files, "usr/z", string(sample(5, 200_000)), "usr/noise", string(noise))
	for i, level := range []int{flate.HuffmanOnly, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9} {
		if testing.Short() && level != 6 {
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

// TestCarrySmallFiles: where files are small, what is smaller decides: the package's own compression of the first of them or ours. The
// fastest compression is never kept.
func TestCarrySmallFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("large files")
	}
	const stored, fastest, best = 0, 1, 9
	for _, test := range []struct {
		name  string
		sizes []int
		level int // of the package's compression
		want  bool
	}{
		{"small ones", []int{100, smallFiles, 3000}, stored, false},
		{"big enough on average", []int{100, 2*smallFiles - 100}, stored, true},
		{"more than is looked at", slices.Repeat([]int{3000}, 200), stored, false},
		{"small ones before a big one", append(slices.Repeat([]int{100}, 40), 50*smallFiles), stored, true},
		{"many small ones before a big one", append(slices.Repeat([]int{2500}, 80), 25*smallFiles), stored, false},
		{"a big one before small ones", append([]int{trialSize}, slices.Repeat([]int{100}, 400)...), stored, true},
		{"one small one", []int{smallFiles - 1}, stored, false},
		{"compressed better", []int{smallFiles - 1}, best, true},
		{"big ones, compressed fast", []int{2 * smallFiles, 50 * smallFiles}, fastest, false},
	} {
		var files []string
		for i, size := range test.sizes {
			files = append(files, fmt.Sprintf("usr/%05d", i), string(sample(uint64(i), size)))
		}
		p := makePackage(t, "p", files...)
		repackage(t, p, test.level, 1)
		tr := tree.New()
		p.install(t, tr)
		recipe := DefaultRecipe()
		recipe.Level, recipe.BlockSize = best, 64<<10
		if test.level == best {
			recipe.Level = 1
		}
		packed, _ := mustWrite(t, tree.New(), tr, staged(p), recipe, WriteOptions{})
		// RFC 1952 2.3.1: the flag for the slowest or the fastest compression, which only a compressor sets.
		if isKept := packed[8] == 0; isKept != test.want {
			t.Errorf("%s: kept is %t, want %t", test.name, isKept, test.want)
		}
		checkApplied(t, tree.New(), tr, gunzip(t, packed))
	}
}

// gzipped is what gzip compresses at a level, as of a compressor that does not tell it (RFC 1952 2.3.1, XFL).
func gzipped(t testing.TB, level int, plain []byte) []byte {
	t.Helper()
	cmd := exec.Command(corpustest.Program(t, "gzip"), "-c", "-n", "-"+strconv.Itoa(level))
	cmd.Stdin = bytes.NewReader(plain)
	data, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	data[8] = 0
	return data
}

// TestCarryFast: what gzip compressed at levels below 6 is compressed again, though files are big.
func TestCarryFast(t *testing.T) {
	if testing.Short() {
		t.Skip("large files")
	}
	for _, level := range []int{1, 3, 5, 6, 9} {
		p := makePackage(t, "p", "usr/a", string(sample(1, 300_000)), "usr/b", string(sample(2, 100_000)))
		p.seal(t, gzipped(t, level, gunzip(t, p.data(t))))
		tr := tree.New()
		p.install(t, tr)
		recipe := DefaultRecipe()
		recipe.Level = 9 // which the header of what is compressed again tells
		packed, _ := mustWrite(t, tree.New(), tr, staged(p), recipe, WriteOptions{})
		if isKept, want := packed[8] == 0, level > 5; isKept != want {
			t.Errorf("level %d: kept is %t, want %t", level, isKept, want)
		}
		checkApplied(t, tree.New(), tr, gunzip(t, packed))
	}
}

// TestCarryCopies: what scripts have copied comes after the package's own files, in gzip members of its own.
func TestCarryCopies(t *testing.T) {
	p := makePackage(t, "p", "usr/m", string(sample(1, 100_000)), "usr/z", string(sample(2, 50_000)))
	tr := tree.New()
	p.install(t, tr)
	for _, path := range []string{"usr/a", "usr/y", "usr/n"} {
		if err := tr.Put(path, p.node(p.entry("usr/m"))); err != nil {
			t.Fatal(err)
		}
	}
	changeTree(t, tr, "h usr/b usr/a\nh usr/0 usr/z")
	packed, _ := mustWrite(t, tree.New(), tr, staged(p), DefaultRecipe(), WriteOptions{})
	checkApplied(t, tree.New(), tr, gunzip(t, packed))
	var got []string
	in := bytes.NewReader(packed)
	z, err := gzip.NewReader(in)
	for ; err == nil; err = z.Reset(in) {
		z.Multistream(false)
		piece, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, h := range headers(t, piece) {
			names = append(names, h.Name)
		}
		got = append(got, strings.Join(names, " "))
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"usr/m usr/z usr/0", "usr/a usr/b", "usr/n", "usr/y", "./ usr/"}, got); diff != "" {
		t.Errorf("members, -want +got:\n%s", diff)
	}
}

// TestCarryKeeps: content is not compressed worse than it is in the package.
func TestCarryKeeps(t *testing.T) {
	if testing.Short() {
		t.Skip("large files")
	}
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
	fresh := compressedSize(t, content, 1)
	if sizes[1] > sizes[9]*11/10 || sizes[1] > int64(fresh)*9/10 {
		t.Errorf("layers of %d bytes at level 1 and %d at level 9; the content alone, compressed at level 1, has %d", sizes[1], sizes[9], fresh)
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
