package busybox

import (
	"fmt"
	"strings"
)

func basename(c *Call) (int, error) {
	opts, args, err := c.getopt("+as:", "")
	if err != nil {
		return 0, err
	}
	suffix, many := opts.last('s')
	if many = many || opts.has('a'); !many {
		if len(args) == 0 || len(args) > 2 {
			return c.usage(), nil
		}
		if len(args) == 2 {
			suffix, args = args[1], args[:1]
		}
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	for _, name := range args {
		base := lastComponent(name)
		if base != suffix {
			base = strings.TrimSuffix(base, suffix)
		}
		fmt.Fprintln(&c.Out, base)
	}
	return 0, nil
}

func dirname(c *Call) (int, error) {
	args := c.operands()
	if len(args) == 0 || len(args) > 1 && !c.isOther() {
		return c.usage(), nil
	}
	for _, name := range args {
		fmt.Fprintln(&c.Out, parent(name))
	}
	return 0, nil
}
