package busybox

import (
	"fmt"
)

func printenv(c *Call) (int, error) {
	args := c.Args[1:]
	vars := c.Environment()
	if len(args) == 0 {
		c.printEnvironment(vars, "\n")
		return 0, nil
	}
	status := 0
	for _, name := range args {
		if value, ok := vars[name]; ok {
			fmt.Fprintln(&c.Out, value)
		} else {
			status = 1
		}
	}
	return status, nil
}
