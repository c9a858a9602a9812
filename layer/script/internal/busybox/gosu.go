package busybox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// gosu is gosu, which images download: it does what su-exec does, and fails in its own words.
func gosu(c *Call) (int, error) {
	failed := func(format string, args ...any) (int, error) {
		fmt.Fprintf(&c.Err, format+"\n", args...)
		return 1, nil
	}
	if len(c.Args) < 3 {
		return failed("Usage: %s user-spec command [args]", c.Args[0])
	}
	spec := c.Args[1]
	user, group, _ := strings.Cut(spec, ":")
	who, home, problem, isGroup := c.parseUser(spec)
	switch {
	case isGroup:
		return failed("error: failed switching to %q: unable to find group %s: no matching entries in group file", spec, group)
	case problem != "":
		return failed("error: failed switching to %q: unable to find user %s: no matching entries in passwd file", spec, user)
	case c.Tree.Credentials().UID != 0:
		return failed("error: failed switching to %q: operation not permitted", spec)
	}
	sub, where, err := c.as(who, home)
	switch {
	case Fatal(err):
		return 0, err
	case errors.Is(err, tree.ErrNotExist) && !strings.Contains(sub.Args[0], "/"):
		return failed(`error: exec: %q: executable file not found in $PATH`, sub.Args[0])
	case err != nil:
		return failed("error: exec: %q: %s", sub.Args[0], strings.ToLower(Reason(err)))
	}
	return c.start(sub, where, nil, "%s: %s")
}
