package busybox

func groupadd(c *Call) (int, error) {
	s, err := c.suite("fg:orp:", "force=f gid=g non-unique=o system=r password=p", lacksID)
	if err != nil {
		return 0, err
	}
	gid, hasID := -1, s.opts.has('g')
	if text, ok := s.opts.last('g'); ok {
		if gid, err = s.parseNumber(text, "group ID"); err != nil {
			return 0, err
		}
	}
	if !isAccountName(s.name) {
		return 0, s.failed(wrongArgument, "'%s' is not a valid group name", s.name)
	}
	if s.group.fields(s.name) != nil {
		if s.opts.has('f') {
			return 0, nil
		}
		return 0, s.failed(nameInUse, "group '%s' already exists", s.name)
	}
	if hasID && !s.opts.has('o') && s.group.hasID(gid) {
		if !s.opts.has('f') {
			return 0, s.failed(idInUse, "GID '%d' already exists", gid)
		}
		hasID = false
	}
	if !hasID {
		if gid, err = s.freeID("GID", &s.group, s.opts.has('r')); err != nil {
			return 0, err
		}
	}
	s.addGroup(s.name, gid, "x")
	if password, ok := s.opts.last('p'); ok {
		s.setGroupPassword(s.name, password)
	}
	return 0, s.write()
}

// setGroupPassword sets what a group's password is encrypted to.
func (s *shadowSuite) setGroupPassword(name, password string) {
	f := s.group.fields(name)
	if s.gshadow.isThere {
		f[1] = "x"
		secret := s.gshadow.fields(name)
		if secret == nil {
			secret = []string{name, "", "", f[3]}
		}
		secret[1] = password
		s.gshadow.set(name, secret...)
	} else {
		f[1] = password
	}
	s.group.set(name, f...)
}
