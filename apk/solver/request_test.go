package solver_test

import (
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

func join(world []apk.Dependency) string {
	var out []string
	for _, d := range world {
		out = append(out, d.String())
	}
	return strings.Join(out, " ")
}

// added returns the goal of a request that adds items to a world.
func added(world, items []apk.Dependency) []apk.Dependency {
	r := solver.Request{World: world}
	r.Add(items, 0)
	return r.Goal
}

func TestWorld(t *testing.T) {
	w := func(list string) []apk.Dependency { return items(t, apk.V3, list) }
	for _, tt := range []struct{ name, got, want string }{
		{"add appends", join(added(w("b"), w("a c"))), "b a c"},
		{"add replaces in place", join(added(w("b a@x c"), w("a>1"))), "b a>1 c"},
		{"add the same twice", join(added(nil, w("a a>1"))), "a>1"},
		{"add a conflict", join(added(w("a"), w("!a"))), "!a"},
		{"remove", join(solver.RemoveFromWorld(w("b !a c"), []string{"a", "x"})), "b c"},
		{"sort by name without case", join(apk.SortWorld(w("b A a .x so:y Ba"))), ".x A a b Ba so:y"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestRequestLeavesWorld(t *testing.T) {
	world := items(t, apk.V3, "b a><Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	req := solver.Request{World: world}
	req.Add(items(t, apk.V3, "b>1"), 0)
	req.Delete([]string{"x"})
	req.Upgrade(nil, solver.Available)
	if got := join(req.Goal); got != "b>1 a" {
		t.Errorf("goal is %q", got)
	}
	if got := join(world); got != "b a><Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=" {
		t.Errorf("the world was changed to %q", got)
	}
}
