package busybox

import (
	"errors"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// chroot runs a command with a directory of the tree as its root: "chroot DIR COMMAND…".
func chroot(c *Call) (int, error) {
	if len(c.Args) < 2 {
		return c.usage(), nil
	}
	dir := c.Args[1]
	if strings.HasPrefix(dir, "-") && c.isOther() {
		return 0, c.Unsupported(c.Line, "chroot: option %s is not supported", dir)
	}
	sub, err := c.Tree.Sub(c.Path(dir))
	if dir == "" {
		err = tree.ErrNotExist
	}
	if err == nil && c.Tree.Credentials().UID != 0 {
		err = tree.ErrNotPermit
	}
	if err != nil {
		return c.complain("can't change root directory to '%s': %s", dir, Reason(err)), nil
	}
	if len(c.Args) < 3 {
		return 0, c.Unsupported(c.Line, "chroot without a command is not supported: it starts a shell for a person")
	}
	inside := c.other(c.Args[2:], c.Stdin, nil)
	inside.Tree, inside.Dir = sub, "/"
	where, err := inside.program(nil)
	switch {
	case errors.Is(err, tree.ErrPermission):
		c.complain(cannotExecute, inside.Args[0], Reason(err))
		return 126, nil
	case err != nil:
		c.complain(cannotExecute, inside.Args[0], Reason(err))
		return 127, nil
	}
	return c.start(inside, where, nil, cannotExecute)
}

// isOwnRoot reports whether the command has the root of the session rather than another by chroot.
func (c *Call) isOwnRoot() bool { return c.Tree.Root() == c.Session.Tree.Root() }
