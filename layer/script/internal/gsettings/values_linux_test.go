package gsettings_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script/internal/gsettings"
)

// compiler compares single schemas with what glib-compile-schemas makes of them.
type compiler struct {
	t       *testing.T
	program string
	dir     string
}

func newCompiler(t *testing.T) *compiler {
	t.Helper()
	program := corpustest.Program(t, "glib-compile-schemas")
	return &compiler{t, program, t.TempDir()}
}

// compare compiles a text both ways. It reports whether the program takes it and whether this package does: what it takes must be
// the same then, and nothing is taken that the program does not take.
func (c *compiler) compare(name, text string) (theirs, ours bool) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "x.gschema.xml"), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
	result := filepath.Join(c.dir, "gschemas.compiled")
	os.Remove(result)
	out, problem := exec.Command(c.program, "--strict", c.dir).CombinedOutput()
	want, _ := os.ReadFile(result)
	theirs = problem == nil
	got, err := gsettings.Compile(fstest.MapFS{"x.gschema.xml": {Data: []byte(text)}})
	if ours = err == nil; ours && !theirs {
		c.t.Errorf("%s is taken, glib-compile-schemas says\n%s", name, out)
	} else if ours && !bytes.Equal(got, want) {
		c.t.Errorf("%s: got\n%q\nwant\n%q", name, got, want)
	}
	return theirs, ours
}

// key is a file with one key.
func key(typ, text string) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
	return fmt.Sprintf("<schemalist><schema id='a.b' path='/a/'><key name='k' type='%s'><default>%s</default></key></schema></schemalist>", typ, text)
}

