package stage

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// oddEntries have what packages seldom have.
func oddEntries() []entry {
	sum, _ := apk.ParseChecksum("X1" + strings.Repeat("ab", 20))
	md5, _ := apk.ParseChecksum(strings.Repeat("cd", 16))
	xattrs := []apk.Xattr{{Name: "user.b", Value: "\x00\xff"}, {Name: "security.capability", Value: ""}}
	return []entry{
		{path: "usr", typ: tree.Directory, mode: 0o7777, user: "root", group: "root"},
		{path: "usr/a", user: "a", group: "b", uid: 1<<32 - 1, gid: 7, size: 1 << 50, mtime: -5, mode: 0o644, checksum: sum, xattrs: xattrs,
			xattrSum: apk.XattrDigest(xattrs), ordinal: 1},
		{path: "usr/b", link: "usr/a", hardLink: true, checksum: md5, ordinal: 2},
		{path: "usr/l", link: "../é\x01", typ: tree.Symlink, ordinal: 3},
		{path: "dev/c", typ: tree.CharDevice, major: 1<<32 - 1, minor: 3, ordinal: 4},
	}
}

// listingOf lists entries.
func listingOf(sum [sha256.Size]byte, entries []entry) *listing {
	l := &listing{sum: sum, count: len(entries)}
	for _, e := range entries {
		l.text = string(e.encode([]byte(l.text)))
	}
	return l
}

// listed are the entries of a listing.
func (l *listing) listed() []entry {
	var entries []entry
	for e := range l.entries() {
		entries = append(entries, *e)
	}
	return entries
}

func TestListingText(t *testing.T) {
	for _, entries := range [][]entry{nil, oddEntries()} {
		sum := sha256.Sum256([]byte("x"))
		text := string(listingOf(sum, entries).encode())
		got, err := parseListing(text)
		if err != nil {
			t.Fatal(err)
		}
		if got.sum != sum || !reflect.DeepEqual(got.listed(), entries) {
			t.Errorf("got %x %+v\nwant %x %+v", got.sum, got.listed(), sum, entries)
		}
		for i := range text {
			if _, err := parseListing(text[:i]); err == nil {
				t.Fatalf("%d of %d bytes are a listing", i, len(text))
			}
		}
	}
}

func FuzzListing(f *testing.F) {
	text := listingOf([sha256.Size]byte{}, oddEntries()).encode()
	f.Add(text[len(listingFormat)+sha256.Size:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, body []byte) {
		text := append([]byte(listingFormat), make([]byte, sha256.Size+len(cache.Mark{}))...)
		l, err := parseListing(string(append(text, body...)))
		if err != nil {
			return
		}
		entries := l.listed()
		again, err := parseListing(string(listingOf(l.sum, entries).encode()))
		if err != nil || !reflect.DeepEqual(again.listed(), entries) {
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
		text := append([]byte(listingFormat), make([]byte, sha256.Size+len(cache.Mark{}))...)
		text = append(append(text, body...), bytes.Repeat([]byte{0xff}, size)...)
		sum := sha256.Sum256(text)
		text = append(text, sum[:]...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parseListing(string(text))
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > 64*size {
			t.Errorf("%s: %d bytes were taken, error %v", name, took, err)
		}
	}
}

// TestListingsOfCorpus reads what is written of Alpine's own packages.
func TestListingsOfCorpus(t *testing.T) {
	repo := apktest.OpenRepository(t, filepath.Join(apktest.Corpus(t), "repo"), apk.V2)
	for i, p := range repo.Index.Packages {
		if testing.Short() && i%20 > 0 || p.InstalledSize > 20<<20 {
			continue
		}
		staged := &Package{Package: p, Source: repo.Source(p), Generation: apk.V2}
		want, err := staged.list(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseListing(string(want.encode()))
		if err != nil {
			t.Fatalf("%s: %v", p.ID(), err)
		}
		if *got != *want {
			t.Errorf("%s: other entries are read than were written", p.ID())
		}
		r, closer, err := staged.Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for e := range got.entries() {
			inPackage, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if want := entryOf(inPackage, e.ordinal); !reflect.DeepEqual(*e, want) {
				t.Errorf("%s: entry %+v was listed as %+v", p.ID(), want, *e)
			}
		}
		closer.Close()
		again := &Package{Package: p, Source: repo.Source(p), Generation: apk.V2}
		isSame, err := again.isFile(t.Context(), got, nil)
		if !isSame || err != nil || again.SHA256 != staged.SHA256 || !reflect.DeepEqual(again.control, staged.control) {
			t.Errorf("%s: is not the file that was listed: %v", p.ID(), err)
		}
	}
}

// TestListedFile: a file is the one that was listed by its mark, or by its hash if the mark is of another secret; an altered one is not.
func TestListedFile(t *testing.T) {
	h := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "first"), apktest.Regular("opt/b", "second")}}
	file, pkg := h.Build(t)
	altered := bytes.Clone(file)
	altered[len(altered)-1] ^= 1
	marked := cachetest.Open(t.TempDir())
	whole := &Package{Package: pkg, Source: &apktest.MemorySource{Content: file}, Generation: apk.V3}
	listed, err := whole.list(t.Context(), nil, marked.Marker())
	if err != nil {
		t.Fatal(err)
	}
	other := cache.Open(t.TempDir(), func() ([]byte, error) { return []byte("another secret of tests"), nil })
	for _, directory := range []*cache.Directory{marked, other, nil} {
		for _, test := range []struct {
			file  []byte
			want  bool
			reads int
		}{{file, true, 1}, {altered, false, 2}} {
			if directory != marked {
				test.reads = 1 // there is no mark to compare with
			}
			source := &countedSource{file: test.file}
			p := &Package{Package: pkg, Source: source, Generation: apk.V3}
			got, err := p.isFile(t.Context(), listed, directory)
			if got != test.want || err != nil || source.opened != test.reads || p.SHA256 != sha256.Sum256(test.file) {
				t.Errorf("is the file: %t, want %t; %d times read, want %d; %v", got, test.want, source.opened, test.reads, err)
			}
		}
	}
}

// countedSource counts how often it is opened.
type countedSource struct {
	file   []byte
	opened int
}

func (s *countedSource) Open() (io.ReadCloser, error) {
	s.opened++
	return io.NopCloser(bytes.NewReader(s.file)), nil
}
