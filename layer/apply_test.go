package layer

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/tree"
)

// checkApplied reads the layer on top of the base, as a runtime would, and compares with
// the staged tree. It also checks that no path occurs twice, and that nothing comes before a directory that it is in
// if the base has a file or a link in the directory's place.
func checkApplied(t testing.TB, base, staged *tree.Tree, plain []byte) {
	t.Helper()
	got := base.Clone()
	err := got.ReadLayer(bytes.NewReader(plain), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(plain)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(describe(t, staged), describe(t, got)); diff != "" {
		t.Errorf("base and layer, -staged +applied:\n%s", diff)
	}
	checkOrder(t, base, plain)
}

func checkOrder(t testing.TB, base *tree.Tree, plain []byte) {
	t.Helper()
	seen := make(map[string]bool)
	for _, line := range entries(t, plain) {
		path := strings.TrimSuffix(strings.Fields(line)[1], "/")
		dir, name := splitPath(path)
		hidden := dir + strings.TrimPrefix(name, tree.WhiteoutPrefix)
		if seen[path] || seen[hidden] {
			t.Errorf("%s occurs twice", hidden)
		}
		seen[path] = true
		for dir = strings.TrimSuffix(dir, "/"); dir != ""; dir = strings.TrimSuffix(dir, "/") {
			if n, err := base.Lstat(dir); err == nil && n.Type != tree.Directory && !seen[dir] {
				t.Errorf("%s comes before %s, which is no directory in the base", path, dir)
			}
			dir, _ = splitPath(dir)
		}
	}
}

// describe lists a tree, with everything that a layer can carry: directories
// have no time of their own, and hard links are by the first name.
func describe(t testing.TB, tr *tree.Tree) []string {
	t.Helper()
	lines := []string{fmt.Sprintf("/ %o %d:%d", tr.Root().Mode, tr.Root().UID, tr.Root().GID)}
	first := make(map[*tree.Node]string)
	for path, n := range tr.All() {
		line := fmt.Sprintf("%s %d %o %d:%d %d,%d", path, n.Type, n.Mode, n.UID, n.GID, n.Major, n.Minor)
		if n.Type != tree.Directory {
			line += fmt.Sprintf(" @%d", n.ModTime.Unix())
			if first[n] == "" {
				first[n] = path
			}
			line += " is " + first[n]
		}
		for _, name := range slices.Sorted(maps.Keys(n.Xattrs)) {
			line += fmt.Sprintf(" +%s=%q", name, n.Xattrs[name])
		}
		switch n.Type {
		case tree.Regular:
			content, err := n.Read(n.Size)
			if err != nil {
				t.Fatal(err)
			}
			line += fmt.Sprintf(" %q", content)
		case tree.Symlink:
			line += " -> " + n.Target
		}
		lines = append(lines, line)
	}
	return lines
}

// TestApplyRandom changes random trees at random. Names are few, so that types
// change, links come together and apart, and things go and come back.
func TestApplyRandom(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		base := tree.New()
		changeAtRandom(r, base, r.IntN(60))
		staged := base.Clone()
		changeAtRandom(r, staged, r.IntN(60))
		compressed, _ := mustWrite(t, base, staged, nil, DefaultRecipe(), WriteOptions{})
		checkApplied(t, base, staged, gunzip(t, compressed))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		_, again := mustWrite(t, staged, staged.Clone(), nil, DefaultRecipe(), WriteOptions{})
		if !again.Empty {
			t.Fatalf("seed %d: the layer between equal trees is not empty: %+v", seed, again)
		}
	}
}

func changeAtRandom(r *rand.Rand, tr *tree.Tree, changes int) {
	name := func() string {
		names := []string{"a", "b", "c", "d.e", "\xff", strings.Repeat("long", 30)}
		path := names[r.IntN(len(names))]
		for range r.IntN(4) {
			path += "/" + names[r.IntN(len(names))]
		}
		return path
	}
	words := func(kind string, args ...string) []string {
		words := append([]string{kind, name()}, args...)
		if r.IntN(4) == 0 {
			words = append(words, []string{"=755", "=4711", "=1777", "=700"}[r.IntN(4)])
		}
		if r.IntN(4) == 0 {
			words = append(words, fmt.Sprintf("%d:%d", r.IntN(2), r.IntN(3_000_000)))
		}
		if r.IntN(6) == 0 {
			words = append(words, fmt.Sprintf("@%d", r.IntN(3)-1))
		}
		if r.IntN(8) == 0 {
			words = append(words, "+user.k=v", "+user.l=")
		}
		return words
	}
	for range changes {
		var change []string
		switch r.IntN(14) {
		case 0, 1, 2:
			change = words("d")
		case 3, 4:
			change = words("f", strings.Repeat("x", r.IntN(3)*300))
		case 5, 6:
			change = words("f")
		case 7:
			change = words("l", name())
		case 8, 9:
			change = []string{"h", name(), name()}
		case 10:
			change = words("c", "1", fmt.Sprint(r.IntN(3)))
		case 11:
			change = words("p")
		case 12:
			change = []string{"rm", name()}
		case 13:
			change = []string{"same", name()}
		}
		change = slices.DeleteFunc(change, func(s string) bool { return s == "" })
		// Many changes are not possible, such as a file below a file: those are passed over.
		if err := changeTreeBy(tr, change); err != nil && r.IntN(2) == 0 {
			tr.RemoveAll(change[1])
			changeTreeBy(tr, change)
		}
	}
}
