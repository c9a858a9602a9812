package layer

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/cache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// oddEntries have what packages seldom have.
func oddEntries() []entry {
	sum, _ := apk.ParseChecksum("X1" + strings.Repeat("ab", 20))
	md5, _ := apk.ParseChecksum(strings.Repeat("cd", 16))
	xattrs := []apk.Xattr{{Name: "user.b", Value: "\x00\xff"}, {Name: "security.capability", Value: ""}}
	return []entry{
		{path: "usr", typ: tree.Directory, mode: 0o7777, user: "root", group: "root"},
		{path: "usr/a", user: "a", group: "b", uid: 1<<32 - 1, gid: 7, size: 1 << 50, mtime: -5, mode: 0o644, checksum: sum, xattrs: xattrs, xattrSum: apk.XattrDigest(xattrs), ordinal: 1},
		{path: "usr/b", link: "usr/a", hardLink: true, checksum: md5, ordinal: 2},
		{path: "usr/l", link: "../é\x01", typ: tree.Symlink, ordinal: 3},
		{path: "dev/c", typ: tree.CharDevice, major: 1<<32 - 1, minor: 3, ordinal: 4},
	}
}

func TestListingText(t *testing.T) {
	for _, entries := range [][]entry{{}, oddEntries()} {
		want := &listing{sum: sha256.Sum256([]byte("x")), entries: entries}
		text := want.encode()
		got, err := parseListing(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		for i := range text {
			if _, err := parseListing(text[:i]); err == nil {
				t.Fatalf("%d of %d bytes are a listing", i, len(text))
			}
			altered := bytes.Clone(text)
			altered[i] ^= 1
			if _, err := parseListing(altered); err == nil {
				t.Fatalf("byte %d altered: still a listing", i)
			}
		}
	}
}

// FuzzListing is about texts whose checksum is right.
func FuzzListing(f *testing.F) {
	text := (&listing{entries: oddEntries()}).encode()
	f.Add(text[len(listingFormat)+sha256.Size : len(text)-sha256.Size])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, body []byte) {
		text := append([]byte(listingFormat), make([]byte, sha256.Size)...)
		text = append(text, body...)
		sum := sha256.Sum256(text)
		l, err := parseListing(append(text, sum[:]...))
		if err != nil {
			return
		}
		again, err := parseListing(l.encode())
		if err != nil || !reflect.DeepEqual(l, again) {
			t.Errorf("%+v reads as %+v, %v", l, again, err)
		}
	})
}

// TestListingBounds has texts that claim to hold far more than they have bytes: what reading takes
// is bounded by the text.
func TestListingBounds(t *testing.T) {
	const size = 1 << 20
	entryWith := func(xattrs uint64) []byte {
		one := entry{path: "a"}
		b := one.encode(binary.AppendUvarint(nil, 1))
		return binary.AppendUvarint(b[:len(b)-1], xattrs)
	}
	for name, body := range map[string][]byte{
		"entries":                {0xff, 0xff, 0xff, 0xff, 0x0f},
		"as many as have room":   binary.AppendUvarint(nil, size/14),
		"attributes":             entryWith(1 << 40),
		"attributes with room":   entryWith(size / 2),
		"a string":               {1, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"a number without end":   bytes.Repeat([]byte{0xff}, 20),
		"as many as 64 bits can": bytes.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 3),
	} {
		text := append([]byte(listingFormat), make([]byte, sha256.Size)...)
		text = append(append(text, body...), bytes.Repeat([]byte{0xff}, size)...)
		sum := sha256.Sum256(text)
		text = append(text, sum[:]...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parseListing(text)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > 64*size {
			t.Errorf("%s: %d bytes were taken, error %v", name, took, err)
		}
	}
}

// TestListing stages packages with and without what the cache knows of them.
func TestListing(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			c := newTestCache(t, t.TempDir())
			stage := func(folder *cache.Folder, packages []*handmade) (*Stage, error) {
				o := Options{Generation: g, Cache: folder}
				for _, p := range packages {
					o.SkipScripts = append(o.SkipScripts, p.name) // there is nothing here that they could run
				}
				s, err := NewStage(tree.New(), o)
				if err != nil {
					t.Fatal(err)
				}
				var changes []Change
				for _, p := range packages {
					changes = append(changes, newChange(t, s, p))
				}
				return s, s.Apply(t.Context(), changes, nil)
			}
			layerOf := func(folder *cache.Folder, packages []*handmade) string {
				t.Helper()
				s, err := stage(folder, packages)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range s.Packages() {
					if p.SHA256 == [sha256.Size]byte{} {
						t.Errorf("package %s has no hash", p.Package.ID())
					}
				}
				_, result := mustWrite(t, tree.New(), s.Tree(), s.Packages(), DefaultRecipe(), WriteOptions{})
				return result.DiffID.String()
			}
			want := layerOf(nil, specPackages())
			for _, state := range []string{"empty", "full"} {
				if got := layerOf(c.Folder, specPackages()); got != want {
					t.Errorf("with the cache %s: %s, want %s", state, got, want)
				}
			}
			names := c.entries(t)
			if len(names) == 0 || len(c.warnings) > 0 {
				t.Fatalf("%d listings, warnings %q", len(names), c.warnings)
			}
			for _, name := range names {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				b[len(b)/2] ^= 1
				if err := os.WriteFile(name, b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := layerOf(c.Folder, specPackages()); got != want || len(c.warnings) != len(names) || !strings.Contains(c.warnings[0], "listing of package") {
				t.Errorf("with all listings damaged: %s, want %s; warnings %q", got, want, c.warnings)
			}
		})
	}
}

