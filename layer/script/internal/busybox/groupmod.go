package busybox

import (
	"slices"
	"strconv"
	"strings"
)

func groupmod(c *Call) (int, error) {
	s, err := c.suite("g:n:op:", "gid=g new-name=n non-unique=o password=p", lacksID)
	if err != nil {
		return 0, err
	}
	name := s.name
	old := s.group.fields(name)
	if old == nil {
		return 0, s.failed(notFound, "group '%s' does not exist", name)
	}
	f, to := slices.Clone(old), name
	if text, ok := s.opts.last('g'); ok {
		gid, err := s.parseNumber(text, "group ID")
		if err != nil {
			return 0, err
		}
		f[2] = strconv.Itoa(gid)
		if f[2] != old[2] && !s.opts.has('o') && s.group.hasID(gid) {
			return 0, s.failed(idInUse, "GID '%s' already exists", f[2])
		}
	}
	if text, ok := s.opts.last('n'); ok && text != name {
		switch to = text; {
		case !isAccountName(to):
			return 0, s.failed(wrongArgument, "invalid group name '%s'", to)
		case s.group.fields(to) != nil:
			return 0, s.failed(nameInUse, "group '%s' already exists", to)
		}
	}
	f[0] = to
	s.group.rename(name, f...)
	if secret := s.gshadow.fields(name); secret != nil && (to != name || s.opts.has('p')) {
		secret[0] = to
		s.gshadow.rename(name, secret...)
	}
	if password, ok := s.opts.last('p'); ok {
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
	return 0, s.write()
}
