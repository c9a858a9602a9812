package layer

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// corpusLayers returns a layer for each package of the corpus whose only segment is that package's, and how many bytes Alpine's
// compression of its data takes.
func corpusLayers(t testing.TB) (layers []*Layer, packed []int64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(apktest.Corpus(t), "repo", "x86_64", "*.apk"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d packages, %v", len(paths), err)
	}
	for _, path := range paths {
		tr := tree.New()
		pkg := putCorpusPackage(t, tr, path, make(map[string]apk.Checksum))
		l, err := Prepare(t.Context(), tree.New(), tr, []*stage.Package{pkg}, DefaultRecipe(), WriteOptions{Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		if l.segments[0].pkg == nil {
			continue // without files
		}
		l.segments[0].end = true
		l.segments, l.keys = l.segments[:1], l.keys[:1]
		layers, packed = append(layers, l), append(packed, dataSize(t, path))
	}
	return layers, packed
}

// dataSize returns the compressed size of a package's third member.
func dataSize(t testing.TB, path string) int64 {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := bytes.NewReader(file)
	z, err := gzip.NewReader(in)
	for range 2 {
		if err == nil {
			z.Multistream(false)
			_, err = io.Copy(io.Discard, z)
		}
		if err == nil {
			err = z.Reset(in)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	const header = 10
	return int64(in.Len()) + header
}

// TestCorpusSizes: all in all, packages take no more room in a layer than in Alpine's repository, and each takes no more than it
// would if it were compressed again.
func TestCorpusSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("compresses the corpus twice, on one core")
	}
	layers, packed := corpusLayers(t)
	var here, alpines, fresh int64
	for i, l := range layers {
		var out, again bytes.Buffer
		result, err := l.Write(t.Context(), &out)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewWriterLevel(&again, DefaultRecipe().Level)
		if err != nil {
			t.Fatal(err)
		}
		z.Write(gunzip(t, out.Bytes()))
		z.Close()
		const ends = 30 // of blocks and members, which do not depend on the content
		if most := int64(again.Len())*1005/1000 + ends; result.Size > most {
			t.Errorf("%s: %d bytes, %d compressed again", l.segments[0], result.Size, again.Len())
		}
		here, alpines, fresh = here+result.Size, alpines+packed[i], fresh+int64(again.Len())
	}
	t.Logf("%d packages: %d bytes, %d in Alpine's repository, %d compressed again", len(layers), here, alpines, fresh)
	if here > alpines*1005/1000 {
		t.Errorf("%d bytes, but %d in Alpine's repository", here, alpines)
	}
}

// TestCorpusLevels: whatever gzip's level was with which a package was compressed, it takes no more room than at the recipe's level, and half a
// percent. These are packages of the corpus that were 1 to 13 % larger if they kept that of a low level.
func TestCorpusLevels(t *testing.T) {
	if testing.Short() {
		t.Skip("compresses some packages many times, on one core")
	}
	for _, name := range []string{"hwdata-pci", "hwdata-usb", "musl-dev", "lshw", "openssh-client-common", "py3-parsing-pyc"} {
		paths, err := filepath.Glob(filepath.Join(apktest.Corpus(t), "repo", "x86_64", name+"-[0-9]*.apk"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d packages, %v", name, len(paths), err)
		}
		files := packageFiles(t, paths[0])
		for _, level := range []int{1, 3, 4, 5, 6, 9} {
			p := makePackage(t, name, files...)
			p.seal(t, gzipped(t, level, gunzip(t, p.data(t))))
			tr := tree.New()
			p.install(t, tr)
			kept, _ := mustWrite(t, tree.New(), tr, staged(p), DefaultRecipe(), WriteOptions{})
			var fresh bytes.Buffer
			recipe := DefaultRecipe()
			c := compressors{recipe: recipe}
			plain := gunzip(t, kept)
			if err := c.compress(&fresh, int64(len(plain)), 1, func(z io.Writer) error { _, err := z.Write(plain); return err }); err != nil {
				t.Fatal(err)
			}
			const ends = 60 // of the package's segment and of the one behind it
			if most := fresh.Len()*1005/1000 + ends; len(kept) > most {
				t.Errorf("%s at level %d: %d bytes, %d compressed again", name, level, len(kept), fresh.Len())
			}
		}
	}
}

// packageFiles returns names and contents of a package's files.
func packageFiles(t testing.TB, path string) (files []string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := tar.NewReader(bytes.NewReader(gunzip(t, file)))
	for {
		h, err := in.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || strings.HasPrefix(h.Name, ".") {
			continue // of the control segment
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, h.Name, string(content))
	}
}

// BenchmarkCorpus writes each package on one processor.
func BenchmarkCorpus(b *testing.B) {
	layers, _ := corpusLayers(b)
	var size int64
	for _, l := range layers {
		size += l.planned.ContentSize
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, l := range layers {
			if _, err := l.Write(b.Context(), io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
}
