package busybox

import "github.com/lamina-oci/lamina/layer/tree"

// mountpoint tells what is mounted: the root and, while a command of RUN runs, what its container has.
func mountpoint(c *Call) (int, error) {
	opts, args, err := c.getopt("q", "")
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		return c.usage(), nil
	}
	n, err := c.look(args[0], false)
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	isMounted := err == nil && (n == c.Tree.Root() || n.IsMounted())
	switch {
	case opts.has('q'):
	case err != nil:
		c.complain("%s: %s", args[0], Reason(err))
	case isMounted:
		c.Out.WriteString(args[0] + " is a mountpoint\n")
	default:
		c.Out.WriteString(args[0] + " is not a mountpoint\n")
	}
	return oneIf(!isMounted), nil
}
