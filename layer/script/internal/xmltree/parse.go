package xmltree

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Node is an element, or text, a CDATA section, a comment or a processing instruction in one.
type Node struct {
	Kind       Kind
	Name       string // local name of an element, or the target of an instruction
	Prefix     string // prefix of an element that has a namespace
	Space      string // namespace of an element
	Text       string // content of other kinds than elements; of an instruction with the space before it
	Declared   []Declaration
	Attributes []Attribute // without those that declare namespaces
	Children   []*Node
	parent     *Node
}

type Kind int

const (
	Element Kind = iota
	Text
	CDATA
	Comment
	Instruction
)

// Declaration is the declaration of a namespace; Prefix is "" for the default namespace.
type Declaration struct{ Prefix, URI string }

type Attribute struct{ Prefix, Name, Space, Value string }

// XMLSpace is the namespace of the prefix xml.
const XMLSpace = "http://www.w3.org/XML/1998/namespace"

// Attribute returns the value of an attribute without namespace.
func (n *Node) Attribute(name string) (string, bool) {
	return n.AttributeNS("", name)
}

func (n *Node) AttributeNS(space, name string) (string, bool) {
	for _, a := range n.Attributes {
		if a.Name == name && a.Space == space {
			return a.Value, true
		}
	}
	return "", false
}

// lookup returns the namespace that prefix has in n.
func (n *Node) lookup(prefix string) (string, bool) {
	if prefix == "xml" {
		return XMLSpace, true
	}
	for ; n != nil; n = n.parent {
		for _, d := range n.Declared {
			if d.Prefix == prefix {
				return d.URI, true
			}
		}
	}
	return "", false
}

// ErrUnsupported is for documents that may be right, but are not understood here. All other errors of the parser are
// for documents that are not well-formed, which the real program leaves out.
var ErrUnsupported = errors.New("not supported")

// parser reads an XML document: the language of the XML 1.0 and Namespaces recommendations without entities other
// than the five that are always there.
type parser struct {
	in        string
	at        int
	nodes     *int            // that may still come
	tokenized map[string]bool // "element attribute" of attributes that are lists of tokens
	defaults  map[string]bool // elements that have default namespace declarations
}

// Parse returns the root element of a document. It takes the number of its nodes off nodes, which is how many there may be; more is an
// error.
func Parse(data []byte, nodes *int) (*Node, error) {
	in, err := decode(string(data))
	if err != nil {
		return nil, err
	}
	p := &parser{in: in, nodes: nodes, tokenized: map[string]bool{}, defaults: map[string]bool{}}
	root, err := p.document()
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", 1+strings.Count(in[:min(p.at, len(in))], "\n"), err)
	}
	return root, nil
}

// decode returns the document as UTF-8 with line ends as "\n".
func decode(in string) (string, error) {
	if strings.HasPrefix(in, "\xfe\xff") || strings.HasPrefix(in, "\xff\xfe") || strings.HasPrefix(in, "\x00") ||
		strings.HasPrefix(in, "<\x00") {
		return "", fmt.Errorf("%w: a document in UTF-16 or UTF-32", ErrUnsupported)
	}
	in, bom := strings.CutPrefix(in, "\ufeff")
	if strings.HasPrefix(in, "<?xml") && !bom {
		declaration, _, _ := strings.Cut(in, "?>")
		_, encoding, ok := strings.Cut(declaration, "encoding")
		encoding = strings.Trim(encoding, " \t\r\n=")
		if ok && len(encoding) > 1 {
			encoding, _, _ = strings.Cut(encoding[1:], encoding[:1])
			switch strings.ToLower(encoding) {
			case "utf-8", "utf8", "us-ascii", "ascii":
			case "iso-8859-1", "latin1", "iso_8859-1":
				runes := make([]rune, len(in))
				for i := range len(in) {
					runes[i] = rune(in[i])
				}
				in = string(runes)
			default:
				return "", fmt.Errorf("%w: encoding %q", ErrUnsupported, encoding)
			}
		}
	}
	in = strings.ReplaceAll(strings.ReplaceAll(in, "\r\n", "\n"), "\r", "\n")
	if !utf8.ValidString(in) {
		return "", errors.New("not in UTF-8")
	}
	for _, r := range in {
		if !isChar(r) {
			return "", fmt.Errorf("the character %U", r)
		}
	}
	return in, nil
}

