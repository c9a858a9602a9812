package layer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// twoPackages is a staged tree with most of what can become of packages' files.
func twoPackages(t testing.TB) (base, tr *tree.Tree, packages []*stage.Package) {
	base = makeTree(t, "d etc\nf etc/passwd root\nd usr\nf usr/old x\nd usr/bin")
	tr = base.Clone()
	one := makePackage(t, "one", "usr/bin/zz", "first", "usr/bin/aa", "second", "etc/one.conf", "third", "usr/bin/empty", "")
	two := makePackage(t, "two", "usr/bin/prog", "program", "var/lib/two/file", "data", "usr/share/dropped", "dropped")
	one.install(t, tr)
	two.install(t, tr)
	changeTree(t, tr, `
		f etc/passwd root,one
		rm usr/old
		rm usr/share/dropped
		h usr/bin/also usr/bin/zz
		h usr/bin/prog2 usr/bin/prog
		l usr/bin/link prog
		f etc/one.conf changed`)
	// A script's "cp -p": another file with the content of a package's.
	if err := tr.Put("etc/copy", one.node(one.entry("usr/bin/zz"))); err != nil {
		t.Fatal(err)
	}
	if err := tr.Put("var/copy", one.node(one.entry("usr/bin/zz"))); err != nil {
		t.Fatal(err)
	}
	return base, tr, staged(one, two)
}

func TestPackages(t *testing.T) {
	base, tr, packages := twoPackages(t)
	want := [][]string{
		{"f usr/.wh.old =0"},
		// In the order of the package and with its own names first; what must be read a second and third time comes after that.
		{"f usr/bin/zz first", "f usr/bin/aa second", "h usr/bin/also usr/bin/zz"},
		{"f etc/copy first"},
		{"f var/copy first"},
		{"f usr/bin/prog program", "f var/lib/two/file data", "h usr/bin/prog2 usr/bin/prog"},
		{
			"d usr/share/", "d var/", "d var/lib/", "d var/lib/two/",
			"f etc/one.conf changed", "f etc/passwd root,one", "f usr/bin/empty", "l usr/bin/link prog",
		},
	}
	var all []string
	for _, segment := range want {
		all = append(all, segment...)
	}
	compressed, result := mustWrite(t, base, tr, packages, DefaultRecipe(), WriteOptions{})
	plain := gunzip(t, compressed)
	if diff := cmp.Diff(all, entries(t, plain)); diff != "" {
		t.Errorf("entries, -want +got:\n%s", diff)
	}
	checkApplied(t, base, tr, plain)

	// Each member of gzip has whole entries.
	var got [][]string
	in := bytes.NewReader(compressed)
	z, err := gzip.NewReader(in)
	for ; err == nil; err = z.Reset(in) {
		z.Multistream(false)
		piece, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entries(t, piece))
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members, -want +got:\n%s", diff)
	}
	if !bytes.HasSuffix(plain, make([]byte, 1024)) || bytes.HasSuffix(plain, make([]byte, 1024+512)) {
		t.Error("the tar does not end with two blocks of zeros")
	}

	wantResult := &Result{
		MediaType: v1.MediaTypeImageLayerGzip, Digest: digest.FromBytes(compressed), DiffID: digest.FromBytes(plain),
		UncompressedSize: int64(len(plain)), Size: int64(len(compressed)),
		Files: len(all) - 5, Directories: 4, Whiteouts: 1,
		ContentSize: int64(len("changed" + "root,one" + "first" + "first" + "first" + "second" + "program" + "data")),
	}
	if diff := cmp.Diff(wantResult, result); diff != "" {
		t.Errorf("result, -want +got:\n%s", diff)
	}
}

func TestEmptyLayer(t *testing.T) {
	base := makeTree(t, "d etc\nf etc/a one")
	p := makePackage(t, "unused", "etc/a", "one")
	compressed, result := mustWrite(t, base, base.Clone(), staged(p), DefaultRecipe(), WriteOptions{})
	if plain := gunzip(t, compressed); !bytes.Equal(plain, make([]byte, 1024)) {
		t.Errorf("an empty tar of %d bytes", len(plain))
	}
	if !result.Empty || result.UncompressedSize != 1024 {
		t.Errorf("result %+v", result)
	}
}

