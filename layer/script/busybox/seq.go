package busybox

import (
	"fmt"
	"strconv"
)

// seq prints whole numbers.
func seq(c *Call) (int, error) {
	opts, args, err := c.getopt("+ws:", nil)
	if err != nil {
		return 0, err
	}
	pad := opts.has('w')
	separator, ok := opts.last('s')
	if !ok {
		separator = "\n"
	}
	if len(args) < 1 || len(args) > 3 {
		return c.usage(), nil
	}
	var numbers [3]int64
	width := 0
	for i, arg := range args {
		n, err := strconv.ParseInt(arg, 10, 62)
		if _, ferr := strconv.ParseFloat(arg, 64); err != nil && ferr == nil {
			return 0, c.Unsupported(c.Line, "seq: %s is not a whole number", arg)
		}
		if err != nil {
			return c.usage(), nil
		}
		numbers[i] = n
		width = max(width, len(arg))
	}
	first, step, last := int64(1), int64(1), numbers[len(args)-1]
	if len(args) > 1 {
		first = numbers[0]
	}
	if len(args) > 2 {
		step = numbers[1]
	}
	if !pad {
		width = 0
	} else if len(args) > 2 {
		width = max(len(args[0]), len(args[2]))
	}
	if step == 0 && first <= last {
		return 0, c.Unsupported(c.Line, "seq: an increment of 0 never ends")
	}
	wrote := false
	for n := first; step > 0 && n <= last || step < 0 && n >= last; n += step {
		if wrote {
			c.Out.WriteString(separator)
		}
		fmt.Fprintf(&c.Out, "%0*d", width, n)
		wrote = true
		if err := c.Bounded(); err != nil {
			return 0, err
		}
	}
	if wrote {
		c.Out.WriteByte('\n')
	}
	return 0, nil
}
