package tree

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// describeAll says all that there is to a tree: every field of every file, which names
// are one file, and the contents.
func describeAll(t testing.TB, tr *Tree) []string {
	t.Helper()
	first := make(map[*Node]string)
	describe := func(name string, n *Node) string {
		if _, ok := first[n]; !ok {
			first[n] = name
		}
		content, err := n.readAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return fmt.Sprintf("%q type %d mode %o owner %d:%d time %d.%09d size %d target %q device %d:%d xattrs %q links %d of %q sum %x",
			name, n.Type, n.Mode, n.UID, n.GID, n.ModTime.Unix(), n.ModTime.Nanosecond(), n.Size, n.Target, n.Major, n.Minor,
			n.Xattrs, n.Links(), first[n], sha256.Sum256(content))
	}
	all := []string{describe("", tr.Root())}
	for name, n := range tr.All() {
		all = append(all, describe(name, n))
	}
	return all
}

func (n *Node) readAll() ([]byte, error) {
	if n.Content == nil {
		return nil, nil
	}
	r, err := n.Content.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err == nil && int64(len(b)) != n.Size {
		err = fmt.Errorf("%d bytes, not %d", len(b), n.Size)
	}
	return b, err
}

// applyPlainly applies a layer entry by entry as they are read, all contents in memory
// and each path looked up from the root.
func applyPlainly(tr *Tree, layer []byte) error {
	a := newApplier(tr)
	return scan(bytes.NewReader(layer), func(h *tar.Header, r io.Reader) error {
		e, err := entryOf(h)
		if err != nil {
			return err
		}
		a.at = nil
		return a.apply(&e, func() (Content, error) {
			b, err := io.ReadAll(io.LimitReader(r, 16<<20)) // a sparse file may be of any size
			return Bytes(b), err
		})
	})
}

// applyParsed applies what is left of a layer after it was kept.
func applyParsed(t testing.TB, tr *Tree, layer []byte) error {
	t.Helper()
	scanned, err := ScanLayer(bytes.NewReader(layer))
	if err != nil {
		return err
	}
	text := scanned.Encode("label")
	parsed, label, err := ParseLayer(text)
	if err != nil || label != "label" {
		t.Fatalf("label %q, %v", label, err)
	}
	if again := parsed.Encode(label); !bytes.Equal(text, again) {
		t.Fatal("the same layer is written as other bytes")
	}
	return parsed.Apply(tr, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil })
}

// everyKind has layers with one of everything that a tar can say of a file.
func everyKind(t testing.TB) [][]byte {
	large := strings.Repeat("large", 1<<10)
	return [][]byte{
		layerOf(t,
			tar.Header{Name: "./", Mode: 0o755, ModTime: time.Unix(1, 0)},
			tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "global", PAXRecords: map[string]string{"comment": "none"}},
			tar.Header{Name: "./etc/", Mode: 0o2755, Uid: 1 << 31, Gid: 7, ModTime: time.Unix(1_700_000_000, 0)},
			tar.Header{Name: "./etc/nanos", Mode: 0o4755, ModTime: time.Unix(1_700_000_000, 123_456_789), Format: tar.FormatPAX,
				PAXRecords: map[string]string{"content": "1"}},
			tar.Header{Name: "./etc/before", ModTime: time.Unix(-1, 0), Format: tar.FormatPAX,
				PAXRecords: map[string]string{"content": large + "held for where it is"}},
			tar.Header{Name: "./etc/empty"},
			tar.Header{Name: "./bin/large", PAXRecords: map[string]string{"content": large}},
			tar.Header{Name: "./bin/small", PAXRecords: map[string]string{"content": "small", "SCHILY.xattr.user.b": "\x00\n=",
				"SCHILY.xattr.security.capability": "\x01\x00\x00\x02"}},
			tar.Header{Name: "./bin/link", Typeflag: tar.TypeSymlink, Linkname: "../etc//nanos"},
			tar.Header{Name: "./bin/hard", Typeflag: tar.TypeLink, Linkname: "./bin/large"},
			tar.Header{Name: "./bin/hardlink-to-a-link", Typeflag: tar.TypeLink, Linkname: "/bin/link"},
			tar.Header{Name: "dev/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
			tar.Header{Name: "dev/sda", Typeflag: tar.TypeBlock, Devmajor: 8, Devminor: 1 << 20},
			tar.Header{Name: "dev/pipe", Typeflag: tar.TypeFifo, Mode: 0o600},
			text("gone/a", "1"), text("gone/b/c", "2"), text("hidden", "3"),
			text("long/"+strings.Repeat("é", 120), "4"),
			text("etc/twice", "first"), text("etc/twice", large+"second"),
		),
		layerOf(t,
			text("gone/.wh..wh..opq", ""), text("gone/new", "5"), text(".wh.hidden", ""),
			tar.Header{Name: "lib", Typeflag: tar.TypeSymlink, Linkname: "usr/lib"},
			tar.Header{Name: "usr/lib/"}, text("lib/through", "6"), text("lib/through-too", large),
			tar.Header{Name: "lib/hard", Typeflag: tar.TypeLink, Linkname: "lib/through"},
			text("bin/small", "other"), text("bin/.wh.link", ""),
		),
	}
}

// TestLayer: a layer that was kept does to a tree what the tar does.
func TestLayer(t *testing.T) {
	want, got := New(), New()
	for i, layer := range everyKind(t) {
		if err := applyPlainly(want, layer); err != nil {
			t.Fatal(err)
		}
		if err := applyParsed(t, got, layer); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(describeAll(t, want), describeAll(t, got)); diff != "" {
			t.Errorf("after layer %d (-the tar's +the kept one's):\n%s", i, diff)
		}
	}
}

