package busybox

import "strings"

func userdel(c *Call) (int, error) {
	opts, args, err := c.getopt("fr", "force=f remove=r")
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
	f := s.passwd.fields(name)
	switch {
	case f == nil:
		return s.failed(notFound, "user '%s' does not exist", name), nil
	case f[2] == "0" && !opts.has('f'):
		return s.failed(isBusy, "user %s is currently used by process 1", name), nil
	}
	s.passwd.delete(name)
	s.shadow.delete(name)
	s.setMembers(name, name, func(string, bool) bool { return false })
	if g := s.group.fields(name); g != nil && s.is("USERGROUPS_ENAB") {
		s.deletePrivateGroup(g, f[3], opts.has('f'))
	}
	if status, err := s.write(); status != 0 || err != nil || !opts.has('r') || len(f) < 6 {
		return status, err
	}
	return s.deleteHome(f)
}

// deletePrivateGroup deletes the group of a user's name unless others use it.
func (s *shadowSuite) deletePrivateGroup(group []string, gid string, isForced bool) {
	name := group[0]
	other := s.passwd.find(func(u []string) bool { return len(u) > 3 && u[3] == group[2] })
	switch {
	case group[2] != gid:
		s.complain("group %s not removed because it is not the primary group of user %s.", name, name)
	case group[3] != "":
		s.complain("group %s not removed because it has other members.", name)
	case other != nil && !isForced:
		s.complain("group %s is the primary group of another user and is not removed.", name)
	default:
		s.group.delete(name)
		s.gshadow.delete(name)
	}
}

// deleteHome deletes the mail and the home of a user that is gone.
func (s *shadowSuite) deleteHome(user []string) (int, error) {
	name, home := user[0], user[5]
	mail := s.mailDirectory() + "/" + name
	if _, err := s.look(mail, false); err != nil {
		s.complain("%s mail spool (%s) not found", name, mail)
	} else if _, err := s.remove(mail, false, true, false, 0); err != nil {
		return 0, err
	}
	n, err := s.look(home, true)
	switch {
	case err != nil:
		return s.failed(0, "%s home directory (%s) not found", name, home), nil
	case nameOfID(n.UID) != user[2]:
		return s.failed(cannotRemoveHome, "%s not owned by %s, not removing", home, name), nil
	}
	// Another user's home may be in it.
	for _, line := range s.passwd.lines {
		if u := strings.Split(line, ":"); len(u) > 5 && strings.HasPrefix(u[5]+"/", strings.TrimRight(home, "/")+"/") {
			return s.failed(cannotRemoveHome, "not removing directory %s (would remove home of user %s)", home, u[0]), nil
		}
	}
	_, err = s.remove(home, true, true, false, 0)
	return 0, err
}
