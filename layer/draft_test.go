package layer

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hashparts"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// draftFile is a file in memory.
type draftFile struct{ bytes.Buffer }

func (f *draftFile) ReadAt(p []byte, offset int64) (int, error) {
	return bytes.NewReader(f.Bytes()).ReadAt(p, offset)
}

// draftCase is what is staged in one or more transactions.
type draftCase struct {
	name         string
	base         string // as makeTree has it
	transactions [][]*apktest.Package
	later        string // what changes after them, as changeTree has it
	drafted      int    // segments of the layer that the draft has
	goesOn       bool
}

func draftCases() []draftCase {
	file := func(i, size int) apktest.File {
		return apktest.Regular(fmt.Sprintf("usr/lib/%d", i), string(sample(uint64(i), size)))
	}
	one := func(scripts map[string]string, files ...apktest.File) *apktest.Package {
		return &apktest.Package{Name: fmt.Sprint("p", len(files), len(files[0].Name)), Version: "1-r0", Files: files, Scripts: scripts}
	}
	script := func(typ, text string) map[string]string { return map[string]string{typ: "#!/bin/sh\n" + text} }
	named := func(name string, p *apktest.Package) *apktest.Package { p.Name = name; return p }
	some := func(first map[string]string, second map[string]string) []*apktest.Package {
		return []*apktest.Package{
			named("a", one(first, file(1, 300_000), file(2, 5), apktest.HardLink("usr/lib/0-link", "usr/lib/1", 0o644), file(3, 70_000))),
			named("b", one(second, file(4, 500_000), apktest.Regular("usr/lib/mine", "of a user").WithOwner("user", "user", 7, 7))),
			named("c", one(nil, apktest.Symlink("usr/lib/link", "1"))),
			named("d", one(nil, append(smallFilesOf(700), file(5, 90_000))...)),
		}
	}
	spec := apktest.SpecPackages()
	for _, p := range spec {
		p.Scripts = nil
	}
	other := named("other", one(nil, file(8, 100_000), apktest.Regular("etc/passwd", "root:x:0:0::/:\n")))
	return []draftCase{
		{name: "as they are", transactions: [][]*apktest.Package{some(nil, nil)}, drafted: 3, goesOn: true},
		{name: "over a base", base: "d etc\nf etc/group x", transactions: [][]*apktest.Package{some(nil, nil)}, drafted: 3, goesOn: true},
		{name: "every kind of file", transactions: [][]*apktest.Package{spec}, drafted: 4},
		{name: "twice", transactions: [][]*apktest.Package{some(nil, nil), {other}}, drafted: 4, goesOn: true},
		{name: "a user that a script makes", base: "d etc",
			transactions: [][]*apktest.Package{some(nil, script("pre-install", "echo user:x:9:9::/: >etc/passwd"))}, drafted: 2},
		{name: "the first one is changed", transactions: [][]*apktest.Package{some(nil, script("post-install", "echo >usr/lib/1"))}, drafted: 2},
		{name: "the last one is changed", transactions: [][]*apktest.Package{some(nil, nil)}, later: "f usr/lib/5 changed", drafted: 2},
		{name: "the first one is gone", transactions: [][]*apktest.Package{some(nil, nil)},
			later: "rm usr/lib/1\nrm usr/lib/0-link\nrm usr/lib/2\nrm usr/lib/3", drafted: 2},
		{name: "a whiteout", base: "d usr\nf usr/old x", transactions: [][]*apktest.Package{some(nil, nil)}, later: "rm usr/old", drafted: 3},
		{name: "a directory in the place of a file", base: "f srv x", transactions: [][]*apktest.Package{some(nil, nil)},
			later: "rm srv\nd srv\nf srv/x y", drafted: 3},
		{name: "another name", transactions: [][]*apktest.Package{some(nil, nil)}, later: "h usr/lib/2nd usr/lib/1", drafted: 2},
		{
			name: "a hard link that changes its file", goesOn: true, // behind nothing
			transactions: [][]*apktest.Package{{named("h", one(nil, file(1, 70_000), apktest.HardLink("usr/lib/0", "usr/lib/1", 0o4755)))}},
		},
		{name: "accounts alone", transactions: [][]*apktest.Package{{named("p", one(nil, apktest.Regular("etc/passwd", "root:x:0:0::/:\n"))),
			named("o", one(nil, file(8, 100_000)))}}, drafted: 1, goesOn: true},
		{name: "nothing", transactions: [][]*apktest.Package{{}}, goesOn: true},
	}
}

