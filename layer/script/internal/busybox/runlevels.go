package busybox

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Where OpenRC keeps services and which of them run in which runlevel.
const (
	serviceDirectory  = "/etc/init.d/"
	runlevelDirectory = "/etc/runlevels/"
	// bootRunlevel is what OpenRC takes for the current runlevel when it never booted.
	bootRunlevel = "sysinit"
)

// rcUpdate is rc-update with "add", "del" and "show": a service in a runlevel is a link to its script. Options may stand anywhere.
// Option u only rebuilds the cache of dependencies, which rc-status builds too.
func rcUpdate(c *Call) (int, error) {
	opts, args, err := c.getopt("aqCu", "all=a quiet=q nocolor=C update=u")
	if err != nil {
		return 0, err
	}
	if opts.has('u') {
		return c.leaveOut(Omission{Program: "rc-update -u", Reason: leftOutReason("rc-status")})
	}
	u := runlevelUpdate{c: c, quiet: opts.has('q')}
	action := "show"
	if len(args) > 0 {
		action, args = args[0], args[1:]
	}
	switch action {
	case "add":
		if opts.has('a') {
			return u.problem("the -a option is invalid with add"), nil
		}
	case "del", "delete":
	case "show":
		return 0, c.Unsupported(c.Line, "rc-update show is not supported")
	default:
		return u.problem("invalid command `%s'", action), nil
	}
	if len(args) == 0 {
		return u.problem("no service specified"), nil
	}
	service, levels := args[0], args[1:]
	if len(levels) == 0 {
		levels = []string{bootRunlevel}
		if opts.has('a') {
			levels, _ = c.Tree.ReadDir(runlevelDirectory)
		}
	}
	for _, level := range levels {
		if n, err := c.Tree.Stat(runlevelDirectory + level); err != nil || n.Type != tree.Directory || strings.Contains(level, "/") {
			return u.problem("`%s' is not a valid runlevel", level), nil
		}
	}
	status := 0
	for _, level := range levels {
		change := u.remove
		if action == "add" {
			change = u.add
		}
		one, err := change(service, level)
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	return status, nil
}

type runlevelUpdate struct {
	c     *Call
	quiet bool
}

func (u *runlevelUpdate) problem(format string, args ...any) int {
	fmt.Fprintf(&u.c.Err, " * rc-update: %s\n", fmt.Sprintf(format, args...))
	return 1
}

func (u *runlevelUpdate) say(format string, args ...any) {
	if !u.quiet {
		fmt.Fprintf(&u.c.Out, " * %s\n", fmt.Sprintf(format, args...))
	}
}

func (u *runlevelUpdate) add(service, level string) (int, error) {
	n, err := u.c.Tree.Stat(serviceDirectory + service)
	switch {
	case err != nil || strings.Contains(service, "/"):
		return u.problem("service `%s' does not exist", service), nil
	case n.Mode&0o111 == 0:
		return u.problem("service `%s' is not executable", service), nil
	}
	link := runlevelDirectory + level + "/" + service
	if _, err := u.c.Tree.Lstat(link); err == nil {
		u.say("rc-update: %s already installed in runlevel `%s'; skipping", service, level)
		return 0, nil
	}
	if err := u.c.Tree.Symlink(serviceDirectory+service, link); err != nil {
		return u.problem("failed to add service `%s' to runlevel `%s': %s", service, level, Reason(err)), nil
	}
	u.say("service %s added to runlevel %s", service, level)
	return 0, nil
}

func (u *runlevelUpdate) remove(service, level string) (int, error) {
	link := runlevelDirectory + level + "/" + service
	n, err := u.c.Tree.Lstat(link)
	if err != nil || n.Type == tree.Directory || strings.Contains(service, "/") {
		return u.problem("service `%s' is not in the runlevel `%s'", service, level), nil
	}
	if err := u.c.Tree.Remove(link); err != nil {
		return 0, err
	}
	u.say("service %s removed from runlevel %s", service, level)
	return 0, nil
}
