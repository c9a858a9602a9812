package icontheme

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/script/internal/keyfile"
)

// iconData is what a .icon file says, as the freedesktop.org Icon Theme
// Specification ("Icon Data") has it.
type iconData struct {
	rectangle []uint16 // 4 numbers, or nil
	points    [][2]uint16
	names     []displayName
	at        uint32 // where it is in the cache; 0 until it is written
}

type displayName struct{ lang, name string }

func (d *iconData) empty() bool { return d.rectangle == nil && len(d.points) == 0 && len(d.names) == 0 }

// parseIcon reads a .icon file with the rules of GLib's key files; nil for
// another file, which the program passes over in silence.
func parseIcon(text []byte) (*iconData, error) {
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errors.New("a .icon file with a zero byte")
	}
	groups, err := keyfile.Parse(string(text))
	if err != nil {
		return nil, nil
	}
	group := keyfile.Find(groups, "Icon Data")
	if group == nil {
		return nil, errors.New("gtk-update-icon-cache crashes on a .icon file without the group Icon Data")
	}
	d := &iconData{}
	if v, ok := group.Get("EmbeddedTextRectangle"); ok {
		d.rectangle = integers(v)
	}
	if v, ok := group.Get("AttachPoints"); ok && utf8.ValidString(v) && v != "" {
		v, whole := unescape(v)
		if !whole {
			return nil, errors.New("the value of AttachPoints ends in a backslash")
		}
		for p := range strings.SplitSeq(v, "|") {
			x, rest, ok := strings.Cut(p, ",")
			if !ok {
				return nil, errors.New("gtk-update-icon-cache writes chance values for an attach point without two numbers")
			}
			y, _, _ := strings.Cut(rest, ",")
			d.points = append(d.points, [2]uint16{atoi(x), atoi(y)})
		}
	}
	for _, k := range group.Keys {
		lang, ok := strings.CutPrefix(k.Name, "DisplayName")
		if !ok {
			continue
		}
		switch {
		case lang == "":
			lang = "C"
		case lang[0] == '[':
			lang = lang[1 : len(lang)-1]
		default:
			return nil, errors.New("gtk-update-icon-cache crashes on a .icon file with the key " + strconv.Quote(k.Name))
		}
		v, _ := group.Get(k.Name)
		if !utf8.ValidString(v) {
			return nil, errors.New("gtk-update-icon-cache crashes on a display name that is not UTF-8")
		}
		name, whole := unescape(v)
		if !whole {
			return nil, errors.New("a display name that ends in a backslash")
		}
		d.names = append(d.names, displayName{lang, name})
	}
	return d, nil
}

// space is what C takes as white space.
const space = " \t\n\v\f\r"

// unescape takes the escapes of a string value away; one that is not known
// stays. It is not whole if it ends in the middle of one.
func unescape(s string) (text string, whole bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return b.String(), false
		}
		if j := strings.IndexByte(`sntr\`, s[i]); j >= 0 {
			b.WriteByte(" \n\t\r\\"[j])
		} else {
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String(), true
}

// integers reads a rectangle; nil if it has not 4 numbers.
func integers(s string) []uint16 {
	text, whole := unescape(s)
	if !utf8.ValidString(s) || !whole || strings.Contains(text, `\`) {
		return nil
	}
	list := strings.Split(strings.TrimSuffix(text, ","), ",")
	if len(list) != 4 {
		return nil
	}
	var r []uint16
	for _, v := range list {
		digits, rest := number(v)
		if digits == "" { // C then counts no space as read either
			rest = v
		}
		n, err := strconv.ParseInt("0"+strings.TrimLeft(digits, "+-"), 10, 64)
		if strings.HasPrefix(digits, "-") {
			n = -n
		}
		if err != nil || n != int64(int32(n)) || v == "" || rest != "" && !strings.ContainsRune(space, rune(rest[0])) {
			return nil
		}
		r = append(r, uint16(n))
	}
	return r
}

// number divides s after the number at its start, which has no white space
// before it any more and is empty if there is no digit.
func number(s string) (digits, rest string) {
	s = strings.TrimLeft(s, space)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	if end == 1 && (s[0] == '-' || s[0] == '+') {
		return "", s
	}
	return s[:end], s[end:]
}

// atoi is the C function, of which 16 bits are kept.
func atoi(s string) uint16 {
	digits, _ := number(s)
	n, _ := strconv.ParseInt(digits, 10, 64) // out of range: the nearest, as C does
	return uint16(n)
}