// TestValues has values in GVariant's text format (https://docs.gtk.org/glib/gvariant-text-format.html). Each line is a type and what
// may be a value of it.
func TestValues(t *testing.T) {
	c := newCompiler(t)
	for typ, texts := range map[string][]string{
		"b": {"true", "false", " true ", "True", "1", "0", "''", "", "true false", "boolean true", "@b true", "@s true", "truefalse", "tru"},
		"y": {"0", "255", "256", "-1", "0xff", "010", "08", "byte 3", "@y 3", "1.0", "'a'", "+1", "0x", "1e1", "1_0", "0b1", "0o7", " 7\n"},
		"n": {"-32768", "32767", "32768", "-32769", "0x7fff", "-0x8000", "-010", "int16 5", "int32 5", "--1", "+-1"},
		"q": {"65535", "65536", "-0", "uint16 1"},
		"i": {"2147483647", "2147483648", "-2147483648", "-2147483649", "0x7fffffff", "1.5", "int32 -1", "handle 1", "@i 1", "@ i 1", "1 2", "1,", "(1)",
			"-", "+", "1u", "0X1F", "- 1"},
		"u": {"4294967295", "4294967296", "uint32 0"}, "h": {"0", "handle 1", "-1"},
		"x": {"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "int64 1"},
		"t": {"18446744073709551615", "18446744073709551616", "uint64 1", "0xffffffffffffffff"},
		"d": {"0", "1", "-1", "1.5", ".5", "5.", "1e3", "1E3", "1e-400", "1e400", "inf", "-inf", "nan", "+1", "0x10", "0x1p3", "1_0", "infinity", "1e",
			"double 1", "@d 2", "1.2.3", "1,5", "010", "-0"},
		"s": {"''", `""`, "'a'", `"a"`, `"it's"`, `'a"b'`, "'a", `'a"`, "a", "", `'\n\t\r\a\b\f\v'`, `'\\\'\"'`, `'\u00e4'`, `'\u20AC'`, `'\U0001F600'`,
			`'\u0000'`, `'\uD800'`, `'\u12'`, `'\x41'`, `'\z'`, `'\101'`, `'a\`,
			"'a' 'b'", "string 'a'", "@s 'a'", "@b 'a'", "'a\nb'", "  'a'  ", "'é'", "objectpath 'a'", `'\U00110000'`, "'<&>'", `'\ua'`, "b'a'", "'a\\\nb'"},
		"o": {"'/'", "'/a/b'", "objectpath '/a'", "'a'", "'/a/'", "''", "'//'", "'/a-b'"}, "g": {"''", "'as'", "signature 'a{sv}'", "'z'", "'a'", "'('"},
		"as": {"[]", "['a']", "['a','b']", "['a', \"b\" ]", "['a',]", "[,]", "['a' 'b']", "['a'", "'a'", "@as []", "@as ['a']", "[1]", "['a', 1]", "[ ]",
			"[\n'a',\n'b'\n]", "[['a']]", "[@s 'a']", "['a', string 'b']", "@as[]"},
		"ai": {"[1,2,3]", "[1,2.0]", "[int32 1, 2]", "[uint32 1]", "[-1]"}, "ab": {"[true,false]", "[true,0]"}, "ad": {"[1,2.5]", "[1]"}, "ay": {"[1,2]",
			"b'ab'", `b"ab"`, "[byte 1, 2]", "[]", "b''"}, "aas": {"[[],['a']]", "[@as [],['b']]", "[[]]"},
		"(s)": {"('a',)", "('a')", "('a', 'b')", "()", "('a',,)"}, "(si)": {"('a',1)", "('a', 1,)", "('a')", "(1,'a')", "('a',1", "@(si) ('a', 1)",
			"( 'a' , 1 )"}, "()": {"()", "( )", "(1)", "(,)"}, "((i)(s))": {"((1,),('a',))"},
		"a{si}": {"{}", "{'a':1}", "{'a':1,'b':2}", "{'a' : 1 , }", "{'a':1 'b':2}", "{'a'}", "[{'a',1}]", "[{'a': 1}]", "@a{si} {}", "{1:2}",
			"{'a':1,'a':2}", "[]", "{'a':1", "{'a',1}"}, "{si}": {"{'a':1}", "{'a',1}"},
		"a{sv}": {"{'a': <1>}", "{'a': <'b'>}", "{'a': <<1>>}", "{'a': <@as []>}", "{'a': <[]>}", "{'a': <['b']>}", "{'a': <(1,2)>}", "{'a': <true>}",
			"{'a': <1.5>}", "{'a': <uint32 1>}", "{'a': <byte 1>}", "{'a': 1}", "{'a': <1 }", "{'a': <>}"},
		"v": {"<1>", "<'a'>", "<@i 1>", "<0x10>", "<-1>", "<1e3>", "<2147483648>", "<nan>", "<inf>", "<@mi nothing>", "<just 1>", "1", "< 1 >",
			"<{'a':1}>", "<@(si) ('a', 1)>", "<true>", "<objectpath '/a'>"},
		"ms": {"nothing", "just 'a'", "'a'", "@ms nothing", "just nothing", "just", "@ms 'a'", "nothing 'a'", "just  'a'",
			"just'a'"}, "mms": {"just nothing", "just just 'a'", "nothing", "'a'"}, "mi": {"1", "just 1",
			"nothing"}, "am": {"[]"}, "a": {"[]"}, "": {"1"}, "ii": {"1"}, "z": {"1"}, "(": {"()"},
	} {
		for _, text := range texts {
			c.compare(typ+" "+text, key(typ, text))
		}
	}
}

// TestElementsOfSchemas has schemas, or keys of one, of which the program takes some.
func TestElementsOfSchemas(t *testing.T) {
	c := newCompiler(t)
	const start, end = "<schemalist>", "</schemalist>"
	for _, text := range []string{
		"", "<schema id='a'/>", "<schema id='a.b' path='/a/'/>", "<schema id='a' path='/'/>", "<schema id='a' path='/a'/>", "<schema id='a' path='a/'/>",
		"<schema id='a' path='//'/>", "<schema id='a' path='/a//b/'/>", "<schema id='A.b'/>",
		"<schema/>", "<schema id=''/>", "<schema id='a' nosuch='b'/>", "<nosuch/>", "text", "<schema id='a'>text</schema>",
		"<schema id='a'><nosuch/></schema>", "<schema id='a'/><schema id='b'/>", "<schema id='a b'/>", "<!-- a --><schema id='a'/>",
		// Names of keys.
		"<key name='a' type='i'><default>1</default></key>",
		"<key name='a-b' type='i'><default>1</default></key>",
		"<key name='a--b' type='i'><default>1</default></key>",
		"<key name='a-' type='i'><default>1</default></key>",
		"<key name='-a' type='i'><default>1</default></key>",
		"<key name='1a' type='i'><default>1</default></key>",
		"<key name='a1' type='i'><default>1</default></key>",
		"<key name='a_b' type='i'><default>1</default></key>",
		"<key name='' type='i'><default>1</default></key>",
		"<key type='i'><default>1</default></key>", "<key name='a'><default>1</default></key>",
		"<key name='a' type='i'></key>", "<key name='a' type='i'><default/></key>",
		"<key name='a' type='i'><default>1</default></key><key name='a' type='i'><default>1</default></key>",
		"<key name='a' type='i'><default>1</default><default>2</default></key>",
		"<key name='a' type='i' enum='e'><default>1</default></key>",
		"<schema id='a'><key name='" + strings.Repeat("a", 1024) + "' type='i'><default>1</default></key></schema>",
		"<schema id='a'><key name='" + strings.Repeat("a", 1025) + "' type='i'><default>1</default></key></schema>",
		"<key name='a' type='s'><default>'a'<!-- b -->'</default></key>",
		"<key name='a' type='s'><summary>b</summary><description>c</description><default>'a'</default></key>",
		"<key name='a' type='s'><default>'a'</default><summary>b</summary><summary>c</summary></key>",
		// Ranges and choices.
		"<key name='a' type='i'><range min='1' max='3'/><default>2</default></key>",
		"<key name='a' type='i'><range min='1' max='3'/><default>4</default></key>",
		"<key name='a' type='i'><range min='3' max='1'/><default>2</default></key>",
		"<key name='a' type='i'><range/><default>2</default></key>",
		"<key name='a' type='i'><default>2</default><range min='1' max='3'/></key>",
		"<key name='a' type='s'><range min='1'/><default>'b'</default></key>",
		"<key name='a' type='y'><range min='1'/><default>0</default></key>",
		"<key name='a' type='d'><range min='0.5' max='1.5'/><default>1</default></key>",
		"<key name='a' type='u'><range min='-1'/><default>1</default></key>",
		"<key name='a' type='i'><range min='1'/><range max='3'/><default>2</default></key>",
		"<key name='a' type='t'><range min='1' max='18446744073709551615'/><default>5</default></key>",
		"<key name='a' type='s'><choices><choice value='b'/><choice value='c'/></choices><default>'b'</default></key>",
		"<key name='a' type='s'><choices><choice value='b'/></choices><default>'c'</default></key>",
		"<key name='a' type='s'><choices/><default>'c'</default></key>",
		"<key name='a' type='s'><choices><choice value='b'/><choice value='b'/></choices><default>'b'</default></key>",
		"<key name='a' type='as'><choices><choice value='bb'/><choice value='cc'/></choices><default>['bb']</default></key>",
		"<key name='a' type='i'><choices><choice value='1'/></choices><default>1</default></key>",
		"<key name='a' type='as'><choices><choice value='bb'/></choices><default>['bb','x']</default></key>",
		"<key name='a' type='ms'><choices><choice value='bb'/></choices><default>nothing</default></key>",
		"<key name='a' type='s'><choices><choice value='bb'/></choices><aliases><alias value='cc' target='bb'/></aliases><default>'bb'</default></key>",
		"<key name='a' type='s'><choices><choice value='bb'/></choices><aliases><alias value='cc' target='dd'/></aliases><default>'bb'</default></key>",
		"<key name='a' type='s'><choices><choice value='bb'/></choices><aliases><alias value='bb' target='bb'/></aliases><default>'bb'</default></key>",
		"<key name='a' type='s'><aliases><alias value='cc' target='bb'/></aliases><default>'bb'</default></key>",
		"<key name='a' type='i'><range min='-5' max='-1'/><default>-3</default></key>",
		"<key name='a' type='i'><range min='-1' max='1'/><default>0</default></key>",
		"<key name='a' type='n'><range min='-1'/><default>-2</default></key>", "<key name='a' type='d'><range min='-1.5'/><default>-2</default></key>",
		"<key name='a' type='x'><range max='-1'/><default>0</default></key>", "<key name='a' type='d'><range min='-2' max='-1'/><default>-1.5</default></key>",
		// Enumerations and flags.
		"<enum id='e'><value nick='aa' value='1'/></enum><schema id='a'><key name='a' enum='e'><default>'aa'</default></key></schema>",
		"<enum id='e'><value nick='aa' value='1'/></enum><schema id='a'><key name='a' enum='e'><default>'bb'</default></key></schema>",
		"<enum id='e'><value nick='aa' value='1'/><value nick='aa' value='2'/></enum>",
		"<enum id='e'><value nick='aa' value='1'/><value nick='bb' value='1'/></enum>", "<enum id='e'/>", "<enum id='e'><value nick='aa'/></enum>",
		"<enum id='e'><value value='1'/></enum>",
		"<enum id='e'><value nick='aa' value='x'/></enum>", "<enum id='e'><value nick='aa' value='0x10'/></enum>",
		"<enum id='e'><value nick='aa' value='-1'/></enum>", "<enum id='e'><value nick='aa' value='4294967296'/></enum>",
		"<enum id='e'><value nick='a' value='1'/></enum>",
		"<enum id='e'><value nick='a_b' value='1'/></enum>",
		"<enum id='e'><value nick='aa' value='1'/></enum><enum id='e'><value nick='aa' value='1'/></enum>",
		"<key name='a' enum='e'><default>'aa'</default></key>",
		"<flags id='f'><value nick='aa' value='1'/><value nick='bb' value='2'/></flags>" +
			"<schema id='a'><key name='a' flags='f'><default>['aa','bb']</default></key></schema>",
		"<flags id='f'><value nick='aa' value='3'/></flags>", "<flags id='f'><value nick='aa' value='0'/></flags>",
		"<flags id='f'><value nick='aa' value='1'/></flags><schema id='a'><key name='a' flags='f'><default>[]</default></key></schema>",
		"<flags id='f'><value nick='aa' value='1'/></flags><schema id='a'><key name='a' flags='f'><default>'aa'</default></key></schema>",
		"<flags id='f'><value nick='aa' value='1'/></flags><schema id='a'><key name='a' flags='f'><default>['cc']</default></key></schema>",
		"<flags id='f'><value nick='aa' value='1'/></flags><schema id='a'><key name='a' enum='f'><default>'aa'</default></key></schema>",
		"<enum id='e'><value nick='aa' value='1'/></enum>" +
			"<schema id='a'><key name='a' enum='e'><choices><choice value='aa'/></choices><default>'aa'</default></key></schema>",
		"<enum id='e'><value nick='aa' value='1'/></enum><schema id='a'><key name='a' enum='e' type='s'><default>'aa'</default></key></schema>",
		// Schemas that extend others.
		"<schema id='a'><key name='a' type='i'><default>1</default></key></schema><schema id='b' extends='a'><override name='a'>2</override></schema>",
		"<schema id='a'><key name='a' type='i'><default>1</default></key></schema><schema id='b' extends='a'><override name='b'>2</override></schema>",
		"<schema id='a'><key name='a' type='i'><default>1</default></key></schema>" +
			"<schema id='b' extends='a'><key name='a' type='i'><default>2</default></key></schema>",
		"<schema id='b' extends='a'/><schema id='a'/>", "<schema id='a' extends='a'/>",
		"<schema id='a'><key name='a' type='i'><default>1</default></key></schema><schema id='b' extends='a'><override name='a'>'x'</override></schema>",
		"<schema id='a'><override name='a'>1</override></schema>", "<schema id='a' path='/a/'/><schema id='b' path='/b/' extends='a'/>",
		"<schema id='a'/><schema id='b' list-of='a'/>", "<schema id='a'/><schema id='b' list-of='c'/>",
		"<schema id='a'/><schema id='b' list-of='a' path='/x:/'/>", "<schema id='a'/><schema id='b' list-of='a' path='/x/'/>",
		"<schema id='a'><child name='b' schema='c'/></schema>",
		"<schema id='c'/><schema id='a'><child name='b' schema='c'/></schema>", "<schema id='a'><child name='b' schema='a'/></schema>",
		"<schema id='c'/><schema id='a'><child name='b' schema='c'/><child name='b' schema='c'/></schema>",
		"<schema id='c'/><schema id='a'><child name='B' schema='c'/></schema>",
		"<schema id='a' gettext-domain='d'><key name='a' type='s'><default l10n='messages'>'x'</default></key></schema>",
		"<key name='a' type='s'><default l10n='messages'>'x'</default></key>",
		"<key name='a' type='s'><default l10n='nosuch'>'x'</default></key>",
		"<schema id='a' gettext-domain='d'><key name='a' type='s'><default l10n='time' context='c'>'x'</default></key></schema>",
		"<key name='a' type='s'><default context='c'>'x'</default></key>",
	} {
		if strings.HasPrefix(text, "<key ") {
			text = "<schema id='a'>" + text + "</schema>"
		}
		c.compare(text, start+text+end)
	}
}
