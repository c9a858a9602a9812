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
	if len(args) > 1 {
		return c.usage(), nil
	}
	numbers := map[byte]int64{'c': 0, 'g': 2, 'l': MaxInput, 's': 0, 'o': 0}
	for _, o := range opts {
		if _, ok := numbers[o.letter]; !ok {
			continue
		}
		n, ok := parseCNumber(o.value)
		if !ok {
			return c.complain("invalid number '%s'", o.value), nil
		}
		if (o.letter == 'c' || o.letter == 'g') && n > maxWidth {
			return 0, c.Unsupported(c.Line, "xxd: lines and groups of more than %d bytes are not supported", maxWidth)
		}
		numbers[o.letter] = n
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
	return c.inputs(args, messages{"%s: %s", ""}, func(_ string, content []byte) error {
		if name != "-" && c.isDir(name) {
			c.complain("%s: %s", name, tree.ErrIsDir)
			return nil
		}
		content = content[min(numbers['s'], int64(len(content))):]
		content = content[:min(numbers['l'], int64(len(content)))]
		x := hexLines{c: c, columns: int(numbers['c']), group: int(numbers['g']), address: uint64(numbers['s'] + numbers['o'])}
		switch {
		case opts.has('p'):
			x.set(30)
			return x.plain(content)
		case opts.has('i'):
			x.set(12)
			return x.source(content, name)
		}
		x.set(16)
		return x.full(content)
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

// source prints an array of C, with a name unless it is standard input.
func (x *hexLines) source(content []byte, name string) error {
	id := strings.Map(func(r rune) rune {
		if r < 0x80 && isWordByte(byte(r)) {
			return r
		}
		return '_'
	}, name)
	if name[0] >= '0' && name[0] <= '9' {
		id = "__" + id
	}
	if name != "-" {
		fmt.Fprintf(&x.c.Out, "unsigned char %s[] = {\n", id)
	}
	err := x.each(content, func(line []byte) {
		for i, b := range line {
			if i == 0 {
				x.c.Out.WriteByte(' ')
			}
			fmt.Fprintf(&x.c.Out, " 0x%02x,", b)
		}
		x.c.Out.WriteByte('\n')
	})
	if err == nil && name != "-" {
		fmt.Fprintf(&x.c.Out, "};\nunsigned int %s_len = %d;\n", id, len(content))
	}
	return err
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

// reverseHex prints the bytes that lines of xxd stand for: pairs of digits, up to the first character that is none.
func (c *Call) reverseHex(args []string, isPlain bool, columns int) (int, error) {
	if !isPlain && columns > 0 {
		return 0, c.Unsupported(c.Line, "xxd: -r with -c is not supported")
	}
	name := "-"
	if len(args) > 0 {
		name = args[0]
	}
	list, problem, err := c.recordsOf(name)
	if err != nil {
		return 0, err
	}
	if problem != "" {
		return c.complain("can't open '%s'%s", name, strings.TrimPrefix(problem, name)), nil
	}
	for _, line := range list {
		line = bytes.TrimRight(line, "\r\n")
		if !isPlain {
			address, rest, ok := bytes.Cut(line, []byte(": "))
			at, err := strconv.ParseUint(string(address), 16, 62)
			if !ok || err != nil || at < uint64(c.Out.Len()) {
				return 0, c.Unsupported(c.Line, "xxd: -r of a line that does not go on behind the one before with an address and a colon is not supported")
			}
			if at > MaxInput {
				return 0, c.exceeded("xxd: prints more than %d bytes", MaxInput)
			}
			c.Out.Write(make([]byte, at-uint64(c.Out.Len())))
			if line, _, ok = bytes.Cut(rest, []byte("  ")); !ok && len(line) == 0 {
				continue
			}
		}
		for line = bytes.TrimLeft(line, " \t"); len(line) >= 2; line = bytes.TrimLeft(line, " \t") {
			b, err := strconv.ParseUint(string(line[:2]), 16, 8)
			if err != nil {
				break
			}
			c.Out.WriteByte(byte(b))
			line = line[2:]
		}
		if err := c.received(len(line)); err != nil {
			return 0, err
		}
	}
	return 0, nil
}
