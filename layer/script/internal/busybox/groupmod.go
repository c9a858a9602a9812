package busybox

import (
	"slices"
	"strconv"
	"strings"
)

func groupmod(c *Call) (int, error) {
	opts, args, err := c.getopt("g:n:op:", "gid=g new-name=n non-unique=o password=p")
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
	name := args[0]
	old := s.group.fields(name)
	if old == nil {
		return s.failed(notFound, "group '%s' does not exist", name), nil
	}
	f, to := slices.Clone(old), name
	if text, ok := opts.last('g'); ok {
		gid, status := s.parseNumber(text, "group ID")
		if status != 0 {
			return status, nil
		}
		f[2] = strconv.Itoa(gid)
		if f[2] != old[2] && !opts.has('o') && s.group.hasID(gid) {
			return s.failed(idInUse, "GID '%s' already exists", f[2]), nil
		}
	}
	if text, ok := opts.last('n'); ok && text != name {
		switch to = text; {
		case !isAccountName(to):
			return s.failed(wrongArgument, "invalid group name '%s'", to), nil
		case s.group.fields(to) != nil:
			return s.failed(nameInUse, "group '%s' already exists", to), nil
		}
	}
	f[0] = to
	s.group.rename(name, f...)
	if secret := s.gshadow.fields(name); secret != nil && (to != name || opts.has('p')) {
		secret[0] = to
		s.gshadow.rename(name, secret...)
	}
	if password, ok := opts.last('p'); ok {
		s.setGroupPassword(to, password)
	}
	if f[2] != old[2] {
		for i, line := range s.passwd.lines {
			if u := strings.Split(line, ":"); len(u) > 3 && u[3] == old[2] {
				u[3] = f[2]
				s.passwd.lines[i], s.passwd.isChanged = strings.Join(u, ":"), true
			}
		}
	}
	return s.write()
}
