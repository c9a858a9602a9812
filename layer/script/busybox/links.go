package busybox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func ln(c *Call) (int, error) {
	opts, args, err := c.getopt("sfnT", map[string]byte{"symbolic": 's', "force": 'f', "no-dereference": 'n'})
	if err != nil {
		return 0, err
	}
	switch {
	case len(args) == 0:
		return c.usage(), nil
	case opts.has('T') && len(args) > 2:
		return c.complain("-T accepts 2 args max"), nil
	case len(args) == 1:
		args = []string{args[0], lastComponent(args[0])}
	}
	sources, last := args[:len(args)-1], args[len(args)-1]
	status := 0
	for _, source := range sources {
		at := last
		if n, err := c.look(last, !opts.has('n') && !opts.has('T')); err == nil && n.Type == tree.Directory {
			if opts.has('T') {
				return c.complain("'%s' is a directory", last), nil
			}
			at = join(last, lastComponent(source))
		}
		if !opts.has('s') {
			if _, err := c.look(source, false); err != nil {
				status = c.complain("%s: %s", source, Reason(err))
				continue
			}
		}
		if opts.has('f') {
			if old, err := c.look(at, false); err == nil && old.Type != tree.Directory {
				if err := c.Tree.Remove(c.file(at)); err != nil {
					status = c.complain("%s: %s", at, Reason(err))
					continue
				}
			}
		}
		var err error
		if opts.has('s') {
			err = c.Tree.Symlink(source, c.file(at))
		} else {
			err = c.Tree.Link(c.file(source), c.file(at))
		}
		if err != nil {
			status = c.complain("%s: %s", at, Reason(err))
		}
	}
	return status, nil
}

func link(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 2 {
		return c.usage(), nil
	}
	if err := c.Tree.Link(c.file(args[0]), c.file(args[1])); err != nil {
		return c.complain("can't create hardlink '%s' to '%s': %s", args[1], args[0], Reason(err)), nil
	}
	return 0, nil
}

func readlink(c *Call) (int, error) {
	opts, args, err := c.getopt("fnvsq", map[string]byte{"canonicalize": 'f'})
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
		if opts.has('v') {
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
	p := c.file(name)
	_, err := c.Tree.Stat(p)
	if err != nil && errors.Is(err, tree.ErrNotExist) {
		name = stripped(name)
		if n, lerr := c.look(name, false); strings.Contains(name, "/") || lerr == nil && n.Type == tree.Symlink {
			p, err = c.file(name), nil
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
	return "/" + resolved, err
}

func realpath(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
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

func basename(c *Call) (int, error) {
	opts, args, err := c.getopt("+as:", nil)
	if err != nil {
		return 0, err
	}
	suffix, many := opts.last('s')
	if many = many || opts.has('a'); !many {
		if len(args) == 0 || len(args) > 2 {
			return c.usage(), nil
		}
		if len(args) == 2 {
			suffix, args = args[1], args[:1]
		}
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	for _, name := range args {
		base := lastComponent(name)
		if base != suffix {
			base = strings.TrimSuffix(base, suffix)
		}
		fmt.Fprintln(&c.Out, base)
	}
	return 0, nil
}

func dirname(c *Call) (int, error) {
	_, args, err := c.getopt("+", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		return c.usage(), nil
	}
	fmt.Fprintln(&c.Out, parent(args[0]))
	return 0, nil
}
