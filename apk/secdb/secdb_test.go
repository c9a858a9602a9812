package secdb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/secdb"
)

const main = `{
  "apkurl": "{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk",
  "archs": ["x86_64"],
  "reponame": "main",
  "packages": [
    {"pkg": {"name": "web", "secfixes": {
      "0": ["CVE-2000-0"],
      "1.9-r0": ["CVE-2000-9"],
      "1.10_rc1-r0": ["CVE-2000-10"],
      "1.10-r0": ["CVE-2000-11", "CVE-2000-10"],
      "1.10-r2": ["CVE-2000-12 XSA-1"],
      "1.11-r0": null
    }}},
    {"pkg": {"name": "empty", "secfixes": []}},
    {"pkg": {"name": "none"}},
    {"pkg": {"name": "odd", "secfixes": {"1.0-rc": ["CVE-2000-1"], "1.0-r1": ["CVE-2000-2"]}}}
  ]
}`

// TestFixes: versions have apk's order, in which a release candidate is lower than its release and 1.10 is higher than 1.9. Of a range,
// the end is part of it and the beginning is not.
func TestFixes(t *testing.T) {
	var warnings []string
	db := &secdb.Database{Warn: func(s string) { warnings = append(warnings, s) }}
	for _, text := range []string{main, `{"packages": [{"pkg": {"name": "web", "secfixes": {"1.10-r1": ["CVE-2001-1"]}}}]}`} {
		if err := db.Add(strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ origin, from, to, want string }{
		{"web", "1.9-r0", "1.10-r0", "CVE-2000-10 CVE-2000-11"},
		{"web", "1.8-r9", "1.9-r0", "CVE-2000-9"},
		{"web", "1.9-r1", "1.10_rc2-r0", "CVE-2000-10"},
		{"web", "1.10_rc1-r0", "1.10-r3", "CVE-2000-10 CVE-2000-11 CVE-2000-12 XSA-1 CVE-2001-1"},
		{"web", "1.10-r2", "1.12-r0", ""},
		{"web", "1.10-r2", "1.10-r2", ""},
		{"web", "1.12-r0", "1.8-r0", ""},
		{"web", "", "1.12-r0", ""},
		{"web", "1.8-r0", "(removed)", ""},
		{"empty", "1.0", "2.0", ""},
		{"none", "1.0", "2.0", ""},
		{"missing", "1.0", "2.0", ""},
	} {
		if got := strings.Join(db.Fixes(c.origin, c.from, c.to), " "); got != c.want {
			t.Errorf("%s from %s to %s: %q, want %q", c.origin, c.from, c.to, got, c.want)
		}
	}
	if warnings != nil {
		t.Errorf("warned: %q", warnings)
	}
	if got := db.Fixes("odd", "1.0-r0", "1.1-r0"); !slices.Equal(got, []string{"CVE-2000-2"}) || len(warnings) != 1 ||
		!strings.Contains(warnings[0], `package odd: version "1.0-rc"`) {
		t.Errorf("%q, warned: %q", got, warnings)
	}
}

// TestMalformed: an error has its place, and nothing of the file counts.
func TestMalformed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "unexpected end of JSON input"},
		{"{\n \"packages\": [\n  {]\n}", "line 3: "},
		{"[]", "line 1: the document is not an object but a list"},
		{`{"vulnerabilities": []}`, `has no list "packages"`},
		{"{\n\"packages\": 7}", "line 2: packages is not a list but a number"},
		{`{"packages": [{"pkg": {"name": "a"}}, {"package": {}}]}`, "packages: item 2 has no pkg with a name"},
		{`{"packages": [{"pkg": {"name": "a", "secfixes": {"1.0-r0": ["CVE-1"]}}}, {"pkg": {"name": "b", "secfixes": "1.0"}}]}`,
			"package b: secfixes: want an object"},
		{`{"packages": [{"pkg": {"name": "a", "secfixes": {"1.0-r0": "CVE-1"}}}]}`, `package a: secfixes: version "1.0-r0": want a list`},
		{"{\"packages\": [{\"pkg\": {\"name\": \"a\", \"secfixes\": {\n\"1.0-r0\": [],\n\"1.0-r0\": []}}}]}", `line 3: member "1.0-r0" occurs twice`},
	} {
		var db secdb.Database
		err := db.Add(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
		if got := db.Fixes("a", "0.1-r0", "2.0-r0"); got != nil {
			t.Errorf("%s: %q", c.text, got)
		}
	}
	var db secdb.Database
	if err := db.Add(&endless{}); err == nil || err.Error() != "larger than 67108864 bytes" {
		t.Errorf("%v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// FuzzAdd: any file is read or refused, and a range without versions fixes nothing.
func FuzzAdd(f *testing.F) {
	f.Add(main, "web", "1.9-r0")
	f.Add(`{"packages": []}`, "", "")
	f.Fuzz(func(t *testing.T, text, origin, version string) {
		var db secdb.Database
		if err := db.Add(strings.NewReader(text)); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
		if got := db.Fixes(origin, version, version); got != nil {
			t.Errorf("%s: from a version to itself fixes %q", origin, got)
		}
	})
}

func ExampleDatabase_Fixes() {
	var db secdb.Database
	if err := db.Add(strings.NewReader(`{"packages": [{"pkg": {"name": "nginx", "secfixes": {"1.26.2-r0": ["CVE-2024-7347"]}}}]}`)); err != nil {
		fmt.Println(err)
	}
	fmt.Println(db.Fixes("nginx", "1.26.1-r0", "1.26.3-r0"))
	// Output: [CVE-2024-7347]
}
