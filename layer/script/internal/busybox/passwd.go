package busybox

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/crypt"
)

// passwd can lock, unlock, clear, and read a new password.
func passwd(c *Call) (int, error) {
	opts, args, err := c.getopt("luda:", "")
	if err != nil {
		return 0, err
	}
	algorithm, _ := opts.last('a')
	changes := opts.has('l') || opts.has('u') || opts.has('d')
	switch {
	case len(args) == 0 && changes:
		return c.usage(), nil
	case len(args) == 0:
		args = []string{"root"}
	}
	name := args[0]
	if !changes {
		return c.askPassword(name, algorithm)
	}
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

// askPassword reads a new password from the standard input, twice, and sets it. Busybox's warning about a weak one is left out:
// it changes nothing for root.
func (c *Call) askPassword(name, algorithm string) (int, error) {
	if c.lookUp(passwdFile, name) == nil {
		return c.complain("unknown user %s", name), nil
	}
	fmt.Fprintf(&c.Out, "Changing password for %s\n", name)
	var typed [2]string
	for i, prompt := range []string{"New password: \n", "Retype password: \n"} {
		c.Out.WriteString(prompt)
		line, ok, err := c.typed()
		if err != nil {
			return 0, err
		}
		if !ok {
			return c.complain("password for %s is unchanged", name), nil
		}
		typed[i] = line
	}
	if typed[0] != typed[1] {
		c.Out.WriteString("Passwords don't match\n")
		return c.complain("password for %s is unchanged", name), nil
	}
	secret, err := c.encrypt(name, typed[0], algorithm)
	if err != nil {
		return 0, err
	}
	status, err := c.setPassword(name, secret)
	if status == 0 && err == nil {
		c.complain("password for %s changed by root", name)
	}
	return status, err
}

// typed reads a line as one is typed: up to a carriage return, a line feed or the end. It is not ok if there is nothing more.
func (c *Call) typed() (line string, ok bool, err error) {
	if c.Stdin == nil {
		return "", false, nil
	}
	for one := make([]byte, 1); ; {
		n, err := c.Stdin.Read(one)
		switch {
		case n > 0 && (one[0] == '\r' || one[0] == '\n'):
			return line, true, nil
		case n > 0 && len(line) > crypt.MaxPassword:
			return "", false, c.exceeded("%s: password of more than %d bytes", c.Args[0], crypt.MaxPassword)
		case n > 0:
			line += string(one)
		case err == io.EOF:
			return line, line != "", nil
		case err != nil:
			return "", false, err
		}
	}
}

// encrypt encrypts a password by an algorithm, by default that of /etc/login.defs, which package shadow brings, or SHA-512. The salt,
// which is random elsewhere, depends on the accounts and on the time of the build, so that images are the same each time and other
// images have other salts; it must not depend on the password, which it would help to guess.
func (c *Call) encrypt(name, password, algorithm string) (string, error) {
	if algorithm == "" {
		algorithm = cmp.Or(c.readSettings(loginDefs, " \t")["ENCRYPT_METHOD"], "sha512")
	}
	method, err := c.encryption(algorithm)
	if err != nil {
		return "", err
	}
	return c.encryptWith(method, password, c.saltFor(method, name))
}

// encryption returns the method of an algorithm.
func (c *Call) encryption(algorithm string) (*crypt.Method, error) {
	method := crypt.Named(algorithm)
	if method == nil {
		return nil, c.Unsupported(c.Line, "%s: passwords encrypted by %s are not supported: use sha512, sha256 or md5, or give chpasswd -e a hash", c.Args[0], algorithm)
	}
	return method, nil
}

// saltFor returns a salt for a user's password, which is the same each time.
func (c *Call) saltFor(method *crypt.Method, name string) string {
	seed := sha256.New()
	fmt.Fprintf(seed, "lamina salt 1\n%d %s\n", c.Now.Unix(), name)
	for _, file := range []string{passwdFile, shadowFile} {
		if a, err := c.readAccounts(file); err == nil {
			fmt.Fprintf(seed, "%q\n", a.lines)
		}
	}
	return method.Salt(seed.Sum(nil))
}

// chpasswd sets passwords.
func chpasswd(c *Call) (int, error) {
	opts, _, err := c.getopt("emc:", "encrypted=e md5=m crypt-method=c")
	switch {
	case err != nil:
		return 0, err
	case opts.has('e') && opts.has('m'):
		return c.usage(), nil
	}
	algorithm, _ := opts.last('c')
	if opts.has('m') {
		algorithm = "md5"
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
			if secret, err = c.encrypt(name, secret, algorithm); err != nil {
				return 0, err
			}
		}
		if status, err := c.setPassword(name, secret); status != 0 || err != nil {
			return status, err
		}
		fmt.Fprintf(&c.Err, "chpasswd: password for '%s' changed\n", name)
	}
	return 0, nil
}
