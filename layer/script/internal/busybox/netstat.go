package busybox

import "fmt"

// netstat prints what it does in the network of a container in which nothing runs: the heads of lists without sockets. The routes
// would be those of the machine.
func netstat(c *Call) (int, error) {
	opts, _, err := c.getopt("laentuwxpW", "")
	if err != nil {
		return 0, err
	}
	which := "(w/o servers)"
	switch {
	case opts.has('a'):
		which = "(servers and established)"
	case opts.has('l'):
		which = "(only servers)"
	}
	address, program := 23, ""
	if opts.has('W') {
		address = 51
	}
	if opts.has('p') {
		program = "PID/Program name    "
	}
	isInternet := opts.has('t') || opts.has('u') || opts.has('w')
	if isInternet || !opts.has('x') {
		fmt.Fprintf(&c.Out, "Active Internet connections %s\nProto Recv-Q Send-Q %-*s %-*s State       %s\n",
			which, address, "Local Address", address, "Foreign Address", program)
	}
	if opts.has('x') || !isInternet {
		fmt.Fprintf(&c.Out, "Active UNIX domain sockets %s\nProto RefCnt Flags       Type       State         I-Node %sPath\n", which, program)
	}
	return 0, nil
}
