package busybox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// id prints who runs it, or who a user is: all, or one of -u, -g and -G, with -n or without.
func id(c *Call) (int, error) {
	opts, args, err := c.getopt("ugGnr", "")
	if err != nil {
		return 0, err
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	kinds := 0
	for _, letter := range "ugG" {
		if opts.has(byte(letter)) {
			kinds++
		}
	}
	isAll := kinds == 0 && !opts.has('n') && !opts.has('r')
	if kinds != 1 && !isAll {
		return c.usage(), nil
	}
	who := c.Tree.Credentials()
	if len(args) == 1 {
		user := c.lookUp(passwdFile, args[0])
		if len(user) < 4 {
			return c.complain("unknown user %s", args[0]), nil
		}
		who = c.credentialsOf(user)
	}
	if isAll {
		groups := make([]string, len(who.Groups))
		for i, gid := range who.Groups {
			groups[i] = c.labelled(groupFile, gid)
		}
		fmt.Fprintf(&c.Out, "uid=%s gid=%s", c.labelled(passwdFile, who.UID), c.labelled(groupFile, who.GID))
		if len(groups) > 0 {
			fmt.Fprintf(&c.Out, " groups=%s", strings.Join(groups, ","))
		}
		fmt.Fprintln(&c.Out)
		return 0, nil
	}
	list, file := []uint32{who.UID}, passwdFile
	switch {
	case opts.has('g'):
		list, file = []uint32{who.GID}, groupFile
	case opts.has('G'):
		others := slices.DeleteFunc(slices.Clone(who.Groups), func(gid uint32) bool { return gid == who.GID })
		list, file = append([]uint32{who.GID}, others...), groupFile
	}
	status := 0
	for i, number := range list {
		if i > 0 {
			c.Out.WriteByte(' ')
		}
		name := ""
		if opts.has('n') {
			name = c.nameOf(file, number)
		}
		if name != "" {
			c.Out.WriteString(name)
			continue
		}
		c.Out.WriteString(strconv.FormatUint(uint64(number), 10))
		if opts.has('n') {
			status = c.complain("unknown ID %d", number)
		}
	}
	c.Out.WriteByte('\n')
	return status, nil
}

// labelled is a number with the name that a file has for it.
func (c *Call) labelled(file string, number uint32) string {
	if name := c.nameOf(file, number); name != "" {
		return fmt.Sprintf("%d(%s)", number, name)
	}
	return strconv.FormatUint(uint64(number), 10)
}

// credentialsOf returns those of a user, by the fields of passwd, as initgroups(3) sets them.
func (c *Call) credentialsOf(user []string) tree.Credentials {
	number := func(text string) uint32 { n, _ := strconv.ParseUint(text, 10, 32); return uint32(n) }
	who := tree.Credentials{UID: number(user[2]), GID: number(user[3])}
	who.Groups = []uint32{who.GID}
	for _, gid := range c.memberOf(user[0]) {
		who.Groups = append(who.Groups, number(gid))
	}
	return who
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
