package apk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// minirootfs returns files of Alpine's own root file system, as apk 2.14 left it.
func minirootfs(t testing.TB, names ...string) map[string]string {
	t.Helper()
	f, err := os.Open(corpusDirectory(t, "alpine-3.19", "alpine-minirootfs-3.19.4-x86_64.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for tr := tar.NewReader(z); len(found) < len(names); {
		h, err := tr.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.TrimPrefix(h.Name, "./") == name {
				b, err := io.ReadAll(tr)
				if err != nil {
					t.Fatal(err)
				}
				found[name] = string(b)
			}
		}
	}
	return found
}

// rewritten reads a database and writes it.
func rewritten(t testing.TB, text string, g Generation) string {
	t.Helper()
	db, err := ReadInstalled(strings.NewReader(text), g)
	if err != nil {
		t.Fatal(err)
	}
	db.Sort(g)
	return writtenDB(t, db, g)
}

func writtenDB(t testing.TB, db *Installed, g Generation) string {
	t.Helper()
	var b bytes.Buffer
	if err := db.Write(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInstalledOfMinirootfs(t *testing.T) {
	const name = "lib/apk/db/installed"
	text := minirootfs(t, name)[name]
	if diff := cmp.Diff(text, rewritten(t, text, V2)); diff != "" {
		t.Errorf("apk 2 (-want +got):\n%s", diff)
	}
	db, err := ReadInstalled(strings.NewReader(text), V2)
	if err != nil {
		t.Fatal(err)
	}
	if p := db.Find("apk-tools"); p == nil || p.Version != "2.14.4-r0" || db.Find("nginx") != nil {
		t.Errorf("apk-tools is %v", p)
	}
	again := rewritten(t, text, V3)
	if diff := cmp.Diff(again, rewritten(t, again, V3)); diff != "" {
		t.Errorf("sorting twice for apk 3 gives another order than sorting once:\n%s", diff)
	}
	if got, want := strings.Count(again, "\n"), strings.Count(text, "\n"); got != want {
		t.Errorf("apk 3 writes %d lines, want %d", got, want)
	}
}

// TestInstalledOfBothGenerations uses what apk 2.14 and 3.0 wrote when they installed
// the same packages (apk/FORMAT.md 17).
func TestInstalledOfBothGenerations(t *testing.T) {
	v2, v3 := testdata(t, "installed-v2"), testdata(t, "installed-v3")
	keepDir := "R:.keep_dir\nZ:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\n" // apk 2 leaves it out
	for _, c := range []struct {
		name, text string
		g          Generation
		want       string
	}{
		{"apk 2 by apk 2", v2, V2, v2},
		{"apk 3 by apk 3", v3, V3, v3},
		{"apk 3 by apk 2, which sorts nothing", v3, V2, v3},
		{"apk 2 by apk 3, which sorts files", v2, V3, strings.Replace(v3, keepDir, "", 1)},
	} {
		if diff := cmp.Diff(c.want, rewritten(t, c.text, c.g)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

const installedHeader = "C:Q1hQqsWv9QFJk2Nw6HEz2U/3Sk/Ec=\nP:docs\nV:0.2-r5\nA:x86_64\nS:716\nI:0\nT:test\nU:https://example.com/docs\nL:MIT\n"

// TestInstalledWithoutDirectories: apk 2 writes the lines of a package without directories
// into the next record that has some; what is left at the end is lost. apk 3 loses them at once.
func TestInstalledWithoutDirectories(t *testing.T) {
	record := func(name, lines string) string { return "P:" + name + "\nV:1\n" + lines + "\n" }
	text := record("a", "D:x\nr:b\nq:2\n") + record("b", "") + record("c", "r:d\nF:\nR:r\n") + record("d", "F:x\n") + record("e", "s:t\n")
	want := record("a", "D:x\n") + record("b", "") + record("c", "r:b\nq:2\nr:d\nF:\nR:r\n") + record("d", "F:x\n") + record("e", "")
	strip := func(s string) string { // what stands in every record
		return regexp.MustCompile(`(?m)^[CSITUL]:.*\n`).ReplaceAllString(s, "")
	}
	if diff := cmp.Diff(want, strip(rewritten(t, text, V2))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want3 := record("a", "D:x\n") + record("b", "") + record("c", "r:d\nF:\nR:r\n") + record("d", "F:x\n") + record("e", "")
	if diff := cmp.Diff(want3, strip(rewritten(t, text, V3))); diff != "" {
		t.Errorf("apk 3 (-want +got):\n%s", diff)
	}
	// Reading the database again gives the same packages.
	db, err := ReadInstalled(strings.NewReader(want), V2)
	if err != nil {
		t.Fatal(err)
	}
	if c := db.Find("c"); len(c.Replaces) != 2 || c.ReplacesPriority != 2 {
		t.Errorf("c replaces %v with priority %d", c.Replaces, c.ReplacesPriority)
	}
}

// TestInstalledLines are lines that have to come out again.
func TestInstalledLines(t *testing.T) {
	for name, lines := range map[string]string{
		"nothing more":      "",
		"all package lines": "o:docs\nm:me <m@e>\nt:1700000000\nc:abc\nk:100\nD:a b>1 !c\np:d=2\ni:e f\nr:g<2 h\nq:5\ns:edge\nf:fsxS\nF:\n",
		"tag":               "s:edge\nF:\n",
		"flag":              "f:s\nF:\n",
		"root directory":    "F:\nR:file\n",
		"attributes": "F:a\nM:0:0:755:Q1bKBJKvP+27WXlNLYOKGg/vnyEIo=\nR:b\na:1:2:4755:Q1bKBJKvP+27WXlNLYOKGg/vnyEIo=\nZ:Q1hKUWhBuneltGSN4s0N/LMOpG27Q=\n" +
			"R:c\na:1:2:4755:Q1bKBJKvP+27WXlNLYOKGg/vnyEIo=\n",
		"large numbers":       "F:a\nM:4294967295:4294967295:7777\n",
		"modes":               "F:a\nM:0:0:0\nF:b\nM:0:0:644\nR:f\na:0:0:755\n",
		"MD5":                 "F:a\nR:b\nZ:d41d8cd98f00b204e9800998ecf8427e\n",
		"hidden directory":    "F:.a\nR:.b\nF:...\n",
		"owner given up once": "F:a\nM:1:1:755\nR:b\nR:c\na:1:1:755\nF:d\nF:e\nM:1:1:755\n",
	} {
		for _, g := range []Generation{V2, V3} {
			text := installedHeader + lines + "\n"
			if diff := cmp.Diff(text, rewritten(t, text, g)); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", name, g, diff)
			}
		}
	}
	// Of a field that is unknown, apk keeps nothing; apk 2 does not know g:.
	for _, c := range []struct {
		g           Generation
		lines, want string
	}{
		{V2, "i:e\ng:x y\nz:1\nF:\n", "i:e\nF:\n"},
		{V3, "i:e\ng:x y\nz:1\nF:\n", "i:e\ng:x y\nF:\n"},
		{V3, "z:1\ng:x y\n", "g:x y\n"},
	} {
		if got, want := rewritten(t, installedHeader+c.lines, c.g), installedHeader+c.want+"\n"; got != want {
			t.Errorf("%v: got %q, want %q", c.g, got, want)
		}
	}
	if got, want := rewritten(t, installedHeader+"F:a\nM:0:0:755\nR:b\na:0:0:644\nF:c\nF:a\nR:d\n", V2), installedHeader+"F:a\nR:b\nR:d\nF:c\n\n"; got != want {
		t.Errorf("needless lines: got %q, want %q", got, want)
	}
}

func TestReadInstalledErrors(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"X:1\n", "X: unknown field"},
		{"F:a\nx:1\n", "x: unknown field"},
		{"garbage\n", `want "X:value", found "garbage"`},
		{"F:a\nR:b", "truncated"},
		{"M:0:0:755\n", "M: no preceding F: line"},
		{"R:a\n", "R: no preceding F: line"},
		{"F:a\na:0:0:755\n", "a: no preceding R: line"},
		{"F:a\nR:b\nF:c\nZ:Q1hKUWhBuneltGSN4s0N/LMOpG27Q=\n", "Z: no preceding R: line"},
		{"F:a\nR:b\nZ:Q1hKUWh\n", `Z: checksum "Q1hKUWh": has 5 characters, want 28`},
		{"F:a\nM:\n", `M: want uid:gid:mode, found ""`},
		{"F:a\nM:0:0\n", `M: want uid:gid:mode, found "0:0"`},
		{"F:a\nM:0:-1:755\n", `M: want uid:gid:mode, found "0:-1:755"`},
		{"F:a\nM:0:4294967296:755\n", `M: want uid:gid:mode, found "0:4294967296:755"`},
		{"F:a\nM:0:0:10000\n", `M: want uid:gid:mode, found "0:0:10000"`},
		{"F:a\nM:0:0:789\n", `M: want uid:gid:mode, found "0:0:789"`},
		{"F:a\nM:0:0:755:Q1\n", `M: checksum "Q1": has 0 characters, want 28`},
		{"F:a\nR:b\na:0\n", `a: want uid:gid:mode, found "0"`},
		{"F:/a\n", `F: "/a" is not a path below the root`},
		{"F:a/\n", `F: "a/" is not a path below the root`},
		{"F:a/../../b\n", `F: "a/../../b" is not a path below the root`},
		{"F:..\n", `F: ".." is not a path below the root`},
		{"F:a\nR:b/c\n", `R: "b/c" is not a file name`},
		{"F:a\nR:..\n", `R: ".." is not a file name`},
		{"F:a\nR:\n", `R: "" is not a file name`},
		{"f:fz\n", `f: unknown flag 'z'`},
		{"q:65536\n", `q: number "65536": value out of range`},
		{"S:x\n", `S: number "x": invalid syntax`},
		{"C:x\n", `C: checksum "x": too short`},
	} {
		for _, g := range []Generation{V2, V3} {
			number := strings.Count(installedHeader+c.lines, "\n")
			if !strings.HasSuffix(c.lines, "\n") {
				number++
			}
			want := fmt.Sprintf("line %d: %s", number, c.want)
			if _, err := ReadInstalled(strings.NewReader(installedHeader+c.lines), g); err == nil || err.Error() != want {
				t.Errorf("%q: got %v, want %s", c.lines, err, want)
			}
		}
	}
	for text, want := range map[string]string{
		"V:1\n\n":      "line 2: the record that ends here has no P: or V: line",
		"\nP:a\n":      "line 2: the record that ends here has no P: or V: line",
		"P:a\n\nP:b\n": "line 2: the record that ends here has no P: or V: line",
	} {
		if _, err := ReadInstalled(strings.NewReader(text), V2); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := ReadInstalled(strings.NewReader(installedHeader+"r:a !\n\n"), V3); err == nil || err.Error() != `line 10: r: dependency "!": no name` {
		t.Errorf("got %v", err)
	}
	failure := errors.New("cable cut")
	if _, err := ReadInstalled(iotest.ErrReader(failure), V2); err != failure {
		t.Errorf("got %v", err)
	}
}

func TestWriteInstalledErrors(t *testing.T) {
	for want, p := range map[string]*InstalledPackage{
		`write installed database: package a-1: T: "x\ny" contains a line break`: {Package: Package{Name: "a", Version: "1", Description: "x\ny"}},
		`write installed database: package a-1: F: "x\ny" contains a line break`: {
			Package: Package{Name: "a", Version: "1"}, Directories: []InstalledDirectory{{Path: "x\ny"}}},
		`write installed database: package a-1: R: "x\ny" contains a line break`: {
			Package: Package{Name: "a", Version: "1"}, Directories: []InstalledDirectory{{Files: []InstalledFile{{Name: "x\ny"}}}}},
		"write installed database: package a-1: its fields take 2128 bytes, more than the 2048 that apk can write": {
			Package: Package{Name: "a", Version: "1", Description: strings.Repeat("x", 2100)}},
	} {
		err := (&Installed{Packages: []*InstalledPackage{p}}).Write(io.Discard, V3)
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestInstalledSort(t *testing.T) {
	var db Installed
	for _, id := range []string{"b 1", "a-b 1", "B 1", "ab 1", "a 10", "a 9", "a 9-r1", "A 1", "_ 1", "Z 1", "a.b 1"} {
		name, version, _ := strings.Cut(id, " ")
		db.Packages = append(db.Packages, &InstalledPackage{Package: Package{Name: name, Version: version}})
	}
	for _, g := range []Generation{V2, V3} {
		db.Sort(g)
		var got []string
		for _, p := range db.Packages {
			got = append(got, p.ID())
		}
		want := []string{"_-1", "A-1", "a-9", "a-9-r1", "a-10", "a-b-1", "a.b-1", "ab-1", "B-1", "b-1", "Z-1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", g, diff)
		}
	}
}

// TestDirectoryOrder follows the words of apk/FORMAT.md 10.
func TestDirectoryOrder(t *testing.T) {
	numbered := func(from, to int) []string {
		var list []string
		for i := from; i <= to; i++ {
			list = append(list, fmt.Sprintf("d%02d", i))
		}
		return list
	}
	join := func(lists ...[]string) []string {
		var all []string
		for _, list := range lists {
			all = append(all, list...)
		}
		return all
	}
	one := func(s string) []string { return []string{s} }
	for _, c := range []struct {
		name    string
		looked  []string
		v3      []string // v2 is the order of first appearance
		firstV2 []string // if not looked
	}{
		{"in order", join(numbered(1, 60)), numbered(1, 60), nil},
		{"one that is out of order makes the later ones unsorted", join(one("x"), numbered(1, 32)), join(one("x"), numbered(1, 32)), nil},
		{"32 unsorted at the last lookup", join(one("x"), numbered(1, 33)), join(one("x"), numbered(1, 33)), nil},
		{"33 unsorted and another lookup", join(one("x"), numbered(1, 33), one("e")), join(numbered(1, 33), one("x"), one("e")), nil},
		{"33 unsorted and a lookup of what is there", join(one("x"), numbered(1, 33), one("x")), join(numbered(1, 33), one("x")),
			join(one("x"), numbered(1, 33))},
		{"33 unsorted and a lookup of the current one", join(one("x"), numbered(1, 33), one("d33")), join(one("x"), numbered(1, 33)),
			join(one("x"), numbered(1, 33))},
		{"unsorted counts from nothing again", join(one("x"), numbered(1, 33), one("y"), one("e"), numbered(34, 40)),
			join(numbered(1, 33), one("x"), one("y"), one("e"), numbered(34, 40)), nil},
		{"sorted twice", join(one("x"), numbered(1, 33), one("e"), numbered(34, 65), one("a")), join(numbered(1, 65), one("e"), one("x"), one("a")), nil},
		{"the root directory sorts first", join(one("x"), numbered(1, 32), one(""), one("e")), join(one(""), numbered(1, 32), one("x"), one("e")), nil},
	} {
		for _, g := range []Generation{V2, V3} {
			want := c.v3
			if g == V2 {
				if want = c.looked; c.firstV2 != nil {
					want = c.firstV2
				}
			}
			var p InstalledPackage
			b := NewRecordBuilder(&p, g)
			for _, path := range c.looked {
				b.Lookup(path)
			}
			b.Finish()
			var got []string
			for _, d := range p.Directories {
				got = append(got, d.Path)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", c.name, g, diff)
			}
		}
	}
}

// TestReadInstalledTime: many directories before many packages are no trap.
func TestReadInstalledTime(t *testing.T) {
	var b strings.Builder
	b.WriteString(installedHeader)
	for i := range 200_000 {
		fmt.Fprintf(&b, "F:%d\n", i)
	}
	b.WriteString("\n")
	for range 100_000 {
		b.WriteString("P:a\nV:1\nF:a\nR:b\n\n")
	}
	db, err := ReadInstalled(strings.NewReader(b.String()), V3)
	if err != nil || len(db.Packages) != 100_001 {
		t.Error(err)
	}
	_, err = ReadInstalled(io.MultiReader(strings.NewReader(installedHeader+"F:a\n"), io.LimitReader(&repeated{"R:b\n", 0}, 5*maxListed)), V2)
	if err == nil || !strings.HasSuffix(err.Error(), "R: more than 2097152 directories and files") {
		t.Errorf("got %v", err)
	}
}

// repeated reads a text again and again.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

func FuzzInstalled(f *testing.F) {
	f.Add(testdata(f, "installed-v2"))
	f.Add(testdata(f, "installed-v3"))
	f.Add("P:0\nV:0\n")
	f.Add(installedHeader + "F:\nM:0:0:0\nR:a\na:1:2:3:Q1hKUWhBuneltGSN4s0N/LMOpG27Q=\nZ:Q1hKUWhBuneltGSN4s0N/LMOpG27Q=\nr:a\nq:1\ns:x\nf:fs\ng:t u\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range []Generation{V2, V3} {
			db, err := ReadInstalled(strings.NewReader(text), g)
			if err != nil || slices.ContainsFunc(db.Packages, func(p *InstalledPackage) bool { return p.Identity.IsZero() }) {
				continue // apk cannot write a record without C: either
			}
			var once, twice bytes.Buffer
			if db.Write(&once, g) != nil {
				continue
			}
			if db, err = ReadInstalled(bytes.NewReader(once.Bytes()), g); err != nil {
				t.Fatalf("%s: its own text %q: %v", g, once.Bytes(), err)
			}
			if g == V3 {
				continue // may sort again
			}
			if err := db.Write(&twice, g); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
				t.Errorf("%s: %q, again %q, %v", g, once.Bytes(), twice.Bytes(), err)
			}
		}
	})
}

// largeInstalled is the database of about 5000 files.
func largeInstalled(b *testing.B) string {
	const name = "lib/apk/db/installed"
	text := minirootfs(b, name)[name]
	text += strings.ReplaceAll(testdata(b, "installed-v2"), "\nP:", "\nP:z-")
	var large strings.Builder
	for i := 0; strings.Count(large.String(), "\nR:") < 5000; i++ {
		large.WriteString(strings.ReplaceAll(text, "\nP:", fmt.Sprintf("\nP:%d-", i)))
	}
	return large.String()
}

func BenchmarkReadInstalled(b *testing.B) {
	text := largeInstalled(b)
	for _, g := range []Generation{V2, V3} {
		b.Run(g.String(), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadInstalled(strings.NewReader(text), g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWriteInstalled(b *testing.B) {
	text := largeInstalled(b)
	db, err := ReadInstalled(strings.NewReader(text), V2)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := db.Write(io.Discard, V2); err != nil {
			b.Fatal(err)
		}
	}
}
