package solver_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// BenchmarkSolveNginx resolves nginx on the root file system of the corpus,
// over both complete indexes, which are parsed beforehand.
func BenchmarkSolveNginx(b *testing.B) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		b.Run(g.String(), func(b *testing.B) {
			release := openRelease(b, g)
			release.Add([]apk.Dependency{{Name: "nginx"}}, 0)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := solver.Solve(b.Context(), release); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSolveDeep resolves 1,000 packages over a synthetic index of 25,000
// with a deep graph.
func BenchmarkSolveDeep(b *testing.B) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		b.Run(g.String(), func(b *testing.B) {
			req := deepRequest(b, g, 25_000, 1_000)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := solver.Solve(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// deepRequest makes an index of libraries, each of which depends on up to six
// earlier ones by the name of a shared object, and asks for some of them.
func deepRequest(t testing.TB, g apk.Generation, packages, wanted int) solver.Request {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for i := range packages {
		fmt.Fprintf(&text, "C:X1%040x\nP:pkg%05d\nV:1.%d-r0\nA:x86_64\nS:1\nI:1\n", i+1, i, random.IntN(30))
		text.WriteString("D:")
		for range random.IntN(7) {
			if i > 0 {
				f := random.Float64()
				fmt.Fprintf(&text, "so:lib%05d.so.1 ", min(i-1, int(float64(i)*f*f)))
			}
		}
		fmt.Fprintf(&text, "\np:so:lib%05d.so.1=1.2.3 cmd:tool%05d=1-r0 pc:lib%05d=1.2\n\n", i, i, i)
	}
	index, err := readIndex(text.String(), g)
	if err != nil {
		t.Fatal(err)
	}
	req := solver.Request{Generation: g, Repositories: []solver.Repository{{Index: index}}}
	var items []apk.Dependency
	for range wanted {
		items = append(items, apk.Dependency{Name: fmt.Sprintf("pkg%05d", random.IntN(packages))})
	}
	req.Add(items, 0)
	return req
}
