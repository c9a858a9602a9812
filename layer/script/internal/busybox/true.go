package busybox

import (
	"path"
	"strconv"
	"strings"
)

// usleep takes no time.
func usleep(c *Call) (int, error) {
	if len(c.Args) < 2 {
		return c.usage(), nil
	}
	microseconds, err := strconv.ParseUint(c.Args[1], 10, 32)
	if err != nil {
		return c.complain("invalid number '%s'", c.Args[1]), nil
	}
	if c.Background > 0 {
		return 0, c.Unsupported(c.Line, "%s in the background is not supported: it is for what happens meanwhile", c.Args[0])
	}
	return 0, c.passTime(float64(microseconds) / 1e6)
}

// syncFiles has no device to write to, but files to name.
func syncFiles(c *Call) (int, error) {
	_, args, err := c.getopt("df", "")
	if err != nil {
		return 0, err
	}
	status := 0
	for _, name := range args {
		if _, err := c.look(name, true); err != nil {
			status = c.complain("can't open '%s': %s", name, Reason(err))
		}
	}
	return status, nil
}

func fails(*Call) (int, error) { return 1, nil }

func nothing(*Call) (int, error) { return 0, nil }

// pgrep is also pkill. No process runs that it could find.
func pgrep(c *Call) (int, error) {
	if path.Base(c.Args[0]) == "pkill" && len(c.Args) > 1 && strings.HasPrefix(c.Args[1], "-") {
		if _, ok := Signal(c.Args[1][1:]); ok {
			c.Args = append([]string{c.Args[0]}, c.Args[2:]...)
		}
	}
	opts, args, err := c.getopt("aeflnos:u:vxP:U:", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 && !opts.has('s') && !opts.has('P') && !opts.has('u') && !opts.has('U') {
		return c.usage(), nil
	}
	if opts.has('v') {
		return 0, c.Unsupported(c.Line, "%s: option -v is not supported: it is about the processes of the machine", c.Args[0])
	}
	return 1, nil
}

func pidof(c *Call) (int, error) {
	if _, _, err := c.getopt("o:s", ""); err != nil {
		return 0, err
	}
	return 1, nil
}

// logger has no daemon that would read the log.
func logger(c *Call) (int, error) {
	_, _, err := c.getopt("+p:t:", "")
	return 0, err
}
