package busybox

import "strings"

func userdel(c *Call) (int, error) {
	s, err := c.suite("fr", "force=f remove=r", nil)
	if err != nil {
		return 0, err
	}
	f := s.passwd.fields(s.name)
	switch {
	case f == nil:
		return 0, s.failed(notFound, "user '%s' does not exist", s.name)
	case f[2] == "0" && !s.opts.has('f'):
		return 0, s.errBusy()
	}
	s.passwd.delete(s.name)
	s.shadow.delete(s.name)
	s.setMembers(s.name, s.name, func(string, bool) bool { return false })
	if g := s.group.fields(s.name); g != nil && s.is("USERGROUPS_ENAB") {
		s.deletePrivateGroup(g, f[3])
	}
	if err := s.write(); err != nil || !s.opts.has('r') || len(f) < 6 {
		return 0, err
	}
	return 0, s.deleteHome(f)
}

// deletePrivateGroup deletes the group of a user's name unless others use it.
func (s *shadowSuite) deletePrivateGroup(group []string, gid string) {
	other := s.passwd.find(func(u []string) bool { return len(u) > 3 && u[3] == group[2] })
	switch {
	case group[2] != gid:
		s.complain("group %s not removed because it is not the primary group of user %s.", s.name, s.name)
	case group[3] != "":
		s.complain("group %s not removed because it has other members.", s.name)
	case other != nil && !s.opts.has('f'):
		s.complain("group %s is the primary group of another user and is not removed.", s.name)
	default:
		s.group.delete(s.name)
		s.gshadow.delete(s.name)
	}
}

// deleteHome deletes the mail and the home of a user that is gone.
func (s *shadowSuite) deleteHome(user []string) error {
	home, mail := user[5], s.mailDirectory()+"/"+s.name
	if _, err := s.look(mail, false); err != nil {
		s.complain("%s mail spool (%s) not found", s.name, mail)
	} else if _, err := s.remove(mail, false, true, false, 0); err != nil {
		return err
	}
	n, err := s.look(home, true)
	switch {
	case Fatal(err):
		return err
	case err != nil:
		s.complain("%s home directory (%s) not found", s.name, home)
		return nil
	case n.UID != parseUint32(user[2]):
		return s.failed(cannotChangeHome, "%s not owned by %s, not removing", home, s.name)
	}
	// Another user's home may be in it.
	for _, line := range s.passwd.lines {
		if u := strings.Split(line, ":"); len(u) > 5 && strings.HasPrefix(u[5]+"/", strings.TrimRight(home, "/")+"/") {
			return s.failed(cannotChangeHome, "not removing directory %s (would remove home of user %s)", home, u[0])
		}
	}
	_, err = s.remove(home, true, true, false, 0)
	return err
}
