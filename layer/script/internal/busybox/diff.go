package busybox

import (
	"bytes"
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

// diff says whether files differ. It does not list the differences.
func diff(c *Call) (int, error) {
	opts, args, err := c.getopt("q", "brief=q")
	if err != nil {
		return 0, err
	}
	if len(args) != 2 {
		c.usage()
		return 2, nil
	}
	var contents [2][]byte
	for i, name := range args {
		n, err := c.look(name, true)
		if err == nil && n.Type == tree.Directory {
			return 0, c.Unsupported(c.Line, "diff of directories is not supported")
		}
		verb := "stat"
		if err == nil {
			verb = "open"
		}
		contents[i], err = c.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			c.complain("can't %s '%s': %s", verb, name, Reason(err))
			return 2, nil
		}
	}
	switch {
	case bytes.Equal(contents[0], contents[1]):
		return 0, nil
	case !opts.has('q'):
		return 0, c.Unsupported(c.Line, "diff is supported with -q only")
	}
	fmt.Fprintf(&c.Out, "Files %s and %s differ\n", args[0], args[1])
	return 1, nil
}
