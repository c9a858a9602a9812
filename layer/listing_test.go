package layer

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestListing stages packages with and without what the cache knows of them.
func TestListing(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			c := newTestCache(t, t.TempDir())
			stage := func(directory *cache.Directory, packages []*apktest.Package) (*stage.Stage, error) {
				o := stage.Options{Generation: g, Cache: directory}
				for _, p := range packages {
					o.SkipScripts = append(o.SkipScripts, p.Name) // there is nothing here that they could run
				}
				s, err := stage.New(tree.New(), o)
				if err != nil {
					t.Fatal(err)
				}
				var changes []stage.Change
				for _, p := range packages {
					changes = append(changes, changeOf(t, p))
				}
				return s, s.Apply(t.Context(), changes, nil, stage.ApplyOptions{})
			}
			layerOf := func(directory *cache.Directory, packages []*apktest.Package) string {
				t.Helper()
				s, err := stage(directory, packages)
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
			want := layerOf(nil, apktest.SpecPackages())
			for _, state := range []string{"empty", "full"} {
				if got := layerOf(c.Directory, apktest.SpecPackages()); got != want {
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
			if got := layerOf(c.Directory, apktest.SpecPackages()); got != want || len(c.warnings) != len(names) ||
				!strings.Contains(c.warnings[0], "listing of package") {
				t.Errorf("with all listings damaged: %s, want %s; warnings %q", got, want, c.warnings)
			}
		})
	}
}

// TestListingIsOfThisFile: the listing of one file is never used for another.
func TestListingIsOfThisFile(t *testing.T) {
	p := makePackage(t, "p", "usr/a", "first", "usr/b", "second")
	c := newTestCache(t, t.TempDir())
	read := func() (*stage.Stage, error) {
		s, err := stage.New(tree.New(), stage.Options{Generation: apk.V3, Cache: c.Directory})
		if err != nil {
			t.Fatal(err)
		}
		return s, s.Apply(t.Context(), []stage.Change{{New: p.Package.Package, Source: p.Source}}, nil, stage.ApplyOptions{})
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
	if err != nil || second.Packages()[0].SHA256 == first.Packages()[0].SHA256 {
		t.Errorf("signed by another: %v", err)
	} else if diff := cmp.Diff(pathsOf(first.Tree()), pathsOf(second.Tree())); diff != "" {
		t.Error(diff)
	}
}

func pathsOf(t *tree.Tree) []string {
	var paths []string
	for path := range t.All() {
		paths = append(paths, path)
	}
	return paths
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
		{"more behind", func(_ *archived, file []byte) []byte { return append(file, 'x') }, "there is data after its end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := makePackage(t, "p", "usr/a", "first", "usr/b", "second")
			c := newTestCache(t, t.TempDir())
			read := func(directory *cache.Directory) error {
				s, err := stage.New(tree.New(), stage.Options{Generation: apk.V3, Cache: directory})
				if err != nil {
					t.Fatal(err)
				}
				return s.Apply(t.Context(), []stage.Change{{New: p.Package.Package, Source: p.Source}}, nil, stage.ApplyOptions{})
			}
			if err := read(c.Directory); err != nil {
				t.Fatal(err)
			}
			source := p.Source.(*memorySource)
			source.data = test.alter(p, bytes.Clone(source.data))
			without, with := read(nil), read(c.Directory)
			if without == nil || with == nil || with.Error() != without.Error() || !strings.Contains(with.Error(), test.want) {
				t.Errorf("with a listing: %v\n       without: %v\n          want: …%s", with, without, test.want)
			}
		})
	}
}