// smallFilesOf returns so many small files.
func smallFilesOf(n int) []apktest.File {
	var files []apktest.File
	for i := range n {
		files = append(files, apktest.Regular(fmt.Sprintf("usr/share/%03d", i), string(sample(uint64(i), 100+i))))
	}
	return files
}

// TestDraft: with a draft, layers have the bytes that they have without, and what nothing has interfered with is taken from it.
func TestDraft(t *testing.T) {
	generations, concurrencies := []apk.Generation{apk.V2, apk.V3}, []int{1, 5}
	if testing.Short() {
		generations, concurrencies = generations[1:], concurrencies[1:]
	}
	for i, test := range draftCases() {
		if testing.Short() && i%7 > 0 {
			continue
		}
		for _, g := range generations {
			base := makeTree(t, test.base)
			want, _ := test.write(t, base, g, DefaultRecipe(), nil, WriteOptions{})
			for _, concurrency := range concurrencies {
				for _, directory := range []*cache.Directory{nil, newTestCache(t, t.TempDir()).Directory} {
					o := WriteOptions{Concurrency: concurrency, Cache: directory}
					file := new(draftFile)
					got, l := test.write(t, base, g, DefaultRecipe(), file, o)
					if !bytes.Equal(got, want) {
						t.Errorf("%s, %d at once: other bytes than without a draft", test.name, concurrency)
					}
					drafted := 0
					for _, s := range l.drafted {
						if s != nil {
							drafted++
						}
					}
					if drafted != test.drafted || l.GoesOn() != test.goesOn {
						t.Errorf("%s, %d at once: %d segments drafted, goes on %t; want %d, %t", test.name, concurrency, drafted, l.GoesOn(),
							test.drafted, test.goesOn)
					}
					if directory == nil {
						continue
					}
					// Segments and tars that a draft left in the cache serve later builds: they are read where the first segment is another.
					changed := test
					changed.transactions = slices.Clone(test.transactions)
					changed.transactions[0] = append([]*apktest.Package{{Name: "0", Version: "1-r0", Files: []apktest.File{apktest.Regular("usr/first", "x")}}},
						test.transactions[0]...)
					wanted, _ := changed.write(t, base, g, DefaultRecipe(), nil, WriteOptions{})
					if again, _ := changed.write(t, base, g, DefaultRecipe(), nil, o); !bytes.Equal(again, wanted) {
						t.Errorf("%s, %d at once: other bytes from the cache behind another package", test.name, concurrency)
					}
					for range 2 {
						again, _ := test.write(t, base, g, DefaultRecipe(), nil, o)
						if !bytes.Equal(again, want) {
							t.Errorf("%s, %d at once: other bytes from the cache", test.name, concurrency)
						}
					}
				}
			}
			zstd, _ := test.write(t, base, g, zstdRecipe(), nil, WriteOptions{})
			got, l := test.write(t, base, g, zstdRecipe(), new(draftFile), WriteOptions{})
			if !bytes.Equal(got, zstd) || l.GoesOn() != test.goesOn {
				t.Errorf("%s: other bytes of zstd than without a draft, or it goes on: %t", test.name, l.GoesOn())
			}
		}
	}
}

// write stages and writes the layer, with a draft if there is a file for it.
func (test *draftCase) write(t *testing.T, base *tree.Tree, g apk.Generation, recipe Recipe, file *draftFile, o WriteOptions) ([]byte, *Layer) {
	t.Helper()
	options := stage.Options{Generation: g, Concurrency: o.Concurrency, Cache: o.Cache}
	if file != nil {
		o.Draft = NewDraft(t.Context(), file, recipe, o)
		defer o.Draft.Close()
		options.Draft = o.Draft
	}
	s, err := stage.New(base, options)
	if err != nil {
		t.Fatal(err)
	}
	var changes []stage.Change
	for _, packages := range test.transactions {
		for i := range changes {
			changes[i] = stage.Change{Old: s.Installed().Find(changes[i].New.Name), New: changes[i].New}
		}
		for _, p := range packages {
			changes = append(changes, changeOf(t, p))
		}
		if err := s.Apply(t.Context(), changes, nil, stage.ApplyOptions{}); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
	}
	changeTree(t, s.Tree(), test.later)
	l, err := Prepare(t.Context(), base, s.Tree(), s.Packages(), recipe, o)
	if err != nil {
		t.Fatal(err)
	}
	var out io.Writer = new(bytes.Buffer)
	if file != nil && l.GoesOn() {
		out = file
	}
	result, err := l.Write(t.Context(), out)
	if err != nil {
		t.Fatalf("%s: %v", test.name, err)
	}
	b := out.(interface{ Bytes() []byte }).Bytes()
	if int64(len(b)) != result.Size {
		t.Errorf("%s: %d bytes, but the result says %d", test.name, len(b), result.Size)
	}
	return b, l
}

