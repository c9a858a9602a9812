package busybox

import (
	"fmt"
	"io"
)

func cat(c *Call) (int, error) {
	opts, args, err := c.getopt("unbvetA", "")
	if err != nil {
		return 0, err
	}
	isShown := false
	for _, letter := range []byte("vetA") {
		isShown = isShown || opts.has(letter)
	}
	isNumbered := opts.has('n') || opts.has('b')
	if isShown && isNumbered {
		return 0, c.Unsupported(c.Line, "cat: -n and -b with -v, -e, -t or -A are not supported")
	}
	say := messages{"can't open '%s': %s", "%.0sread error: Is a directory"}
	split := c.lines
	switch {
	case c.isOther():
	case isShown:
		say.directory = ""
	case isNumbered:
		say, split = messages{"%s: %s", ""}, c.records
	}
	if !isShown && !isNumbered {
		return c.streams(args, say, func(_ string, r io.Reader) error { return c.printFrom(r) })
	}
	line, failed := 0, 0
	status, err := c.inputs(args, say, func(name string, content []byte) error {
		if isShown {
			if c.isDirInput(name) {
				failed = 1
			}
			if err := c.spend(4 * len(content)); err != nil {
				return err
			}
			for _, b := range content {
				c.Out.WriteString(shown(b, opts.has('t') || opts.has('A'), opts.has('e') || opts.has('A')))
			}
			return c.Bounded()
		}
		list, err := split(content)
		if err != nil {
			return err
		}
		for _, text := range list {
			if !opts.has('b') || len(chomp(text)) > 0 {
				line++
				fmt.Fprintf(&c.Out, "%6d\t", line)
			}
			c.Out.Write(chomp(text))
			c.Out.WriteByte('\n')
		}
		return nil
	})
	return max(status, failed), err
}

// shown is a byte as cat -v prints it.
func shown(b byte, tabs, ends bool) string {
	switch {
	case b == '\n' && ends:
		return "$\n"
	case b == '\n', b == '\t' && !tabs:
		return string(rune(b))
	case b == 0x80+'\n':
		return "M-^J"
	case b >= 0x80:
		return "M-" + shown(b-0x80, true, false)
	case b == 0x7f:
		return "^?"
	case b < ' ':
		return "^" + string(rune(b+'@'))
	}
	return string(rune(b))
}
