package busybox

import (
	"strings"
)

// killall ends with the number of names that no process has.
func killall(c *Call) (int, error) {
	quiet, names := false, c.Args[1:]
	for len(names) > 0 && strings.HasPrefix(names[0], "-") {
		switch names[0] {
		case "-q":
			quiet = true
		case "-l":
			return 0, c.Unsupported(c.Line, "killall -l is not supported")
		case "-s":
			names = names[min(1, len(names)-1):]
		}
		names = names[1:]
	}
	if !quiet {
		for _, name := range names {
			c.complain("%s: no process killed", name)
		}
	}
	return len(names) & 0xff, nil
}
