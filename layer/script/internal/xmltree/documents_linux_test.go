package xmltree_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

// The cases compare with libxml2's xmllint: whether it takes a document as well-formed, and how it writes its root.

// blank matches text between tags that xmllint takes for indentation, as the programs that use libxml2 do not.
var blank = regexp.MustCompile(`>\s+<`)

// compare reads a document both ways. It reports whether it is supported here.
func compare(t *testing.T, text string) bool {
	t.Helper()
	nodes := 10_000
	root, err := xmltree.Parse([]byte(text), &nodes)
	if errors.Is(err, xmltree.ErrUnsupported) {
		return false
	}
	command := exec.Command("xmllint", "--nonet", "--pretty", "1", "--encode", "UTF-8", "-")
	command.Stdin = strings.NewReader(text)
	out, problem := command.Output()
	switch {
	case (err == nil) != (problem == nil):
		t.Errorf("%q: got %v, xmllint says %v", text, err, problem)
	case err == nil && !blank.MatchString(text):
		var b strings.Builder
		root.Write(&b)
		if want := string(out); !strings.Contains(want, "\n"+b.String()+"\n") {
			t.Errorf("%q: got\n%s\nxmllint writes\n%s", text, b.String(), want)
		}
	}
	return true
}

// TestWellFormed has documents by the productions of XML 1.0 (https://www.w3.org/TR/xml/). Those of the second list are valid XML that
// is not supported.
func TestWellFormed(t *testing.T) {
	corpustest.Program(t, "xmllint")
	for _, text := range []string{
		// Elements and names.
		"<a/>", "<a />", "<a></a>", "<a ></a >", "<a\n/>", "< a/>", "<a/ >", "<a></ a>", "<a", "<a>", "<a><b></a></b>", "<a></b>", "<a></a><a/>",
		"</a>", "<>", "<a></>",
		"<a><b/><c/></a>", "<a><b><c/></b></a>", "<_a/>", "<-a/>", "<.a/>", "<1a/>", "<a-b.c_1/>", "<é/>", "<a·/>", "<·a/>", "<日本/>", "<a×/>", "<×/>",
		"<a>x<b/>y</a>", "<a>x<b>y</b>z<c/></a>", "<a><b><c>x</c></b></a>", "<A/>", "<a></A>", "<a>\u2028</a>",
		// Attributes.
		"<a b='c'/>", `<a b="c"/>`, "<a b = 'c'/>", "<a b='c'd='e'/>", "<a b='c' d='e'/>", "<a b='c' b='d'/>", "<a b/>", "<a b=c/>", "<a b='c/>",
		"<a b='c\"/>", "<a b='\"'/>",
		`<a b="'"/>`, "<a b='<'/>", "<a b='>'/>", "<a b='&lt;&amp;&gt;&quot;&apos;'/>", "<a b='&'/>", "<a b='&lt'/>",
		"<a b='\t\n x'/>", "<a b='&#9;&#10;&#13;'/>", "<a b=''/>",
		"<a b='&#60;'/>", "<a b='&#x3c;&#x3C;'/>", "<a b='é&#233;'/>", "<a 1b='c'/>", "<a b-c='d' B-c='e'/>", "<a ='b'/>", "<a b==''/>", "<a 'b'/>",
		"<a b='c' /d>",
		// Text, references and sections.
		"<a>x</a>", "<a>&lt;</a>", "<a>&amp;lt;</a>", "<a>&#65;&#x41;</a>", "<a>&#x1F600;</a>", "<a>&#0;</a>", "<a>&#8;</a>", "<a>&#x110000;</a>",
		"<a>&#xD800;</a>", "<a>&#xFFFE;</a>",
		"<a>&#;</a>", "<a>&#x;</a>", "<a>&#xg;</a>", "<a>&#a;</a>", "<a>& </a>", "<a>&lt</a>", "<a>&#65</a>", "<a>&#X41;</a>", "<a>]]></a>",
		"<a>]]</a>", "<a>]>x</a>", "<a>></a>",
		"<a>'\"</a>", "<a>\x01</a>", "<a>\x7f</a>", "<a>\uffff</a>", "<a>\xff</a>", "<a>x\r\ny\rz</a>", "<a>x&#13;y</a>", "<a>\u0085</a>",
		"<a>&#0065;</a>", "<a>&#00000000000000065;</a>",
		"<a><![CDATA[x]]></a>", "<a><![CDATA[<&>]]></a>", "<a><![CDATA[]]></a>", "<a><![CDATA[]]]]></a>", "<a><![CDATA[x]]y]]></a>",
		"<a><![CDATA[x</a>", "<a><![cdata[x]]></a>", "<a><![CDATA [x]]></a>",
		"<a>x<![CDATA[y]]>z</a>", "<![CDATA[x]]><a/>", "<a/><![CDATA[x]]>", "<a><![CDATA[x]]>]]></a>",
		// Comments and instructions.
		"<!-- x --><a/>", "<a/><!-- x -->", "<a><!-- x --></a>", "<a><!----></a>", "<a><!-- - --></a>", "<a><!-- -- --></a>", "<a><!-- x ---></a>",
		"<a><!-x--></a>", "<a><!--x-></a>", "<a><!-- <b> &c; --></a>",
		"<?b c?><a/>", "<a/><?b c?>", "<a><?b c?></a>", "<a><?b?></a>", "<a><?b  c ?></a>", "<a><?b c></a>", "<a><? b?></a>", "<a><?b?c?></a>",
		"<a><?xml x?></a>", "<a><?XML x?></a>", "<a><?xml-x y?></a>",
		"<a><?b <c>&d;?></a>", "<a><?1b?></a>", "<a><!-- x --><b/><!-- y --></a>",
		// The prolog, and what is around the root.
		"", " ", "x", "<!-- x -->", "<?xml version='1.0'?>", "<?xml version='1.0'?><a/>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>",
		"<?xml version='1.0' standalone='yes'?><a/>",
		"<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n<a/>\n", " <?xml version='1.0'?><a/>", "\n<a/>", "<a/>\n\n", "<a/> x", "x<a/>",
		"<a/>&#32;", "\ufeff<a/>", "\ufeff<?xml version='1.0'?><a/>",
		"<?xml version='1.0'?><?xml version='1.0'?><a/>", "<?xml version = '1.0' ?><a/>", "<?xml?><a/>",
		"<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xe9'>\xe4</a>", "<?xml version='1.0' encoding='us-ascii'?><a/>",
		// Document types.
		"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'b'><a/>", "<!DOCTYPE a PUBLIC 'b' 'c'><a/>", "<!DOCTYPE a []><a/>", "<!DOCTYPE a [ ] ><a/>",
		"<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
		"<!DOCTYPE a [<!ELEMENT a EMPTY><!ELEMENT b (#PCDATA)><!ELEMENT c (#PCDATA|b)*><!ELEMENT d (a,b?,(c|d)+)>]><a/>",
		"<!DOCTYPE a [<!-- x --><?b c?>]><a/>",
		"<!DOCTYPE a [<!ATTLIST a b CDATA #IMPLIED c ID #REQUIRED d (e|f) 'e' g NMTOKENS #IMPLIED>]><a b=' x  y ' c=' z ' g=' p  q '/>",
		"<!DOCTYPE a><!DOCTYPE a><a/>", "<a/><!DOCTYPE a>",
		// Namespaces (https://www.w3.org/TR/xml-names/).
		"<a xmlns='u'/>", "<a xmlns='u'><b/><c xmlns=''/></a>", "<x:a xmlns:x='u'/>", "<a xmlns:x='u'><x:b x:c='d' c='e'/></a>",
		"<a xmlns:x='u' xmlns:y='v' x:b='1' y:b='2'/>",
		"<x:a/>", "<a x:b='c'/>", "<a xml:lang='de' xml:space='preserve'/>", "<a xmlns:x='u'><x:b></x:b></a>", "<x:a xmlns:x='u'></a>",
		"<x:a xmlns:x='u' xmlns:y='u'></y:a>",
		"<a xmlns='u' xmlns='v'/>", "<a xmlns:x='u' xmlns:x='v'/>", "<a xmlns='u&amp;v'/>", "<a xmlns='\"'/>", "<a xmlns=\"'\"/>", "<a xmlns='é'/>",
	} {
		if !compare(t, text) {
			t.Errorf("%q is not supported", text)
		}
	}
	for _, text := range []string{
		"<?xml version='2.0'?><a/>", "<:a/>", "<a>&;</a>", "<?xml encoding='utf-8'?><a/>", "<?xml version='1.0' standalone='x'?><a/>",
		"<?xml version='1.0' encoding='UTF-16'?><a/>", "\xff\xfe<\x00a\x00/\x00>\x00", "<a>&b;</a>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<!DOCTYPE a [%b;]><a/>", "<!DOCTYPE a [<!NOTATION b SYSTEM 'c'>]><a/>",
		"<!DOCTYPE a [<!ATTLIST a xmlns CDATA 'u'>]><a/>", "<!DOCTYPE a [<![IGNORE[x]]>]><a/>",
		"<a:b:c/>", "<a xmlns:x=''/>", "<a xmlns:xml='u'/>", "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>",
		"<xmlns:a/>", strings.Repeat("<a>", 101) + strings.Repeat("</a>", 101),
	} {
		nodes := 10_000
		if _, err := xmltree.Parse([]byte(text), &nodes); !errors.Is(err, xmltree.ErrUnsupported) {
			t.Errorf("%.60q: got %v, want that it is not supported", text, err)
		}
	}
}

