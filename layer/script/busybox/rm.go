package busybox

import (
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

func rm(c *Call) (int, error) {
	opts, args, err := c.getopt("rRfv", nil)
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
		removed, err := c.remove(name, opts.has('r') || opts.has('R'), opts.has('f'), opts.has('v'))
		if err != nil {
			return 0, err
		}
		if !removed {
			status = 1
		}
	}
	return status, nil
}

// remove deletes what a path names, and says why it cannot, or with verbose what it has
// deleted.
func (c *Call) remove(name string, recursive, force, verbose bool) (bool, error) {
	name = stripped(name)
	n, err := c.look(name, false)
	switch {
	case errors.Is(err, tree.ErrNotExist):
		if !force {
			c.complain("can't remove '%s': %s", name, Reason(err))
		}
		return force, nil
	case err != nil:
		c.complain("can't stat '%s': %s", name, Reason(err))
		return false, nil
	case n.Type == tree.Directory && !recursive:
		c.complain("'%s' is a directory", name)
		return false, nil
	case n == c.Tree.Root():
		for _, child := range n.Names() {
			err = errors.Join(err, c.Tree.RemoveAll("/"+child))
		}
		if err == nil {
			err = tree.ErrBusy
		}
	case n.Type == tree.Directory:
		if verbose {
			if err := c.listRemoved(name, n, 0); err != nil {
				return false, err
			}
		}
		err = c.Tree.RemoveAll(c.trimmed(name))
	default:
		if err = c.Tree.Remove(c.file(name)); err == nil && verbose {
			fmt.Fprintf(&c.Out, "removed '%s'\n", name)
		}
	}
	if err != nil {
		c.complain("can't remove '%s': %s", name, Reason(err))
		return false, nil
	}
	return true, nil
}

// listRemoved prints what a directory had, and then the directory.
func (c *Call) listRemoved(name string, n *tree.Node, depth int) error {
	if depth > maxFolders {
		return c.Unsupported(c.Line, "rm: more than %d directories deep", maxFolders)
	}
	for _, child := range n.Names() {
		if err := c.Bounded(); err != nil {
			return err
		}
		at := join(name, child)
		if below := n.Child(child); below.Type == tree.Directory {
			if err := c.listRemoved(at, below, depth+1); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(&c.Out, "removed '%s'\n", at)
		}
	}
	fmt.Fprintf(&c.Out, "removed directory: '%s'\n", name)
	return nil
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
