package busybox

import (
	"regexp"
)

var duration = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)[smhd]?$`)

// sleep takes no time.
func sleep(c *Call) (int, error) {
	if len(c.Args) < 2 {
		return c.usage(), nil
	}
	for _, arg := range c.Args[1:] {
		if !duration.MatchString(arg) {
			return c.complain("invalid number '%s'", arg), nil
		}
	}
	if c.Background > 0 {
		return 0, c.Unsupported(c.Line, "%s in the background is not supported: it is for what happens meanwhile", c.Args[0])
	}
	return 0, nil
}
