package apk

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDependencyText has what each generation writes (apk/FORMAT.md 4.1).
func TestDependencyText(t *testing.T) {
	for _, c := range []struct {
		text   string
		want   Dependency
		v2, v3 string // as written by apk
	}{
		{"musl", Dependency{Name: "musl"}, "musl", "musl"},
		{"so:libc.musl-x86_64.so.1", Dependency{Name: "so:libc.musl-x86_64.so.1"}, "so:libc.musl-x86_64.so.1", "so:libc.musl-x86_64.so.1"},
		{"a<1", Dependency{Name: "a", Op: Less, Version: "1"}, "a<1", "a<1"},
		{"a<=1", Dependency{Name: "a", Op: Less | Equal, Version: "1"}, "a<=1", "a<=1"},
		{"a=1", Dependency{Name: "a", Op: Equal, Version: "1"}, "a=1", "a=1"},
		{"a>=1", Dependency{Name: "a", Op: Greater | Equal, Version: "1"}, "a>=1", "a>=1"},
		{"a>1", Dependency{Name: "a", Op: Greater, Version: "1"}, "a>1", "a>1"},
		{"a=>1", Dependency{Name: "a", Op: Greater | Equal, Version: "1"}, "a>=1", "a>=1"},
		{"a~1", Dependency{Name: "a", Op: Fuzzy | Equal, Version: "1"}, "a~1", "a~1"},
		{"a~=1", Dependency{Name: "a", Op: Fuzzy | Equal, Version: "1"}, "a~1", "a~1"},
		{"a=~1", Dependency{Name: "a", Op: Fuzzy | Equal, Version: "1"}, "a~1", "a~1"},
		{"a<~1", Dependency{Name: "a", Op: Fuzzy | Equal | Less, Version: "1"}, "a?1", "a<~1"},
		{"a>~1", Dependency{Name: "a", Op: Fuzzy | Equal | Greater, Version: "1"}, "a?1", "a>~1"},
		{"a<=>1", Dependency{Name: "a", Op: Less | Equal | Greater, Version: "1"}, "a?1", "a<=>1"},
		{"a><Q1YCZ4", Dependency{Name: "a", Op: Checksums, Version: "Q1YCZ4"}, "a><Q1YCZ4", "a><Q1YCZ4"},
		{"!nginx", Dependency{Name: "nginx", Conflict: true}, "!nginx", "!nginx"},
		{"foo@edge", Dependency{Name: "foo", Tag: "edge"}, "foo@edge", "foo@edge"},
		{"/bin/sh", Dependency{Name: "/bin/sh"}, "/bin/sh", "/bin/sh"},
		{"!a@edge>1.2-r3", Dependency{Name: "a", Tag: "edge", Conflict: true, Op: Greater, Version: "1.2-r3"}, "!a@edge>1.2-r3", "!a@edge>1.2-r3"},
	} {
		for _, g := range []Generation{V2, V3} {
			got, err := ParseDependency(c.text, g)
			if err != nil {
				t.Errorf("%s: %v", g, err)
				continue
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %q: -want +got\n%s", g, c.text, diff)
			}
		}
		if got := c.want.Format(V2); got != c.v2 {
			t.Errorf("apk 2 writes %q, want %q", got, c.v2)
		}
		if got := c.want.String(); got != c.v3 {
			t.Errorf("apk 3 writes %q, want %q", got, c.v3)
		}
	}
}