// TestMutatedDocuments changes a few bytes of documents.
func TestMutatedDocuments(t *testing.T) {
	corpustest.Program(t, "xmllint")
	r := rand.New(rand.NewPCG(2, 9))
	seeds := []string{
		"<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE a [<!ATTLIST a b (c|d) 'c'>]>" +
			"<a b='d' xmlns:x='u'><x:c xml:lang='e'>&#65;&amp;</x:c><![CDATA[<]]><!-- f --><?g h?></a>",
		"<a xmlns='u'><b c='&lt;' d=\"'\"/><b>x &gt; y</b><!-- z --></a>", "<a><b><c d='e'/></b><b/></a>",
	}
	pieces := []string{"<", ">", "/", "'", "\"", "&", ";", "#", "x", "-", "!", "?", "[", "]", " ", "=", ":", "\n", "é", "&lt;", "<b/>", "--", "]]>", "xmlns"}
	supported := 0
	for range 100 {
		text := seeds[r.IntN(len(seeds))]
		for range 1 + r.IntN(2) {
			from := r.IntN(len(text))
			to := min(len(text), from+r.IntN(3))
			text = text[:from] + pieces[r.IntN(len(pieces))] + text[to:]
		}
		if compare(t, text) {
			supported++
		}
	}
	if supported < 60 {
		t.Errorf("%d documents are supported, which compares little", supported)
	}
}

