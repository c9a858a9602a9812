package layer

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// linkedPackage has hard links of its own, whose names do not come in the order of its entries.
func linkedPackage(t testing.TB) *archived {
	t.Helper()
	p := makePackage(t, "linked",
		"usr/lib/m", "first", "usr/lib/big.so", string(sample(1, 200_000)), "usr/lib/a", "", "usr/lib/z", "second", "opt/linked/new/x", "third",
		"usr/lib/c", "", "usr/lib/b", "", "usr/share/linked/doc", string(sample(2, 3000)))
	p.link(t, "usr/lib/a", "usr/lib/m", "usr/lib/c", "usr/lib/z", "usr/lib/b", "usr/lib/m")
	return p
}

// TestLinksOfPackage: hard links stand where the package has them, those of scripts after all files. If somebody else has taken a
// name, another one comes with the content.
func TestLinksOfPackage(t *testing.T) {
	p := linkedPackage(t)
	for _, test := range []struct {
		name, change string
		want         []string
	}{
		{"as in the package", "", []string{
			"usr/lib/m", "usr/lib/big.so", "usr/lib/a is usr/lib/m", "usr/lib/z", "opt/linked/new/x", "usr/lib/c is usr/lib/z",
			"usr/lib/b is usr/lib/m", "usr/share/linked/doc",
		}},
		{"more names by a script", "h usr/lib/0 usr/lib/m\nh bin usr/lib/z\nh usr/lib/1 usr/lib/m", []string{
			"usr/lib/m", "usr/lib/big.so", "usr/lib/a is usr/lib/m", "usr/lib/z", "opt/linked/new/x", "usr/lib/c is usr/lib/z",
			"usr/lib/b is usr/lib/m", "usr/share/linked/doc", "usr/lib/0 is usr/lib/m", "usr/lib/1 is usr/lib/m", "bin is usr/lib/z",
		}},
		{"the first name is gone", "rm usr/lib/m", []string{
			"usr/lib/a", "usr/lib/big.so", "usr/lib/z", "opt/linked/new/x", "usr/lib/c is usr/lib/z", "usr/lib/b is usr/lib/a", "usr/share/linked/doc",
		}},
	} {
		tr := tree.New()
		p.install(t, tr)
		changeTree(t, tr, test.change)
		for _, recipe := range smallBlocks() {
			packed, _ := mustWrite(t, tree.New(), tr, staged(p), recipe, WriteOptions{})
			plain := decompress(t, recipe, packed)
			checkApplied(t, tree.New(), tr, plain)
			var got []string
			for _, h := range headers(t, plain) {
				switch {
				case strings.HasSuffix(h.Name, "/"):
				case h.Linkname == "":
					got = append(got, h.Name)
				default:
					got = append(got, h.Name+" is "+h.Linkname)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s, %s: -want +got:\n%s", test.name, recipe.Compression, diff)
			}
		}
	}
}

// TestSegmentAlone has one package in images that differ in all else: other packages before and after it, another base, directories with
// other owners, and files of no package. Its segment is the same bytes.
func TestSegmentAlone(t *testing.T) {
	p := linkedPackage(t)
	tr, others := mixedPackages(t, 7)
	p.install(t, tr)
	odd := tr.Clone()
	changeTree(t, odd, "d var\nf var/x y\nl usr/lib/link m")
	for path, mode := range map[string]uint16{"usr": 0o700, "usr/lib": 0o2775, "opt": 0o1777} {
		n, err := odd.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		n.Mode, n.UID = mode, 5
	}
	alone := tree.New()
	p.install(t, alone)
	list := func(before, after []*stage.Package) []*stage.Package {
		return append(append(append([]*stage.Package{}, before...), p.Package), after...)
	}
	for _, recipe := range smallBlocks() {
		var want []byte
		for _, test := range []struct {
			name       string
			base, tree *tree.Tree
			packages   []*stage.Package
		}{
			{"alone", tree.New(), alone, list(nil, nil)},
			{"the first", tree.New(), tr, list(nil, others)},
			{"the last", tree.New(), tr, list(others, nil)},
			{"between others", tree.New(), tr, list(others[3:], others[:3])},
			{"on a base", makeTree(t, "d usr\nd usr/lib\nf usr/lib/gone x"), tr, list(others, nil)},
			{"in the place of a file, a link and a directory", makeTree(t, "f opt x\nl usr opt\nd etc"), tr, list(others, nil)},
			{"with odd directories", tree.New(), odd, list(others[3:], others[:3])},
		} {
			l, err := Prepare(t.Context(), test.base, test.tree, test.packages, recipe, WriteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := segmentBytes(t, l, p.Package)
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s, %s: %d other bytes than the %d before", test.name, recipe.Compression, len(got), len(want))
			}
			packed, _ := mustWrite(t, test.base, test.tree, test.packages, recipe, WriteOptions{})
			if !bytes.Contains(packed, want) {
				t.Errorf("%s, %s: the layer does not have the segment's bytes", test.name, recipe.Compression)
			}
			checkApplied(t, test.base, test.tree, decompress(t, recipe, packed))
		}
	}
}

// TestSegmentOfAccounts: the files of users and groups come with what is of no package, whether a package's or another one's, so that the
// package's segment is the same in both images.
func TestSegmentOfAccounts(t *testing.T) {
	p := makePackage(t, "p", "etc/group", "root:x:0:\n", "etc/motd", "hello\n", "etc/passwd", "root:x:0:0::/:\n", "etc/shadow", "root:::0:::::\n")
	plain := tree.New()
	p.install(t, plain)
	changed := plain.Clone()
	changeTree(t, changed, "f etc/passwd changed")
	var segments [][]byte
	for _, tr := range []*tree.Tree{plain, changed} {
		l, err := Prepare(t.Context(), tree.New(), tr, staged(p), DefaultRecipe(), WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		segments = append(segments, segmentBytes(t, l, p.Package))
		packed, _ := mustWrite(t, tree.New(), tr, staged(p), DefaultRecipe(), WriteOptions{})
		checkApplied(t, tree.New(), tr, gunzip(t, packed))
	}
	if !bytes.Equal(segments[0], segments[1]) {
		t.Error("the package's segment depends on the users")
	}
	if got := entries(t, gunzip(t, segments[0])); !slices.Equal(got, []string{"f etc/motd hello\n"}) {
		t.Errorf("the package's segment has %q", got)
	}
}

// segmentBytes writes the segment of one package alone, followed by an empty one.
func segmentBytes(t testing.TB, l *Layer, pkg *stage.Package) []byte {
	t.Helper()
	for _, s := range l.segments {
		if s.pkg != pkg {
			continue
		}
		var all, end bytes.Buffer
		alone := *l
		alone.segments, alone.keys = []*segment{s, {end: true}}, make([]string, 2)
		if _, err := alone.Write(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		alone.segments, alone.keys = alone.segments[1:], alone.keys[1:]
		if _, err := alone.Write(t.Context(), &end); err != nil {
			t.Fatal(err)
		}
		return bytes.TrimSuffix(all.Bytes(), end.Bytes())
	}
	t.Fatal("no segment of the package")
	return nil
}
