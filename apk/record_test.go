package apk

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// indexRecord is one in the order in which apk writes it (apk/FORMAT.md 2).
const indexRecord = `C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=
P:7zip
V:23.01-r0
A:x86_64
S:866787
I:1720320
T:File archiver with a high compression ratio
U:https://7-zip.org/
L:LGPL-2.0-only
o:7zip
m:Alex Xu (Hello71) <alex_y_xu@yahoo.ca>
t:1688146859
c:da4780262417a9446b7d13fe9bb7e83c54edb53d
k:100
D:so:libc.musl-x86_64.so.1 !p7zip<16
p:7zip-virtual p7zip=23.01-r0
i:a b>=1

`

const shortIndexRecord = "C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\nP:a\nV:1\n"

func readOnePackage(t *testing.T, text string, g Generation) *Package {
	t.Helper()
	index, err := ReadIndex(strings.NewReader(text), g)
	if err != nil {
		t.Fatal(err)
	}
	if len(index.Packages) != 1 {
		t.Fatalf("%d packages, want 1", len(index.Packages))
	}
	return index.Packages[0]
}

func TestReadRecord(t *testing.T) {
	want := &Package{
		Name: "7zip", Version: "23.01-r0", Arch: "x86_64", Size: 866787, InstalledSize: 1720320,
		Description: "File archiver with a high compression ratio", URL: "https://7-zip.org/", License: "LGPL-2.0-only",
		Origin: "7zip", Maintainer: "Alex Xu (Hello71) <alex_y_xu@yahoo.ca>", BuildTime: 1688146859,
		Commit: "da4780262417a9446b7d13fe9bb7e83c54edb53d", ProviderPriority: 100,
		Depends:   []Dependency{{Name: "so:libc.musl-x86_64.so.1"}, {Name: "p7zip", Op: Less, Version: "16", Conflict: true}},
		Provides:  []Dependency{{Name: "7zip-virtual"}, {Name: "p7zip", Op: Equal, Version: "23.01-r0"}},
		InstallIf: []Dependency{{Name: "a"}, {Name: "b", Op: Greater | Equal, Version: "1"}},
	}
	for _, g := range []Generation{V2, V3} {
		p := readOnePackage(t, indexRecord, g)
		if diff := cmp.Diff(want, p, cmpopts.IgnoreFields(Package{}, "Identity"), cmpopts.IgnoreUnexported(Package{})); diff != "" {
			t.Errorf("%s: -want +got\n%s", g, diff)
		}
		if got := p.Identity.Hex(); got != "X16026787bf915d146b29e1d78fffcef4d3c8def1f" {
			t.Errorf("identity %s", got)
		}
	}
}

// TestReadRecordProblems has what is the misfortune of a single package.
func TestReadRecordProblems(t *testing.T) {
	for _, c := range []struct {
		name, lines   string
		g             Generation
		uninstallable string
		depends       string
		provides      string
		installIf     string
		warnings      int
	}{
		{name: "broken version in depends, apk 3", g: V3, lines: "D:a b=1_foo c\n", depends: "a b=1_foo c",
			uninstallable: `broken dependency: "b=1_foo" has an invalid version`, warnings: 1},
		{name: "broken version in depends, apk 2", g: V2, lines: "D:a b=1_foo c\n", depends: "a", warnings: 1},
		{name: "syntax error in depends, apk 3", g: V3, lines: "D:a b= c\n", depends: "a",
			uninstallable: `broken dependency: dependency "b=": no version after "="`, warnings: 1},
		{name: "tag in depends, apk 3", g: V3, lines: "D:a b@edge\n", depends: "a",
			uninstallable: `broken dependency: dependency "b@edge": a tag is allowed only in world`, warnings: 1},
		{name: "tag in depends, apk 2", g: V2, lines: "D:a b@edge\n", depends: "a b@edge"},
		{name: "broken provides, apk 3", g: V3, lines: "p:a b=1_foo c\n", provides: "a b=1_foo c", warnings: 1},
		{name: "broken install_if, apk 3", g: V3, lines: "i:a b=1_foo\n", warnings: 1},
		{name: "broken install_if, apk 2", g: V2, lines: "i:a b=1_foo\n", installIf: "a", warnings: 1},
		{name: "field comes twice", g: V3, lines: "D:a b\nD:c\n", depends: "a b c"},
		{name: "unknown upper-case field", g: V3, lines: "X:1\n", uninstallable: `unknown index field 'X'`},
		{name: "unknown lower-case field", g: V3, lines: "z:1\nz:2\ny:\n", warnings: 2},
		{name: "fields of the installed database", g: V3, lines: "F:usr\nM:0:0:755\nR:a\na:0:0:755\nZ:Q1\nr:b\nq:x\ns:edge\nf:f\ng:x\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			index, err := ReadIndex(strings.NewReader(shortIndexRecord+c.lines+"\n"), c.g)
			if err != nil {
				t.Fatal(err)
			}
			p := index.Packages[0]
			if p.Uninstallable != c.uninstallable {
				t.Errorf("uninstallable: %q, want %q", p.Uninstallable, c.uninstallable)
			}
			for _, list := range []struct {
				name, want string
				got        []Dependency
			}{{"depends", c.depends, p.Depends}, {"provides", c.provides, p.Provides}, {"install_if", c.installIf, p.InstallIf}} {
				var texts []string
				for _, d := range list.got {
					texts = append(texts, d.String())
				}
				if got := strings.Join(texts, " "); got != list.want {
					t.Errorf("%s: %q, want %q", list.name, got, list.want)
				}
			}
			if len(index.Warnings) != c.warnings {
				t.Errorf("warnings: %q, want %d", index.Warnings, c.warnings)
			}
		})
	}
}

