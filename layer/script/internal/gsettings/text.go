package gsettings

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how far types and values are nested.
const maxDepth = 64

// maxNodes bounds the nodes of a document.
const maxNodes = 1 << 20

// parseText reads a value in GVariant's text format, of a type that is known.
func parseText(text, typ string) (value, error) {
	p := &parser{text: text}
	v, err := p.value(typ, 0)
	if err == nil {
		if p.space(); p.text != "" {
			err = fmt.Errorf("more text behind the value: %.40q", p.text)
		}
	}
	return v, err
}

type parser struct{ text string }

func (p *parser) space() { p.text = strings.TrimLeft(p.text, " \t\r\n\v\f") }

func (p *parser) accept(token string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.text, token)
	if ok {
		p.text = rest
	}
	return ok
}

func (p *parser) expect(token string) error {
	if !p.accept(token) {
		return fmt.Errorf("want %q at %.40q", token, p.text)
	}
	return nil
}

// word returns what stands there up to a delimiter.
func (p *parser) word() string {
	p.space()
	end := strings.IndexAny(p.text, " \t\r\n,:()[]{}<>'\"")
	if end < 0 {
		end = len(p.text)
	}
	w := p.text[:end]
	p.text = p.text[end:]
	return w
}

// keywords are names of types that may stand before a value.
var keywords = map[string]string{
	"boolean": "b", "byte": "y", "int16": "n", "uint16": "q", "int32": "i", "handle": "h", "uint32": "u", "int64": "x", "uint64": "t",
	"double": "d", "string": "s", "objectpath": "o", "signature": "g",
}

// annotation reads a type that stands before a value, "" if there is none.
func (p *parser) annotation() (string, error) {
	if p.accept("@") {
		typ := cutType(p.text, 0)
		if typ == "" {
			return "", fmt.Errorf("no type at %.40q", p.text)
		}
		p.text = p.text[len(typ):]
		return typ, nil
	}
	p.space()
	before := p.text
	if typ := keywords[p.word()]; typ != "" {
		return typ, nil
	}
	p.text = before
	return "", nil
}

func (p *parser) value(typ string, depth int) (value, error) {
	if depth > maxDepth {
		return value{}, errors.New("values are nested too deeply")
	}
	given, err := p.annotation()
	if err != nil {
		return value{}, err
	}
	if given != "" && given != typ {
		return value{}, fmt.Errorf("the value is of the type %s, not %s", given, typ)
	}
	switch typ[0] {
	case 'b':
		switch w := p.word(); w {
		case "true":
			return value{typ: typ, number: 1}, nil
		case "false":
			return value{typ: typ}, nil
		default:
			return value{}, fmt.Errorf("%q is no boolean", w)
		}
	case 's', 'o', 'g':
		s, err := p.quoted()
		return value{typ: typ, text: s}, err
	case 'v':
		return p.variant(depth)
	case 'm':
		if p.accept("nothing") {
			return value{typ: typ}, nil
		}
		p.accept("just ")
		inner, err := p.value(typ[1:], depth+1)
		return value{typ: typ, items: []value{inner}}, err
	case 'a':
		return p.array(typ, depth)
	case '(':
		return p.tuple(typ, depth)
	case '{':
		return value{}, errors.New("a dictionary entry alone is not supported")
	}
	return number(typ, p.word())
}

// sizes are the bits of the integers; those of signed ones are negative.
var sizes = map[byte]int{'y': 8, 'n': -16, 'q': 16, 'i': -32, 'u': 32, 'h': -32, 'x': -64, 't': 64}

func number(typ, w string) (value, error) {
	if typ == "d" {
		f, err := strconv.ParseFloat(w, 64)
		if err != nil && !math.IsInf(f, 0) || strings.ContainsAny(w, "xX_pP") {
			return value{}, fmt.Errorf("%q is no number", w)
		}
		return value{typ: typ, number: double(f)}, nil
	}
	if strings.Contains(w, "_") || strings.Contains(w, "0b") || strings.Contains(w, "0o") {
		return value{}, fmt.Errorf("%q is no number", w)
	}
	bits := sizes[typ[0]]
	if bits > 0 {
		n, err := strconv.ParseUint(strings.TrimPrefix(w, "+"), 0, bits)
		if err != nil {
			return value{}, fmt.Errorf("%q is no number of the type %s", w, typ)
		}
		return value{typ: typ, number: n}, nil
	}
	n, err := strconv.ParseInt(w, 0, -bits)
	if err != nil {
		return value{}, fmt.Errorf("%q is no number of the type %s", w, typ)
	}
	return value{typ: typ, number: uint64(n)}, nil
}

