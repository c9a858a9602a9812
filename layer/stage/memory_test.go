package stage

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestMemoryOfAFile: what a stage keeps of each file is its node, its name and its place in the lists of apk's database.
func TestMemoryOfAFile(t *testing.T) {
	if testing.Short() {
		t.Skip("many files")
	}
	const packages, files, most = 20, 2000, 280 // bytes for each file
	kept := new(spool.Spool)
	defer kept.Close()
	s, err := New(tree.New(), Options{Generation: apk.V2, Now: stageTime, Spool: kept})
	if err != nil {
		t.Fatal(err)
	}
	var changes []Change
	for i := range packages {
		h := &apktest.Package{Name: fmt.Sprintf("p%d", i), Version: "1-r0", Files: []apktest.File{apktest.Directory(fmt.Sprintf("usr/share/p%d", i), 0o755)}}
		for j := range files {
			h.Files = append(h.Files, apktest.Regular(fmt.Sprintf("usr/share/p%d/file-%d", i, j), "x"))
		}
		changes = append(changes, newChange(t, s, h))
	}
	before := liveBytes()
	if err := s.Apply(t.Context(), changes, nil, ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	took := (liveBytes() - before) / (packages * files)
	t.Logf("%d bytes for each file", took)
	if took > most {
		t.Errorf("a file takes %d bytes, want at most %d", took, most)
	}
	runtime.KeepAlive(changes)
	runtime.KeepAlive(s)
}

// liveBytes is what is in use after a collection.
func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
