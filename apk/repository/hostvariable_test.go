package repository

import (
	"strings"
	"testing"
)

// TestHostVariable: hosts have a variable each, except those whose names would give two of them the same one.
func TestHostVariable(t *testing.T) {
	for host, want := range map[string]string{
		"packages.example.org": "PACKAGES_EXAMPLE_ORG", "Packages.example-site.org": "PACKAGES_EXAMPLE__SITE_ORG", "a--b": "A____B", "localhost": "LOCALHOST",
		"10.0.0.1": "10_0_0_1", "": "", "a..b": "", "a.-b": "", "a-.b": "", "-a": "", "a.b.": "", "a_b": "", "::1": "", "bücher.example": "",
	} {
		if got, ok := hostVariable(host); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", host, got, ok, want)
		}
	}
}

// FuzzHostVariable: no two host names have the same variable, since the specs that name hosts may be anybody's.
func FuzzHostVariable(f *testing.F) {
	f.Add("a-b.example", "a.b.example")
	f.Add("a.-b", "a-.b")
	f.Add("a--b", "a-.-b")
	f.Fuzz(func(t *testing.T, a, b string) {
		one, ok := hostVariable(a)
		other, otherOK := hostVariable(b)
		if ok && otherOK && one == other && !strings.EqualFold(a, b) {
			t.Errorf("%q and %q have the same variable %q", a, b, one)
		}
	})
}
