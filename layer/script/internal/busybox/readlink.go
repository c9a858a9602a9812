package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func readlink(c *Call) (int, error) {
	if c.isOther() {
		return gnuReadlink(c)
	}
	opts, args, err := c.getopt("fnvsq", "")
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		return c.usage(), nil
	}
	var target string
	if opts.has('f') {
		target, err = c.canonical(args[0])
	} else {
		var n *tree.Node
		n, err = c.look(args[0], false)
		if err == nil && n.Type != tree.Symlink {
			err = errors.New("not a symlink")
		}
		if err == nil {
			target = n.Target
		}
	}
	if err != nil {
		if opts.has('v') && !opts.has('f') {
			c.complain("%s: cannot read link: %s", args[0], Reason(err))
		}
		return 1, nil
	}
	c.Out.WriteString(target)
	if !opts.has('n') {
		c.Out.WriteByte('\n')
	}
	return 0, nil
}

// canonical is a path without links. Its last name need not exist, unless it is all there
// is of the path and no link.
func (c *Call) canonical(name string) (string, error) {
	p, isNew := c.file(name), false
	_, err := c.Tree.Stat(p)
	if err != nil && errors.Is(err, tree.ErrNotExist) {
		slash := strings.HasSuffix(name, "/")
		name = stripped(name)
		n, lerr := c.look(name, false)
		if slash && lerr == nil { // a link that leads nowhere is no directory: busybox fails, or does not follow it
			at := strings.LastIndexByte(name, '/')
			if at < 0 {
				return "", err
			}
			dir, err := c.canonical(name[:at+1])
			return path.Join(dir, name[at+1:]), err
		}
		if strings.Contains(name, "/") || lerr == nil && n.Type == tree.Symlink {
			p, err, isNew = c.file(name), nil, lerr != nil
		}
	} else if err == nil && strings.HasPrefix(name, "//") && !strings.HasPrefix(name, "///") {
		// Two slashes in front are kept, for systems to which they mean something.
		resolved, err := c.Tree.Resolve(p, true)
		return "//" + resolved, err
	}
	if err != nil {
		return "", err
	}
	resolved, err := c.Tree.Resolve(p, true)
	if isNew && strings.LastIndexByte(name, '/') > 0 && !strings.Contains(resolved, "/") {
		resolved = "/" + resolved // busybox puts a slash between a directory and a new name, also behind that of the root
	}
	return "/" + resolved, err
}

func realpath(c *Call) (int, error) {
	if c.isOther() {
		return gnuReadlink(c)
	}
	args := c.Args[1:]
	if len(args) == 0 {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		resolved, err := c.canonical(name)
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		fmt.Fprintln(&c.Out, resolved)
	}
	return status, nil
}
