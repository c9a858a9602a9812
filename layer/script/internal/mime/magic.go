package mime

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

// magic is one <magic> or <treemagic> element.
type magic struct {
	priority int
	name     string // of the type
	matches  []*match
	none     bool // stands for <magic-deleteall/>
}

// match is one <match> element; of a <treematch> element only line and children are used.
type match struct {
	start, length int64 // the range of offsets
	wordSize      int
	value, mask   []byte
	children      []*match
	line          string
}

// noMagic is what is written for <magic-deleteall/>.
func noMagic(name string) *magic {
	return &magic{name: name, none: true, matches: []*match{{length: 1, wordSize: 1, value: []byte("__NOMAGIC__")}}}
}

// newMagic reads what <magic> and <treemagic> have in common.
func (d *database) newMagic(t *mimeType, n *xmltree.Node, name string, read func(*xmltree.Node, *match) error) (*magic, error) {
	m := &magic{priority: 50, name: t.name}
	var err error
	if s, ok := n.Attribute("priority"); ok {
		if m.priority, err = percentage(s); err != nil {
			return nil, err
		}
	}
	m.matches, err = d.matches(n, name, read)
	return m, err
}

func (d *database) matches(n *xmltree.Node, name string, read func(*xmltree.Node, *match) error) ([]*match, error) {
	var list []*match
	for _, child := range n.Children {
		if child.Kind != xmltree.Element {
			continue
		}
		if child.Space != freeSpace || child.Name != name {
			return nil, errField
		}
		if err := d.count(); err != nil {
			return nil, err
		}
		m := &match{wordSize: 1}
		if err := read(child, m); err != nil {
			return nil, err
		}
		var err error
		if m.children, err = d.matches(child, name, read); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

func (d *database) addMagic(t *mimeType, n *xmltree.Node) error {
	m, err := d.newMagic(t, n, "match", readMatch)
	if err != nil {
		return err
	}
	if len(m.matches) == 0 {
		return errField
	}
	d.magics = append(d.magics, m)
	return nil
}

func (d *database) addTreeMagic(t *mimeType, n *xmltree.Node) error {
	m, err := d.newMagic(t, n, "treematch", readTreeMatch)
	if err == nil {
		d.treeMagics = append(d.treeMagics, m)
	}
	return err
}

func readTreeMatch(n *xmltree.Node, m *match) error {
	path, ok := n.Attribute("path")
	if !ok {
		return errField
	}
	kind, ok := n.Attribute("type")
	if !ok {
		kind = "any"
	} else if kind != "file" && kind != "directory" && kind != "link" {
		return errField
	}
	m.line = ">\"" + path + "\"=" + kind
	for _, flag := range []string{"match-case", "executable", "non-empty"} {
		if s, _ := n.Attribute(flag); s == "true" {
			m.line += "," + flag
		}
	}
	if s, ok := n.Attribute("mimetype"); ok {
		m.line += "," + s
	}
	return nil
}

func readMatch(n *xmltree.Node, m *match) error {
	offset, _ := n.Attribute("offset")
	kind, _ := n.Attribute("type")
	value, _ := n.Attribute("value")
	mask, masked := n.Attribute("mask")
	if offset == "" || value == "" {
		return errField
	}
	if err := m.readOffset(offset); err != nil {
		return err
	}
	size, order := 0, binary.ByteOrder(binary.BigEndian)
	switch kind {
	case "string":
		m.value = unescape(value)
		if len(m.value) > math.MaxUint16 {
			return fmt.Errorf("%w: a value of more than %d bytes", xmltree.ErrUnsupported, math.MaxUint16)
		}
		if masked {
			return m.readStringMask(mask)
		}
		return nil
	case "byte":
		size = 1
	case "big16":
		size = 2
	case "big32":
		size = 4
	case "host16":
		size, m.wordSize = 2, 2
	case "host32":
		size, m.wordSize = 4, 4
	case "little16":
		size, order = 2, binary.LittleEndian
	case "little32":
		size, order = 4, binary.LittleEndian
	default:
		return errField
	}
	v, rest, err := parseUnsigned(value)
	if err != nil {
		return err
	}
	if rest != "" || size < 4 && v>>(8*size) != 0 {
		return errField
	}
	m.value = word(v, size, order)
	if masked {
		if v, rest, err = parseUnsigned(mask); err != nil {
			return err
		}
		if rest != "" {
			return errField
		}
		m.mask = word(v, size, order)
	}
	return nil
}

// word returns the lower bytes of v in the given order.
func word(v uint64, size int, order binary.ByteOrder) []byte {
	b := make([]byte, 8)
	order.PutUint64(b, v)
	if order == binary.LittleEndian {
		return b[:size]
	}
	return b[8-size:]
}

// readOffset reads an offset or a range of offsets, such as "4:64". Both ends are in the range.
func (m *match) readOffset(s string) error {
	start, rest, err := parseNumber(s, 10)
	if err != nil {
		return err
	}
	m.start, m.length = start, 1
	if rest == "" {
		return nil
	}
	last, ok := strings.CutPrefix(rest, ":")
	if !ok || last == "" {
		return errField
	}
	end, rest, err := parseNumber(last, 10)
	if err != nil {
		return err
	}
	end = int64(int32(end)) // the program has it in 32 bits, and the start in 64
	if rest != "" || start < 0 || end < start {
		return errField
	}
	m.length = int64(int32(end - start + 1))
	return nil
}

// readStringMask reads the mask of a string, which is a hexadecimal number. Bytes that it lacks at the end are zero.
func (m *match) readStringMask(s string) error {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok {
		return errField
	}
	m.mask = make([]byte, len(m.value))
	for i := range len(digits) {
		v := hexDigit(digits[i])
		if v < 0 || i/2 >= len(m.mask) {
			return errField
		}
		m.mask[i/2] |= byte(v) << (4 * (1 - i%2))
	}
	return nil
}

// unescape returns the bytes of a string in the notation of the C language.
func unescape(s string) []byte {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		if i++; i == len(s) {
			break
		}
		c := s[i]
		switch {
		case strings.IndexByte("bfnrtv", c) >= 0:
			c = "\b\f\n\r\t\v"[strings.IndexByte("bfnrtv", c)]
		case c >= '0' && c <= '7':
			c -= '0'
			for n := 1; n < 3 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '7'; n++ {
				i++
				c = c*8 + s[i] - '0'
			}
		case c == 'x' && i+1 < len(s) && hexDigit(s[i+1]) >= 0:
			c = 0
			for n := 0; n < 2 && i+1 < len(s) && hexDigit(s[i+1]) >= 0; n++ {
				i++
				c = c*16 + byte(hexDigit(s[i]))
			}
		}
		b = append(b, c)
	}
	return b
}

// parseNumber is strtol: it reads a number as far as it goes, and returns the rest. A number of more than 64 bits is
// not supported: the program refuses also later ones then.
func parseNumber(s string, base int) (v int64, rest string, err error) {
	digits, negative, rest, base := splitNumber(s, base)
	if digits == "" {
		return 0, rest, nil
	}
	if negative {
		digits = "-" + digits
	}
	if v, err = strconv.ParseInt(digits, base, 64); err != nil {
		return 0, "", fmt.Errorf("%w: the number %q", xmltree.ErrUnsupported, s)
	}
	return v, rest, nil
}

// parseUnsigned is strtoul with the prefixes of C.
func parseUnsigned(s string) (v uint64, rest string, err error) {
	digits, negative, rest, base := splitNumber(s, 0)
	if digits == "" {
		return 0, rest, nil
	}
	if v, err = strconv.ParseUint(digits, base, 64); err != nil {
		return 0, "", fmt.Errorf("%w: the number %q", xmltree.ErrUnsupported, s)
	}
	if negative {
		v = -v
	}
	return v, rest, nil
}

// splitNumber returns the digits at the head of s. Without digits, all of s is the rest.
func splitNumber(s string, base int) (digits string, negative bool, rest string, usedBase int) {
	t := strings.TrimLeft(s, " \t\n\v\f\r")
	if t != "" && (t[0] == '-' || t[0] == '+') {
		negative = t[0] == '-'
		t = t[1:]
	}
	if base == 0 {
		base = 10
		if len(t) > 2 && t[0] == '0' && (t[1] == 'x' || t[1] == 'X') && hexDigit(t[2]) >= 0 {
			base, t = 16, t[2:]
		} else if t != "" && t[0] == '0' {
			base = 8
		}
	}
	n := 0
	for n < len(t) && hexDigit(t[n]) >= 0 && hexDigit(t[n]) < base {
		n++
	}
	if n == 0 {
		return "", false, s, base
	}
	return t[:n], negative, t[n:], base
}

// sortMagic brings magic in its order: first what stands for <magic-deleteall/> as it came, then by priority and name
// of type.
func sortMagic(list []*magic) {
	slices.SortStableFunc(list, func(a, b *magic) int {
		switch {
		case a.none && b.none:
			return 0
		case a.none:
			return -1
		case b.none:
			return 1
		case a.priority != b.priority:
			return b.priority - a.priority
		}
		return strings.Compare(a.name, b.name)
	})
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c - 'a' + 10)
	case c >= 'A' && c <= 'F':
		return int(c - 'A' + 10)
	}
	return -1
}
