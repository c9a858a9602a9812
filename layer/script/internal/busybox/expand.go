package busybox

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// expand turns tabs into blanks.
func expand(c *Call) (int, error) {
	opts, args, err := c.getopt("it:", "initial=i tabs=t")
	if err != nil {
		return 0, err
	}
	return c.tabs(opts, args, func(line []byte, stop int) error {
		column := 0
		for i, b := range line {
			if b != '\t' {
				if opts.has('i') && b != ' ' {
					c.Out.Write(line[i:])
					return nil
				}
				c.Out.WriteByte(b)
				if utf8.RuneStart(b) {
					column++
				}
				continue
			}
			count := stop - column%stop
			if count > MaxInput {
				return c.exceeded("expand: prints more than %d bytes", MaxInput)
			}
			c.Out.Write(bytes.Repeat([]byte(" "), count))
			column += count
			if err := c.Bounded(); err != nil {
				return err
			}
		}
		return nil
	})
}

// unexpand turns blanks into tabs: with -a all, else those at the beginning of a line and those behind a word there. Tabs at the end of a text go.
func unexpand(c *Call) (int, error) {
	opts, args, err := c.getopt("ft:a", "first-only=f tabs=t all=a")
	if err != nil {
		return 0, err
	}
	all := (opts.has('a') || opts.has('t')) && !opts.has('f')
	return c.tabs(opts, args, func(line []byte, stop int) error {
		column := 0
		for i := 0; i < len(line); {
			blanks := len(line[i:]) - len(bytes.TrimLeft(line[i:], " "))
			i, column = i+blanks, column+blanks
			if i < len(line) && line[i] == '\t' {
				i, column = i+1, column+stop-column%stop
				continue
			}
			if column >= stop {
				c.Out.Write(bytes.Repeat([]byte("\t"), column/stop))
				column %= stop
				blanks = column
			}
			c.Out.Write(bytes.Repeat([]byte(" "), blanks))
			if !all && i > 0 { // behind a first word without blanks before it they count as well
				c.Out.Write(line[i:])
				return nil
			}
			for ; i < len(line) && line[i] != ' ' && line[i] != '\t'; i++ {
				c.Out.WriteByte(line[i])
				if utf8.RuneStart(line[i]) {
					column++
				}
			}
			column %= stop
		}
		return nil
	})
}

// tabs calls f with each line of the operands and the distance of the tab stops.
func (c *Call) tabs(opts optionList, args []string, f func(line []byte, stop int) error) (int, error) {
	stop := 8
	if text, ok := opts.last('t'); ok {
		var problem string
		if stop, problem = numberWithin(text, 1, math.MaxUint32); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	say := messages{"%s: %s", "%s: I/O error"}
	if len(args) == 0 {
		say.directory = "standard input: I/O error%.0s"
	}
	return c.inputs(args, say, func(_ string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			for part := range bytes.SplitSeq(line, []byte{0}) { // a NUL ends a line for busybox, and is not printed
				if err := f(part, stop); err != nil {
					return err
				}
			}
			if err := c.Bounded(); err != nil {
				return err
			}
		}
		return nil
	})
}
