package solver

import (
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

func TestCheck(t *testing.T) {
	deps := func(g apk.Generation, list string) []apk.Dependency {
		d, err := apk.ParseDependencies(list, g)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	type p struct{ id, depends, provides string }
	tests := []struct {
		name   string
		world  string
		pkgs   []p
		v2, v3 string // part of the error; "" is none
	}{
		{name: "empty"},
		{name: "satisfied", world: "a>1 so:x", pkgs: []p{{"a-2", "b so:x=3", ""}, {"b-1", "!c", "so:x=3"}}},
		{name: "world", world: "a", v2: `world item "a" is not satisfied`, v3: `world item "a" is not satisfied`},
		{
			name: "version", world: "a", pkgs: []p{{"a-2", "b>1", ""}, {"b-1", "", ""}},
			v2: `dependency "b>1" of a-2 is not satisfied`, v3: `dependency "b>1" of a-2 is not satisfied`,
		},
		{
			name: "conflict", world: "a", pkgs: []p{{"a-2", "!b<2", ""}, {"b-1", "", ""}},
			v2: `dependency "!b<2" of a-2 is not satisfied`, v3: `dependency "!b<2" of a-2 is not satisfied`,
		},
		{
			name: "conflict of the world", world: "!b", pkgs: []p{{"b-1", "", ""}},
			v2: `world item "!b" is not satisfied`, v3: `world item "!b" is not satisfied`,
		},
		{name: "self conflict", pkgs: []p{{"a-2", "!x", "x"}}, v2: `dependency "!x" of a-2 is not satisfied`},
		{
			name: "self conflict and another", pkgs: []p{{"a-2", "!x", "x"}, {"b-1", "", "x"}},
			v2: `dependency "!x" of a-2 is not satisfied`, v3: `dependency "!x" of a-2 is not satisfied`,
		},
		{name: "two without a version", pkgs: []p{{"a-2", "", "x"}, {"b-1", "", "x"}}},
		{
			name: "one name twice", pkgs: []p{{"a-2", "", "x=1"}, {"b-1", "", "x"}},
			v2: `both a-2 and b-1 have the name "x"`, v3: `both a-2 and b-1 have the name "x"`,
		},
		{
			name: "unversioned and versioned", world: "x<2", pkgs: []p{{"a-2", "", "x"}},
			v2: `world item "x<2" is not satisfied`,
		},
	}
	for _, tt := range tests {
		for g, want := range map[apk.Generation]string{apk.V2: tt.v2, apk.V3: tt.v3} {
			sol := &Solution{}
			for _, x := range tt.pkgs {
				name, version, _ := strings.Cut(x.id, "-")
				sol.Changes = append(sol.Changes, Change{New: &apk.Package{
					Name: name, Version: version, Depends: deps(g, x.depends), Provides: deps(g, x.provides),
				}})
			}
			err := check(&Request{Generation: g}, deps(g, tt.world), sol)
			switch {
			case want == "" && err != nil:
				t.Errorf("%s, %v: %v", tt.name, g, err)
			case want != "" && (err == nil || err.Error() != want):
				t.Errorf("%s, %v: got %v, want %s", tt.name, g, err, want)
			}
		}
	}
}
