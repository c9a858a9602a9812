package busybox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// runParts runs the programs of a directory in the order of their names.
func runParts(c *Call) (int, error) {
	const isTest, isReversed, stopsAtFailure = 1, 2, 3 // options without letters
	opts, args, err := c.getopt("a:u:", "arg=a umask=u test=\x01 reverse=\x02 exit-on-error=\x03")
	if err != nil {
		return 0, err
	}
	umask := c.Umask
	if text, ok := opts.last('u'); ok {
		n, err := strconv.ParseUint(text, 8, 16)
		if err != nil || n > 0o7777 {
			return c.complain("invalid number '%s'", text), nil
		}
		umask = uint16(n) & 0o777
	}
	if len(args) != 1 {
		return c.usage(), nil
	}
	dir, err := c.look(args[0], true)
	var names []string
	if err == nil && dir.Type == tree.Directory {
		names, err = c.Tree.Names(dir)
	}
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		c.complain("%s: %s", args[0], Reason(err))
		return 0, nil // as busybox does
	}
	slices.Sort(names)
	if opts.has(isReversed) {
		slices.Reverse(names)
	}
	var programs []string
	for _, base := range names {
		name := join(args[0], base)
		n, err := c.look(name, true)
		switch {
		case Fatal(err):
			return 0, err
		case err != nil:
			c.complain("%s: %s", name, Reason(err))
		case isPartName(base) && c.isExecutable(n):
			programs = append(programs, name)
		}
	}
	status := 0
	for _, name := range programs {
		if opts.has(isTest) {
			fmt.Fprintln(&c.Out, name)
			continue
		}
		if err := c.Session.Step(c.Ctx, c.Line); err != nil {
			return 0, err
		}
		sub := c.with(append([]string{name}, opts.all('a')...))
		sub.Stdin, sub.Umask = c.Stdin, umask
		one, err := c.adopt(sub, func() (int, error) { return c.Shell.RunCommand(sub) })
		if err != nil {
			return 0, err
		}
		if one == 0 {
			continue
		}
		status = c.complain("%s: exit status %d", name, one)
		if opts.has(stopsAtFailure) {
			break
		}
	}
	return status, nil
}

// isPartName reports whether run-parts takes a file of that name.
func isPartName(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 || !isWordByte(byte(r)) && r != '-' && r != '.' }) < 0
}
