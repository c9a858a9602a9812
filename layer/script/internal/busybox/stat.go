package busybox

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// stat prints what a format asks for. Facts that a tree does not have (inode and device
// numbers, blocks, other times than that of the last change) are refused.
func stat(c *Call) (int, error) {
	opts, args, err := c.getopt("c:L\x01:", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	format, ok := opts.last('c')
	print := c.printStat
	for _, o := range opts {
		if o.letter == '\x01' { // of GNU's stat; the last one decides
			format, ok, print = o.value, true, c.printfStat
		} else if o.letter == 'c' {
			print = c.printStat
		}
	}
	if !ok {
		return 0, c.Unsupported(c.Line, "stat without -c is not supported: it prints device and inode numbers")
	}
	status := 0
	for _, name := range args {
		n, err := c.look(name, opts.has('L'))
		if err != nil {
			status = c.complain("can't stat '%s': %s", name, Reason(err))
			continue
		}
		if err := print(format, name, n); err != nil {
			return 0, err
		}
	}
	return status, nil
}

// printfStat prints one file without a newline of its own, and takes escapes.
func (c *Call) printfStat(format, name string, n *tree.Node) error {
	var plain strings.Builder
	for rest := format; rest != ""; {
		before, after, ok := strings.Cut(rest, `\`)
		plain.WriteString(before)
		if rest = after; !ok {
			break
		}
		at := -1
		if rest != "" {
			at = strings.IndexByte(`nt\"`, rest[0])
		}
		if at < 0 {
			return c.Unsupported(c.Line, "stat: the format %q is not supported", format)
		}
		plain.WriteByte("\n\t\\\""[at])
		rest = rest[1:]
	}
	if err := c.printStat(plain.String(), name, n); err != nil {
		return err
	}
	c.Out.Truncate(c.Out.Len() - 1)
	return nil
}

// printStat prints one file. Between "%" and the letter may be what printf has there.
func (c *Call) printStat(format, name string, n *tree.Node) error {
	for format != "" {
		plain, rest, found := strings.Cut(format, "%")
		c.Out.WriteString(plain)
		if !found {
			break
		}
		flags := rest[:len(rest)-len(strings.TrimLeft(rest, "#-+.0123456789 "))]
		rest = rest[len(flags):]
		if c.isOther() && (rest == "" || rest[0] == 'N' || rest[0] == 'F' && n.Type == tree.FIFO || strings.Contains(flags, ".")) {
			return c.Unsupported(c.Line, "stat: the format %q is not supported for %s", "%"+flags+rest[:min(len(rest), 1)], c.Args[0])
		}
		if rest == "" {
			c.Out.WriteByte('%') // and, in busybox, no newline
			return nil
		}
		if number(flags) > 4096 {
			return c.Unsupported(c.Line, "stat: width %s is not supported", flags)
		}
		format = rest[1:]
		text, verb, value := "", byte('s'), int64(0)
		switch rest[0] {
		case '%':
			c.Out.WriteByte('%')
			continue
		case 'n':
			text = name
		case 'N':
			if text = name; n.Type == tree.Symlink {
				text, flags = "'"+name+"' -> '"+n.Target+"'", ""
			}
		case 'A':
			text = modeString(n)
		case 'a':
			verb, value = 'o', int64(n.Mode)
		case 'f':
			verb, value = 'x', int64(typeBits(n.Type))|int64(n.Mode)
		case 'F':
			text = typeName(n)
		case 'u':
			verb, value = 'd', int64(n.UID)
		case 'g':
			verb, value = 'd', int64(n.GID)
		case 'U':
			if text = c.nameOf(passwdFile, n.UID); text == "" {
				text = "UNKNOWN"
			}
		case 'G':
			if text = c.nameOf(groupFile, n.GID); text == "" {
				text = "UNKNOWN"
			}
		case 'h':
			verb, value = 'd', int64(linksOf(n))
		case 's':
			if n.Type == tree.Directory {
				return c.Unsupported(c.Line, "stat: %%s of a directory is not supported")
			}
			verb, value = 'd', int64(n.Size)
			if n.Type == tree.Symlink {
				value = int64(len(n.Target))
			}
		case 't':
			verb, value = 'x', int64(n.Major)
		case 'T':
			verb, value = 'x', int64(n.Minor)
		case 'Y':
			verb, value = 'd', n.ModTime.Unix()
		case 'y':
			zone, err := c.zone()
			if err != nil {
				return err
			}
			text = n.ModTime.In(zone).Format("2006-01-02 15:04:05.000000000 -0700")
		default:
			return c.Unsupported(c.Line, "stat: %%%c is not supported", rest[0])
		}
		if verb == 's' {
			fmt.Fprintf(&c.Out, "%"+strings.TrimLeft(flags, "#0+ ")+"s", text)
		} else {
			if rest[0] != 'Y' { // all others have no sign
				flags = strings.ReplaceAll(strings.ReplaceAll(flags, "+", ""), " ", "")
			}
			if value == 0 { // C has no prefix then
				flags = strings.ReplaceAll(flags, "#", "")
			}
			fmt.Fprintf(&c.Out, "%"+flags+string(verb), value)
		}
	}
	c.Out.WriteByte('\n')
	return nil
}

// number is the largest number in a text.
func number(text string) int {
	most := 0
	for _, digits := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(digits)
		if err != nil {
			n = 1 << 30
		}
		most = max(most, n)
	}
	return most
}

func typeBits(t tree.Type) uint32 {
	switch t {
	case tree.Directory:
		return 0o040000
	case tree.Symlink:
		return 0o120000
	case tree.CharDevice:
		return 0o020000
	case tree.BlockDevice:
		return 0o060000
	case tree.FIFO:
		return 0o010000
	}
	return 0o100000
}

func typeName(n *tree.Node) string {
	switch n.Type {
	case tree.Directory:
		return "directory"
	case tree.Symlink:
		return "symbolic link"
	case tree.CharDevice:
		return "character special file"
	case tree.BlockDevice:
		return "block special file"
	case tree.FIFO:
		return "fifo"
	}
	if n.Size == 0 {
		return "regular empty file"
	}
	return "regular file"
}

// modeString is the mode as ls prints it.
func modeString(n *tree.Node) string { return modeText("-dlcbp"[n.Type], n.Mode) }

// modeText is the mode of a kind of file in ten letters.
func modeText(kind byte, mode uint16) string {
	b := []byte{kind}
	for i := range 9 {
		if mode&(0o400>>i) != 0 {
			b = append(b, "rwx"[i%3])
		} else {
			b = append(b, '-')
		}
	}
	for _, special := range []struct {
		bit  uint16
		at   int
		with byte
	}{{0o4000, 3, 's'}, {0o2000, 6, 's'}, {0o1000, 9, 't'}} {
		if mode&special.bit != 0 {
			if b[special.at] == 'x' {
				b[special.at] = special.with
			} else {
				b[special.at] = special.with - 'a' + 'A'
			}
		}
	}
	return string(b)
}
