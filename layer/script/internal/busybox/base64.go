package busybox

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// base64Applet is "base64" and "base64 -d".
func base64Applet(c *Call) (int, error) {
	opts, args, err := c.getopt("diw:", "")
	if err != nil {
		return 0, err
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	width := 76
	if text, ok := opts.last('w'); ok {
		if width, err = strconv.Atoi(text); err != nil || width < 0 {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	return c.inputs(args, messages{"%s: %s", "read error"}, func(_ string, content []byte) error {
		if opts.has('d') {
			text := strings.Map(func(r rune) rune {
				if strings.ContainsRune(" \t\r\n", r) {
					return -1
				}
				return r
			}, string(content))
			plain, err := base64.StdEncoding.DecodeString(text)
			c.Out.Write(plain)
			if err != nil {
				c.complain("truncated input")
				return exitStatus(1)
			}
			return nil
		}
		text := base64.StdEncoding.EncodeToString(content)
		for len(text) > width && width > 0 {
			fmt.Fprintln(&c.Out, text[:width])
			text = text[width:]
		}
		c.Out.WriteString(text)
		if width > 0 && len(content) > 0 {
			c.Out.WriteString("\n")
		}
		return nil
	})
}
