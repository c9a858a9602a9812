package busybox

import (
	"fmt"
	"strconv"
	"strings"
)

// getent prints entries of passwd or group by name or id. Alpine's is a shell script over
// the C library's lookups.
func getent(c *Call) (int, error) {
	if len(c.Args) < 3 || c.Args[1] != "passwd" && c.Args[1] != "group" {
		return 0, c.Unsupported(c.Line, "getent is supported for entries of passwd or group")
	}
	a, err := c.readAccounts("/etc/" + c.Args[1])
	if err != nil {
		return 2, nil
	}
	for _, key := range c.Args[2:] {
		f := a.find(func(f []string) bool { return f[0] == key })
		if _, err := strconv.Atoi(key); f == nil && err == nil {
			f = a.find(func(f []string) bool { return len(f) > 2 && f[2] == key })
		}
		if f == nil {
			return 2, nil
		}
		fmt.Fprintln(&c.Out, strings.TrimSuffix(strings.Join(f, ":"), ":"))
	}
	return 0, nil
}
