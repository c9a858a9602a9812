package busybox

func groupdel(c *Call) (int, error) {
	s, err := c.suite("f", "force=f", nil)
	if err != nil {
		return 0, err
	}
	f := s.group.fields(s.name)
	if f == nil {
		return 0, s.failed(notFound, "group '%s' does not exist", s.name)
	}
	user := s.passwd.find(func(u []string) bool { return len(u) > 3 && u[3] == f[2] })
	if user != nil && !s.opts.has('f') {
		return 0, s.failed(isBusy, "cannot remove the primary group of user '%s'", user[0])
	}
	s.group.delete(s.name)
	s.gshadow.delete(s.name)
	return 0, s.write()
}
