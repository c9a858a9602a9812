package busybox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// id is supported for one of -u, -g and -G, each with -n or without, of root, who
// runs everything, or of a user.
func id(c *Call) (int, error) {
	opts, args, err := c.getopt("ugGnr", nil)
	if err != nil {
		return 0, err
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	user := []string{"root", "x", "0", "0"}
	if len(args) == 1 {
		if user = c.lookUp(passwdFile, args[0]); len(user) < 4 {
			return c.complain("unknown user %s", args[0]), nil
		}
	}
	kinds := 0
	for _, letter := range "ugG" {
		if opts.has(byte(letter)) {
			kinds++
		}
	}
	groups := []string{user[3]}
	if len(args) == 1 {
		groups = append(groups, c.memberOf(user[0])...)
	}
	number := func(text string) uint32 { n, _ := strconv.ParseUint(text, 10, 32); return uint32(n) }
	switch {
	case kinds == 0 && !opts.has('n') && !opts.has('r'):
		labels := make([]string, len(groups))
		for i, g := range groups {
			labels[i] = fmt.Sprintf("%s(%s)", g, c.nameOf(groupFile, number(g)))
		}
		fmt.Fprintf(&c.Out, "uid=%s(%s) gid=%s", user[2], user[0], labels[0])
		if len(args) == 1 {
			fmt.Fprintf(&c.Out, " groups=%s", strings.Join(labels, ","))
		}
		fmt.Fprintln(&c.Out)
		return 0, nil
	case kinds != 1:
		return c.usage(), nil
	}
	list, file := []string{user[2]}, passwdFile
	switch {
	case opts.has('g'):
		list, file = groups[:1], groupFile
	case opts.has('G'):
		// The primary group once, though it may list the user as well.
		others := slices.DeleteFunc(slices.Clone(groups[1:]), func(gid string) bool { return gid == groups[0] })
		list, file = append(groups[:1], others...), groupFile
	}
	for i, text := range list {
		if opts.has('n') {
			list[i] = c.nameOf(file, number(text))
		}
	}
	fmt.Fprintln(&c.Out, strings.Join(list, " "))
	return 0, nil
}

// memberOf returns the gids of the groups that list a user.
func (c *Call) memberOf(user string) []string {
	a, err := c.readAccounts(groupFile)
	if err != nil {
		return nil
	}
	var list []string
	a.find(func(f []string) bool {
		if len(f) > 3 && slices.Contains(strings.Split(f[3], ","), user) {
			list = append(list, f[2])
		}
		return false
	})
	return list
}
