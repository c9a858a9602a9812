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
// before what is in it, or after that if the rule says so. A file that cannot be looked at is said and fails.
func (c *Call) recurse(names []string, rule walkRule, visit func(name string, n *tree.Node, depth int) (bool, error)) (int, error) {
	status := 0
	var walk func(name string, depth int) error
	walk = func(name string, depth int) (failed error) {
		if err := c.spend(1); err != nil {
			return err
		}
		n, err := c.look(name, rule.follow || rule.followFirst && depth == 0)
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
			return nil
		}
		visited := func() error {
			ok, err := visit(name, n, depth)
			if !ok {
				status = 1
			}
			return err
		}
		if !rule.inside {
			if err := visited(); err != nil {
				return err
			}
		}
		if rule.inside {
			defer func() {
				if failed == nil {
					failed = visited()
				}
			}()
		}
		if !rule.recursive || n.Type != tree.Directory {
			return nil
		}
		if depth > maxFolders {
			return c.Unsupported(c.Line, "%s: more than %d directories deep", c.Args[0], maxFolders)
		}
		for _, child := range n.Names() {
			if err := walk(join(name, child), depth+1); err != nil {
				return err
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
