package busybox

import (
	"fmt"
)

// hostname is the same on every machine, as all that ends up in an image.
func hostname(c *Call) (int, error) {
	opts, args, err := c.getopt("fs", "")
	if err != nil {
		return 0, err
	}
	if len(args) > 0 || len(opts) > 1 {
		return 0, c.Unsupported(c.Line, "hostname does no more than print the name")
	}
	fmt.Fprintln(&c.Out, "localhost")
	return 0, nil
}