// TestLayerErrors: one that was kept is refused for the same reasons.
func TestLayerErrors(t *testing.T) {
	for _, layer := range [][]byte{
		layerOf(t, tar.Header{Name: "../a"}),
		layerOf(t, text("f", ""), text("f/a", "1")),
		layerOf(t, tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "missing"}),
		layerOf(t, tar.Header{Name: ".wh."}),
		layerOf(t, tar.Header{Name: "a", Typeflag: 'Z'}),
	} {
		want, got := applyPlainly(New(), layer), applyParsed(t, New(), layer)
		if want == nil || got == nil || want.Error() != got.Error() {
			t.Errorf("%v, and the kept one: %v", want, got)
		}
	}
}

// TestParseLayerDamaged: whatever byte of a kept layer changes or is missing, it is
// noticed.
func TestParseLayerDamaged(t *testing.T) {
	l, err := ScanLayer(bytes.NewReader(everyKind(t)[1]))
	if err != nil {
		t.Fatal(err)
	}
	text := l.Encode("sha256:1234")
	for i := range text {
		damaged := bytes.Clone(text)
		damaged[i] ^= 0x40
		if _, _, err := ParseLayer(damaged); err == nil {
			t.Errorf("byte %d changed: no error", i)
		}
		if _, _, err := ParseLayer(text[:i]); err == nil {
			t.Errorf("cut off at %d: no error", i)
		}
	}
	if _, _, err := ParseLayer(append(bytes.Clone(text), 0)); err == nil || err.Error() != "the cached file list of the layer is damaged" {
		t.Errorf("one byte more: %v", err)
	}
}

// TestLayerFind: the last file of a name counts, if it is held.
func TestLayerFind(t *testing.T) {
	l, err := ScanLayer(bytes.NewReader(layerOf(t, text("./etc/apk/arch", "x86\n"), text("etc/apk/arch", "x86_64\n"),
		text("bin/large", strings.Repeat("x", 5000)), tar.Header{Name: "etc/link", Typeflag: tar.TypeSymlink, Linkname: "apk/arch"})))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path, want string
		ok         bool
	}{{"etc/apk/arch", "x86_64\n", true}, {"bin/large", "", false}, {"etc/link", "", false}, {"none", "", false}} {
		if got, ok := l.Find(test.path); string(got) != test.want || ok != test.ok {
			t.Errorf("%s: %q, %t", test.path, got, ok)
		}
	}
}

// rootfs returns the tar of Alpine's own root file system.
func rootfs(t testing.TB) []byte {
	t.Helper()
	dir := corpustest.Path(t)
	f, err := os.Open(filepath.Join(dir, "alpine-3.19", "alpine-minirootfs-3.19.4-x86_64.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestLayerOfAlpine(t *testing.T) {
	layer := rootfs(t)
	want, got := New(), New()
	if err := applyPlainly(want, layer); err != nil {
		t.Fatal(err)
	}
	if err := applyParsed(t, got, layer); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(describeAll(t, want), describeAll(t, got)); diff != "" {
		t.Errorf("(-the tar's +the kept one's):\n%s", diff)
	}
}

// FuzzParseLayer: any bytes with the right hash are a layer or an error. The bytes of a parsed
// layer parse as the same layer, and applying it succeeds or returns an error.
func FuzzParseLayer(f *testing.F) {
	for _, layer := range everyKind(f) {
		l, err := ScanLayer(bytes.NewReader(layer))
		if err != nil {
			f.Fatal(err)
		}
		text := l.Encode("label")
		f.Add(text[:len(text)-sha256.Size])
	}
	f.Add([]byte(LayerFormat + "\x03ab"))
	f.Add([]byte(LayerFormat + "\x00\xff\xff\xff\xff\x07\x00\x00"))
	f.Add([]byte(LayerFormat + "\x00\x01\x0e\x21\x01a\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		sum := sha256.Sum256(text)
		l, label, err := ParseLayer(append(bytes.Clone(text), sum[:]...))
		if err != nil {
			return
		}
		again, labelAgain, err := ParseLayer(l.Encode(label))
		if err != nil || labelAgain != label || again.count != l.count {
			t.Fatalf("parsed again: %d entries, label %q, %v", again.count, labelAgain, err)
		}
		tr := New()
		l.Apply(tr, nil)
		checkWhole(t, tr)
	})
}

// BenchmarkTreeFromCache puts Alpine's root file system into a tree: from its tar.gz, and
// from what is kept of it.
func BenchmarkTreeFromCache(b *testing.B) {
	plain := rootfs(b)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(plain)
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("tar.gz", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			z, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
			if err != nil {
				b.Fatal(err)
			}
			if err := New().ReadLayer(z, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		scanned, err := ScanLayer(bytes.NewReader(plain))
		if err != nil {
			b.Fatal(err)
		}
		text := scanned.Encode("")
		b.ReportAllocs()
		for b.Loop() {
			l, _, err := ParseLayer(text)
			if err != nil {
				b.Fatal(err)
			}
			if err := l.Apply(New(), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestScanLayerHolds: apk's database is held whatever its size and however many small files stand before it, so that the layer is not read
// again for it.
func TestScanLayerHolds(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	add := func(name string, size int) {
		t.Helper()
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(size), Mode: 0o644, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	const small = 4096
	for i := range maxHeld/small + 10 {
		add(fmt.Sprintf("usr/share/%d", i), small)
	}
	add("etc/passwd", 100)
	add("usr/lib/large", maxHeldFile+1)
	add("lib/apk/db/installed", 3*maxHeldFile)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := ScanLayer(&archive)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"usr/share/0": true, "etc/passwd": false, "usr/lib/large": false, "lib/apk/db/installed": true} {
		if _, ok := l.Find(name); ok != want {
			t.Errorf("%s is held: %t, want %t", name, ok, want)
		}
	}
}
