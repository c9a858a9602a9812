package busybox

import (
	"errors"

	"github.com/lamina-oci/lamina/layer/tree"
)

// walkRule says which files recurse visits.
type walkRule struct {
	recursive   bool
	follow      bool // into links that lead to directories
	followFirst bool // only if they are operands
	inside      bool // what is in a directory comes before it
}

// errStop ends a command at once, with status 1.
var errStop = errors.New("stop")

// recurse calls visit for each operand and, if asked, what is below it: each directory
// before what is in it, or after that if the rule says so. A file that cannot be looked at is said and fails, and
// a directory that visit fails at is said once more, as busybox does.
func (c *Call) recurse(names []string, rule walkRule, visit func(name string, n *tree.Node, depth int) error) (int, error) {
	status := 0
	failed := func(name string, err error, isSaid bool) error {
		if err == nil || Fatal(err) {
			return err
		}
		if status = 1; !isSaid {
			c.complain("%s: %s", name, Reason(err))
		}
		return nil
	}
	var walk func(name string, depth int) error
	walk = func(name string, depth int) error {
		if err := c.spend(1); err != nil {
			return err
		}
		n, err := c.look(name, rule.follow || rule.followFirst && depth == 0)
		if err != nil {
			return failed(name, err, false)
		}
		if !rule.recursive || n.Type != tree.Directory {
			return failed(name, visit(name, n, depth), true)
		}
		if depth > maxDirectories {
			return c.Unsupported(c.Line, "%s: more than %d directories deep", c.Args[0], maxDirectories)
		}
		if !rule.inside {
			if err := visit(name, n, depth); err != nil {
				return failed(name, err, false)
			}
		}
		children, err := c.Tree.Names(n)
		if err != nil {
			return failed(name, err, false)
		}
		for _, child := range children {
			if err := walk(join(name, child), depth+1); err != nil {
				return err
			}
		}
		if rule.inside {
			if err := visit(name, n, depth); err != nil {
				return failed(name, err, false)
			}
		}
		return nil
	}
	for _, name := range names {
		switch err := walk(name, 0); {
		case errors.Is(err, errStop):
			return 1, nil
		case err != nil:
			return 0, err
		}
	}
	return status, nil
}
