package busybox

import (
	"fmt"
	"path"
)

func pwd(c *Call) (int, error) {
	dir := c.Dir
	if len(c.Args) > 1 && c.Args[1] == "-P" {
		p, err := c.Tree.Resolve(c.Dir, true)
		if err != nil {
			return c.complain("%s", Reason(err)), nil
		}
		dir = "/" + p
	}
	fmt.Fprintln(&c.Out, path.Clean(dir))
	return 0, nil
}