func TestMentions(t *testing.T) {
	for lines, want := range map[string]string{
		"D:b !c>1\np:d=1\ni:e f\n": "a b c d e f",
		"i:e\np:d=1\nD:b\n":        "a e d b",
		"p:d\n":                    "a d",
		"":                         "a",
	} {
		p := readOnePackage(t, shortIndexRecord+lines+"\n", V3)
		if got := strings.Join(slices.Collect(p.Mentions), " "); got != want {
			t.Errorf("%q: got %q, want %q", lines, got, want)
		}
	}
	made := &Package{Name: "a", Depends: []Dependency{{Name: "b"}}, Provides: []Dependency{{Name: "c"}}, InstallIf: []Dependency{{Name: "d"}}}
	for name := range made.Mentions {
		if name == "b" {
			break // and no more is asked for
		}
	}
	if got := strings.Join(slices.Collect(made.Mentions), " "); got != "a b c d" {
		t.Errorf("of a package made by hand: %q", got)
	}
}

func writeText(t *testing.T, g Generation, packages ...*Package) string {
	t.Helper()
	var b bytes.Buffer
	if err := (&Index{Packages: packages}).Write(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteRecord(t *testing.T) {
	const always = "C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\nP:a\nV:1\nS:0\nI:0\nT:\nU:\nL:\n\n"
	for _, c := range []struct{ name, text, v2, v3 string }{
		{"all fields", indexRecord, indexRecord, indexRecord},
		{"nothing but what must be", shortIndexRecord + "\n", always, always},
		{
			"present but empty", shortIndexRecord + "A:\no:\nm:\nt:0\nc:\nk:0\nD:\np:\ni:\n\n",
			"C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\nP:a\nV:1\nA:\nS:0\nI:0\nT:\nU:\nL:\no:\nm:\nc:\n\n", always,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.v2, writeText(t, V2, readOnePackage(t, c.text, V2))); diff != "" {
				t.Errorf("apk 2: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(c.v3, writeText(t, V3, readOnePackage(t, c.text, V3))); diff != "" {
				t.Errorf("apk 3: -want +got\n%s", diff)
			}
		})
	}
}

func TestWriteRecordErrors(t *testing.T) {
	p := readOnePackage(t, shortIndexRecord+"\n", V3)
	p.Description = "two\nlines"
	err := (&Index{Packages: []*Package{p}}).Write(new(bytes.Buffer), V3)
	if err == nil || err.Error() != `write index: package a-1: T: "two\nlines" contains a line break` {
		t.Errorf("line end: %v", err)
	}

	// The lines from C: to k: may have 2048 bytes; lists do not count.
	p.Description = ""
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	if err := p.writeHeader(w, V3); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	p.Description = strings.Repeat("x", maxHeader-b.Len())
	p.Depends = []Dependency{{Name: strings.Repeat("y", 5000)}}
	text := writeText(t, V3, p)
	if again := readOnePackage(t, text, V3); again.Description != p.Description || again.Depends[0].Name != p.Depends[0].Name {
		t.Error("the longest description was not read back")
	}
	p.Description += "x"
	err = (&Index{Packages: []*Package{p}}).Write(new(bytes.Buffer), V3)
	if err == nil || err.Error() != "write index: package a-1: its fields take 2049 bytes, more than the 2048 that apk can write" {
		t.Errorf("long description: %v", err)
	}
}
