package gsettings

import (
	"errors"
	"fmt"
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

// keywords are names of types that may stand before a value, each with its type.
const keywords = " boolean b byte y int16 n uint16 q int32 i handle h uint32 u int64 x uint64 t double d string s objectpath o signature g "

// annotation reads a type that stands before a value, "" without one.
func (p *parser) annotation() (string, error) {
	if p.accept("@") {
		typ := cutType(p.text, 0)
		if typ == "" {
			return "", fmt.Errorf("no type at %.40q", p.text)
		}
		if p.text = p.text[len(typ):]; strings.TrimLeft(p.text, " \t\r\n") == p.text {
			return "", errors.New("no space behind a type")
		}
		return typ, nil
	}
	p.space()
	before := p.text
	if word := p.word(); len(word) > 1 { // the name of a type, not its letter
		if _, rest, ok := strings.Cut(keywords, " "+word+" "); ok {
			return rest[:1], nil
		}
	}
	p.text = before
	return "", nil
}

func (p *parser) value(typ string, depth int) (v value, err error) {
	v.typ = typ
	given, err := p.annotation()
	if err == nil && given != "" && given != typ {
		err = fmt.Errorf("the value is of the type %s, not %s", given, typ)
	}
	if err == nil && depth > maxDepth {
		err = errors.New("values are nested too deeply")
	}
	if err != nil {
		return v, err
	}
	switch typ[0] {
	case 'b':
		w := p.word()
		if w == "true" {
			v.number = 1
		} else if w != "false" {
			err = fmt.Errorf("%q is no boolean", w)
		}
	case 's':
		v.text, err = p.quoted()
	case 'v':
		return p.variant(depth)
	case 'm':
		if p.accept("nothing") {
			break
		}
		p.accept("just ")
		inner, problem := p.value(typ[1:], depth+1)
		v.items, err = []value{inner}, problem
	case 'a':
		return p.array(typ, depth)
	case '(':
		return p.tuple(typ, depth)
	case '{', 'o', 'g':
		err = fmt.Errorf("a value of the type %s is not supported", typ)
	default:
		return number(typ, p.word())
	}
	return v, err
}

// size is how many bits integers of a type have; those of signed ones are negative. It is 0 for other types.
func size(typ string) int {
	return [...]int{0, 8, -16, 16, -32, 32, -32, -64, 64}[1+strings.IndexByte("ynqiuhxt", typ[0])]
}

func number(typ, w string) (v value, err error) {
	v.typ = typ
	bits := size(typ)
	switch {
	case strings.ContainsAny(w, "_oOpPN") || strings.HasPrefix(strings.Trim(w, "+-"), "0b"):
		err = strconv.ErrSyntax // Go reads more than GLib
	case typ == "d" && strings.ContainsAny(w, "xXn") && strings.TrimPrefix(w, "-") != "inf":
		err = strconv.ErrSyntax
	case typ == "d":
		var f float64
		f, err = strconv.ParseFloat(w, 64)
		v.number = double(f)
	case bits > 0:
		v.number, err = strconv.ParseUint(strings.TrimPrefix(w, "+"), 0, bits)
	default:
		var n int64
		n, err = strconv.ParseInt(w, 0, -bits)
		v.number = uint64(n)
	}
	if err != nil {
		err = fmt.Errorf("%q is no number of the type %s", w, typ)
	}
	return v, err
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

func (p *parser) tuple(typ string, depth int) (v value, err error) {
	v.typ = typ
	before := "("
	kinds := members(typ)
	for _, kind := range kinds {
		if err := p.expect(before); err != nil {
			return v, err
		}
		inner, err := p.value(kind, depth+1)
		if err != nil {
			return v, err
		}
		v.items, before = append(v.items, inner), ","
	}
	if len(kinds) < 2 { // "()", and "(VALUE,)"
		err = p.expect(before)
	}
	if err == nil {
		err = p.expect(")")
	}
	return v, err
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
	if _, err := strconv.ParseFloat(w, 64); err == nil && strings.ContainsAny(w, ".eEn") {
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
			if c != '\n' { // which goes on in the next line
				b.WriteByte(c)
			}
			continue
		}
		if len(p.text) < digits {
			return "", errors.New("a string does not end")
		}
		n, err := strconv.ParseUint(p.text[:digits], 16, 32)
		if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
			return "", fmt.Errorf("%q is no character", p.text[:digits])
		}
		b.WriteRune(rune(n))
		p.text = p.text[digits:]
	}
	return "", errors.New("a string does not end")
}
