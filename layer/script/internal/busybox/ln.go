package busybox

import (
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

func ln(c *Call) (int, error) {
	spec := "sfnTbS:v"
	if c.isOther() {
		spec += "rt:"
	}
	opts, args, err := c.getopt(spec, "")
	if err != nil {
		return 0, err
	}
	if into, ok := opts.last('t'); ok {
		if len(args) == 0 || opts.has('T') || !c.isDir(into) {
			return 0, c.Unsupported(c.Line, "ln: -t %s is not supported here: it is for links in a directory that exists", into)
		}
		args = append(args, into+"/")
	}
	if opts.has('r') && !opts.has('s') {
		return 0, c.Unsupported(c.Line, "ln: -r without -s is not supported")
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
	suffix, ok := opts.last('S')
	if !ok {
		suffix = "~"
	}
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
		if opts.has('b') {
			if err := c.rename(at, at+suffix); err != nil && !errors.Is(err, tree.ErrNotExist) {
				status = c.complain("%s: %s", at, Reason(err))
				continue
			}
		}
		if opts.has('f') {
			if old, err := c.look(at, false); err == nil && old.Type != tree.Directory {
				if err := c.Tree.Remove(c.file(at)); err != nil && !errors.Is(err, tree.ErrBusy) { // which making the link finds
					status = c.complain("%s: %s", at, Reason(err))
					continue
				}
			}
		}
		if opts.has('v') {
			fmt.Fprintf(&c.Out, "'%s' -> '%s'\n", at, source)
		}
		var err error
		if opts.has('s') {
			if opts.has('r') {
				if source, err = c.relative(source, parent(at)); err != nil {
					status = c.complain("%s: %s", at, Reason(err))
					continue
				}
			}
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
	_, args, err := c.getopt("", "")
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
