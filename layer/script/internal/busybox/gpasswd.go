package busybox

import (
	"slices"
	"strings"
)

// gpasswd is that of package shadow as far as it is about a group's members.
func gpasswd(c *Call) (int, error) {
	s, err := c.suite("a:d:M:", "add=a delete=d members=M", func(opts optionList) bool { return len(opts) > 1 })
	switch {
	case err != nil:
		return 0, err
	case len(s.opts) == 0:
		return 0, c.Unsupported(c.Line, "gpasswd without -a, -d or -M is not supported: it asks for a password")
	}
	letter, value := s.opts[0].letter, s.opts[0].value
	names := []string{value}
	if letter == 'M' {
		names = slices.DeleteFunc(strings.Split(value, ","), func(name string) bool { return name == "" })
	}
	for _, name := range names {
		if letter != 'd' && s.passwd.fields(name) == nil {
			return 0, s.failed(wrongArgument, "user '%s' does not exist", name)
		}
	}
	f := s.group.fields(s.name)
	if f == nil {
		return 0, s.failed(wrongArgument, "group '%s' does not exist in %s", s.name, groupFile)
	}
	switch letter {
	case 'a':
		s.Out.WriteString("Adding user " + value + " to group " + f[0] + "\n")
	case 'd':
		s.Out.WriteString("Removing user " + value + " from group " + f[0] + "\n")
	}
	members := slices.DeleteFunc(strings.Split(f[3], ","), func(name string) bool { return name == "" })
	switch at := slices.Index(members, value); {
	case letter == 'M':
		members = names
	case letter == 'a' && at < 0:
		members = append(members, value)
	case letter == 'd' && at >= 0:
		members = slices.Delete(members, at, at+1)
	case letter == 'd':
		return 0, s.failed(wrongArgument, "user '%s' is not a member of '%s'", value, f[0])
	}
	f[3] = strings.Join(members, ",")
	s.group.set(f[0], f...)
	if secret := s.gshadow.fields(f[0]); secret != nil {
		secret[3] = f[3]
		s.gshadow.set(f[0], secret...)
	}
	return 0, s.write()
}
