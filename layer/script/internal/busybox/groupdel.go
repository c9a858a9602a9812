package busybox

func groupdel(c *Call) (int, error) {
	opts, args, err := c.getopt("f", "force=f")
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		c.usage()
		return wrongUsage, nil
	}
	s, status := c.suite()
	if status != 0 {
		return status, nil
	}
	name := args[0]
	f := s.group.fields(name)
	if f == nil {
		return s.failed(notFound, "group '%s' does not exist", name), nil
	}
	user := s.passwd.find(func(u []string) bool { return len(u) > 3 && u[3] == f[2] })
	if user != nil && !opts.has('f') {
		return s.failed(isBusy, "cannot remove the primary group of user '%s'", user[0]), nil
	}
	s.group.delete(name)
	s.gshadow.delete(name)
	return s.write()
}
