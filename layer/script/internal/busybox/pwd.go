package busybox

import (
	"fmt"
)

// pwd is the one of ash, of whose options the last one counts, or the program, which follows links unless -L says otherwise.
func pwd(c *Call) (int, error) {
	physical := false
	if !c.isBuiltin() {
		opts, _, err := c.getopt("LP", "")
		if err != nil {
			return 0, err
		}
		physical = !opts.has('L')
		c.Args = c.Args[:1]
	}
	for _, arg := range c.Args[1:] {
		if len(arg) < 2 || arg[0] != '-' || arg == "--" {
			break
		}
		for _, letter := range arg[1:] {
			if letter != 'L' && letter != 'P' {
				fmt.Fprintf(&c.Err, "sh: pwd: line %d: illegal option -%c\n", c.Line, letter)
				return 2, nil
			}
			physical = letter == 'P'
		}
	}
	dir := c.Dir
	if physical {
		p, err := c.Tree.Resolve(c.Dir, true)
		if err != nil {
			return c.complain("%s", Reason(err)), nil
		}
		dir = "/" + p
	}
	fmt.Fprintln(&c.Out, Logical(dir, ""))
	return 0, nil
}
