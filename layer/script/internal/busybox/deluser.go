package busybox

import (
	"slices"
	"strings"
)

func deluser(c *Call) (int, error) {
	opts, args, err := c.getopt("", "remove-home=r")
	switch {
	case err != nil:
		return 0, err
	case len(args) != 1 || len(c.Args) != 2+len(opts): // a "--" is one too many
		return c.usage(), nil
	}
	name := args[0]
	fields := c.lookUp(passwdFile, name)
	if fields == nil {
		return c.complain("unknown user %s", name), nil
	}
	if opts.has('r') && len(fields) > 5 && fields[5] != "" {
		if _, err := c.remove(fields[5], true, true, false, 0); err != nil {
			return 0, err
		}
	}
	for _, file := range []string{passwdFile, shadowFile} {
		if _, err := c.Tree.Stat(file); err != nil && file == shadowFile {
			continue
		}
		if status, err := c.removeAccount(file, name); status != 0 || err != nil {
			return status, err
		}
	}
	// Out of all groups, and then the group of the same name goes, if it is there.
	if status, err := c.removeMember("", name); status != 0 || err != nil {
		return status, err
	}
	if c.lookUp(groupFile, name) == nil {
		return 0, nil
	}
	return c.removeGroup(name)
}

// removeAccount takes a name's lines from a file.
func (c *Call) removeAccount(file, name string) (int, error) {
	return c.rewritten(file, func(a *accounts) {
		a.lines = slices.DeleteFunc(a.lines, func(line string) bool { return strings.HasPrefix(line, name+":") })
	})
}
