package busybox

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// xxd prints a file in hexadecimal, or makes it of that.
func xxd(c *Call) (int, error) {
	opts, args, err := c.getopt("pric:g:l:s:o:", "")
	if err != nil {
		return 0, err
	}
	numbers := map[byte]int64{'c': 0, 'g': 2, 'l': MaxInput, 's': 0, 'o': 0}
	for _, o := range opts {
		if _, ok := numbers[o.letter]; !ok {
			continue
		}
		n, ok := parseCNumber(strings.TrimPrefix(o.value, "-"))
		isNegative := strings.HasPrefix(o.value, "-")
		if isNegative {
			n = -n
		}
		if !ok || isNegative && o.letter != 'o' {
			return c.complain("invalid number '%s'", o.value), nil
		}
		if (o.letter == 'c' || o.letter == 'g') && n > maxWidth {
			return 0, c.Unsupported(c.Line, "xxd: lines and groups of more than %d bytes are not supported", maxWidth)
		}
		numbers[o.letter] = n
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	if opts.has('r') {
		return c.reverseHex(args, opts.has('p'), int(numbers['c']))
	}
	name := "-"
	if len(args) > 0 {
		name = args[0]
	}
	if numbers['s'] > 0 && name == "-" {
		return 0, c.Unsupported(c.Line, "xxd: -s with standard input is not supported")
	}
	x := hexLines{c: c, columns: int(numbers['c']), group: int(numbers['g']), address: uint64(numbers['s'] + numbers['o'])}
	id := ""
	if opts.has('i') && len(args) > 0 {
		id = identifier(name)
		fmt.Fprintf(&c.Out, "unsigned char %s[] = {\n", id)
	}
	end := func(length int64) {
		if id != "" {
			fmt.Fprintf(&c.Out, "};\nunsigned int %s_len = %d;\n", id, length)
		}
	}
	if numbers['l'] == 0 {
		end(0)
		return 0, nil // nothing is opened
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(_ string, content []byte) error {
		if c.isDirInput(name) {
			c.complainOfDirectory(name)
		}
		skipped := min(numbers['s'], int64(len(content)))
		content = content[skipped:]
		content = content[:min(numbers['l'], int64(len(content)))]
		print, columns := x.full, 16
		switch {
		case opts.has('p'):
			print, columns = x.plain, 30
		case opts.has('i'):
			print, columns = x.source, 12
		}
		x.set(columns)
		err := print(content)
		if err == nil {
			end(skipped + int64(len(content)))
		}
		return err
	})
}

// hexLines prints lines of so many bytes.
type hexLines struct {
	c              *Call
	columns, group int // in bytes
	address        uint64
}

func (x *hexLines) set(columns int) {
	if x.columns == 0 {
		x.columns = columns
	}
	if x.group == 0 {
		x.group = x.columns
	}
}

// each calls f with the bytes of each line.
func (x *hexLines) each(content []byte, f func(line []byte)) error {
	for len(content) > 0 {
		n := min(x.columns, len(content))
		f(content[:n])
		content = content[n:]
		if err := x.c.spend(4 * x.columns); err != nil {
			return err
		}
		if err := x.c.Bounded(); err != nil {
			return err
		}
	}
	return nil
}

func (x *hexLines) plain(content []byte) error {
	return x.each(content, func(line []byte) { fmt.Fprintf(&x.c.Out, "%x\n", line) })
}

// identifier is the name of a file as one of C.
func identifier(name string) string {
	id := strings.Map(func(r rune) rune {
		if r < 0x80 && isWordByte(byte(r)) {
			return r
		}
		return '_'
	}, name)
	if name[0] >= '0' && name[0] <= '9' {
		id = "__" + id
	}
	return id
}

// source prints the elements of an array of C. Those that have a line of their own are as busybox has them.
func (x *hexLines) source(content []byte) error {
	prefix, after := " 0x", ","
	if x.columns == 1 {
		prefix, after = "", ""
	}
	return x.each(content, func(line []byte) {
		x.c.Out.WriteByte(' ')
		for _, b := range line {
			fmt.Fprintf(&x.c.Out, "%s%02x%s", prefix, b, after)
		}
		x.c.Out.WriteByte('\n')
	})
}

func (x *hexLines) full(content []byte) error {
	width := 2*x.columns + (x.columns-1)/x.group
	return x.each(content, func(line []byte) {
		fmt.Fprintf(&x.c.Out, "%08x: ", x.address)
		x.address += uint64(len(line))
		printed := 0
		for i, b := range line {
			if i > 0 && i%x.group == 0 {
				x.c.Out.WriteByte(' ')
				printed++
			}
			fmt.Fprintf(&x.c.Out, "%02x", b)
			printed += 2
		}
		fmt.Fprintf(&x.c.Out, "%*s", width-printed+2, "")
		for _, b := range line {
			if b < ' ' || b >= 0x7f {
				b = '.'
			}
			x.c.Out.WriteByte(b)
		}
		x.c.Out.WriteByte('\n')
	})
}

// complainOfDirectory says that an operand is a directory, as xxd and hexdump do, which name themselves for standard input.
func (c *Call) complainOfDirectory(name string) {
	if name == "-" {
		name = c.Args[0]
	}
	c.complain("%s: %s", name, tree.ErrIsDir)
}

// reverseHex prints the bytes that lines of xxd stand for: pairs of digits, up to the first two characters in a row that are not digits. Blanks in
// plain lines are skipped, and a byte may begin in one line and end in the next.
func (c *Call) reverseHex(args []string, isPlain bool, columns int) (int, error) {
	if !isPlain && columns > 0 {
		return 0, c.Unsupported(c.Line, "xxd: -r with -c is not supported")
	}
	name := "-"
	if len(args) > 0 {
		if name = args[0]; name == "-" {
			name = "./-" // is a file here
		}
	}
	list, problem, err := c.recordsOf(name)
	if err != nil {
		return 0, err
	}
	if problem != "" {
		return c.complain("can't open '%s'%s", args[0], strings.TrimPrefix(problem, name)), nil
	}
	const none = 16
	high := uint64(none) // the first digit of a byte
	for _, line := range list {
		line = chomp(line)
		if !isPlain {
			digits := bytes.TrimLeft(line, " \t")
			rest := bytes.TrimLeft(digits, "0123456789abcdefABCDEF")
			at, err := strconv.ParseUint(string(digits[:len(digits)-len(rest)]), 16, 62)
			if err != nil || at < uint64(c.Out.Len()) || len(rest) > 0 && strings.IndexByte(": \t", rest[0]) < 0 {
				return 0, c.Unsupported(c.Line, "xxd: -r of a line that does not go on behind the one before with an address and a colon is not supported")
			}
			if at > MaxInput {
				return 0, c.exceeded("xxd: prints more than %d bytes", MaxInput)
			}
			c.Out.Write(make([]byte, at-uint64(c.Out.Len())))
			line, high = bytes.TrimPrefix(rest, []byte(":")), none
		}
		others := 0
		for _, b := range line {
			digit := hexDigit(b)
			switch {
			case digit < none && high < none:
				c.Out.WriteByte(byte(high<<4 | digit))
				high, others = none, 0
			case digit < none:
				high = digit
			case isPlain && (b == ' ' || '\t' <= b && b <= '\r'):
			case high < none:
				high, others = none, -len(line) // any number may follow
			default:
				others++
			}
			if others > 1 {
				break
			}
		}
		if err := c.received(len(line)); err != nil {
			return 0, err
		}
	}
	return 0, nil
}
