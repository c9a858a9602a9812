package busybox

import (
	"fmt"
)

func whoami(c *Call) (int, error) {
	if len(c.Args) > 1 {
		return 1, nil
	}
	uid := c.Tree.Credentials().UID
	name := c.nameOf(passwdFile, uid)
	if name == "" {
		return c.complain("unknown uid %d", uid), nil
	}
	fmt.Fprintln(&c.Out, name)
	return 0, nil
}
