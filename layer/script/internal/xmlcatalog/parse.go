package xmlcatalog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const namespace = "urn:oasis:names:tc:entity:xmlns:xml:catalog"

type element struct {
	name       string
	attributes map[string]string
}

// parser reads the part of XML that catalogs are written in: no entities of
// their own, no prefixes of names, no other encoding than UTF-8.
type parser struct {
	text string // what is left
}

func unsupported(what string) error {
	return fmt.Errorf("a catalog with %s: %w", what, errors.ErrUnsupported)
}

var errSyntax = errors.New("the catalog is not well-formed XML")

// parse returns the elements right below the root that are a catalog's.
func parse(text string) ([]element, error) {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !isChar(r) }) {
		return nil, errors.New("the catalog is no UTF-8 text")
	}
	p := parser{strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), "\r", "\n")}
	var list []element
	var open []string
	begun := false
	for p.text != "" {
		if p.text[0] != '<' {
			data := p.until("<")
			if strings.Contains(data, "]]>") || len(open) == 0 && strings.Trim(data, " \t\n") != "" {
				return nil, errSyntax
			}
			if strings.Contains(data, "&") {
				return nil, unsupported("references in text")
			}
			continue
		}
		switch {
		case strings.HasPrefix(p.text, "<!--"):
			body, ok := p.skip("<!--", "-->")
			if !ok || strings.Contains(body, "--") || strings.HasSuffix(body, "-") {
				return nil, errSyntax
			}
		case strings.HasPrefix(p.text, "<?"):
			body, ok := p.skip("<?", "?>")
			if !ok {
				return nil, errSyntax
			}
			if i := strings.Index(body, "encoding"); strings.HasPrefix(body, "xml ") && i >= 0 && !strings.Contains(strings.ToLower(body[i:]), "utf-8") {
				return nil, unsupported("an encoding other than UTF-8")
			}
		case strings.HasPrefix(p.text, "<!DOCTYPE"):
			body, ok := p.skip("<!DOCTYPE", ">")
			if !ok || begun {
				return nil, errSyntax
			}
			if strings.ContainsAny(body, "[<") {
				return nil, unsupported("declarations of its own")
			}
		case strings.HasPrefix(p.text, "<!"):
			return nil, unsupported("marked sections")
		case strings.HasPrefix(p.text, "</"):
			name, ok := p.skip("</", ">")
			if !ok || len(open) == 0 || strings.TrimRight(name, " \t\n") != open[len(open)-1] {
				return nil, errSyntax
			}
			open = open[:len(open)-1]
		default:
			e, empty, err := p.element()
			switch {
			case err != nil:
				return nil, err
			case len(open) == 0 && begun:
				return nil, errSyntax
			case len(open) == 0 && (e.name != "catalog" || e.attributes["xmlns"] != namespace):
				return nil, errors.New("the file is not an XML catalog")
			case len(open) == 1:
				if n, ok := e.attributes["xmlns"]; !ok || n == namespace {
					list = append(list, e)
				}
			}
			begun = true
			if len(list) > maxEntries {
				return nil, fmt.Errorf("more than %d entries", maxEntries)
			}
			if !empty {
				if open = append(open, e.name); len(open) > maxDepth {
					return nil, fmt.Errorf("elements are nested more than %d deep", maxDepth)
				}
			}
		}
	}
	if len(open) != 0 || !begun {
		return nil, errSyntax
	}
	return list, nil
}

// until takes what is before the mark, or all.
func (p *parser) until(mark string) string {
	i := strings.Index(p.text, mark)
	if i < 0 {
		i = len(p.text)
	}
	s := p.text[:i]
	p.text = p.text[i:]
	return s
}

// skip takes a part with its start and end away and returns its inside.
func (p *parser) skip(start, end string) (body string, ok bool) {
	body, rest, ok := strings.Cut(p.text[len(start):], end)
	p.text = rest
	return body, ok
}

func (p *parser) space() bool {
	n := len(p.text)
	p.text = strings.TrimLeft(p.text, " \t\n")
	return len(p.text) < n
}

func (p *parser) name() (string, error) {
	i := strings.IndexAny(p.text, " \t\n=/><&\"'")
	if i <= 0 || strings.ContainsRune("-.0123456789", rune(p.text[0])) {
		return "", errSyntax
	}
	s := p.text[:i]
	p.text = p.text[i:]
	if s == "xml:base" || strings.Contains(s, ":") && !strings.HasPrefix(s, "xml:") && !strings.HasPrefix(s, "xmlns:") {
		return "", unsupported("the name " + strconv.Quote(s))
	}
	return s, nil
}

func (p *parser) element() (e element, empty bool, err error) {
	p.text = p.text[1:]
	if e.name, err = p.name(); err != nil {
		return e, false, err
	}
	e.attributes = map[string]string{}
	for {
		spaced := p.space()
		switch {
		case strings.HasPrefix(p.text, "/>"):
			p.text = p.text[2:]
			return e, true, nil
		case strings.HasPrefix(p.text, ">"):
			p.text = p.text[1:]
			return e, false, nil
		case !spaced:
			return e, false, errSyntax
		}
		name, err := p.name()
		if err != nil {
			return e, false, err
		}
		p.space()
		if !strings.HasPrefix(p.text, "=") {
			return e, false, errSyntax
		}
		p.text = p.text[1:]
		p.space()
		if p.text == "" || p.text[0] != '"' && p.text[0] != '\'' {
			return e, false, errSyntax
		}
		raw, ok := p.skip(p.text[:1], p.text[:1])
		if _, twice := e.attributes[name]; !ok || twice || strings.Contains(raw, "<") {
			return e, false, errSyntax
		}
		if e.attributes[name], err = value(raw); err != nil {
			return e, false, err
		}
	}
}

// value resolves the references in an attribute.
func value(raw string) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(raw, "&")
		b.WriteString(strings.NewReplacer("\n", " ", "\t", " ").Replace(before))
		if !ok {
			return b.String(), nil
		}
		name, rest, ok := strings.Cut(rest, ";")
		if !ok {
			return "", errSyntax
		}
		raw = rest
		switch name {
		case "amp":
			b.WriteByte('&')
		case "lt":
			b.WriteByte('<')
		case "gt":
			b.WriteByte('>')
		case "quot":
			b.WriteByte('"')
		case "apos":
			b.WriteByte('\'')
		default:
			digits, ok := strings.CutPrefix(name, "#")
			base := 10
			if strings.HasPrefix(digits, "x") {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 21)
			if !ok || err != nil || !isChar(rune(n)) || !utf8.ValidRune(rune(n)) {
				return "", errSyntax
			}
			b.WriteRune(rune(n))
		}
	}
}
