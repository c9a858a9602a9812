package layer

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"reflect"
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

	altered := bytes.Clone(file)
	altered[len(altered)-30] ^= 1
	source.data = altered
	if _, err := read(); err == nil || !strings.Contains(err.Error(), "has the SHA-256") && !strings.Contains(err.Error(), "data segment") {
		t.Errorf("altered: %v", err)
	}
}
