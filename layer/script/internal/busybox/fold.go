package busybox

import (
	"bytes"
)

// fold breaks lines that are longer than a width, in columns or, with -b, in bytes.
func fold(c *Call) (int, error) {
	opts, args, err := c.getopt("bsw:", "")
	if err != nil {
		return 0, err
	}
	width := 80
	if text, ok := opts.last('w'); ok {
		var problem string
		if width, problem = numberWithin(text, 1, 10000); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	return c.inputs(args, messages{"%s: %s", "%s: I/O error"}, func(_ string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			if err := c.foldLine(line, width, opts.has('b'), opts.has('s')); err != nil {
				return err
			}
		}
		return nil
	})
}

// foldLine prints one line in pieces, which end behind a blank, if there is one, with atBlanks.
func (c *Call) foldLine(line []byte, width int, inBytes, atBlanks bool) error {
	begin, column := 0, 0 // of the piece that is not printed yet
	for i := 0; i < len(line) && line[i] != '\n'; i++ {
		next := columnAfter(column, line[i], inBytes)
		for next > width && i > begin {
			end := i
			if blank := bytes.LastIndexAny(line[begin:i], " \t"); atBlanks && blank >= 0 {
				end = begin + blank + 1
			}
			c.Out.Write(line[begin:end])
			c.Out.WriteByte('\n')
			begin, column = end, 0
			for _, b := range line[begin:i] {
				column = columnAfter(column, b, inBytes)
			}
			if err := c.spend(i - begin + 1); err != nil {
				return err
			}
			next = columnAfter(column, line[i], inBytes)
		}
		column = next
	}
	c.Out.Write(line[begin:])
	return c.Bounded()
}

// columnAfter is the column behind a byte in a column. Bytes that go on a character of UTF-8 take none.
func columnAfter(column int, b byte, inBytes bool) int {
	switch {
	case inBytes:
		return column + 1
	case b == '\t':
		return column/8*8 + 8
	case b == '\b':
		return max(column-1, 0)
	case b == '\r':
		return 0
	case b&0xc0 == 0x80:
		return column
	}
	return column + 1
}