// isChar tells whether a document may have the character.
func isChar(r rune) bool {
	return r >= 0x20 && r != 0xfffe && r != 0xffff && !(r >= 0xd800 && r < 0xe000) && r <= 0x10ffff ||
		r == '\t' || r == '\n' || r == '\r'
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

//go:noinline
func (p *parser) has(s string) bool { return strings.HasPrefix(p.in[p.at:], s) }

// skip passes s, and tells whether it was there.
func (p *parser) skip(s string) bool {
	if !p.has(s) {
		return false
	}
	p.at += len(s)
	return true
}

// spaces passes white space, and tells whether there was any.
func (p *parser) spaces() bool {
	from := p.at
	for p.at < len(p.in) && isSpace(p.in[p.at]) {
		p.at++
	}
	return p.at > from
}

// until returns the text up to end, and passes both.
func (p *parser) until(end string) (string, error) {
	s, _, ok := strings.Cut(p.in[p.at:], end)
	if !ok {
		return "", fmt.Errorf("no %q", end)
	}
	p.at += len(s) + len(end)
	return s, nil
}

// one returns the next byte, or zero at the end.
func (p *parser) one() byte {
	if p.at < len(p.in) {
		return p.in[p.at]
	}
	return 0
}

// token reads a name, which may have colons.
func (p *parser) token() (string, error) {
	from := p.at
	for i, r := range p.in[from:] {
		if !isNameChar(r, i == 0) {
			break
		}
		p.at = from + i + utf8.RuneLen(r)
	}
	if p.at == from {
		return "", errors.New("no name where one is expected")
	}
	return p.in[from:p.at], nil
}

func isNameChar(r rune, first bool) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_', r == ':':
		return true
	case r == '-', r == '.', r >= '0' && r <= '9', r == 0xb7, r >= 0x300 && r <= 0x36f, r == 0x203f, r == 0x2040:
		return !first
	}
	return r >= 0xc0 && r <= 0x1fff && r != 0xd7 && r != 0xf7 && r != 0x37e || r == 0x200c || r == 0x200d ||
		r >= 0x2070 && r <= 0x218f || r >= 0x2c00 && r <= 0x2fef || r >= 0x3001 && r <= 0xd7ff ||
		r >= 0xf900 && r <= 0xfdcf || r >= 0xfdf0 && r <= 0xfffd || r >= 0x10000 && r <= 0xeffff
}

// reference reads a reference after its ampersand.
func (p *parser) reference() (string, error) {
	name, _, ok := strings.Cut(p.in[p.at:], ";")
	if !ok || len(name) > 64 {
		return "", errors.New("a reference without end")
	}
	p.at += len(name) + 1
	switch name {
	case "lt":
		return "<", nil
	case "gt":
		return ">", nil
	case "amp":
		return "&", nil
	case "quot":
		return `"`, nil
	case "apos":
		return "'", nil
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		for i, r := range name {
			if !isNameChar(r, i == 0) {
				return "", errors.New("an ampersand without name")
			}
		}
		return "", fmt.Errorf("%w: the entity %q", ErrUnsupported, name)
	}
	base := 10
	if d, hex := strings.CutPrefix(digits, "x"); hex {
		digits, base = d, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil || !isChar(rune(n)) {
		return "", fmt.Errorf("the reference %q", name)
	}
	return string(rune(n)), nil
}

// quoted reads a literal in quotes without looking into it.
func (p *parser) quoted() (string, error) {
	quote := p.one()
	if quote != '"' && quote != '\'' {
		return "", errors.New("no quote where one is expected")
	}
	p.at++
	return p.until(string(quote))
}

// attributeValue reads the value of an attribute: white space in it is a blank, unless it was written as reference.
func (p *parser) attributeValue() (string, error) {
	from := p.at
	raw, err := p.quoted()
	if err != nil {
		return "", err
	}
	if strings.Contains(raw, "<") {
		return "", errors.New("a \"<\" in the value of an attribute")
	}
	if !strings.ContainsAny(raw, "&\t\n") {
		return raw, nil
	}
	end := p.at
	var b strings.Builder
	for p.at = from + 1; p.at < end-1; {
		c := p.in[p.at]
		p.at++
		switch c {
		case '&':
			s, err := p.reference()
			if err != nil {
				return "", err
			}
			if p.at > end-1 {
				return "", errors.New("a reference without end")
			}
			b.WriteString(s)
		case '\t', '\n':
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	p.at = end
	return b.String(), nil
}
