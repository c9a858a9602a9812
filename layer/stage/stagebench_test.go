package stage

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// BenchmarkStage stages nginx on the minirootfs.
func BenchmarkStage(b *testing.B) {
	base := apktest.BaseTree(b)
	repo := apktest.OpenRepository(b, filepath.Join(apktest.Corpus(b), "repo"), apk.V2)
	var packages []Change
	for _, id := range []string{"pcre2-10.42-r2", "nginx-1.22.1-r9"} {
		p := repo.Packages[id]
		packages = append(packages, Change{New: p, Source: repo.Source(p)})
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := New(base, Options{Generation: apk.V2})
		if err != nil {
			b.Fatal(err)
		}
		var changes []Change
		for _, p := range s.Installed().Packages {
			changes = append(changes, Change{Old: p, New: &p.Package})
		}
		if err := s.Apply(b.Context(), append(changes, packages...), append(s.World(), apk.Dependency{Name: "nginx"}), ApplyOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStageManyFiles stages 100,000 empty files of 20 packages.
func BenchmarkStageManyFiles(b *testing.B) {
	var changes []Change
	for i := range 20 {
		h := &apktest.Package{Name: fmt.Sprintf("p%02d", i)}
		for j := range 5000 {
			h.Files = append(h.Files, apktest.Regular(fmt.Sprintf("usr/share/p%02d/%02d/file-%04d", i, j%50, j), ""))
		}
		content, p := h.Build(b)
		changes = append(changes, Change{New: p, Source: &apktest.MemorySource{Content: content}})
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := New(tree.New(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Apply(b.Context(), changes, nil, ApplyOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
