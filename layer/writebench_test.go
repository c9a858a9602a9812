package layer

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

func BenchmarkWrite(b *testing.B) {
	for _, bench := range []struct {
		name            string
		packages, files int
		size            int // of each file
	}{
		{"200 small packages", 200, 4, 2000},
		{"4 packages of 8 MB", 4, 4, 2 << 20},
		{"1 package of 32 MB", 1, 2, 16 << 20},
	} {
		tr := tree.New()
		var all []*archived
		for i := range bench.packages {
			var list []string
			for j := range bench.files {
				list = append(list, fmt.Sprintf("usr/share/p%d/%d", i, j), string(sample(uint64(i*100+j), bench.size)))
			}
			p := makePackage(b, fmt.Sprintf("p%d", i), list...)
			p.install(b, tr)
			all = append(all, p)
		}
		packages := staged(all...)
		for _, recipe := range []Recipe{DefaultRecipe(), zstdRecipe()} {
			b.Run(bench.name+"/"+string(recipe.Compression), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(bench.packages * bench.files * bench.size))
				for b.Loop() {
					if _, err := writeLayer(context.Background(), io.Discard, tree.New(), tr, packages, recipe, WriteOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkDiff compares large trees that hardly differ, as with a big base.
func BenchmarkDiff(b *testing.B) {
	base := tree.New()
	for i := range 200 {
		base.MkdirAll(fmt.Sprintf("usr/d%d", i), 0o755)
		for j := range 100 {
			base.WriteFile(fmt.Sprintf("usr/d%d/f%d", i, j), []byte("x"), 0o644)
		}
	}
	tr := base.Clone()
	tr.WriteFile("usr/d7/new", []byte("y"), 0o644)
	b.ReportAllocs()
	for b.Loop() {
		if d, err := diff(context.Background(), base, tr); err != nil || len(d.files) != 1 {
			b.Fatal(d, err)
		}
	}
}
