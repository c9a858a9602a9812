package layer

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestMemoryForPackages builds with no room for packages, with room for some, and for all: the
// layer is the same, and what is in memory is not read twice.
func TestMemoryForPackages(t *testing.T) {
	const count, each = 6, 300_000
	var packages []*apktest.Package
	for i := range count {
		packages = append(packages, &apktest.Package{Name: fmt.Sprintf("p%d", i), Files: []apktest.File{
			apktest.Regular(fmt.Sprintf("usr/lib/p%d", i), string(sample(uint64(i), each))), apktest.HardLink(fmt.Sprintf("usr/lib/q%d", i), fmt.Sprintf("usr/lib/p%d", i), 0o644),
			apktest.Regular(fmt.Sprintf("etc/p%d", i), "small"),
		}})
	}
	for _, recipe := range []Recipe{DefaultRecipe(), ZstdRecipe()} {
		var want []byte
		var wantResult *Result
		for _, test := range []struct {
			memory           int64
			fewest, mostKept int
		}{{0, 0, 0}, {each * 5, 1, 3}, {1 << 30, count, count}, {1, 0, 0}} {
			s, err := stage.New(tree.New(), stage.Options{Memory: test.memory, Concurrency: 3})
			if err != nil {
				t.Fatal(err)
			}
			var changes []stage.Change
			for _, h := range packages {
				c := changeOf(t, h)
				c.New.InstalledSize, c.New.Size = each, uint64(len(c.Source.(*apktest.MemorySource).Content))
				changes = append(changes, c)
			}
			if err := s.Apply(t.Context(), changes, nil); err != nil {
				t.Fatal(err)
			}
			kept := 0
			opened := make(map[string]int)
			for i, p := range s.Packages() {
				if p.Kept.Load() != nil {
					kept++
				}
				opened[p.Package.Name] = changes[i].Source.(*apktest.MemorySource).Opened
			}
			if kept < test.fewest || kept > test.mostKept {
				t.Errorf("memory %d: %d packages kept, want %d to %d", test.memory, kept, test.fewest, test.mostKept)
			}
			var isKept []bool
			for _, p := range s.Packages() {
				isKept = append(isKept, p.Kept.Load() != nil)
			}
			got, result := mustWrite(t, tree.New(), s.Tree(), s.Packages(), recipe, WriteOptions{Concurrency: 3})
			if want == nil {
				want, wantResult = got, result
			}
			if !bytes.Equal(got, want) {
				t.Errorf("memory %d: other bytes", test.memory)
			}
			if diff := cmp.Diff(wantResult, result); diff != "" {
				t.Errorf("memory %d: -want +got:\n%s", test.memory, diff)
			}
			for i, p := range s.Packages() {
				again := changes[i].Source.(*apktest.MemorySource).Opened - opened[p.Package.Name]
				if wantAgain := map[bool]int{false: 1, true: 0}[isKept[i]]; again != wantAgain {
					t.Errorf("memory %d: %s was opened %d times to be written, want %d", test.memory, p.Package.Name, again, wantAgain)
				}
				if p.Kept.Load() != nil {
					t.Errorf("memory %d: %s is still in memory", test.memory, p.Package.Name)
				}
			}
		}
	}
}
