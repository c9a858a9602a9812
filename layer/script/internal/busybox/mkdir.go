package busybox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/internal/filemode"
	"github.com/lamina-oci/lamina/layer/tree"
)

func mkdir(c *Call) (int, error) {
	opts, args, err := c.getopt("m:pv", "mode=m parents=p verbose=v")
	if err != nil {
		return 0, err
	}
	text, hasMode := opts.last('m')
	mode := c.masked(0o777)
	if hasMode {
		if mode, hasMode = filemode.Change(text, 0o777, false, c.Umask); !hasMode {
			return c.complain("invalid mode '%s'", text), nil
		}
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		if name == "/" || name == "." {
			continue
		}
		made := name
		var err error
		if opts.has('p') {
			made, err = c.makeParents(name, opts.has('v'))
		}
		if err == nil {
			made, err = name, c.Tree.Mkdir(c.trimmed(name), mode)
			if opts.has('p') && errors.Is(err, tree.ErrExist) {
				if c.isDir(name) {
					continue
				}
				err = c.occupied(name)
			}
			if n, found := c.look(name, false); err == nil && found == nil && hasMode {
				err = c.Tree.Chmod(n, mode) // which takes a set-group-id bit that was inherited
			}
		}
		if err != nil {
			status = c.complain("can't create directory '%s': %s", made, Reason(err))
		} else if opts.has('v') {
			c.sayCreated(name)
		}
	}
	return status, nil
}

// trimmed is the path of an operand without slashes behind it: a new directory may have
// them.
func (c *Call) trimmed(name string) string {
	p := c.file(name)
	return p[:1] + strings.TrimRight(p[1:], "/")
}

// makeDirectory makes a directory and those that lead to it, unless it exists.
func (c *Call) makeDirectory(name string, mode uint16, verbose bool) (at string, err error) {
	at, made, err := c.makeInherited(name, mode, verbose)
	if made {
		var n *tree.Node
		if n, err = c.look(name, true); err == nil {
			err = c.Tree.Chmod(n, mode)
		}
	}
	return at, err
}

// makeInherited is makeDirectory, but that the directory keeps a set-group-id bit that it inherits.
func (c *Call) makeInherited(name string, mode uint16, verbose bool) (at string, made bool, err error) {
	if at, err = c.makeParents(name, verbose); err != nil || c.isDir(name) {
		return at, false, err
	}
	if err = c.Tree.Mkdir(c.trimmed(name), mode); err == nil {
		if verbose {
			c.sayCreated(name)
		}
		return name, true, nil
	}
	if errors.Is(err, tree.ErrExist) {
		err = c.occupied(name)
	}
	return name, false, err
}

// occupied is why there is no directory where something else is: what stat(2) says of it, if it fails.
func (c *Call) occupied(name string) error {
	if _, err := c.look(name, true); err != nil {
		return err
	}
	return tree.ErrExist
}

func (c *Call) sayCreated(name string) { fmt.Fprintf(&c.Out, "created directory: '%s'\n", name) }

// makeParents makes the directories that lead to a path. It returns where it failed, as
// busybox prints it.
func (c *Call) makeParents(name string, verbose bool) (at string, err error) {
	for i := 1; i < len(name); i++ {
		if name[i] != '/' || name[i-1] == '/' || strings.Trim(name[i:], "/") == "" {
			continue
		}
		err := c.Tree.Mkdir(c.file(name[:i]), c.masked(0o777)|0o300)
		made := err == nil
		if errors.Is(err, tree.ErrExist) {
			var n *tree.Node
			if n, err = c.look(name[:i], true); err == nil && n.Type != tree.Directory {
				err = tree.ErrNotDir
			}
		}
		at := name[:len(name)-len(strings.TrimLeft(name[i:], "/"))]
		if err != nil {
			return at, err
		}
		if made && verbose {
			c.sayCreated(at)
		}
	}
	return name, nil
}
