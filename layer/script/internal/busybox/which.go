package busybox

import (
	"fmt"
	"strings"
)

func which(c *Call) (int, error) {
	opts, args, err := c.getopt("a", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		dirs := []string{""}
		if !strings.Contains(name, "/") {
			dirs = strings.Split(c.Env("PATH"), ":")
		}
		found := false
		for _, dir := range dirs {
			at := name
			if dir != "" {
				at = join(dir, name)
			}
			if n, err := c.look(at, true); err != nil || !c.isExecutable(n) {
				continue
			}
			fmt.Fprintln(&c.Out, at)
			if found = true; !opts.has('a') {
				break
			}
		}
		if !found {
			status = 1
		}
	}
	return status, nil
}

// Which is where a program is that a name stands for, or "".
func (c *Call) Which(name string) string {
	if strings.Contains(name, "/") {
		if n, err := c.Tree.Stat(c.Path(name)); err != nil || !c.isExecutable(n) {
			return ""
		}
		return name
	}
	where, err := c.LookPath(name)
	if err != nil {
		return ""
	}
	return where
}
