package busybox

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/crypt"
)

// mkpasswd is mkpasswd and cryptpw, which print what a password is encrypted to.
func mkpasswd(c *Call) (int, error) {
	opts, args, err := c.getopt("sP:S:m:a:", "stdin=s password-fd=P salt=S method=m")
	if err != nil {
		return 0, err
	}
	if len(args) > 2 {
		return c.usage(), nil
	}
	algorithm := "sha512"
	for _, o := range opts {
		if o.letter == 'm' || o.letter == 'a' {
			algorithm = o.value
		}
	}
	if fd, ok := opts.last('P'); ok && fd != "0" && len(args) == 0 {
		return 0, c.Unsupported(c.Line, "%s -P is supported with 0 only", c.Args[0])
	}
	salt, ok := opts.last('S')
	password := ""
	switch len(args) {
	case 2:
		salt, ok = args[1], true
		fallthrough
	case 1:
		password = args[0]
	default:
		isThere := false
		if password, isThere, err = c.typed(); err != nil || !isThere {
			return 0, err
		}
	}
	method, err := c.encryption(algorithm)
	if err != nil {
		return 0, err
	}
	if !ok {
		salt = c.saltFor(method, "")
	}
	secret, err := c.encryptWith(method, password, salt)
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(&c.Out, secret)
	return 0, nil
}

// encryptWith encrypts a password by a method with a salt.
func (c *Call) encryptWith(method *crypt.Method, password, salt string) (string, error) {
	switch {
	case salt == "" || strings.ContainsAny(salt, "$:\n"):
		return "", c.Unsupported(c.Line, "%s: the salt %q is not supported: use letters and digits", c.Args[0], salt)
	case len(password) > crypt.MaxPassword:
		return "", c.exceeded("%s: password of more than %d bytes", c.Args[0], crypt.MaxPassword)
	}
	if err := c.spend(crypt.Cost(len(password))); err != nil {
		return "", err
	}
	return method.Encrypt(password, salt), nil
}