func TestParseDependencies(t *testing.T) {
	got, err := ParseDependencies(" a  b>1\n!c\n", V3)
	if err != nil || len(got) != 3 || got[0].Name != "a" || got[1].Version != "1" || !got[2].Conflict {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = ParseDependencies("a b=1_foo c", V2)
	if err == nil || len(got) != 1 || got[0].Name != "a" {
		t.Errorf("with a bad item: got %v, %v, want what came before and an error", got, err)
	}
	if got, err := ParseDependencies(" \n", V3); got != nil || err != nil {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}

// TestSatisfiedBy compares versions, and identities with the operator "><",
// without allocations (apk/FORMAT.md 4.3).
func TestSatisfiedBy(t *testing.T) {
	identity, err := ParseChecksum("Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=")
	if err != nil {
		t.Fatal(err)
	}
	pkg := &Package{Name: "p", Version: "1.2-r0", Identity: identity}
	other := &Package{Name: "q", Version: "9"}
	for _, c := range []struct {
		name      string
		item      string
		dependant *Package
		provided  string // version
		v2, v3    bool
	}{
		{"any version", "p", other, "1.2-r0", true, true},
		{"any version, none provided", "p", other, "", true, true},
		{"conflict with any", "!p", other, "1.2-r0", false, false},
		{"conflict with oneself", "!p", pkg, "1.2-r0", false, true},
		{"equal", "p=1.2-r0", nil, "1.2-r0", true, true},
		{"not equal", "p=1.2", nil, "1.2-r0", false, false},
		{"greater", "p>1.1", nil, "1.2-r0", true, true},
		{"conflict does not apply", "!p<1.2", nil, "1.2-r0", true, true},
		{"fuzzy", "p~1.2", nil, "1.2-r0", true, true},
		{"fuzzy, dependency is longer", "p~1.2-r0", nil, "1.2", true, false},
		{"fuzzy and greater", "p>~1.1", nil, "1.2-r0", true, true},
		{"none provided, less", "p<2", nil, "", false, true},
		{"none provided, equal", "p=2", nil, "", false, false},
		{"none provided, fuzzy", "p~2", nil, "", false, false},
		{"none provided, greater", "p>2", nil, "", false, false},
		{"none provided, conflict", "!p<1", nil, "", true, false},
		{"identity", "p><Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=", nil, "1.2-r0", true, true},
		{"identity with unused bits", "p><Q1YCZ4e/kV0Uaynh14//zvTTyN7x9=", nil, "1.2-r0", true, true},
		{"other identity", "p><Q19qUyV9TFS+tErPDBnvqG7VqyvyM=", nil, "1.2-r0", false, false},
		{"no identity", "p><Q1", nil, "1.2-r0", false, false},
		// Apk 2 forgets the "!" and wants that very package. Apk 3 compares the text as a
		// version, which it is not: lower than any.
		{"conflict with identity", "!p><Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=", nil, "1.2-r0", true, false},
		{"conflict with other identity", "!p><Q19qUyV9TFS+tErPDBnvqG7VqyvyM=", nil, "1.2-r0", false, false},
	} {
		for _, run := range []struct {
			g    Generation
			want bool
		}{{V2, c.v2}, {V3, c.v3}} {
			d, err := ParseDependency(c.item, run.g)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.SatisfiedBy(run.g, c.dependant, pkg, c.provided); got != run.want {
				t.Errorf("%s: %s: %s by version %q: %t, want %t", c.name, run.g, c.item, c.provided, got, run.want)
			}
			if c.name == "no identity" {
				continue
			}
			if n := testing.AllocsPerRun(10, func() { d.SatisfiedBy(run.g, c.dependant, pkg, c.provided) }); n != 0 {
				t.Errorf("%s: %s: %v allocations", c.name, run.g, n)
			}
		}
	}
}

func FuzzDependencies(f *testing.F) {
	for _, s := range []string{"a", "!a@edge>1.2-r3", "a<~1", "a><Q1YCZ4", "a<=>1", "a<~>x", "a=1..x", "=1", "so:libc.so.1=1", "a b\n!c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, g := range []Generation{V2, V3} {
			list, err := ParseDependencies(s, g)
			if err != nil {
				continue
			}
			var texts []string
			for _, d := range list {
				texts = append(texts, d.String())
			}
			again, err := ParseDependencies(strings.Join(texts, " "), g)
			if err != nil || !slices.Equal(again, list) {
				t.Errorf("%s: %q is written as %q and read as %v, %v", g, s, texts, again, err)
			}
		}
	})
}

func BenchmarkSatisfiedBy(b *testing.B) {
	d, err := ParseDependency("p>=1.2.3-r1", V3)
	if err != nil {
		b.Fatal(err)
	}
	pkg := &Package{Name: "p", Version: "1.2.4-r0"}
	b.ReportAllocs()
	for b.Loop() {
		d.SatisfiedBy(V3, nil, pkg, pkg.Version)
	}
}

func BenchmarkParseDependency(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseDependency("so:libcrypto.so.3>=1.2.3-r1", V3); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParseDependencyErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":      `dependency "": no name`,
		"!":     `dependency "!": no name`,
		">1":    `dependency ">1": no name`,
		"a>":    `dependency "a>": no version after ">"`,
		"a@":    `dependency "a@": no tag after "@"`,
		"a@>=1": `dependency "a@>=1": no tag after "@"`,
	} {
		if _, err := ParseDependency(text, V3); err == nil || err.Error() != want {
			t.Errorf("%q gives %v, want %s", text, err, want)
		}
	}
	// SPEC-md 4.1: apk 2 does not parse it, apk 3 calls it broken.
	if _, err := ParseDependency("a>1.0bc", V2); err == nil {
		t.Error("apk 2 takes an invalid version")
	}
	if d, err := ParseDependency("a>1.0bc", V3); err != nil || !d.Broken {
		t.Errorf("apk 3 gives %+v, %v for an invalid version, want it broken", d, err)
	}
}

func FuzzParseDependency(f *testing.F) {
	for _, seed := range []string{"nginx", "!a@t>=1.0-r0", "a><Q1AAAA", "a<~1", "a~=1", "", "@", "a<=>1", "so:x=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, " \n") {
			return // separators never get here
		}
		d, err := ParseDependency(text, V3)
		if err != nil {
			return
		}
		printed := d.String()
		if strings.Contains(printed, "?") && !strings.Contains(text, "?") {
			return // operators that no generation can write
		}
		again, err := ParseDependency(printed, V3)
		if err != nil || again != d {
			t.Errorf("%q gives %+v; printed as %q it gives %+v, %v", text, d, printed, again, err)
		}
	})
}

func FuzzVersion(f *testing.F) {
	f.Add("1.0", "1.0-r1")
	f.Add("1.2.3_git20240101-r0", "1.2.3~abc")
	f.Add("0001", "99999999999999999999")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, g := range []Generation{V2, V3} {
			if got := g.CompareVersions(a, a, false); got != Equal {
				t.Errorf("%s: %q against itself gives %q", g, a, got)
			}
			if !g.ValidVersion(a) || !g.ValidVersion(b) {
				continue
			}
			there, back := g.CompareVersions(a, b, false), g.CompareVersions(b, a, false)
			if (there == Less) != (back == Greater) || (there == Equal) != (back == Equal) {
				t.Errorf("%s: %q against %q gives %q, the other way round %q", g, a, b, there, back)
			}
		}
	})
}
