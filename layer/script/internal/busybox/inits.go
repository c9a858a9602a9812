package busybox

import (
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Programs that stand in for init, run a command and hand on its signals and its status, of which there is nothing but the status here.

// tini is tini 0.19.
func tini(c *Call) (int, error) {
	opts, args, err := c.getopt("+e:gp:svw", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "tini without a command is not supported")
	}
	status, err := c.exec(args, nil, func(problem error) int {
		fmt.Fprintf(&c.Err, "[FATAL tini (7)] exec %s failed: %s\n", args[0], Reason(problem))
		if errors.Is(problem, tree.ErrPermission) {
			return 126
		}
		return 127
	})
	for _, code := range opts.all('e') {
		if code == fmt.Sprint(status) {
			status = 0
		}
	}
	return status, err
}

// dumbInit is dumb-init 1.2.
func dumbInit(c *Call) (int, error) {
	_, args, err := c.getopt("+cvr:", "rewrite=r single-child=c verbose=v")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "dumb-init without a command is not supported")
	}
	return c.exec(args, nil, func(problem error) int {
		fmt.Fprintf(&c.Err, "[dumb-init] %s: %s\n", args[0], Reason(problem))
		return 2
	})
}
