package solver_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// FuzzSolve looks for a request that makes the solver panic, hang or give an
// answer that its own check refuses.
func FuzzSolve(f *testing.F) {
	const index = "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAE=\nP:a\nV:1\nI:1\nD:b>1 !c so:x\np:v v=1\n\n" +
		"C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAI=\nP:b\nV:2\nI:1\nk:3\np:so:x=1\ni:a v\n\n" +
		"C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAM=\nP:b\nV:1_rc1\nI:0\nD:a~1\ni:!c b\n\n"
	f.Add(index, "", "a", "b", uint8(0))
	f.Add(index, index, "a@edge !c", "b<2 a", uint8(solver.Upgrade|solver.Available))
	f.Add(index, "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAM=\nP:b\nV:1_rc1\nI:0\nD:a~1\ns:edge\n\n", "b v", "!a", uint8(solver.Latest))
	f.Fuzz(func(t *testing.T, index, installed, world, add string, flags uint8) {
		if len(index)+len(installed) > 1<<14 {
			return
		}
		for _, g := range []apk.Generation{apk.V2, apk.V3} {
			x, err := apk.ReadIndex(strings.NewReader(index), g)
			if err != nil {
				continue
			}
			db, err := apk.ReadInstalled(strings.NewReader(installed), g)
			if err != nil {
				continue
			}
			w, err := apk.ReadWorld(strings.NewReader(world), g)
			if err != nil {
				continue
			}
			more, err := apk.ParseDependencies(add, g)
			if err != nil {
				continue
			}
			req := solver.Request{
				Generation: g, World: w, Installed: db, Flags: solver.Flags(flags), ForceBrokenWorld: flags&0x80 != 0,
				Repositories: []solver.Repository{{Index: x}, {Tag: "edge", Index: x}},
			}
			req.Add(more, solver.Flags(flags>>4))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			_, err = solver.Solve(ctx, req)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				t.Fatal("takes too long")
			}
			if err != nil && strings.HasPrefix(err.Error(), "internal error") {
				t.Fatal(err)
			}
			var unsatisfiable *solver.UnsatisfiableError
			if errors.As(err, &unsatisfiable) && unsatisfiable.Report(0) == "" {
				t.Fatal("empty report")
			}
		}
	})
}
