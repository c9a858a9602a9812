package busybox

import (
	"errors"

	"github.com/lamina-oci/lamina/layer/tree"
)

func rm(c *Call) (int, error) {
	opts, args, err := c.getopt("rRf", map[string]byte{"recursive": 'r', "force": 'f'})
	if err != nil {
		return 0, err
	}
	if len(args) == 0 && !opts.has('f') {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		if base := lastComponent(name); base == "." || base == ".." {
			status = c.complain("can't remove '.' or '..'")
			continue
		}
		if !c.remove(name, opts.has('r') || opts.has('R'), opts.has('f')) {
			status = 1
		}
	}
	return status, nil
}

// remove deletes what a path names, and says why it cannot.
func (c *Call) remove(name string, recursive, force bool) bool {
	name = stripped(name)
	n, err := c.look(name, false)
	switch {
	case errors.Is(err, tree.ErrNotExist):
		if !force {
			c.complain("can't remove '%s': %s", name, Reason(err))
		}
		return force
	case err != nil:
		c.complain("can't stat '%s': %s", name, Reason(err))
		return false
	case n.Type == tree.Directory && !recursive:
		c.complain("'%s' is a directory", name)
		return false
	case n == c.Tree.Root():
		for _, child := range n.Names() {
			err = errors.Join(err, c.Tree.RemoveAll("/"+child))
		}
		if err == nil {
			err = tree.ErrBusy
		}
	case n.Type == tree.Directory:
		err = c.Tree.RemoveAll(c.trimmed(name))
	default:
		err = c.Tree.Remove(c.file(name))
	}
	if err != nil {
		c.complain("can't remove '%s': %s", name, Reason(err))
		return false
	}
	return true
}

func unlink(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		return c.usage(), nil
	}
	n, err := c.look(args[0], false)
	if err == nil && n.Type == tree.Directory {
		err = tree.ErrIsDir
	}
	if err == nil {
		err = c.Tree.Remove(c.file(args[0]))
	}
	if err != nil {
		return c.complain("can't remove file '%s': %s", args[0], Reason(err)), nil
	}
	return 0, nil
}
