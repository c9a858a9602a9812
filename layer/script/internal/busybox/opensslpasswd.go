package busybox

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/crypt"
)

// opensslPassword is "openssl passwd". Without -salt, the salt is the same each time: see [Call.encrypt].
func (c *Call) opensslPassword(args []string) (int, error) {
	methods := map[string]*crypt.Method{"-1": crypt.MD5, "-apr1": crypt.APR1, "-5": crypt.SHA256, "-6": crypt.SHA512}
	var method *crypt.Method
	var salt, file string
	isSalted, isTable, isReversed := false, false, false
	misused := func(format string, values ...any) (int, error) {
		fmt.Fprintf(&c.Err, format+"passwd: Use -help for summary.\n", values...)
		return 1, nil
	}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		option := strings.Replace(args[0], "--", "-", 1)
		args = args[1:]
		switch {
		case methods[option] != nil && method != nil:
			return misused("")
		case methods[option] != nil:
			method = methods[option]
		case (option == "-salt" || option == "-in") && len(args) == 0:
			return misused("passwd: Option %s needs a value\n", option)
		case option == "-salt":
			salt, isSalted, args = args[0], true, args[1:]
		case (option == "-in" || option == "-stdin") && file != "":
			return misused("")
		case option == "-in":
			file, args = args[0], args[1:]
		case option == "-stdin":
			file = "-"
		case option == "-table":
			isTable = true
		case option == "-reverse":
			isReversed = true
		case option == "-noverify", option == "-quiet":
		default:
			return 0, c.Unsupported(c.Line, "openssl passwd: option %s is not supported", option)
		}
	}
	switch {
	case method == nil && c.isOldOpenSSL():
		return 0, c.Unsupported(c.Line, "openssl passwd without -1, -apr1, -5 or -6 is not supported: version 1.1 encrypts by DES")
	case method == nil:
		method = crypt.MD5
	}
	switch {
	case file != "" && len(args) > 0:
		return misused("")
	case file == "" && len(args) == 0:
		return 0, c.Unsupported(c.Line, "openssl passwd without a password or -stdin is not supported: no terminal is there")
	case file != "":
		content, err := c.open(file, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			fmt.Fprintf(&c.Err, "Can't open %s for reading, %s\n", file, Reason(err))
			return 1, nil
		}
		for line := range strings.Lines(string(content)) {
			args = append(args, strings.TrimRight(line, "\r\n"))
		}
	}
	if !isSalted {
		salt = c.saltFor(method, "openssl passwd")
	}
	for _, password := range args {
		secret, err := c.encryptWith(method, password, salt)
		switch {
		case err != nil:
			return 0, err
		case isTable && isReversed:
			secret += "\t" + password
		case isTable:
			secret = password + "\t" + secret
		}
		fmt.Fprintln(&c.Out, secret)
	}
	return 0, c.Bounded()
}
