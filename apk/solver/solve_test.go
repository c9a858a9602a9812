package solver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// indexOf makes an index of records "name-version: depends; provides; install_if".
func indexOf(t testing.TB, g apk.Generation, records ...string) *apk.Index {
	t.Helper()
	var text strings.Builder
	for i, r := range records {
		id, rest, _ := strings.Cut(r, ": ")
		at := strings.LastIndexByte(id, '-')
		fmt.Fprintf(&text, "C:X1%040x\nP:%s\nV:%s\nS:1\nI:1\n", hash(r)+i, id[:at], id[at+1:])
		for j, list := range strings.Split(rest, ";") {
			if list = strings.TrimSpace(list); list != "" {
				fmt.Fprintf(&text, "%c:%s\n", "Dpi"[j], list)
			}
		}
		text.WriteByte('\n')
	}
	index, err := readIndex(text.String(), g)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// hash keeps packages of different indexes apart and equal records equal.
func hash(s string) int {
	h := 1
	for _, c := range []byte(s) {
		h = h*31 + int(c)
		h &= 1<<40 - 1
	}
	return h << 20
}

func items(t testing.TB, g apk.Generation, list string) []apk.Dependency {
	t.Helper()
	d, err := apk.ParseDependencies(list, g)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name    string
		index   []string
		add     string
		tag     string // of the repository
		archs   []string
		message string
		report  string
	}{
		{
			name: "no such package", add: "nothing",
			message: "unable to select packages: nothing (no such package) required by world[nothing]",
			report:  "ERROR: unable to select packages:\n  nothing (no such package):\n    required by: world[nothing]",
		},
		{
			name: "two problems", index: []string{"a-1: b c"}, add: "a",
			message: "unable to select packages: b (no such package) required by a-1[b] (and 1 more)",
			report: "ERROR: unable to select packages:\n  b (no such package):\n    required by: a-1[b]\n" +
				"  c (no such package):\n    required by: a-1[c]",
		},
		{
			name: "virtual", index: []string{"a-1: ; mail", "b-1: ; mail"}, add: "mail",
			message: "unable to select packages: mail (virtual) provided by a",
			report: "ERROR: unable to select packages:\n  mail (virtual):\n    note: please select one of the 'provided by'\n" +
				"          packages explicitly\n    provided by: a b\n    required by: world[mail]",
		},
		{
			name: "version", index: []string{"a-1: "}, add: "a>1",
			message: "unable to select packages: a-1 breaks world[a>1]",
			report:  "ERROR: unable to select packages:\n  a-1:\n    breaks: world[a>1]",
		},
		{
			name: "masked", index: []string{"a-1: "}, add: "a", tag: "edge",
			message: "unable to select packages: a-1 masked in @edge",
			report:  "ERROR: unable to select packages:\n  a-1:\n    masked in: @edge\n    satisfies: world[a]",
		},
		{
			name: "missing tag", index: []string{"a-1: "}, add: "a@edge",
			message: `no repository has the tag of world item "a@edge"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := solver.Request{Repositories: []solver.Repository{{Tag: tt.tag, Index: indexOf(t, apk.V3, tt.index...)}}}
			req.Add(items(t, apk.V3, tt.add), 0)
			_, err := solver.Solve(t.Context(), req)
			if err == nil || err.Error() != tt.message {
				t.Errorf("got %v, want %s", err, tt.message)
			}
			var unsatisfiable *solver.UnsatisfiableError
			if errors.As(err, &unsatisfiable) != (tt.report != "") {
				t.Fatalf("%T", err)
			}
			if tt.report != "" {
				if diff := cmp.Diff(tt.report, unsatisfiable.Report(0)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestForceBrokenWorld(t *testing.T) {
	req := solver.Request{
		World:            items(t, apk.V3, "a nothing b>9"),
		ForceBrokenWorld: true,
		Repositories:     []solver.Repository{{Index: indexOf(t, apk.V3, "a-1: ", "b-1: ")}},
	}
	sol, err := solver.Solve(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(sol.Changes); got != "[Installing a (1)]" {
		t.Errorf("changes are %s", got)
	}
	if got := join(sol.World); got != "a b>9 nothing" {
		t.Errorf("world is %s", got)
	}
	// apk 2.14.4 forgets -u in its second attempt.
	req.World = items(t, apk.V3, "a")
	req.Installed = &apk.Installed{Packages: []*apk.InstalledPackage{{Package: *indexOf(t, apk.V3, "a-0: ").Packages[0]}}}
	req.Add(items(t, apk.V3, "a nothing"), solver.Upgrade)
	if sol, err = solver.Solve(t.Context(), req); err != nil || len(sol.Changes) != 1 || sol.Changes[0].Kind != solver.Unchanged {
		t.Errorf("got %v, %v", sol, err)
	}
}

// TestConflictWithIdentity: apk 2.14 takes "!a><Q1…" for the wish to have that
// very package (seen on 2.14.4).
func TestConflictWithIdentity(t *testing.T) {
	a := indexOf(t, apk.V3, "a-1: ").Packages[0]
	b := indexOf(t, apk.V3, "b-1: ").Packages[0]
	for _, identity := range []apk.Checksum{a.Identity, b.Identity} {
		req := solver.Request{Generation: apk.V2, Repositories: []solver.Repository{{Index: &apk.Index{Packages: []*apk.Package{a}}}}}
		req.World = items(t, apk.V2, "a")
		dependant := *b
		dependant.Depends = items(t, apk.V2, "!a><"+identity.String())
		req.Files = []*apk.Package{&dependant}
		req.Add(items(t, apk.V2, "b"), 0)
		if _, err := solver.Solve(t.Context(), req); (err == nil) != (identity == a.Identity) {
			t.Errorf("%s: %v", identity, err)
		}
	}
}

func TestArch(t *testing.T) {
	index := indexOf(t, apk.V3, "a-1: ")
	for _, tt := range []struct {
		g     apk.Generation
		arch  string
		archs []string
		fits  bool
	}{
		{apk.V3, "x86_64", []string{"x86_64"}, true},
		{apk.V3, "noarch", []string{"x86_64"}, true},
		{apk.V3, "x86", []string{"x86_64", "x86"}, true},
		{apk.V3, "aarch64", []string{"x86_64"}, false},
		{apk.V3, "aarch64", nil, true},
		{apk.V2, "aarch64", []string{"x86_64"}, true}, // apk 2 does not look
	} {
		p := *index.Packages[0]
		p.Arch = tt.arch
		req := solver.Request{
			Generation: tt.g, Archs: tt.archs, World: items(t, tt.g, "a"),
			Repositories: []solver.Repository{{Index: &apk.Index{Packages: []*apk.Package{&p}}}},
		}
		_, err := solver.Solve(t.Context(), req)
		if (err == nil) != tt.fits {
			t.Errorf("%v, %s in %v: %v", tt.g, tt.arch, tt.archs, err)
		}
		var e *solver.UnsatisfiableError
		if errors.As(err, &e) {
			want := "ERROR: unable to select packages:\n  a-1:\n    error: uninstallable\n    arch: aarch64\n    satisfies: world[a]"
			if got := e.Report(0); got != want {
				t.Errorf("got %s", got)
			}
		}
	}
}

func TestRepositories(t *testing.T) {
	index := indexOf(t, apk.V3, "a-1: ")
	tests := []struct {
		name         string
		repositories []solver.Repository
		add          string
		change       string
		repository   int
	}{
		{
			name:         "same package in two",
			repositories: []solver.Repository{{Name: "x"}, {Name: "y", Index: index}, {Name: "z", Index: index}},
			add:          "a", change: "Installing a (1)", repository: 1,
		},
		{
			name:         "the first one that can be reached",
			repositories: []solver.Repository{{Name: "y", Index: index, Unreachable: true}, {Name: "z", Index: index}},
			add:          "a", change: "Installing a (1)", repository: 1,
		},
		{
			name:         "one repository with two tags",
			repositories: []solver.Repository{{Name: "y", Tag: "one", Index: index}, {Name: "y", Tag: "two", Index: index}},
			add:          "a@two", change: "Installing a@two (1)", repository: 0,
		},
		{
			name:         "untagged before tagged",
			repositories: []solver.Repository{{Name: "y", Tag: "edge", Index: index}, {Name: "z", Index: index}},
			add:          "a", change: "Installing a (1)", repository: 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := solver.Request{Repositories: tt.repositories}
			req.Add(items(t, apk.V3, tt.add), 0)
			sol, err := solver.Solve(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			c := sol.Changes[0]
			if c.String() != tt.change || c.Repository != tt.repository || c.File != -1 {
				t.Errorf("got %s from %d", c, c.Repository)
			}
		})
	}
	t.Run("too many", func(t *testing.T) {
		_, err := solver.Solve(t.Context(), solver.Request{Repositories: make([]solver.Repository, 33)})
		if err == nil || err.Error() != "more than 32 repositories" {
			t.Error(err)
		}
		var many []solver.Repository
		for i := range 17 {
			many = append(many, solver.Repository{Tag: fmt.Sprint("t", i)})
		}
		_, err = solver.Solve(t.Context(), solver.Request{Repositories: many})
		if err == nil || err.Error() != "more than 15 repository tags" {
			t.Error(err)
		}
	})
}

// TestSolveConcurrently solves with shared catalogs; the race detector and the
// comparison watch it.
func TestSolveConcurrently(t *testing.T) {
	req := deepRequest(t, apk.V3, 2_000, 100)
	catalogs := new(solver.Catalogs)
	solutions := make([]*solver.Solution, 4)
	var wg sync.WaitGroup
	for i := range solutions {
		wg.Go(func() {
			sol, err := catalogs.Solve(t.Context(), req)
			if err != nil {
				t.Error(err)
			}
			solutions[i] = sol
		})
	}
	wg.Wait()
	text := func(sol *solver.Solution) string { return fmt.Sprint(sol.World, sol.Changes) }
	for _, sol := range solutions[1:] {
		if text(sol) != text(solutions[0]) {
			t.Fatal("two runs with the same request differ")
		}
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := solver.Solve(ctx, deepRequest(t, apk.V3, 5_000, 1_000))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestHostile solves indexes that no distribution would make: they end in time,
// with an answer or an error.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("large indexes")
	}
	const deep, wide = 50_000, 200_000
	id := func(i int) apk.Checksum {
		c, err := apk.ParseChecksum(fmt.Sprintf("X1%040x", i+1))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	dep := func(format string, args ...any) []apk.Dependency {
		return []apk.Dependency{{Name: fmt.Sprintf(format, args...)}}
	}
	tests := []struct {
		name string
		n    int
		make func(i int) *apk.Package
		add  string
		err  string // part of it; "" for a solution
	}{
		{
			name: "chain", n: deep,
			make: func(i int) *apk.Package { return &apk.Package{Name: fmt.Sprint("p", i), Depends: dep("p%d", i+1)} },
			add:  "p0", err: fmt.Sprintf("p%d (no such package)", deep),
		},
		{
			name: "chain longer than the limit", n: wide,
			make: func(i int) *apk.Package { return &apk.Package{Name: fmt.Sprint("p", i), Depends: dep("p%d", i+1)} },
			add:  "p0", err: "nested more than 100000 levels deep",
		},
		{
			name: "cycle", n: deep,
			make: func(i int) *apk.Package {
				return &apk.Package{Name: fmt.Sprint("p", i), Depends: dep("p%d", (i+1)%deep)}
			},
			add: "p0",
		},
		{
			name: "versions of one name", n: wide,
			make: func(i int) *apk.Package { return &apk.Package{Name: "p", Depends: dep("q"), Provides: dep("q")} },
			add:  "p",
		},
		{
			name: "providers of a virtual name", n: wide,
			make: func(i int) *apk.Package { return &apk.Package{Name: fmt.Sprint("p", i), Provides: dep("q")} },
			add:  "q", err: "q (virtual)",
		},
		{
			name: "install_if chain", n: deep,
			make: func(i int) *apk.Package {
				p := &apk.Package{Name: fmt.Sprint("p", i)}
				if i > 0 {
					p.InstallIf = dep("p%d", i-1)
				}
				return p
			},
			add: "p0",
		},
	}
	for _, tt := range tests {
		for _, g := range []apk.Generation{apk.V2, apk.V3} {
			t.Run(tt.name+" "+g.String(), func(t *testing.T) {
				t.Parallel()
				index := &apk.Index{}
				for i := range tt.n {
					p := tt.make(i)
					p.Identity, p.InstalledSize = id(i), 1
					if p.Version == "" {
						p.Version = "1"
					}
					index.Packages = append(index.Packages, p)
				}
				req := solver.Request{Generation: g, Repositories: []solver.Repository{{Index: index}}}
				req.Add(items(t, g, tt.add), 0)
				_, err := solver.Solve(t.Context(), req)
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
					t.Errorf("got %v, want %q", err, tt.err)
				}
			})
		}
	}
}

func TestExplain(t *testing.T) {
	req := solver.Request{Repositories: []solver.Repository{{Index: indexOf(t, apk.V3,
		"app-1: lib>0 tool", "tool-1: lib", "lib-1: ; so:lib=1", "doc-1: ; ; app docs", "docs-1: ", "other-1: so:lib")}}}
	req.Add(items(t, apk.V3, "app docs other"), 0)
	sol, err := solver.Solve(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"app": {"world[app] -> app-1"},
		"lib": {
			"world[app] -> app-1, app-1[lib>0] -> lib-1",
			"world[other] -> other-1, other-1[so:lib] -> lib-1",
		},
		"so:lib": {
			"world[app] -> app-1, app-1[lib>0] -> lib-1",
			"world[other] -> other-1, other-1[so:lib] -> lib-1",
		},
		"doc":    {"world[docs] -> docs-1, docs-1 completes install_if[docs] -> doc-1"},
		"nobody": nil,
	} {
		var got []string
		for _, chain := range sol.Explain(apk.V3, name) {
			var steps []string
			for _, s := range chain {
				steps = append(steps, s.String())
			}
			got = append(got, strings.Join(steps, ", "))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
