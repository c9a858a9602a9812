package busybox

import (
	"fmt"
	"strings"
)

const passwordRemedy = "it encrypts with random bytes, and a password does not belong in an image: set it when the container starts, " +
	"or give chpasswd -e a hash"

// passwd can lock, unlock and clear.
func passwd(c *Call) (int, error) {
	opts, args, err := c.getopt("lud", "")
	if err != nil {
		return 0, err
	}
	switch {
	case len(opts) == 0:
		return 0, c.Unsupported(c.Line, "passwd without -l, -u or -d is not supported: "+passwordRemedy)
	case len(args) == 0:
		return c.usage(), nil
	}
	name := args[0]
	fields := c.lookUp(passwdFile, name)
	if len(fields) < 2 {
		return c.complain("unknown user %s", name), nil
	}
	if shadow := c.lookUp(shadowFile, name); len(shadow) > 1 {
		fields = shadow
	} else if _, err := c.readAccounts(shadowFile); err == nil {
		c.complain("no record of %s in %s, using %s", name, shadowFile, passwdFile)
	}
	secret, locked := strings.CutPrefix(fields[1], "!")
	switch {
	case opts.has('l') && locked:
		return c.complain("password for %s is already locked", name), nil
	case opts.has('l'):
		secret = "!" + secret
	case opts.has('d'):
		secret = ""
	case !locked:
		return c.complain("password for %s is already unlocked", name), nil
	}
	status, err := c.setPassword(name, secret)
	if status == 0 && err == nil {
		c.complain("password for %s changed by root", name)
	}
	return status, err
}

// setPassword gives a user what a password is encrypted to: in shadow, with the day, if
// that has the user, else in passwd.
func (c *Call) setPassword(name, secret string) (int, error) {
	inPasswd := secret
	if len(c.lookUp(shadowFile, name)) > 2 {
		inPasswd = "x"
	}
	if _, err := c.readAccounts(shadowFile); err == nil {
		status, err := c.rewritten(shadowFile, func(a *accounts) { a.setField(name, secret, c.today()) })
		if status != 0 || err != nil {
			return status, err
		}
	}
	return c.rewritten(passwdFile, func(a *accounts) { a.setField(name, inPasswd) })
}

// setField replaces the fields of a name's lines from the second on.
func (a *accounts) setField(name string, values ...string) {
	for _, i := range a.matches(name) {
		fields := strings.Split(a.lines[i], ":")
		copy(fields[1:], values)
		a.lines[i] = strings.Join(fields, ":")
	}
}

// chpasswd takes encrypted passwords: to encrypt one needs a salt that is random.
func chpasswd(c *Call) (int, error) {
	opts, _, err := c.getopt("em", "encrypted=e md5=m")
	switch {
	case err != nil:
		return 0, err
	case opts.has('e') && opts.has('m'):
		return c.usage(), nil
	}
	content, err := c.read()
	if err != nil {
		return 0, err
	}
	list, err := c.records(content)
	if err != nil {
		return 0, err
	}
	for _, line := range list {
		name, secret, ok := strings.Cut(string(chomp(line)), ":")
		switch {
		case !ok:
			return c.complain("missing new password"), nil
		case c.lookUp(passwdFile, name) == nil:
			return c.complain("unknown user %s", name), nil
		case !opts.has('e'):
			return 0, c.Unsupported(c.Line, "chpasswd without -e is not supported: "+passwordRemedy)
		}
		if status, err := c.setPassword(name, secret); status != 0 || err != nil {
			return status, err
		}
		fmt.Fprintf(&c.Err, "chpasswd: password for '%s' changed\n", name)
	}
	return 0, nil
}
