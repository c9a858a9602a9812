package layer

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestMemory writes packages that are bigger than what may be in memory, at the
// highest concurrency.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("large files")
	}
	const size, limit = 16 << 20, 80 << 20
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // so that garbage hardly counts
	for _, recipe := range []Recipe{DefaultRecipe(), zstdRecipe()} {
		tr := tree.New()
		var all []*archived
		zeros := strings.Repeat("\x00", size)
		for i := range 6 {
			p := makePackage(t, fmt.Sprintf("p%d", i), fmt.Sprintf("usr/lib/a%d", i), zeros, fmt.Sprintf("usr/lib/b%d", i), "tiny")
			p.install(t, tr)
			p.contents = nil
			all = append(all, p)
		}
		zeros = ""
		runtime.GC()
		var before, during runtime.MemStats
		runtime.ReadMemStats(&before)
		var most uint64
		var last int64
		_, err := writeLayer(t.Context(), io.Discard, tree.New(), tr, staged(all...), recipe, WriteOptions{
			Concurrency: 8,
			Progress: func(done, _ int64) {
				if done-last > 1<<20 {
					last = done
					runtime.ReadMemStats(&during)
					most = max(most, during.HeapAlloc)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if used := int64(most) - int64(before.HeapAlloc); used > limit {
			t.Errorf("%s: %d bytes of memory, more than %d", recipe.Compression, used, limit)
		} else {
			t.Logf("%s: %d bytes of memory", recipe.Compression, used)
		}
	}
}
