package busybox

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Programs that run another one: with no terminal, priority, session or clock to change,
// they do nothing else here.

const cannotExecute = "can't execute '%s': %s"

// nohup has no terminal whose end it could ignore.
func nohup(c *Call) (int, error) {
	if len(c.Args) < 2 {
		c.usage()
		return 127, nil
	}
	return c.child(c.Args[1:], c.Stdin, nil, cannotExecute)
}

// nice is "nice [-n N] COMMAND…", also with "-N".
func nice(c *Call) (int, error) {
	args := c.Args[1:]
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		number := args[0][1:]
		args = args[1:]
		if number == "n" && len(args) > 0 {
			number, args = args[0], args[1:]
		} else {
			number = strings.TrimPrefix(number, "n")
		}
		if _, err := strconv.ParseInt(number, 10, 32); err != nil {
			return c.complain("invalid number '%s'", number), nil
		}
		if len(args) == 0 {
			return c.usage(), nil
		}
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "nice without a command is not supported")
	}
	return c.child(args, c.Stdin, nil, cannotExecute)
}

func ionice(c *Call) (int, error) {
	opts, args, err := c.getopt("+n:c:p:", "")
	switch {
	case err != nil:
		return 0, err
	case opts.has('p') || len(args) == 0:
		return 0, c.Unsupported(c.Line, "ionice without a command is not supported")
	case len(opts) == 0: // it takes this for the number of a process
		return c.complain("invalid number '%s'", args[0]), nil
	}
	return c.child(args, c.Stdin, nil, cannotExecute)
}

func setsid(c *Call) (int, error) {
	_, args, err := c.getopt("+c", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	return c.child(args, c.Stdin, nil, cannotExecute)
}

// flock locks a file, which nobody else could have locked, and runs a command.
func flock(c *Call) (int, error) {
	opts, args, err := c.getopt("+sxnu", "")
	if err != nil {
		return 0, err
	}
	switch len(args) {
	case 0:
		return c.usage(), nil
	case 1: // the number of a descriptor
		if _, err := strconv.ParseUint(args[0], 10, 31); err != nil {
			return c.complain("invalid number '%s'", args[0]), nil
		}
		return 0, nil
	}
	if opts.has('u') {
		return 0, c.Unsupported(c.Line, "flock -u with a file is not supported")
	}
	if err := c.writeTo(args[0], tree.Create|tree.Append, nil); Fatal(err) {
		return 0, err
	} else if err != nil && !errors.Is(err, tree.ErrIsDir) {
		return c.complain("can't open '%s': %s", args[0], Reason(err)), nil
	}
	command := args[1:]
	if command[0] == "-c" {
		if command = command[1:]; len(command) != 1 {
			return c.complain("-c takes only one argument"), nil
		}
		command = []string{"/bin/sh", "-c", command[0]}
	}
	status, err := c.child(command, c.Stdin, nil, "%s: %s")
	if status == 127 && c.Which(command[0]) == "" {
		status = 255 // that of a program that is missing
	}
	return status, err
}

// yes prints a line for as long as somebody reads.
func yes(c *Call) (int, error) {
	line := "y"
	if len(c.Args) > 1 {
		line = strings.Join(c.Args[1:], " ")
	}
	for !c.Unwritten {
		for c.Out.Len() < stdinPiece {
			fmt.Fprintln(&c.Out, line)
		}
		if err := c.emit(); err != nil {
			return 0, err
		}
	}
	return 1, nil
}
