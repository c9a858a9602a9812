package busybox

import "fmt"

// groups prints the names of the groups of who runs it, or of a user: id -Gn.
func groups(c *Call) (int, error) {
	_, rest, err := c.getopt("", "")
	if err != nil {
		return 0, err
	}
	c.Args = append([]string{c.Args[0], "-Gn"}, rest[:min(len(rest), 1)]...)
	return id(c)
}

// arch is "uname -m".
func arch(c *Call) (int, error) {
	c.Args = []string{c.Args[0], "-m"}
	return uname(c)
}

// tty says that there is no terminal. It has no options, not even -s.
func tty(c *Call) (int, error) {
	if len(c.Args) > 1 {
		c.complain("ignoring all arguments")
	}
	fmt.Fprintln(&c.Out, "not a tty")
	return 1, nil
}