func (p *parser) array(typ string, depth int) (value, error) {
	v := value{typ: typ}
	if typ == "ay" && (p.accept("b'") || p.accept(`b"`)) {
		return value{}, errors.New("byte strings are not supported")
	}
	if typ[1] == '{' && p.accept("{") {
		kinds := members(typ[1:])
		for !p.accept("}") {
			if len(v.items) > 0 {
				if err := p.expect(","); err != nil {
					return v, err
				}
			}
			key, err := p.value(kinds[0], depth+1)
			if err == nil {
				err = p.expect(":")
			}
			var inner value
			if err == nil {
				inner, err = p.value(kinds[1], depth+1)
			}
			if err != nil {
				return v, err
			}
			v.items = append(v.items, value{typ: typ[1:], items: []value{key, inner}})
		}
		return v, nil
	}
	if err := p.expect("["); err != nil {
		return v, err
	}
	for !p.accept("]") {
		if len(v.items) > 0 {
			if err := p.expect(","); err != nil {
				return v, err
			}
		}
		inner, err := p.value(typ[1:], depth+1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, inner)
	}
	return v, nil
}

func (p *parser) tuple(typ string, depth int) (value, error) {
	v := value{typ: typ}
	if err := p.expect("("); err != nil {
		return v, err
	}
	kinds := members(typ)
	for i, kind := range kinds {
		if i > 0 {
			if err := p.expect(","); err != nil {
				return v, err
			}
		}
		inner, err := p.value(kind, depth+1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, inner)
	}
	if len(kinds) == 1 {
		p.accept(",")
	}
	return v, p.expect(")")
}

// variant reads "<VALUE>", whose type the value itself tells.
func (p *parser) variant(depth int) (value, error) {
	if err := p.expect("<"); err != nil {
		return value{}, err
	}
	before := p.text
	typ, err := p.annotation()
	if err == nil && typ == "" {
		typ, err = p.guess()
	}
	if err != nil {
		return value{}, err
	}
	p.text = before
	inner, err := p.value(typ, depth+1)
	if err != nil {
		return value{}, err
	}
	return value{typ: "v", items: []value{inner}}, p.expect(">")
}

// guess tells the type of a value without containers.
func (p *parser) guess() (string, error) {
	p.space()
	switch {
	case p.text == "":
		return "", errors.New("no value")
	case strings.ContainsRune(`'"`, rune(p.text[0])):
		return "s", nil
	case p.text[0] == '<':
		return "v", nil
	case strings.HasPrefix(p.text, "true"), strings.HasPrefix(p.text, "false"):
		return "b", nil
	}
	copied := *p
	w := copied.word()
	if _, err := strconv.ParseInt(w, 0, 32); err == nil {
		return "i", nil
	}
	if _, err := strconv.ParseFloat(w, 64); err == nil && w != "" {
		return "d", nil
	}
	return "", fmt.Errorf("the type of %.40q is not supported in a variant", p.text)
}

// quoted reads a string.
func (p *parser) quoted() (string, error) {
	p.space()
	if p.text == "" || !strings.ContainsRune(`'"`, rune(p.text[0])) {
		return "", fmt.Errorf("want a string at %.40q", p.text)
	}
	quote := p.text[0]
	p.text = p.text[1:]
	var b strings.Builder
	for p.text != "" {
		c := p.text[0]
		p.text = p.text[1:]
		switch {
		case c == quote:
			if !utf8.ValidString(b.String()) {
				return "", errors.New("a string is not UTF-8")
			}
			return b.String(), nil
		case c != '\\':
			b.WriteByte(c)
			continue
		case p.text == "":
			return "", errors.New("a string does not end")
		}
		c = p.text[0]
		p.text = p.text[1:]
		if i := strings.IndexByte("abfnrtv", c); i >= 0 {
			b.WriteByte("\a\b\f\n\r\t\v"[i])
			continue
		}
		digits := map[byte]int{'u': 4, 'U': 8}[c]
		if digits == 0 {
			b.WriteByte(c)
			continue
		}
		if len(p.text) < digits {
			return "", errors.New("a string does not end")
		}
		n, err := strconv.ParseUint(p.text[:digits], 16, 32)
		if err != nil || n == 0 || n > utf8.MaxRune {
			return "", fmt.Errorf("%q is no character", p.text[:digits])
		}
		b.WriteRune(rune(n))
		p.text = p.text[digits:]
	}
	return "", errors.New("a string does not end")
}
