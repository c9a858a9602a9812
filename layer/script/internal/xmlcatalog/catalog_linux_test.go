package xmlcatalog

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// The cases compare with the real xmlcatalog byte for byte.

// step makes the same change with the program, of the file, and here, and
// compares. It returns the program's result. A change that the program
// refuses must be refused here.
func step(t *testing.T, file string, before []byte, args ...string) []byte {
	t.Helper()
	if before != nil {
		if err := os.WriteFile(file, before, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, fail := exec.Command("xmlcatalog", append(append([]string{"--noout"}, args...), file)...).CombinedOutput()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	switch args[0] {
	case "--create":
		got = Create()
	case "--add":
		got, err = Add(before, args[1], args[2], args[3])
	case "--del":
		got, err = Delete(before, args[1])
	}
	switch {
	case fail != nil && err == nil:
		t.Errorf("%q: the program fails (%v) of\n%s", args, fail, before)
	case fail == nil && err != nil:
		t.Errorf("%q: %v", args, err)
	case err == nil && !bytes.Equal(got, want):
		t.Errorf("%q of\n%s\n got %s\nwant %s", args, before, got, want)
	}
	return want
}

var kindNames = []string{"public", "system", "uri", "rewriteSystem", "rewriteURI", "delegatePublic", "delegateSystem", "delegateURI", "nextCatalog", "catalog"}

func TestEachKind(t *testing.T) {
	corpustest.Program(t, "xmlcatalog")
	file := filepath.Join(t.TempDir(), "catalog")
	now := step(t, file, nil, "--create")
	for _, args := range [][2]string{{"a", "b"}, {"a", "c"}, {" a  b\t", "d/e"}, {" a  b\t", "f"}, {"a b", "g"}, {"", "h"}, {"i", ""}, {"", ""},
		{" ", "x"}, {"b", "a"}} {
		for _, kind := range append(kindNames, "group", "entity", "", "URI") {
			now = step(t, file, now, "--add", kind, args[0], args[1])
		}
	}
	for _, v := range []string{"nothing", "a", " a  b\t", "a b", "", "h", "x", "f"} {
		now = step(t, file, now, "--del", v)
	}
}

// TestValues: the next change drops values that are not URI references.
func TestValues(t *testing.T) {
	corpustest.Program(t, "xmlcatalog")
	file := filepath.Join(t.TempDir(), "catalog")
	for _, v := range []string{
		"r4&<>\"'", "http://x/?a=b&c=d", "http://é/", "a%20b%zz", "a%2", "a b", "a[b]", "a#x[y]", "a#x^", "#", "?", "//h:80/x", "//h:/x", "//h:x", "//",
		"///x", "h:", ":a",
		"a:b:c", "a/b:c", "1a:b", "http://u:p@h:1/", "http://u@p@h/", "http://[::1]:8/", "http://[::1/", "http://[x]y/", "http://h:99999999999999/",
		"http://h:99999999/", "http://h:999999999/", "http://h:2147483647", "http://h:2147483648", "http://h:0000000000000000080/", "http://h:+8/",
		"http://h:8_0/", "file:///a//b/../c", "a//b",
		"é\t\n\r", "%41", "C:\\x", "urn:x:y", "/etc/xml/docbook-xsl.xml", "mailto:a@b", "//[", "//]", "//%41", "//a%4", "a?b?c#d#e", "a?[", ";",
		"~", "x\u00a0y", "𝄞",
		"\x7f", "\u0085", "\u2028",
	} {
		now := step(t, file, Create(), "--add", "uri", v, v)
		now = step(t, file, now, "--add", "nextCatalog", "", v)
		step(t, file, now, "--del", "other")
	}
}

func TestForeign(t *testing.T) {
	corpustest.Program(t, "xmlcatalog")
	file := filepath.Join(t.TempDir(), "catalog")
	const start = `<?xml version="1.0" encoding="UTF-8"?>
<!-- c --><catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog" prefer='system'>`
	for _, inside := range []string{
		"<uri name='a' uri='b' id='c'/>", "<uri name='a'/><uri uri='x'/><foo/><uri xmlns='urn:x' name='a' uri='q'/>",
		"<uri\n name = 'a\nb\tc' uri='b'\n></uri >\n",
		"<nextCatalog/><nextCatalog catalog=':'/><nextCatalog catalog='a'/>", "<nextCatalog catalog='a'/><nextCatalog catalog=':'/>",
		"<nextCatalog catalog='a'/><nextCatalog/>",
		"<uri name='n2' uri='u2'><uri name='n3' uri='u3'/></uri>text<?pi x?>", "<uri name='&#233;&#xe9;&amp;&lt;&gt;&quot;&apos;' uri='b'/>",
		"<nextCatalog catalog='z'/><nextCatalog catalog='./z'/><nextCatalog catalog='y/../z'/><nextCatalog catalog='/z'/>",
		"<nextCatalog catalog='.'/><nextCatalog catalog='./'/><nextCatalog catalog='z/..'/><nextCatalog catalog='z#a'/><nextCatalog catalog='z?a'/>",
		"<nextCatalog catalog='http://a/./b'/><nextCatalog catalog='http://a/b'/><nextCatalog catalog=''/><nextCatalog catalog=''/>",
		"<system name='a' systemId='s' uri='c'/><public publicId='  a  b ' uri='x'/>", "<uri name='a&#13;&#10;b' uri='b'/>",
		"\r\n<uri name='a\r\nb' uri='b'/>\r",
	} {
		now := step(t, file, []byte(start+inside+"</catalog>\n"), "--add", "uri", "A", "B")
		step(t, file, now, "--del", "A")
	}
	for _, text := range []string{"", "x", "<catalog/>", start, start + "</x>", start + "<uri name='a' uri='<'/></catalog>", start + "<group/></catalog>",
		start + "<uri name='&x;'/></catalog>"} {
		if got, err := Add([]byte(text), "uri", "a", "b"); err == nil {
			t.Errorf("%q: no error but %s", text, got)
		}
	}
}

func TestInstalled(t *testing.T) {
	corpustest.Program(t, "xmlcatalog")
	files, err := filepath.Glob("/etc/xml/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), namespace) {
			continue
		}
		t.Log(name)
		step(t, filepath.Join(t.TempDir(), "catalog"), text, "--add", "uri", "a", "b")
	}
}

func TestRandom(t *testing.T) {
	corpustest.Program(t, "xmlcatalog")
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "b", "c", " ", "  ", "/", "//", "..", "./", ":", "http:", "%41", "%", "#", "?", "é", "&", "<", "\"", "'", ">", "[", "]", "@", "\t",
		"1", "-//X//DTD", "urn:publicid:", "file:///"}
	word := func() string {
		s := ""
		for range r.IntN(4) {
			n := len(pieces)
			if r.IntN(2) == 0 {
				n = 3
			}
			s += pieces[r.IntN(n)]
		}
		return s
	}
	file := filepath.Join(t.TempDir(), "catalog")
	steps := 0
	for range 30 {
		now := Create()
		for range 25 {
			steps++
			if _, err := load(now); err != nil {
				now = Create() // the program has crashed
			}
			if r.IntN(6) == 0 {
				now = step(t, file, now, "--del", word())
			} else {
				now = step(t, file, now, "--add", kindNames[r.IntN(len(kindNames))], word(), word())
			}
		}
	}
	t.Logf("%d changes", steps)
}

func FuzzCatalog(f *testing.F) {
	f.Add([]byte(Create()), "uri", "a", "b")
	f.Add([]byte(head+"><uri name='&#233;' uri='a'/><!-- x --></catalog>"), "nextCatalog", "", "../a?b#c")
	f.Fuzz(func(t *testing.T, text []byte, kind, orig, replace string) {
		b, err := Add(text, kind, orig, replace)
		if err != nil {
			return
		}
		if _, err := Delete(b, orig); err != nil {
			t.Errorf("a result cannot be read: %v\n%s", err, b)
		}
	})
}