// TestDraftOfAlteredPackage: segments of an unverified package are not taken from a draft, and the error is the same as without one.
func TestDraftOfAlteredPackage(t *testing.T) {
	for _, at := range []float64{0.3, 0.6, 0.99} {
		var errs []string
		for _, isDrafted := range []bool{false, true} {
			options := stage.Options{Concurrency: 2}
			d := NewDraft(t.Context(), new(draftFile), DefaultRecipe(), WriteOptions{})
			defer d.Close()
			if isDrafted {
				options.Draft = d
			}
			s, err := stage.New(tree.New(), options)
			if err != nil {
				t.Fatal(err)
			}
			var changes []stage.Change
			for i := range 4 {
				change := changeOf(t, &apktest.Package{Name: fmt.Sprint("p", i), Version: "1-r0", Files: []apktest.File{
					apktest.Regular(fmt.Sprint("usr/", i), string(sample(uint64(i), 500_000))),
				}})
				if i == 1 {
					content := change.Source.(*apktest.MemorySource).Content
					content[int(at*float64(len(content)))] ^= 0x10
				}
				changes = append(changes, change)
			}
			err = s.Apply(t.Context(), changes, nil, stage.ApplyOptions{})
			if err == nil {
				t.Fatal("an altered package was taken")
			}
			errs = append(errs, err.Error())
			for i, s := range d.segments {
				if i == 1 && s.key != "" {
					t.Error("the altered package has a segment")
				}
			}
		}
		if errs[0] != errs[1] {
			t.Errorf("at %.2f:\n%s\nwith a draft:\n%s", at, errs[0], errs[1])
		}
	}
}

// TestRememberedParts: of a large layer the states of its hash are kept as it is written, unless its beginning came from the cache.
func TestRememberedParts(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	large := func(name string) *apktest.Package {
		content := make([]byte, 10<<20)
		random.Read(content)
		return &apktest.Package{Name: name, Version: "1-r0", Files: []apktest.File{apktest.Regular("usr/lib/"+name, string(content))}}
	}
	first, second, third := large("1"), large("2"), large("3")
	for _, c := range []struct {
		name         string
		before, all  []*apktest.Package
		later        string // changes of the staged tree
		isDrafted    bool
		isRemembered bool
	}{
		{name: "made", all: []*apktest.Package{first, second}, isRemembered: true},
		{name: "drafted", all: []*apktest.Package{first, second}, isDrafted: true, isRemembered: true},
		{name: "the second is not as drafted", all: []*apktest.Package{first, second}, later: "f usr/lib/2 changed", isDrafted: true, isRemembered: true},
		{name: "the first is not as drafted", all: []*apktest.Package{first, second}, later: "f usr/lib/1 changed", isDrafted: true, isRemembered: true},
		{name: "the first is in the cache", before: []*apktest.Package{first, second}, all: []*apktest.Package{first, third}},
	} {
		if testing.Short() && c.name != "the first is not as drafted" {
			continue
		}
		directory := newTestCache(t, t.TempDir()).Directory
		write := func(packages []*apktest.Package) []byte {
			test := draftCase{transactions: [][]*apktest.Package{packages}, later: c.later}
			var file *draftFile
			if c.isDrafted {
				file = new(draftFile)
			}
			packed, _ := test.write(t, tree.New(), apk.V2, DefaultRecipe(), file, WriteOptions{Cache: directory})
			return packed
		}
		if c.before != nil {
			write(c.before)
		}
		packed := write(c.all)
		got, err := hashparts.Verify(t.Context(), bytes.NewReader(packed), digest.FromBytes(packed), int64(len(packed)), directory)
		if got != c.isRemembered || err != nil {
			t.Errorf("%s: remembered is %t, %v; want %t", c.name, got, err, c.isRemembered)
		}
	}
}
