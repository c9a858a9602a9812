package busybox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func nothing(*Call) (int, error) { return 0, nil }

// noProcess is what looks for processes and says nothing of those that are not there.
func noProcess(*Call) (int, error) { return 1, nil }

// killall ends with the number of names that no process has.
func killall(c *Call) (int, error) {
	quiet, names := false, c.Args[1:]
	for len(names) > 0 && strings.HasPrefix(names[0], "-") {
		switch names[0] {
		case "-q":
			quiet = true
		case "-l":
			return 0, c.Unsupported(c.Line, "killall -l is not supported")
		case "-s":
			names = names[min(1, len(names)-1):]
		}
		names = names[1:]
	}
	if !quiet {
		for _, name := range names {
			c.complain("%s: no process killed", name)
		}
	}
	return len(names) & 0xff, nil
}

var duration = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)[smhd]?$`)

// sleep takes no time.
func sleep(c *Call) (int, error) {
	if len(c.Args) < 2 {
		return c.usage(), nil
	}
	for _, arg := range c.Args[1:] {
		if !duration.MatchString(arg) {
			return c.complain("invalid number '%s'", arg), nil
		}
	}
	return 0, nil
}

// hostname is the same on every machine, as all that ends up in an image.
func hostname(c *Call) (int, error) {
	opts, args, err := c.getopt("fs", nil)
	if err != nil {
		return 0, err
	}
	if len(args) > 0 || len(opts) > 1 {
		return 0, c.Unsupported(c.Line, "hostname does no more than print the name")
	}
	fmt.Fprintln(&c.Out, "localhost")
	return 0, nil
}

func whoami(c *Call) (int, error) {
	if len(c.Args) > 1 {
		return 1, nil
	}
	fmt.Fprintln(&c.Out, c.nameOf(passwdFile, 0))
	return 0, nil
}

// dbusSend finds no bus, neither here nor where apk runs while an image is built.
func dbusSend(c *Call) (int, error) {
	bus := `"session" message bus: Unable to autolaunch a dbus-daemon without a $DISPLAY for X11`
	if slices.Contains(c.Args, "--system") {
		bus = `"system" message bus: Failed to connect to socket /run/dbus/system_bus_socket: No such file or directory`
	}
	fmt.Fprintf(&c.Err, "Failed to open connection to %s\n", bus)
	return 1, nil
}

// shellsFile lists the shells that users may have.
const shellsFile = "/etc/shells"

// addShell appends those of its arguments that are no line yet, also one that is
// named twice. It knows no options.
func addShell(c *Call) (int, error) {
	return c.editShells(func(lines, shells []string) []string {
		isThere := func(name string) bool { return slices.Contains(lines, name) }
		return slices.Concat(lines, slices.DeleteFunc(slices.Clone(shells), isThere))
	})
}

// removeShell drops the lines that are its arguments.
func removeShell(c *Call) (int, error) {
	return c.editShells(func(lines, shells []string) []string {
		return slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(shells, line) })
	})
}

// editShells writes a new list under a temporary name. It keeps its mode, and
// becomes root's.
func (c *Call) editShells(edit func(lines, shells []string) []string) (int, error) {
	file := shellsFile
	if resolved, err := c.Tree.Resolve(file, true); err == nil {
		file = "/" + strings.TrimPrefix(resolved, "/")
	}
	mode := c.masked(0o666)
	var lines []string
	if n, err := c.Tree.Lstat(file); err == nil {
		mode = n.Mode
		text, err := n.Read(MaxInput)
		if err != nil && n.Type == tree.Regular {
			return c.complain("can't open '%s': %s", shellsFile, Reason(err)), nil
		}
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(text) == 0 {
			lines = nil
		}
	}
	var text strings.Builder
	for _, line := range edit(lines, c.Args[1:]) {
		text.WriteString(line + "\n")
	}
	temporary := file + ".tmp"
	if err := c.Tree.WriteFile(temporary, []byte(text.String()), mode); err != nil {
		return c.complain("can't open '%s': %s", temporary, Reason(err)), nil
	}
	if err := c.Tree.Rename(temporary, file); err != nil {
		return c.complain("can't move '%s' to '%s': %s", temporary, file, Reason(err)), nil
	}
	return 0, nil
}
