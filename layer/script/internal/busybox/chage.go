package busybox

import (
	"strconv"
	"strings"
)

// chage is that of package shadow, as far as it changes what its options name.
func chage(c *Call) (int, error) {
	s, err := c.suite("d:E:I:m:M:W:", "lastday=d expiredate=E inactive=I mindays=m maxdays=M warndays=W", nil)
	switch {
	case err != nil:
		return 0, err
	case len(s.opts) == 0:
		return 0, c.Unsupported(c.Line, "chage without an option is not supported: it asks for the values")
	}
	const fields = "..dmMWIE" // of a line of /etc/shadow
	values := make(map[int]string)
	for _, o := range s.opts {
		value := o.value
		switch {
		case value == "-1":
			value = ""
		case isNumber(value):
			var days int
			days, err = s.parseNumber(value, "numeric argument")
			value = strconv.Itoa(days)
		case o.letter == 'd' || o.letter == 'E':
			value, err = s.parseDay(value)
		default:
			s.complain("invalid numeric argument '%s'", value)
			err = s.wrong()
		}
		if err != nil {
			return 0, err
		}
		values[strings.IndexByte(fields, o.letter)] = value
	}
	user, f := s.passwd.fields(s.name), s.shadow.fields(s.name)
	switch {
	case user == nil:
		return 0, s.failed(cannotUpdateUsers, "user '%s' does not exist in %s", s.name, passwdFile)
	case !s.shadow.isThere:
		const isMissing = 15
		return 0, s.failed(isMissing, "the shadow password file is not present")
	case f == nil:
		f = []string{s.name, user[1], "", "", "", "", "", "", ""}
		if user[1] != "x" {
			user[1] = "x"
			s.passwd.set(s.name, user...)
		}
	case len(f) < 9:
		return 0, c.Unsupported(c.Line, "chage: the line of %s in %s is not supported", s.name, shadowFile)
	}
	for at, value := range values {
		f[at] = value
	}
	s.shadow.set(s.name, f...)
	return 0, s.write()
}
