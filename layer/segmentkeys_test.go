package layer

import (
	"archive/tar"
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestSegmentKeyHasEachField alters each field of what a key is made of. It fails when one is added,
// until somebody has thought about whether a segment's bytes depend on it.
func TestSegmentKeyHasEachField(t *testing.T) {
	node := func(n *tree.Node) map[string]func() {
		return map[string]func(){
			"Type": func() { n.Type++ }, "Mode": func() { n.Mode++ }, "UID": func() { n.UID++ }, "GID": func() { n.GID++ },
			"ModTime": func() { n.ModTime = n.ModTime.Add(time.Second) }, "Size": func() { n.Size++ },
			"Target": func() { n.Target += "x" }, "Major": func() { n.Major++ }, "Minor": func() { n.Minor++ },
			"Xattrs":  func() { n.Xattrs = map[string]string{"user.new": ""} },
			"Content": nil,                  // the data hash and the number of the entry stand for it
			"links":   nil, "children": nil, // the names and the other nodes do
			"mounted": nil, // nothing is while a layer is made
		}
	}
	tests := []struct {
		name   string
		of     func(s *segment, r *Recipe) any
		change func(s *segment, r *Recipe) map[string]func()
	}{
		{"file", func(s *segment, _ *Recipe) any { return *s.files[0].node }, func(s *segment, _ *Recipe) map[string]func() { return node(s.files[0].node) }},
		{"directory", func(s *segment, _ *Recipe) any { return *s.directories[0].node }, func(s *segment, _ *Recipe) map[string]func() {
			change := node(s.directories[0].node)
			change["Content"] = nil
			return change
		}},
		{"recipe", func(_ *segment, r *Recipe) any { return *r }, func(_ *segment, r *Recipe) map[string]func() {
			return map[string]func(){
				"Compression": func() { r.Compression += "x" }, "Level": func() { r.Level++ }, "BlockSize": func() { r.BlockSize++ },
				"Compressor": func() { r.Compressor += "x" }, "Rules": func() { r.Rules++ },
			}
		}},
		{"segment", func(s *segment, _ *Recipe) any { return *s }, func(s *segment, _ *Recipe) map[string]func() {
			return map[string]func(){"difference": nil, "pkg": func() { s.pkg = nil }, "end": func() { s.end = true }}
		}},
		{"difference", func(s *segment, _ *Recipe) any { return s.difference }, func(s *segment, _ *Recipe) map[string]func() {
			return map[string]func(){
				"directories": func() { s.directories = nil }, "whiteouts": func() { s.whiteouts = nil }, "files": func() { s.files = nil },
			}
		}},
		{"fileEntry", func(s *segment, _ *Recipe) any { return *s.files[0] }, func(s *segment, _ *Recipe) map[string]func() {
			return map[string]func(){"node": nil, "names": func() { s.files[0].names = s.files[0].names[1:] }}
		}},
		{"dirEntry", func(s *segment, _ *Recipe) any { return s.directories[0] }, func(s *segment, _ *Recipe) map[string]func() {
			return map[string]func(){"path": func() { s.directories[0].path += "x" }, "node": nil, "replaces": nil}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, r := keyed()
			before, typ, known := segmentKey(s, *r), reflect.TypeOf(test.of(s, r)), test.change(s, r)
			for i := range typ.NumField() {
				field := typ.Field(i).Name
				if _, ok := known[field]; !ok {
					t.Errorf("%s is new: does a segment depend on it?", field)
				}
				s, r := keyed()
				change := test.change(s, r)[field]
				if change == nil {
					continue
				}
				if change(); segmentKey(s, *r) == before {
					t.Errorf("%s: the same key with another one", field)
				}
			}
		})
	}
}

// TestKeysOfLayers has layers whose segments have the same bytes as those of another.
func TestKeysOfLayers(t *testing.T) {
	tr, packages := mixedPackages(t, 6)
	keys := func(tr *tree.Tree, packages []*stage.Package) []string {
		t.Helper()
		l, err := Prepare(t.Context(), tree.New(), tr, packages, DefaultRecipe(), WriteOptions{Cache: newTestCache(t, t.TempDir()).Directory})
		if err != nil {
			t.Fatal(err)
		}
		return l.keys
	}
	want := keys(tr, packages)
	if len(want) != len(packages)+1 || slices.Contains(want[:len(packages)], "") || want[len(packages)] != "" {
		t.Fatalf("keys %q, want one for each package and none for the end", want)
	}
	if got := keys(tr.Clone(), packages); !slices.Equal(got, want) {
		t.Errorf("of a tree's clone: keys %q, want %q", got, want)
	}

	// The same packages in files of their own, and signed by somebody else.
	other, again := mixedPackages(t, 6)
	for _, p := range again {
		p.SHA256, p.Package.Identity = [32]byte{1}, apk.Checksum{}
	}
	if got := keys(other, again); !slices.Equal(got, want) {
		t.Errorf("of the same packages: keys %q, want %q", got, want)
	}

	more := tr.Clone()
	first := makePackage(t, "first", "opt/first", "x")
	first.install(t, more)
	changeTree(t, more, "f opt/second x")
	if got := keys(more, slices.Insert(slices.Clone(packages), 0, first.Package)); !slices.Equal(got[1:], want) {
		t.Errorf("with a package before that brings the root: keys %q, want %q at the end", got, want)
	}

	packages[2].DataHash = ""
	if got := keys(tr, packages); got[2] != "" || !slices.Equal(slices.Delete(got, 2, 3), slices.Delete(want, 2, 3)) {
		t.Errorf("with a package without data hash: keys %q", got)
	}
}

// TestEqualKeysEqualBytes draws segments of which many are alike: those with equal keys
// have the same tar, and the same bytes in the layer.
func TestEqualKeysEqualBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	pick := func(n int) int { return random.IntN(n) }
	packages := []*archived{
		makePackage(t, "a", "usr/a", "first", "usr/b", "other"),
		makePackage(t, "b", "usr/a", "first", "usr/b", "other"), // another package with the same data
		makePackage(t, "c", "usr/a", "third", "usr/b", "forth"),
	}
	node := func(n *tree.Node) *tree.Node {
		n.Mode, n.ModTime = []uint16{0o755, 0o4711}[pick(2)], time.Unix(5, int64(pick(2)))
		if pick(3) == 0 {
			n.UID = 7
		}
		if pick(3) == 0 {
			n.Xattrs = map[string]string{"user.a": "b"}
		}
		return n
	}
	draw := func() *segment {
		s := new(segment)
		for _, path := range []string{"usr", "usr/d"} {
			if pick(3) == 0 {
				s.directories = append(s.directories, dirEntry{path: path, node: node(&tree.Node{Type: tree.Directory})})
			}
		}
		for _, path := range []string{"usr/x", "usr/y"} {
			if pick(4) == 0 {
				s.whiteouts = append(s.whiteouts, path)
			}
		}
		if len(s.directories)+len(s.whiteouts) > 0 || pick(3) == 0 {
			return s // of no package
		}
		p := packages[pick(len(packages))]
		s.pkg = p.Package
		for _, name := range []string{"usr/a", "usr/b"}[pick(2):] {
			names := [][]string{{name}, {name, "usr/link"}, {"usr/link", name}, {"usr/first"}}[pick(4)]
			s.files = append(s.files, &fileEntry{names: names, node: node(&tree.Node{
				Size: 5, Content: stage.PackageFile{Package: p.Package, Entry: p.entry(name)},
			})})
		}
		return s
	}
	compressors := &compressors{recipe: DefaultRecipe()}
	write := func(s *segment) string {
		t.Helper()
		var plain, packed bytes.Buffer
		w := segmentWriter{
			ctx: t.Context(), compressors: compressors, parallel: 1, fail: func(error) {}, progress: func(int) {},
			packed: &packed, buffer: make([]byte, 1000), split: splitWriter{plain: &plain},
		}
		w.out = bufio.NewWriter(&w.split)
		w.tar = tar.NewWriter(w.out)
		if err := w.write(s); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x %x", plain.Bytes(), packed.Bytes())
	}
	seen, alike := make(map[string]string), 0
	for range 1500 {
		s := draw()
		key, got := segmentKey(s, compressors.recipe), write(s)
		if want, ok := seen[key]; ok && want != got {
			t.Fatalf("%s: other bytes under a key that was there before", s)
		} else if ok {
			alike++
		}
		seen[key] = got
	}
	texts := slices.Sorted(maps.Values(seen))
	if alike < 100 || len(slices.Compact(texts)) < 300 {
		t.Errorf("of %d kinds, %d segments were like another: too few to say anything", len(texts), alike)
	}
}
