package gsettings_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script/internal/gsettings"
)

// compareWithProgram compiles a directory both ways.
func compareWithProgram(t *testing.T, dir string) {
	t.Helper()
	program := corpustest.Program(t, "glib-compile-schemas")
	to := t.TempDir()
	out, err := exec.Command(program, "--targetdir="+to, dir).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("ignor")) {
		t.Fatalf("glib-compile-schemas: %v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(to, "gschemas.compiled"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := gsettings.Compile(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("%d bytes, want %d; the first difference is at %d:\n%q\nwant\n%q", len(got), len(want), at, got[max(at-32, 0):min(at+64, len(got))],
			want[max(at-32, 0):min(at+64, len(want))])
	}
}

func TestInstalledSchemas(t *testing.T) {
	const dir = "/usr/share/glib-2.0/schemas"
	if files, err := filepath.Glob(dir + "/*.gschema.xml"); err != nil || len(files) == 0 {
		t.Skip("no schemas are installed")
	}
	compareWithProgram(t, dir)
}

// schemas are handmade files with every feature, by name.
var schemas = map[string]string{
	"a.enums.xml": `<schemalist><enum id="a.E"><value nick="one" value="1"/><value nick="longer-name" value="2"/><value nick="neg" value="-3"/></enum>
<flags id="a.F"><value nick="xx" value="1"/><value nick="yy" value="2"/><value nick="zed" value="0x4"/></flags></schemalist>`,
	"a.gschema.xml": `<?xml version="1.0" encoding="UTF-8"?>
<schemalist gettext-domain="top">
<schema id="a.b" path="/a/b/" gettext-domain="own">
	<key name="enum" enum="a.E"><default>'one'</default><aliases><alias value="uno" target="one"/></aliases><summary>A &lt;summary></summary></key>
	<key name="flags" flags="a.F"><default>['xx','zed']</default><description>More <!-- comment --></description></key>
	<key name="choice" type="s"><choices><choice value="red"/><choice value="green"/></choices><default>"green"</default><aliases><alias value="rot" ` +
		`target="red"/></aliases></key>
	<key name="range" type="i"><range min="3"/><default>4</default></key>
	<key name="double" type="d"><range max="2.5"/><default>1e-3</default></key>
	<child name="kid" schema="a.c"/>
</schema>
<schema id="a.c">
	<key name="local" type="s"><default l10n="messages" context="Ctx">  "hello	world" </default></key>
	<key name="time" type="as"><default l10n='time'>['a', "b\u00e4"]</default></key>
	<key name="dict" type="a{sv}"><default>{'a': &lt;1>, 'b': &lt;'x'>, 'c': &lt;uint32 7>, 'd': &lt;1.5>, 'e': &lt;@as []>, 'f': &lt;true>}</default></key>
	<key name="tuple" type="(ysxm(si)mu)"><default>(5, 's', -7, ('t', 2), nothing)</default></key>
	<key name="fixed" type="(yt)"><default>(1, 18446744073709551615)</default></key>
	<key name="array" type="aas"><default>[['a','bb'],[],['c']]</default></key>
	<key name="maybe" type="ms"><default>just 'x'</default></key>
	<key name="none" type="mi"><default>nothing</default></key>
	<key name="empty" type="a(ii)"><default>[]</default></key>
	<key name="entries" type="a{u(sb)}"><default>{1:('x',true),2:('',false)}</default></key>
	<key name="escapes" type="s"><default>'a\tb\n\\ \' \u20ac'</default></key>
	<key name="numbers" type="an"><default>[-32768, 0x7f, 010]</default></key>
	<key name="infinite" type="d"><default>-inf</default></key>
</schema>
<schema id="a.base"><key name="k1" type="b"><default>true</default></key><key name="e2" enum="a.E"><default>'neg'</default></key></schema>
<schema id="a.derived" path="/y/" extends="a.base"><override name="k1">false</override><key name="more" type="y"><default>0x1f</default></key></schema>
<schema id="a.list" list-of="a.base" path="/z:/"/>
</schemalist>
`,
	"10_vendor.gschema.override": "# defaults of a vendor\n[a.b]\nrange = 9\nenum='longer-name'\n[a.b:GNOME]\nrange=11\nchoice='red'\n[a.b:KDE]\nrange=12\n" +
		"[a.c]\nlocal='other'\n[nosuch]\nx=1\n",
}

