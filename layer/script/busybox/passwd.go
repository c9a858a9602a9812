package busybox

import (
	"strconv"
	"strings"
)

// passwd can lock, unlock and clear.
func passwd(c *Call) (int, error) {
	opts, args, err := c.getopt("lud", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 1 || len(opts) != 1 {
		return 0, c.Unsupported(c.Line, "passwd asks for a password without -l, -u or -d and a user")
	}
	name := args[0]
	if c.lookUp(passwdFile, name) == nil {
		return c.complain("unknown user %s", name), nil
	}
	fields := c.lookUp(shadowFile, name)
	if len(fields) < 3 {
		return 0, c.Unsupported(c.Line, "passwd for %s, who is not in %s, is not supported", name, shadowFile)
	}
	secret, locked := strings.CutPrefix(fields[1], "!")
	switch letter := opts[0].letter; {
	case letter == 'l' && locked:
		return c.complain("password for %s is already locked", name), nil
	case letter == 'u' && !locked:
		return c.complain("password for %s is already unlocked", name), nil
	case letter == 'l':
		secret = "!" + secret
	case letter == 'd':
		secret = ""
	}
	fields[1], fields[2] = secret, strconv.FormatInt(c.Now.Unix()/86400, 10)
	status, err := c.rewritten(shadowFile, func(a *accounts) {
		for _, i := range a.matches(name) {
			a.lines[i] = strings.Join(fields, ":")
		}
	})
	if status == 0 && err == nil {
		status, err = c.rewritten(passwdFile, func(*accounts) {})
	}
	if status == 0 && err == nil {
		c.complain("password for %s changed by root", name)
	}
	return status, err
}