// TestListingIsOfThisFile: what is known of a file says nothing of another one.
func TestListingIsOfThisFile(t *testing.T) {
	p := makePackage(t, "p", "usr/a", "first", "usr/b", "second")
	c := newTestCache(t, t.TempDir())
	read := func() (*readPackage, error) {
		s, err := NewStage(tree.New(), Options{Generation: apk.V3, Cache: c.Folder})
		if err != nil {
			t.Fatal(err)
		}
		return s.readPackage(t.Context(), &Change{New: p.Package, Source: p.Source})
	}
	first, err := read()
	if err != nil {
		t.Fatal(err)
	}
	source := p.Source.(*memorySource)
	file := source.data

	// Another signature before the same control segment: the same package in another file.
	signature := member(t, func(tw *tar.Writer) {
		writeEntry(t, tw, &tar.Header{Name: ".SIGN.RSA.other.rsa.pub", Mode: 0o644, Typeflag: tar.TypeReg}, "a signature")
		if err := tw.Flush(); err != nil {
			t.Fatal(err)
		}
	})
	source.data = append(bytes.Clone(signature), file...)
	second, err := read()
	if err != nil || second.staged.SHA256 == first.staged.SHA256 {
		t.Errorf("signed by another: %v", err)
	} else if diff := cmp.Diff(len(first.entries), len(second.entries)); diff != "" {
		t.Error(diff)
	}
}

// TestListingOfAltered alters a package file that the cache has a listing of: it is refused with
// the same words as without.
func TestListingOfAltered(t *testing.T) {
	for _, test := range []struct {
		name  string
		alter func(p *archived, file []byte) []byte
		want  string // a part of the error
	}{
		{"other content", func(p *archived, file []byte) []byte {
			p.contents[p.entry("usr/b")] = "SECOND"
			return append(controlOf(t, file), p.data(t)...)
		}, "data segment: has the SHA-256 "},
		{"a byte of the data", func(_ *archived, file []byte) []byte { file[len(file)-30] ^= 1; return file }, "data segment: "},
		{"the data compressed otherwise", func(p *archived, file []byte) []byte {
			data := p.data(t)
			data[9] ^= 1 // the operating system in the gzip header
			return append(controlOf(t, file), data...)
		}, "data segment: has the SHA-256 "},
		{"a byte of the control segment", func(_ *archived, file []byte) []byte { file[9] ^= 1; return file }, "its identity is "},
		{"cut off", func(_ *archived, file []byte) []byte { return file[:len(file)-1] }, "unexpected EOF"},
		{"cut off after the control segment", func(_ *archived, file []byte) []byte { return controlOf(t, file) }, "data segment"},
		{"empty", func(*archived, []byte) []byte { return nil }, "unexpected EOF"},
		{"more behind", func(_ *archived, file []byte) []byte { return append(file, 'x') }, "behind"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := makePackage(t, "p", "usr/a", "first", "usr/b", "second")
			c := newTestCache(t, t.TempDir())
			read := func(folder *cache.Folder) error {
				s, err := NewStage(tree.New(), Options{Generation: apk.V3, Cache: folder})
				if err != nil {
					t.Fatal(err)
				}
				_, err = s.readPackage(t.Context(), &Change{New: p.Package, Source: p.Source})
				return err
			}
			if err := read(c.Folder); err != nil {
				t.Fatal(err)
			}
			source := p.Source.(*memorySource)
			source.data = test.alter(p, bytes.Clone(source.data))
			without, with := read(nil), read(c.Folder)
			if without == nil || with == nil || with.Error() != without.Error() || !strings.Contains(with.Error(), test.want) {
				t.Errorf("with a listing: %v\n       without: %v\n          want: …%s", with, without, test.want)
			}
		})
	}
}

// TestListingsOfCorpus reads what is written of Alpine's own packages.
func TestListingsOfCorpus(t *testing.T) {
	repo := openRepository(t, filepath.Join(corpus(t), "repo"), apk.V2)
	for i, p := range repo.index.Packages {
		if testing.Short() && i%20 > 0 || p.InstalledSize > 20<<20 {
			continue
		}
		staged := &StagedPackage{Package: p, Source: repo.source(p), generation: apk.V2}
		want, err := staged.list(t.Context(), new(room))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseListing(want.encode())
		if err != nil {
			t.Fatalf("%s: %v", p.ID(), err)
		}
		if len(got.entries) == 0 {
			got.entries = want.entries[:0:0] // none is none
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: other entries are read than were written", p.ID())
		}
		again := &StagedPackage{Package: p, Source: repo.source(p), generation: apk.V2}
		isSame, err := again.isFile(t.Context(), got.sum)
		if !isSame || err != nil || again.SHA256 != staged.SHA256 || !reflect.DeepEqual(again.Control, staged.Control) {
			t.Errorf("%s: is not the file that was listed: %v", p.ID(), err)
		}
	}
}
