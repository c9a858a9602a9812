package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/tree"
)

func rm(c *Call) (int, error) {
	opts, args, err := c.getopt("rRfv", "")
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
		removed, err := c.remove(name, opts.has('r') || opts.has('R'), opts.has('f'), opts.has('v'), 0)
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
func (c *Call) remove(name string, recursive, force, verbose bool, depth int) (bool, error) {
	name = stripped(name)
	n, err := c.look(name, false)
	switch {
	case errors.Is(err, tree.ErrNotExist):
		if force = force || c.matchesIndex(name); !force {
			c.complain("can't remove '%s': %s", name, Reason(err))
		}
		return force, nil
	case err != nil:
		c.complain("can't stat '%s': %s", name, Reason(err))
		return false, nil
	case n.Type == tree.Directory && !recursive:
		c.complain("'%s' is a directory", name)
		return false, nil
	case depth > maxDirectories:
		return false, c.Unsupported(c.Line, "rm: more than %d directories deep", maxDirectories)
	case n.Type == tree.Directory:
		names, err := c.Tree.Names(n)
		if err != nil {
			return false, nil // and busybox says nothing
		}
		removed := true
		for _, child := range names {
			if err := c.Bounded(); err != nil {
				return false, err
			}
			ok, err := c.remove(join(name, child), recursive, force, verbose, depth+1)
			if err != nil {
				return false, err
			}
			removed = removed && ok
		}
		if !removed {
			if verbose {
				fmt.Fprintf(&c.Out, "removed directory: '%s'\n", name) // which it is not
			}
			return false, nil
		}
	}
	if n == c.Tree.Root() {
		err = tree.ErrBusy
	} else {
		err = c.Tree.Remove(c.file(name))
	}
	if err != nil {
		c.complain("can't remove '%s': %s", name, Reason(err))
		return false, nil
	}
	switch {
	case verbose && n.Type == tree.Directory:
		fmt.Fprintf(&c.Out, "removed directory: '%s'\n", name)
	case verbose:
		fmt.Fprintf(&c.Out, "removed '%s'\n", name)
	}
	return true, nil
}

// matchesIndex reports whether a word of a command is a pattern that matches the indexes which apk keeps in its cache unless --no-cache stops
// it. Here it never keeps them, and "apk update && apk add … && rm /var/cache/apk/*" must not fail for it.
func (c *Call) matchesIndex(name string) bool {
	dir, base := path.Split(c.Path(name))
	return c.APK != nil && dir == "/var/cache/apk/" && strings.Contains(base, "*") && glob.Match(base, "APKINDEX.01234567.tar.gz", false)
}

func unlink(c *Call) (int, error) {
	_, args, err := c.getopt("", "")
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
