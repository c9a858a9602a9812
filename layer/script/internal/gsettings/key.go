package gsettings

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/ghash"
	"github.com/lamina-oci/lamina/layer/script/internal/keyfile"
	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

// stringInfo is a list of strings with numbers, in words: a number, and then the string between bytes 0xff, or after 0xfe if it is an alias,
// whose number is where the string lies that it stands for (gio/strinfo.c).
type stringInfo struct{ words []uint32 }

func (s *stringInfo) add(text string, number uint32) error {
	if s.find(text) >= 0 || text == "" || len(text) > 1<<12 {
		return fmt.Errorf("%q is there twice, or is no value", text)
	}
	s.words = append(append(s.words, number), encode(text, 0xff)...)
	return nil
}

func (s *stringInfo) addAlias(text, target string) error {
	at := s.find(target)
	if at < 0 || s.find(text) >= 0 {
		return fmt.Errorf("the alias %q of %q is not supported", text, target)
	}
	s.words = append(append(s.words, uint32(at-1)), encode(text, 0xfe)...)
	return nil
}

func encode(text string, first byte) []uint32 {
	n := max(2, (len(text)+6)>>2)
	b := make([]byte, 4*n)
	b[0] = first
	copy(b[1:], text)
	b[4*n-1] = 0xff
	list := make([]uint32, n)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return list
}

// find returns where a string lies that is no alias, in words, or -1.
func (s *stringInfo) find(text string) int {
	want := encode(text, 0xff)
	for i := 1; i+len(want) <= len(s.words); i++ {
		if slices.Equal(s.words[i:i+len(want)], want) {
			return i
		}
	}
	return -1
}

func (c *compiler) readKey(s *schema, e element) (isTranslated bool, err error) {
	a, err := e.attributes("name type enum flags")
	if err != nil {
		return false, err
	}
	k := &key{typ: a["type"]}
	if name := a["enum"] + a["flags"]; name != "" {
		found := c.enums[name]
		if found == nil || found.isFlags != (a["flags"] != "") || a["type"] != "" {
			return false, fmt.Errorf("key %s: the enumeration %q is not there", a["name"], name)
		}
		k.typ, k.byEnum, k.isFlags = "s", true, found.isFlags
		if k.isFlags {
			k.typ = "as"
		}
		k.info.words = slices.Clone(found.info.words)
	}
	if cutType(k.typ, 0) != k.typ || k.typ == "" {
		return false, fmt.Errorf("key %s: %q is no type", a["name"], k.typ)
	}
	inherited := c.key(s, a["name"]) != nil
	if err := s.add(a["name"], k); err != nil {
		return false, err
	}
	seen := make(map[string]bool)
	for _, part := range e.elements() {
		if err = k.readPart(part); err == nil && seen[part.Name] {
			err = errTwice
		}
		if err != nil {
			break
		}
		seen[part.Name] = true
	}
	switch {
	case err != nil:
	case inherited:
		err = errTwice
	case k.value == nil:
		err = errors.New("no default")
	case k.l10n != 0 && s.domain == "":
		err = errors.New("a translation without a gettext-domain")
	default:
		err = k.check(k.value) // once more: what it is checked against may have come later
	}
	if err != nil {
		return false, fmt.Errorf("key %s: %w", a["name"], err)
	}
	return k.l10n != 0, nil
}

// errTwice is the error for a part of a key that is there twice, and for a key that a schema has as well as one that it extends.
var errTwice = errors.New("it is there twice")

