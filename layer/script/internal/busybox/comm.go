package busybox

import (
	"bytes"
)

// comm compares two sorted files, and prints each line behind as many tabs as columns that are printed come before its own.
func comm(c *Call) (int, error) {
	opts, args, err := c.getopt("123", "")
	if err != nil {
		return 0, err
	}
	if len(args) != 2 {
		return c.usage(), nil
	}
	var files [2][][]byte
	for i, name := range args {
		list, problem, err := c.recordsOf(name)
		switch {
		case err != nil:
			return 0, err
		case problem != "":
			return c.complain("%s", problem), nil
		}
		files[i] = list
	}
	put := func(column int, line []byte) error {
		if opts.has(byte('1' + column)) {
			return nil
		}
		for before := range column {
			if !opts.has(byte('1' + before)) {
				c.Out.WriteByte('\t')
			}
		}
		c.Out.Write(chomp(line))
		c.Out.WriteByte('\n')
		return c.Bounded()
	}
	if args[0] == "-" && args[1] == "-" {
		return 0, c.Unsupported(c.Line, "comm of standard input with itself is not supported")
	}
	for a, b := files[0], files[1]; len(a)+len(b) > 0; {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = bytes.Compare(chomp(a[0]), chomp(b[0]))
		}
		var err error
		switch {
		case order < 0:
			err = put(0, a[0])
			a = a[1:]
		case order > 0:
			err = put(1, b[0])
			b = b[1:]
		default:
			err = put(2, a[0])
			a, b = a[1:], b[1:]
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}
