package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// gnuReadlink is readlink and realpath of coreutils.
func gnuReadlink(c *Call) (int, error) {
	isRealpath := path.Base(c.Args[0]) == "realpath"
	spec := "emqz"
	if isRealpath {
		spec += "\x01:"
	} else {
		spec += "fns"
	}
	opts, args, err := c.getopt(spec, "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	base, isRelative := opts.last('\x01')
	end := "\n"
	if opts.has('z') {
		end = "\x00"
	}
	if opts.has('n') && len(args) == 1 {
		end = ""
	}
	kind := byte('f')
	for _, o := range opts {
		if strings.IndexByte("efm", o.letter) >= 0 {
			kind = o.letter
		}
	}
	resolve := func(name string) (string, error) { return c.gnuCanonical(name, kind) }
	if isRelative {
		if base, err = resolve(base); err != nil {
			return c.complain("%s", Reason(err)), nil
		}
	}
	status := 0
	for _, name := range args {
		var target string
		if isRealpath || opts.has('f') || opts.has('e') || opts.has('m') {
			target, err = resolve(name)
		} else {
			var n *tree.Node
			if n, err = c.look(name, false); err == nil && n.Type != tree.Symlink {
				err = tree.ErrInvalid
			} else if err == nil {
				target = n.Target
			}
		}
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			if status = 1; isRealpath && !opts.has('q') {
				c.complain("%s: %s", name, Reason(err))
			}
			continue
		}
		if isRelative {
			target = relativePath(target, base)
		}
		fmt.Fprint(&c.Out, target, end)
	}
	return status, nil
}

// gnuCanonical is a path without links. All of it must exist for 'e', all but its last name for 'f', and nothing for 'm'.
func (c *Call) gnuCanonical(name string, kind byte) (string, error) {
	p := c.file(name)
	if kind == 'm' && name != "" {
		return c.missing(p)
	}
	n, err := c.Tree.Stat(p)
	if err == nil && n.Type != tree.Directory && strings.HasSuffix(name, "/") {
		err = tree.ErrNotDir
	}
	if errors.Is(err, tree.ErrNotExist) && kind == 'f' && name != "" {
		p, err = strings.TrimRight(p, "/"), nil
	}
	if err != nil {
		return "", err
	}
	resolved, err := c.Tree.Resolve(p, true)
	return "/" + resolved, err
}

// missing is a path without links of which nothing need exist.
func (c *Call) missing(p string) (string, error) {
	if err := c.Failure(); err != nil {
		return "", err
	}
	return follow(c.Tree, p)
}

// relative is the path of a file from a directory, as "ln -r" has it.
func (c *Call) relative(name, dir string) (string, error) {
	from, err := c.missing(c.file(name))
	if err != nil {
		return "", err
	}
	base, err := c.missing(c.file(dir))
	return relativePath(from, base), err
}

// relativePath is the path from a directory, both without links.
func relativePath(target, base string) string {
	to, from := strings.Split(strings.Trim(target, "/"), "/"), strings.Split(strings.Trim(base, "/"), "/")
	if target == base {
		return "."
	}
	if base == "/" {
		from = nil
	}
	if target == "/" {
		to = nil
	}
	for len(to) > 0 && len(from) > 0 && to[0] == from[0] {
		to, from = to[1:], from[1:]
	}
	for range from {
		to = append([]string{".."}, to...)
	}
	return strings.Join(to, "/")
}
