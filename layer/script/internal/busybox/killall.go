package busybox

import (
	"strings"
)

// killall ends with the number of names that no process has.
func killall(c *Call) (int, error) {
	quiet, names := false, c.Args[1:]
	for len(names) > 0 && strings.HasPrefix(names[0], "-") {
		option := names[0][1:]
		names = names[1:]
		switch option {
		case "q":
			quiet = true
			continue
		case "l":
			return 0, c.Unsupported(c.Line, "killall -l is not supported")
		case "s":
			if len(names) > 0 {
				option, names = names[0], names[1:]
			}
		}
		if _, ok := Signal(option); !ok {
			return c.complain("bad signal name '%s'", option), nil
		}
	}
	if len(names) == 0 {
		return c.complain("you need to specify whom to kill"), nil
	}
	if !quiet {
		for _, name := range names {
			c.complain("%s: no process killed", name)
		}
	}
	return len(names) & 0xff, nil
}