// TestSameBytes writes one layer with every concurrency and number of cores.
func TestSameBytes(t *testing.T) {
	tr, packages := mixedPackages(t, 20)
	for _, recipe := range smallBlocks() {
		t.Run(string(recipe.Compression), func(t *testing.T) {
			var want []byte
			var wantResult *Result
			allCores, concurrencies := []int{1, 2, 8}, []int{0, 1, 2, 3, 5, 8}
			if testing.Short() {
				allCores, concurrencies = []int{1, 8}, []int{1, 5}
			}
			for _, cores := range allCores {
				for _, concurrency := range concurrencies {
					previous := runtime.GOMAXPROCS(cores)
					got, result := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{Concurrency: concurrency})
					runtime.GOMAXPROCS(previous)
					if want == nil {
						want, wantResult = got, result
						continue
					}
					if !bytes.Equal(got, want) {
						t.Fatalf("%d cores, concurrency %d: other bytes", cores, concurrency)
					}
					if diff := cmp.Diff(wantResult, result); diff != "" {
						t.Fatalf("%d cores, concurrency %d: -first +this:\n%s", cores, concurrency, diff)
					}
				}
			}
			plain := decompress(t, recipe, want)
			if wantResult.DiffID != digest.FromBytes(plain) || wantResult.UncompressedSize != int64(len(plain)) {
				t.Errorf("diffID %s of %d bytes; the tar has %s, %d", wantResult.DiffID, wantResult.UncompressedSize, digest.FromBytes(plain), len(plain))
			}
			checkApplied(t, tree.New(), tr, plain)
		})
	}
}

func decompress(t testing.TB, recipe Recipe, compressed []byte) []byte {
	t.Helper()
	if recipe.Compression == Gzip {
		return gunzip(t, compressed)
	}
	z, err := zstd.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestGolden pins the bytes of a layer. It fails when the toolchain's archive/tar, a
// compressor or this package writes other bytes for the same files, which changes
// the digests of all rebuilt images. If that is meant (an update of a
// dependency or a change of rules), update the digests, name the new version in
// recipe.go or count its rules up, and say so in the release notes. If not, it is a bug.
func TestGolden(t *testing.T) {
	base, tr, packages := twoPackages(t)
	changeTree(t, tr, `
		d srv/ =2755 5:6 +user.a=b
		f srv/`+strings.Repeat("n", 150)+` long +user.b=c
		c srv/null 1 3
		p srv/pipe`)
	big := string(sample(7, 2<<20+100))
	p := makePackage(t, "big", "usr/lib/big.so", big)
	p.install(t, tr)
	packages = append(packages, p.Package)
	tests := []struct {
		recipe         Recipe
		plain, written string
	}{
		{
			DefaultRecipe(),
			"3d7cf212094f5e0a229eaffe337885f29fa2c3df575dd36ce2548cb28d876c1e",
			"2b57f2b6ca00e25055d8a5b2146fc91810865a1ccbf3ebc44598c31e3144a666",
		},
		{
			zstdRecipe(),
			"3d7cf212094f5e0a229eaffe337885f29fa2c3df575dd36ce2548cb28d876c1e",
			"e402ed1fa13ba8fa234d076c568ce09877ece2a2fd69f89eeab783570cc3ee32",
		},
	}
	for _, test := range tests {
		compressed, result := mustWrite(t, base, tr, packages, test.recipe, WriteOptions{})
		if got := result.DiffID.Encoded(); got != test.plain {
			t.Errorf("%s: diffID %s, want %s: read the comment of this test", test.recipe.Compression, got, test.plain)
		}
		sum := sha256.Sum256(compressed)
		if got := hex.EncodeToString(sum[:]); got != test.written {
			t.Errorf("%s: digest %s, want %s: read the comment of this test", test.recipe.Compression, got, test.written)
		}
	}
}

func TestProgress(t *testing.T) {
	tr, packages := mixedPackages(t, 20)
	var last, total int64
	_, result := mustWrite(t, tree.New(), tr, packages, smallBlocks()[0], WriteOptions{
		Concurrency: 4,
		Progress: func(done, all int64) {
			if done < last {
				t.Errorf("progress goes back from %d to %d", last, done)
			}
			last, total = done, all
		},
	})
	if last != result.ContentSize || total != result.ContentSize {
		t.Errorf("%d of %d bytes at the end, want %d", last, total, result.ContentSize)
	}
}

// TestTimes is about whole seconds, and things that have no time.
func TestTimes(t *testing.T) {
	tr := makeTree(t, "d d @5\nf d/f x @5\nl d/l x @6")
	nobody := makeTree(t, "f f x")
	tr.Root().ModTime = time.Unix(3, 999)
	for _, n := range []string{"", "f"} {
		node, err := nobody.Lstat(n)
		if err != nil {
			t.Fatal(err)
		}
		node.ModTime = time.Time{}
	}
	for _, test := range []struct {
		tree *tree.Tree
		want []int64
	}{{tr, []int64{3, 5, 5, 6}}, {nobody, []int64{0, 0}}} {
		out, _ := mustWrite(t, tree.New(), test.tree, nil, DefaultRecipe(), WriteOptions{})
		var got []int64
		for _, h := range headers(t, gunzip(t, out)) {
			got = append(got, h.ModTime.Unix())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("times, -want +got:\n%s", diff)
		}
	}
}