func (k *key) readPart(e element) error {
	switch e.Name {
	case "summary", "description":
		return nil
	case "default":
		return k.readDefault(e)
	case "range":
		return k.readRange(e)
	case "choices", "aliases":
		if _, err := e.attributes(""); err != nil {
			return err
		}
		if e.Name == "choices" && (k.byEnum || strings.TrimLeft(k.typ, "am") != "s" || len(k.typ) > 2 || len(e.elements()) == 0) {
			return errors.New("these choices are not supported")
		}
		for _, child := range e.elements() {
			a, err := child.attributes("value target")
			if err != nil {
				return err
			}
			switch child.Name {
			case "choice":
				err = k.info.add(a["value"], 0)
			case "alias":
				err = k.info.addAlias(a["value"], a["target"])
			default:
				err = fmt.Errorf("<%s> is not supported", child.Name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("<%s> is not supported", e.Name)
}

func (k *key) readDefault(e element) error {
	a, err := e.attributes("l10n context")
	if err != nil {
		return err
	}
	if len(e.elements()) > 0 {
		return errors.New("<default> has elements")
	}
	switch a["l10n"] {
	case "":
		if a["context"] != "" {
			return errors.New("a context without l10n")
		}
	case "messages":
		k.l10n = 'm'
	case "time":
		k.l10n = 't'
	default:
		return fmt.Errorf("l10n=%q is not supported", a["l10n"])
	}
	k.context, k.unparsed = a["context"], strings.Trim(e.text(), " \t\r\n\v\f")
	return k.set(e.text())
}

// set parses a default.
func (k *key) set(text string) error {
	v, err := parseText(text, k.typ)
	if err != nil {
		return err
	}
	k.value = &v
	return k.check(&v)
}

var errRange = errors.New("outside of the range")

// check refuses a value that the key's choices or range leave out.
func (k *key) check(v *value) error {
	if k.minimum != nil && (v.less(k.minimum) || k.maximum.less(v)) {
		return errRange
	}
	if len(k.info.words) == 0 {
		return nil
	}
	list := []value{*v}
	if v.typ == "as" {
		list = v.items
	}
	for _, s := range list {
		if s.typ == "s" && k.info.find(s.text) < 0 {
			return fmt.Errorf("%q is not one of the values", s.text)
		}
	}
	return nil
}

// extremes are the least and the greatest numbers of a type.
var extremes = [][3]string{
	{"y", "0", "255"}, {"n", "-32768", "32767"}, {"q", "0", "65535"}, {"i", "-2147483648", "2147483647"}, {"u", "0", "4294967295"},
	{"x", "-9223372036854775808", "9223372036854775807"}, {"t", "0", "18446744073709551615"}, {"d", "-inf", "inf"},
}

func (k *key) readRange(e element) error {
	a, err := e.attributes("min max")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(extremes, func(e [3]string) bool { return e[0] == k.typ })
	if at < 0 {
		return fmt.Errorf("a range of the type %s is not supported", k.typ)
	}
	ends := extremes[at]
	for i, name := range [...]string{"min", "max"} {
		if text, ok := a[name]; ok {
			ends[1+i] = text
		}
	}
	for i, to := range [...]**value{&k.minimum, &k.maximum} {
		v, err := parseText(ends[1+i], k.typ)
		if err != nil {
			return err
		}
		if *to != nil {
			return errTwice
		}
		*to = &v
	}
	if k.maximum.less(k.minimum) {
		return errRange
	}
	return nil
}

// readOverride gives a key of a schema that is extended another default.
func (c *compiler) readOverride(s *schema, e element) error {
	a, err := e.attributes("name l10n context")
	if err != nil {
		return err
	}
	above, ok := c.schemas.Get(s.extends)
	if !ok {
		return fmt.Errorf("<override name=%q> in a schema that extends none", a["name"])
	}
	from := c.key(above, a["name"])
	if from == nil {
		return fmt.Errorf("<override name=%q> of a key that is not there", a["name"])
	}
	k := &key{typ: from.typ, byEnum: from.byEnum, isFlags: from.isFlags, minimum: from.minimum, maximum: from.maximum}
	k.info.words = slices.Clone(from.info.words)
	if err := s.add(a["name"], k); err != nil {
		return err
	}
	if a["name"] != "" { // readDefault knows the other attributes
		e.Attributes = slices.DeleteFunc(e.Attributes, func(a xmltree.Attribute) bool { return a.Name == "name" })
	}
	return k.readDefault(e)
}

// override sets the defaults of a file: a key file whose groups are schemas, or schemas with ":" and a desktop.
func (c *compiler) override(text []byte) error {
	groups, err := keyfile.Parse(string(text))
	if err != nil {
		return err
	}
	for _, group := range groups {
		id, desktop, isFor := strings.Cut(group.Name, ":")
		s, ok := c.schemas.Get(id)
		if !ok {
			continue // which the program is silent about
		}
		for _, given := range group.Keys {
			if err := c.overrideKey(s, id, given, desktop, isFor); err != nil {
				return fmt.Errorf("line %d: %w", given.Line, err)
			}
		}
	}
	return nil
}

// overrideKey sets the default of one key, for one desktop or for all.
func (c *compiler) overrideKey(s *schema, id string, given keyfile.Key, desktop string, isFor bool) error {
	name := given.Name
	k := c.key(s, name)
	if k == nil {
		return fmt.Errorf("schema %s has no key %s", id, name)
	}
	if _, isOwn := s.keys.Get(name); !isOwn {
		return fmt.Errorf("key %s is of a schema that %s extends, which is not supported", name, id)
	}
	v, err := parseText(given.Value, k.typ)
	if err == nil {
		err = k.check(&v)
	}
	if err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	switch {
	case !isFor:
		k.value = &v
	case k.l10n != 0:
		return fmt.Errorf("key %s is translated, and cannot have a default for a desktop", name)
	default:
		if k.desktops == nil {
			k.desktops = ghash.New[*value]()
		}
		k.desktops.Set(desktop, &v)
	}
	return nil
}

// lettered is a value with a letter before it.
func lettered(letter byte, v value) value { return tuple(value{typ: "y", number: uint64(letter)}, v) }

// variant is a key as it stands in the compiled file: its default, and what else there is, each with a letter.
func (k *key) variant() value {
	parts := []value{*k.value}
	add := func(letter byte, v value) { parts = append(parts, lettered(letter, v)) }
	if k.l10n != 0 {
		text := k.unparsed
		if k.context != "" {
			text = k.context + "\x04" + text
		}
		add('l', lettered(k.l10n, str(text)))
	}
	if len(k.info.words) > 0 {
		kind := byte('c')
		switch {
		case k.isFlags:
			kind = 'f'
		case k.byEnum:
			kind = 'e'
		}
		add(kind, words(k.info.words))
	}
	if k.minimum != nil {
		add('r', tuple(*k.minimum, *k.maximum))
	}
	if k.desktops != nil {
		d := value{typ: "a{sv}"}
		for name, v := range k.desktops.All {
			d.items = append(d.items, value{typ: "{sv}", items: []value{str(name), {typ: "v", items: []value{*v}}}})
		}
		add('d', d)
	}
	return tuple(parts...)
}
