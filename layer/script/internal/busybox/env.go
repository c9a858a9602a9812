package busybox

import (
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func env(c *Call) (int, error) {
	opts, args, err := c.getopt("+i0u:", "ignore-environment=i unset=u null=0")
	if err != nil {
		return 0, err
	}
	vars := c.Environment()
	if len(args) > 0 && args[0] == "-" {
		opts, args = append(opts, option{'i', ""}), args[1:]
	}
	if opts.has('i') {
		vars = make(Environment)
	}
	for _, name := range opts.all('u') {
		delete(vars, name)
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, value, _ := strings.Cut(args[0], "=")
		if name == "" {
			return c.complain("putenv: %s", tree.ErrInvalid), nil
		}
		vars[name] = value
		args = args[1:]
	}
	if len(args) > 0 {
		return c.child(args, c.Stdin, vars, "can't execute '%s': %s")
	}
	end := "\n"
	if opts.has('0') {
		end = "\x00"
	}
	c.printEnvironment(vars, end)
	return 0, nil
}

// printEnvironment prints variables by name, since the order that a real shell has
// depends on its memory.
func (c *Call) printEnvironment(vars Environment, end string) {
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.Out.WriteString(name + "=" + vars[name] + end)
	}
}
