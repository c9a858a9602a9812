package busybox

import (
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

// timed is "time": a command, and how long it took, which is no time here.
func timed(c *Call) (int, error) {
	opts, args, err := c.getopt("+pao:", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "time without a command is not supported")
	}
	status, err := c.child(args, c.Stdin, nil, cannotExecute)
	if err != nil {
		return 0, err
	}
	text := "real\t0m 0.00s\nuser\t0m 0.00s\nsys\t0m 0.00s\n"
	if opts.has('p') {
		text = "real 0.00\nuser 0.00\nsys 0.00\n"
	}
	switch {
	case status > 128:
		text = fmt.Sprintf("Command terminated by signal %d\n", status-128) + text
	case status > 0:
		text = fmt.Sprintf("Command exited with non-zero status %d\n", status) + text
	}
	to, ok := opts.last('o')
	if !ok {
		c.Err.WriteString(text)
		return status, nil
	}
	flags := tree.Create | tree.Truncate
	if opts.has('a') {
		flags = tree.Create | tree.Append
	}
	if err := c.writeTo(to, flags, []byte(text)); Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("can't open '%s': %s", to, Reason(err)), nil
	}
	return status, nil
}
