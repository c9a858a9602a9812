package busybox

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// opensslBase64 is "openssl base64" and "openssl enc -base64". What does not decode is refused, and so is text whose lines openssl takes for
// something else: without -A each must end, and with -A there must be only one.
func (c *Call) opensslBase64(args []string) (int, error) {
	var name, to string
	decodes, isOneLine := false, false
	for ; len(args) > 0; args = args[1:] {
		switch option := args[0]; {
		case option == "-d":
			decodes = true
		case option == "-A":
			isOneLine = true
		case option == "-e", option == "-a", option == "-base64":
		case (option == "-in" || option == "-out") && len(args) > 1:
			if args = args[1:]; option == "-in" {
				name = args[0]
			} else {
				to = args[0]
			}
		default:
			return 0, c.Unsupported(c.Line, "openssl %s: option %s is not supported", c.Args[1], option)
		}
	}
	if name == "" {
		name = "-"
	}
	content, err := c.open(name, true)
	if Fatal(err) {
		return 0, err
	} else if err != nil {
		fmt.Fprintf(&c.Err, "Can't open %q for reading, %s\n", name, Reason(err))
		return 1, nil
	}
	var out []byte
	if decodes {
		const longest, widest = 1000, 76
		text, isEnded := strings.CutSuffix(string(content), "\n")
		lines := strings.Split(text, "\n")
		isUsual := isOneLine && len(lines) == 1 || !isOneLine && (isEnded || text == "")
		for i, line := range lines {
			isUsual = isUsual && (isOneLine || len(line) <= widest || len(lines) == 1 && len(line) <= longest) &&
				(i == len(lines)-1 || line != "" && !strings.Contains(line, "="))
			var part []byte
			if part, err = base64.StdEncoding.DecodeString(line); err != nil {
				isUsual = false
			}
			out = append(out, part...)
		}
		if !isUsual {
			return 0, c.Unsupported(c.Line, "openssl base64 -d is supported for lines of base64 that all end, and with -A for one line: use base64 -d")
		}
	} else {
		const width = 64
		text := base64.StdEncoding.EncodeToString(content)
		for len(text) > width && !isOneLine {
			out = append(append(out, text[:width]...), '\n')
			text = text[width:]
		}
		if out = append(out, text...); text != "" && !isOneLine {
			out = append(out, '\n')
		}
	}
	if to == "" {
		c.Out.Write(out)
		return 0, c.Bounded()
	}
	if err := c.writeTo(to, tree.Create|tree.Truncate, out); Fatal(err) {
		return 0, err
	} else if err != nil {
		fmt.Fprintf(&c.Err, "Can't open %q for writing, %s\n", to, Reason(err))
		return 1, nil
	}
	return 0, nil
}