func writeAll(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestHandmadeSchemas(t *testing.T) { compareWithProgram(t, writeAll(t, schemas)) }

// TestRandomSchemas: the order of entries depends on how many there are and on their names.
func TestRandomSchemas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := []byte{byte('a' + random.IntN(26))}
		for range random.IntN(12) {
			b = append(b, "abcdefghijklmnopqrstuvwxyz0123456789"[random.IntN(36)])
		}
		return string(b)
	}
	kinds := []struct{ typ, text string }{{"s", "'a'"}, {"i", "7"}, {"b", "true"}, {"as", "['x', 'yy', '']"}, {"(sd)", "('z', 0.25)"},
		{"a{sv}", "{'k': <'v'>}"}, {"x", "-1"}, {"mas", "['m']"}}
	for i := range 60 {
		var b strings.Builder
		b.WriteString("<schemalist>")
		for range 1 + random.IntN(1<<random.IntN(8)) {
			id := word() + "." + word()
			fmt.Fprintf(&b, "<schema id=%q path='/%s/'>", id, word())
			names := make(map[string]bool)
			for range random.IntN(1 << random.IntN(7)) {
				name, kind := word(), kinds[random.IntN(len(kinds))]
				if names[name] {
					continue
				}
				names[name] = true
				fmt.Fprintf(&b, "<key name=%q type=%q><default>%s</default></key>", name, kind.typ, strings.ReplaceAll(kind.text, "<", "&lt;"))
			}
			b.WriteString("</schema>\n")
		}
		b.WriteString("</schemalist>")
		if compareWithProgram(t, writeAll(t, map[string]string{"x.gschema.xml": b.String()})); t.Failed() {
			t.Fatalf("in file %d", i)
		}
	}
}

// TestRefusedSchemas: schemas that the program skips with a warning are an error.
func TestRefusedSchemas(t *testing.T) {
	for text, want := range map[string]string{
		`<schemalist><schema id="a"><key name="k" ` +
			`type="i"><default>x</default></key></schema></schemalist>`: `"x" is no number`,
		`<schemalist><schema id="a"><key name="k" ` +
			`type="i"/></schema></schemalist>`: "no default",
		`<schemalist><schema id="a"><key name="K" ` +
			`type="i"><default>1</default></key></schema></schemalist>`: "a name has lower-case letters",
		`<schemalist><schema id="a"/><schema ` +
			`id="a"/></schemalist>`: "another has it",
		`<schemalist><schema id="a" ` +
			`path="x"/></schemalist>`: "begins and ends with a slash",
		`<schemalist><schema id="a" ` +
			`extends="b"/></schemalist>`: "which is not there yet",
		`<schemalist><schema id="a"><key name="k" ` +
			`type="("><default>1</default></key></schema></schemalist>`: "is no type",
		`<schemalist><enum id="e"><value nick="a" ` +
			`value="1"/></enum></schemalist>`: "less than 2 characters",
		`<schemalist><schema id="a"><key name="k" ` +
			`enum="none"><default>'x'</default></key></schema></schemalist>`: "is not there",
		`<schemalist><schema id="a"><key name="k" type="s"><choices><choice value="xx"/></choices><default>'y'</default></key></schema></schemalist` +
			`>`: "not one of the values",
		strings.Repeat("<schemalist>", 101): "elements nested deeper than 100",
		"<other/>":                          "want <schemalist>",
		"no document":                       "no root element",
	} {
		_, err := gsettings.Compile(fstest.MapFS{"x.gschema.xml": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "x.gschema.xml: ") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for name, text := range schemas {
		f.Add(text, name)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		files := fstest.MapFS{"x.gschema.xml": {Data: []byte(text)}}
		if strings.HasSuffix(name, ".override") {
			files = fstest.MapFS{"a.enums.xml": {Data: []byte(schemas["a.enums.xml"])}, "a.gschema.xml": {Data: []byte(schemas["a.gschema.xml"])},
				"x.gschema.override": {Data: []byte(text)}}
		}
		one, err := gsettings.Compile(files)
		two, again := gsettings.Compile(files)
		if !bytes.Equal(one, two) || (err == nil) != (again == nil) {
			t.Error("another result the second time")
		}
	})
}