// TestCopy: namespaces that an element uses from its ancestors are declared at the root of its copy, and changes of the copy do not
// change the original.
func TestCopy(t *testing.T) {
	nodes := 100
	root, err := xmltree.Parse([]byte("<a xmlns='u' xmlns:x='v' xmlns:y='w'>"+
		"<b x:c='1' y:d='2'><x:e/><f xmlns=''><g y:h='3'/></f>t<!-- i --><?j k?></b><x:c/></a>"), &nodes)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`<b xmlns="u" xmlns:x="v" xmlns:y="w" x:c="1" y:d="2"><x:e/><f xmlns=""><g y:h="3"/></f>t<!-- i --><?j k?></b>`, `<x:c xmlns:x="v"/>`,
	} {
		c := root.Children[i].Copy()
		var b strings.Builder
		if c.Write(&b); b.String() != want {
			t.Errorf("got %s, want %s", b.String(), want)
		}
		c.Name, c.Declared[0].URI = "changed", "changed"
		if len(c.Children) > 0 {
			c.Children[0].Name = "changed"
		}
	}
	var b strings.Builder
	if root.Write(&b); strings.Contains(b.String(), "changed") {
		t.Errorf("the copies changed the document: %s", b.String())
	}
}

// TestAttributes: an attribute is found by its namespace and name.
func TestAttributes(t *testing.T) {
	nodes := 100
	root, err := xmltree.Parse([]byte("<a xmlns='u' xmlns:x='v' b='1' x:b='2' xml:lang='de' y:c='3'/>"), &nodes)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ space, name, want string }{
		{"", "b", "1 true"}, {"v", "b", "2 true"}, {"u", "b", " false"}, {xmltree.XMLSpace, "lang", "de true"}, {"", "lang", " false"},
		{"", "y:c", "3 true"}, {"", "c", " false"},
	} {
		value, ok := root.AttributeNS(test.space, test.name)
		if got := fmt.Sprint(value, " ", ok); got != test.want {
			t.Errorf("%s in %q: got %s, want %s", test.name, test.space, got, test.want)
		}
	}
	if got, _ := root.Attribute("b"); got != "1" || nodes != 99 {
		t.Errorf("got %q, and %d nodes are left", got, nodes)
	}
}
