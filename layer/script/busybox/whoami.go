package busybox

import (
	"fmt"
)

func whoami(c *Call) (int, error) {
	if len(c.Args) > 1 {
		return 1, nil
	}
	fmt.Fprintln(&c.Out, c.nameOf(passwdFile, 0))
	return 0, nil
}
