package busybox

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/lamina-oci/lamina/layer/tree"
)

func uniq(c *Call) (int, error) {
	opts, args, err := c.getopt("cduif:s:w:", "")
	if err != nil {
		return 0, err
	}
	if len(args) > 2 {
		return 0, c.Unsupported(c.Line, "uniq with more than two files is not supported")
	}
	var skip [3]int // fields and bytes to skip, bytes to compare
	for i, letter := range []byte("fsw") {
		if text, ok := opts.last(letter); ok {
			if skip[i], err = strconv.Atoi(text); err != nil || skip[i] < 0 {
				return c.complain("invalid number '%s'", text), nil
			}
		} else if letter == 'w' {
			skip[i] = MaxInput
		}
	}
	compared := func(line []byte) []byte {
		rest := chomp(line)
		for range min(skip[0], len(rest)) {
			rest = bytes.TrimLeft(rest, " \t\v\f\r")
			for len(rest) > 0 && !isSpace(rest[0]) {
				rest = rest[1:]
			}
		}
		rest = rest[min(skip[1], len(rest)):]
		rest = rest[:min(skip[2], len(rest))]
		if opts.has('i') {
			rest = upper(rest)
		}
		return rest
	}
	input := args[:min(1, len(args))]
	status, err := c.inputs(input, messages{"can't open '%s': %s", "%s: I/O error"}, func(name string, content []byte) error {
		list, err := c.records(content)
		if err != nil {
			return err
		}
		for i := 0; i < len(list); {
			line, count := chomp(list[i]), 1
			for first := compared(line); i+count < len(list) && bytes.Equal(first, compared(list[i+count])); {
				count++
			}
			i += count
			if count > 1 && opts.has('u') || count == 1 && opts.has('d') {
				continue
			}
			if opts.has('c') {
				fmt.Fprintf(&c.Out, "%7d ", count)
			}
			c.Out.Write(line)
			c.Out.WriteByte('\n')
		}
		return nil
	})
	if err != nil || len(args) < 2 || args[1] == "-" || status != 0 {
		return status, err
	}
	printed := slices.Clone(c.Out.Bytes())
	c.Out.Reset()
	if err := c.writeTo(args[1], tree.Create|tree.Truncate, printed); Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("can't open '%s': %s", args[1], Reason(err)), nil
	}
	return 0, nil
}

// upper maps the letters of ASCII.
func upper(text []byte) []byte {
	mapped := slices.Clone(text)
	for i, b := range mapped {
		if 'a' <= b && b <= 'z' {
			mapped[i] = b - 'a' + 'A'
		}
	}
	return mapped
}
