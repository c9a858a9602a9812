package busybox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"slices"
	"strings"
)

// openssl is openssl(1) as far as scripts look at files with it: sums of files, "base64", "passwd", and "rsa -pubin".
func openssl(c *Call) (int, error) {
	if len(c.Args) < 2 {
		return 0, c.Unsupported(c.Line, "openssl without a command is not supported")
	}
	command := c.Args[1]
	switch command {
	case "dgst", "md5", "sha1", "sha224", "sha256", "sha384", "sha512":
		return c.opensslSum(command, c.Args[2:])
	case "base64":
		return c.opensslBase64(c.Args[2:])
	case "enc":
		if slices.Contains(c.Args, "-base64") || slices.Contains(c.Args, "-a") {
			return c.opensslBase64(c.Args[2:]) // which refuses a cipher
		}
	case "passwd":
		return c.opensslPassword(c.Args[2:])
	case "rsa":
		return c.opensslKey(c.Args[2:])
	case "rand", "req", "genrsa", "genpkey", "dhparam", "ecparam":
		return 0, c.Unsupported(c.Line, "openssl %s is not supported: its bytes are others each time, and secrets do not belong in an image", command)
	}
	return 0, c.Unsupported(c.Line, "openssl %s is not supported", command)
}

// isOldOpenSSL reports whether the root has openssl 1.1, which prints a few words differently than 3.
func (c *Call) isOldOpenSSL() bool {
	for _, name := range []string{"/lib/libcrypto.so.1.1", "/usr/lib/libcrypto.so.1.1"} {
		if _, err := c.Tree.Stat(name); err == nil {
			return true
		}
	}
	return false
}

// opensslSum is "openssl dgst" and the commands that are called like a hash.
func (c *Call) opensslSum(name string, args []string) (int, error) {
	if name == "dgst" {
		name = "sha256"
	}
	isReversed, isBinary := false, false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		switch option := strings.TrimPrefix(args[0], "-"); {
		case option == "r":
			isReversed = true
		case option == "hex":
		case option == "binary":
			isBinary = true
		case sums[option] != nil:
			name = option
		default:
			return 0, c.Unsupported(c.Line, "openssl: option -%s is not supported", option)
		}
		args = args[1:]
	}
	label := strings.ToUpper(name)
	if strings.HasPrefix(name, "sha") && name != "sha1" && !c.isOldOpenSSL() && c.hasDigestOption(name) {
		label = "SHA2-" + name[len("sha"):]
	}
	files := args
	if len(files) == 0 {
		files = []string{"-"}
	}
	status := 0
	for _, file := range files {
		sum, err := c.sumOf(file, sums[name]())
		if err != nil {
			return 0, err
		}
		shown := file
		if file == "-" {
			shown = "stdin"
		}
		switch {
		case sum == "":
			status = 1
		case isBinary:
			raw, err := hex.DecodeString(sum)
			if err != nil {
				return 0, err
			}
			c.Out.Write(raw)
		case isReversed:
			fmt.Fprintf(&c.Out, "%s *%s\n", sum, shown)
		case len(args) == 0 && c.isOldOpenSSL():
			fmt.Fprintf(&c.Out, "(%s)= %s\n", shown, sum)
		default:
			fmt.Fprintf(&c.Out, "%s(%s)= %s\n", label, shown, sum)
		}
	}
	return status, c.Bounded()
}

// hasDigestOption reports whether the command line names the hash. openssl 3 calls a hash that it takes by default otherwise.
func (c *Call) hasDigestOption(name string) bool {
	for _, arg := range c.Args[1:] {
		if strings.TrimPrefix(arg, "-") == name {
			return true
		}
	}
	return false
}

// opensslKey is "openssl rsa -pubin", which prints a public key.
func (c *Call) opensslKey(args []string) (int, error) {
	name, isPublic, isText, isModulus, noOutput := "-", false, false, false, false
	for len(args) > 0 {
		option := args[0]
		args = args[1:]
		switch {
		case option == "-pubin":
			isPublic = true
		case option == "-text":
			isText = true
		case option == "-modulus":
			isModulus = true
		case option == "-noout":
			noOutput = true
		case option == "-pubout", option == "-inform" && len(args) > 0 && strings.EqualFold(args[0], "PEM"):
			if option == "-inform" {
				args = args[1:]
			}
		case option == "-in" && len(args) > 0:
			name, args = args[0], args[1:]
		default:
			return 0, c.Unsupported(c.Line, "openssl rsa: option %s is not supported", option)
		}
	}
	if !isPublic {
		return 0, c.Unsupported(c.Line, "openssl rsa without -pubin is not supported: secrets do not belong in an image")
	}
	text, err := c.open(name, true)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		fmt.Fprintf(&c.Err, "Could not open file or uri for loading public key from %s: %s\n", name, Reason(err))
		return 1, nil
	}
	key, ok := publicKey(text)
	if !ok {
		fmt.Fprintf(&c.Err, "Could not read public key from %s\n", name)
		return 1, nil
	}
	if isText {
		c.printKey(key)
	}
	if isModulus {
		fmt.Fprintf(&c.Out, "Modulus=%X\n", key.N)
	}
	if !noOutput {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return 0, err
		}
		fmt.Fprintln(&c.Err, "writing RSA key")
		if err := pem.Encode(&c.Out, &pem.Block{Type: "PUBLIC KEY", Bytes: der}); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// publicKey reads the first public key of a text in PEM, which must be one of RSA.
func publicKey(text []byte) (*rsa.PublicKey, bool) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, false
		}
		switch text = rest; block.Type {
		case "PUBLIC KEY":
			parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
			key, ok := parsed.(*rsa.PublicKey)
			return key, ok && err == nil
		case "RSA PUBLIC KEY":
			key, err := x509.ParsePKCS1PublicKey(block.Bytes)
			return key, err == nil
		}
	}
}

// printKey prints a key as "-text" does: 15 bytes of the modulus on a line, which begins with a zero to be positive.
func (c *Call) printKey(key *rsa.PublicKey) {
	old := ""
	if c.isOldOpenSSL() {
		old = "RSA "
	}
	fmt.Fprintf(&c.Out, "%sPublic-Key: (%d bit)\nModulus:", old, key.N.BitLen())
	modulus := key.N.Bytes()
	if modulus[0] >= 0x80 {
		modulus = append([]byte{0}, modulus...)
	}
	const perLine = 15
	for i, b := range modulus {
		if i%perLine == 0 {
			io.WriteString(&c.Out, "\n    ")
		}
		fmt.Fprintf(&c.Out, "%02x", b)
		if i < len(modulus)-1 {
			io.WriteString(&c.Out, ":")
		}
	}
	fmt.Fprintf(&c.Out, "\nExponent: %d (0x%x)\n", key.E, key.E)
}
