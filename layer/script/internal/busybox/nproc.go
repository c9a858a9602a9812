package busybox

import (
	"fmt"
	"strconv"
)

// nproc is always 1: what is built depends on nothing of the machine.
func nproc(c *Call) (int, error) {
	opts, _, err := c.getopt("\x01:", "all=\x02 ignore=\x01") // without letters
	if err != nil {
		return 0, err
	}
	for _, text := range opts.all(1) {
		if _, err := strconv.ParseUint(text, 10, 32); err != nil {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	fmt.Fprintln(&c.Out, 1)
	return 0, nil
}
