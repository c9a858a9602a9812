package busybox

import (
	"fmt"
	"path"
	"strings"
)

// toldNothing is for programs that only tell a running system something: to load a module,
// to start a service. There is no such system while an image is made, so nothing is left
// to do, which a note says.
func toldNothing(c *Call) (int, error) {
	name, reason := path.Base(c.Args[0]), "no system is running"
	fmt.Fprintf(&c.Err, "%s: nothing done: %s\n", name, reason)
	return c.omit(Omission{Program: name, Reason: reason, IsMute: true})
}

// udevadm tells a running system something, but for the commands that read or write files.
func udevadm(c *Call) (int, error) {
	for _, arg := range c.Args[1:] {
		switch {
		case strings.HasPrefix(arg, "-"):
			continue
		case arg == "control", arg == "trigger", arg == "settle", arg == "monitor":
			return toldNothing(c)
		}
		break
	}
	return 0, c.Unsupported(c.Line, "udevadm is supported with control, trigger and settle only")
}

// sysctl sets values of the running kernel.
func sysctl(c *Call) (int, error) {
	for _, arg := range c.Args[1:] {
		if arg == "-w" || arg == "-p" || arg == "--system" || strings.HasPrefix(arg, "--load") || strings.Contains(arg, "=") {
			return toldNothing(c)
		}
	}
	return 0, c.Unsupported(c.Line, "sysctl is supported to set values only: those of the machine that builds do not belong in an image")
}

// madeAtRandom is for programs whose result is another each time.
func madeAtRandom(c *Call) (int, error) {
	return 0, c.Unsupported(c.Line, "%s is not supported: what it makes is another each time", path.Base(c.Args[0]))
}

// setfacl is refused: lists of access rights would have to follow what later commands do with modes and new files.
func setfacl(c *Call) (int, error) {
	return c.RefuseProgram(c.Args[0], "setfacl is not supported: many tools that unpack layers drop access-control lists; use chown and chmod")
}

// rcService is OpenRC's rc-service, also as "service". No service runs, so none can be told
// anything; which of them exist is known.
func rcService(c *Call) (int, error) {
	opts, args, err := c.getopt("+eiNsDdqv", "exists=e ifexists=i ifinactive=N ifstarted=s nodeps=D debug=d quiet=q verbose=v")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "%s without a service is not supported", path.Base(c.Args[0]))
	}
	_, err = c.Tree.Stat(serviceDirectory + args[0])
	exists := err == nil
	switch {
	case opts.has('e'):
		return oneIf(!exists), nil
	case !exists && opts.has('i'):
		return 0, nil
	case !exists:
		return c.complain("service `%s' does not exist", args[0]), nil
	case len(args) < 2:
		return 0, c.Unsupported(c.Line, "%s without a command is not supported", path.Base(c.Args[0]))
	case opts.has('s'):
		return 0, nil
	case args[1] == "status":
		c.Out.WriteString(" * status: stopped\n")
		return stoppedStatus, nil
	case args[1] == "start", args[1] == "stop", args[1] == "restart", args[1] == "reload", args[1] == "zap", args[1] == "condrestart":
		return toldNothing(c)
	}
	return 0, c.Unsupported(c.Line, "%s with the command %s is not supported", path.Base(c.Args[0]), args[1])
}

// stoppedStatus is what OpenRC's status ends with for a service that does not run.
const stoppedStatus = 3
