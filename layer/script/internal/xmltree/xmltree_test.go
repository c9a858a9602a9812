package xmltree_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

// TestParseErrors: text that the recommendations forbid is an error, and unsupported text is one of another kind.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text, want  string
		unsupported bool
	}{
		{"", "line 1: no root element", false},
		{"<a>\n<b></a>", "line 2: no end of element \"b\"", false},
		{"<a b=1/>", "line 1: ", false},
		{"<a b='1' b='2'/>", "line 1: the attribute \"b\" twice", false},
		{"<a>]]></a>", "line 1: \"]]>\" in text", false},
		{"<a/><b/>", "line 1: text outside of the root element", false},
		{"<a>&#0;</a>", "line 1: the reference \"#0\"", false},
		{"<a>&#xD800;</a>", "line 1: the reference \"#xD800\"", false},
		{"<a>&#+1;</a>", "line 1: the reference \"#+1\"", false},
		{"<a>\xff</a>", "not in UTF-8", false},
		{"<a>&b;</a>", "line 1: not supported: the entity \"b\"", true},
		{"<?xml version='1.0' encoding='EBCDIC'?><a/>", "not supported: encoding \"EBCDIC\"", true},
		{strings.Repeat("<a>", 101), "line 1: not supported: elements nested deeper than 100", true},
		{"<a>" + strings.Repeat("<b/>", 1000) + "</a>", "line 1: not supported: too many nodes", true},
	} {
		nodes := 1000
		_, err := xmltree.Parse([]byte(c.text), &nodes)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || errors.Is(err, xmltree.ErrUnsupported) != c.unsupported {
			t.Errorf("%.40q: got %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzParse: a written document is read again as the same one.
func FuzzParse(f *testing.F) {
	f.Add(`<?xml version="1.0"?><!DOCTYPE a [<!ATTLIST a b (c|d) 'c'>]><a b='d' xmlns:x="u"><x:c ` +
		`xml:lang="e">&#65;&amp;</x:c><![CDATA[<]]><!-- f --><?g h?></a>`)
	f.Add("<a xmlns='u'>\r\n<b xmlns=''/></a>")
	f.Fuzz(func(t *testing.T, text string) {
		write := func(n *xmltree.Node) string {
			var b strings.Builder
			n.Write(&b)
			return b.String()
		}
		nodes := 1000
		n, err := xmltree.Parse([]byte(text), &nodes)
		if err != nil {
			return
		}
		first := write(n)
		nodes = 10000 // of text there is more where it is indented
		again, err := xmltree.Parse([]byte(first), &nodes)
		if err != nil {
			t.Fatalf("%q: written as %q: %v", text, first, err)
		}
		if second := write(again); strings.Join(strings.Fields(second), " ") != strings.Join(strings.Fields(first), " ") {
			t.Errorf("%q, then %q", first, second)
		}
	})
}
