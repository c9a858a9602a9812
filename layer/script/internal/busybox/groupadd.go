package busybox

func groupadd(c *Call) (int, error) {
	opts, args, err := c.getopt("fg:orp:", "force=f gid=g non-unique=o system=r password=p")
	if err != nil {
		return 0, err
	}
	if len(args) != 1 || opts.has('o') && !opts.has('g') {
		c.usage()
		return wrongUsage, nil
	}
	s, status := c.suite()
	if status != 0 {
		return status, nil
	}
	gid, hasID := -1, opts.has('g')
	if text, ok := opts.last('g'); ok {
		if gid, status = s.parseNumber(text, "group ID"); status != 0 {
			return status, nil
		}
	}
	name := args[0]
	if !isAccountName(name) {
		return s.failed(wrongArgument, "'%s' is not a valid group name", name), nil
	}
	if s.group.fields(name) != nil {
		if opts.has('f') {
			return 0, nil
		}
		return s.failed(nameInUse, "group '%s' already exists", name), nil
	}
	if hasID && !opts.has('o') && s.group.hasID(gid) {
		if !opts.has('f') {
			return s.failed(idInUse, "GID '%d' already exists", gid), nil
		}
		hasID = false
	}
	if !hasID {
		if gid, status = s.freeID("GID", &s.group, opts.has('r')); status != 0 {
			return status, nil
		}
	}
	s.addGroup(name, gid, "x")
	if password, ok := opts.last('p'); ok {
		s.setGroupPassword(name, password)
	}
	return s.write()
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
