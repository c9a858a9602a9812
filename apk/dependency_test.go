package apk

import (
	"strings"
	"testing"
)

func TestParseDependency(t *testing.T) {
	for _, c := range []struct {
		text string
		want Dependency
	}{
		{"nginx", Dependency{Name: "nginx"}},
		{"!nginx", Dependency{Name: "nginx", Conflict: true}},
		{"foo@edge", Dependency{Name: "foo", Tag: "edge"}},
		{"foo@edge>=1", Dependency{Name: "foo", Tag: "edge", Op: Greater | Equal, Version: "1"}},
		{"curl>8", Dependency{Name: "curl", Op: Greater, Version: "8"}},
		{"a<=1.0-r3", Dependency{Name: "a", Op: Less | Equal, Version: "1.0-r3"}},
		{"a=<1.0-r3", Dependency{Name: "a", Op: Less | Equal, Version: "1.0-r3"}},
		{"a~3", Dependency{Name: "a", Op: Fuzzy | Equal, Version: "3"}},
		{"a~=3", Dependency{Name: "a", Op: Fuzzy | Equal, Version: "3"}},
		{"a<~3", Dependency{Name: "a", Op: Fuzzy | Equal | Less, Version: "3"}},
		{"a><Q1AAAA", Dependency{Name: "a", Op: Checksums, Version: "Q1AAAA"}},
		{"so:libc.musl-x86_64.so.1", Dependency{Name: "so:libc.musl-x86_64.so.1"}},
		{"/bin/sh", Dependency{Name: "/bin/sh"}},
	} {
		for _, g := range []Generation{V2, V3} {
			got, err := ParseDependency(c.text, g)
			if err != nil || got != c.want {
				t.Errorf("%s: %q gives %+v, %v, want %+v", g, c.text, got, err, c.want)
			}
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

// TestSatisfiedBy follows SPEC-md 4.3.
func TestSatisfiedBy(t *testing.T) {
	self := &Package{Name: "self", Version: "1"}
	other := &Package{Name: "other", Version: "2.0-r1"}
	for _, c := range []struct {
		dependency string
		dependant  *Package
		pkg        *Package
		provided   string
		v2, v3     bool
	}{
		{"other", self, other, "2.0-r1", true, true},
		{"other>1", self, other, "2.0-r1", true, true},
		{"other<2", self, other, "2.0-r1", false, false},
		{"other~2.0", self, other, "2.0-r1", true, true},
		{"other~2.0.1", self, other, "2.0", true, false}, // 5.2: fuzzy is symmetric in apk 2
		{"!other", self, other, "2.0-r1", false, false},
		{"!other<2", self, other, "2.0-r1", true, true},
		{"virt", self, other, "", true, true},
		{"virt<2", self, other, "", false, true}, // an unversioned provider is lower than any
		{"virt>0", self, other, "", false, false},
		{"virt=1", self, other, "", false, false},
		{"!virt<1", self, other, "", true, false},
		{"!virt", self, self, "", false, true}, // a conflict with what it provides itself
	} {
		d, err := ParseDependency(c.dependency, V3)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.SatisfiedBy(V2, c.dependant, c.pkg, c.provided); got != c.v2 {
			t.Errorf("apk 2: %s by %q: %v, want %v", c.dependency, c.provided, got, c.v2)
		}
		if got := d.SatisfiedBy(V3, c.dependant, c.pkg, c.provided); got != c.v3 {
			t.Errorf("apk 3: %s by %q: %v, want %v", c.dependency, c.provided, got, c.v3)
		}
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
