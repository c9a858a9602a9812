package busybox

import (
	"strings"

	"github.com/lamina-oci/lamina/internal/glob"

	"github.com/lamina-oci/lamina/layer/tree"
)

// maxSet bounds the text of a set, in bytes.
const maxSet = 1 << 14

// tr changes bytes, not characters.
func tr(c *Call) (int, error) {
	opts, args, err := c.getopt("+cCds", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	for _, set := range args {
		if len(set) > maxSet {
			return 0, c.Unsupported(c.Line, "tr: a set of more than %d bytes is not supported", maxSet)
		}
	}
	from, ok := trSet(args[0])
	if !ok {
		return c.usage(), nil
	}
	if opts.has('c') || opts.has('C') {
		from = complement(from)
	}
	var to []byte
	if len(args) > 1 {
		if args[1] == "" {
			return c.complain("STRING2 cannot be empty"), nil
		}
		if to, ok = trSet(args[1]); !ok {
			return c.usage(), nil
		} else if len(to) == 0 {
			return 0, c.Unsupported(c.Line, "tr: a second set of nothing, %q, is not supported", args[1])
		}
	}
	var table [256]byte
	for i := range table {
		table[i] = byte(i)
	}
	var inFrom, inTo [256]bool
	for i, b := range from {
		inFrom[b] = true
		if len(to) > 0 {
			table[b] = to[min(i, len(to)-1)]
		}
	}
	for _, b := range to {
		inTo[b] = true
	}
	content, err := c.read()
	if err == tree.ErrIsDir {
		return c.complain("read error: Is a directory"), nil
	} else if err != nil {
		return 0, err
	}
	printed := make([]byte, 0, len(content))
	last := -1
	for _, b := range content {
		coded := table[b]
		if opts.has('d') && inFrom[b] || opts.has('s') && last == int(coded) && (inFrom[b] || inTo[coded]) {
			continue
		}
		printed = append(printed, coded)
		last = int(coded)
	}
	c.Out.Write(printed)
	return 0, nil
}

func complement(set []byte) []byte {
	var has [256]bool
	for _, b := range set {
		has[b] = true
	}
	var rest []byte
	for i := range 256 {
		if !has[i] {
			rest = append(rest, byte(i))
		}
	}
	return rest
}

// trSet reads a set: bytes, escapes, ranges, [:class:] and [=x=]. Anything else in
// brackets stands for itself.
func trSet(text string) ([]byte, bool) {
	var set []byte
	for text != "" {
		low, rest := text[0], text[1:]
		if low == '\\' {
			low, rest = trEscape(rest)
		}
		switch {
		case len(rest) > 1 && rest[0] == '-':
			high := rest[1]
			if text = rest[2:]; high == '\\' {
				high, text = trEscape(text)
			}
			for b := int(low); b <= int(high); b++ {
				set = append(set, byte(b))
			}
		case strings.HasPrefix(text, "[:"):
			name, after, ok := strings.Cut(text[2:], ":]")
			class := glob.ByteClass(name)
			if !ok || class == nil || name == "print" || name == "graph" { // busybox has no such classes
				set, text = append(set, '['), text[1:]
				continue
			}
			for b := range 256 {
				if class(byte(b)) {
					set = append(set, byte(b))
				}
			}
			text = after
		case strings.HasPrefix(text, "[="):
			if len(text) < 5 || text[3:5] != "=]" {
				return nil, false
			}
			set, text = append(set, text[2]), text[5:]
		default:
			set, text = append(set, low), rest
		}
	}
	return set, true
}

// trEscape reads what comes after a backslash, as printf has it. A backslash at the end
// stands for itself, and so does one before anything unknown.
func trEscape(text string) (byte, string) {
	if text == "" {
		return '\\', ""
	}
	if i := strings.IndexByte(`abefnrtv\`, text[0]); i >= 0 {
		return "\a\b\x1b\f\n\r\t\v\\"[i], text[1:]
	}
	if text[0] == 'x' {
		n, i := uint64(0), 1
		for ; i < min(len(text), 3) && hexDigit(text[i]) < 16; i++ {
			n = n*16 + hexDigit(text[i])
		}
		if i > 1 {
			return byte(n), text[i:]
		}
	}
	n, i := 0, 0
	for i < len(text) && i < 3 && '0' <= text[i] && text[i] <= '7' && n*8+int(text[i]-'0') < 256 {
		n = n*8 + int(text[i]-'0')
		i++
	}
	if i > 0 {
		return byte(n), text[i:]
	}
	return '\\', text
}
