package busybox

func delgroup(c *Call) (int, error) {
	args := c.Args[1:]
	switch len(args) {
	case 1:
		if c.lookUp(groupFile, args[0]) == nil {
			return c.complain("unknown group %s", args[0]), nil
		}
		return c.removeGroup(args[0])
	case 2:
		if c.lookUp(groupFile, args[1]) == nil {
			return c.complain("unknown group %s", args[1]), nil
		}
		return c.removeMember(args[1], args[0])
	}
	return c.usage(), nil
}

// removeGroup removes a group that is nobody's primary one.
func (c *Call) removeGroup(name string) (int, error) {
	group := c.lookUp(groupFile, name)
	users, err := c.readAccounts(passwdFile)
	if err == nil && len(group) > 2 {
		if f := users.find(func(f []string) bool { return len(f) > 3 && f[3] == group[2] }); f != nil {
			return c.complain("'%s' still has '%s' as their primary group!", f[0], name), nil
		}
	}
	status, err := c.removeAccount(groupFile, name)
	if status != 0 || err != nil {
		return status, err
	}
	if _, err := c.Tree.Stat(gshadowFile); err != nil {
		return 0, nil
	}
	return c.removeAccount(gshadowFile, name)
}
