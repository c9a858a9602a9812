package busybox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
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
			plain, isWhole := base64Bytes(content)
			if c.Out.Write(plain); !isWhole {
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

// base64Bytes leaves out what is no digit, and "=" where no group of four ends. Less than a
// group at the end is lost, and not whole.
func base64Bytes(text []byte) (plain []byte, isWhole bool) {
	var group []byte
	for i, b := range text {
		padding := b == '=' && (len(group) == 3 || len(group) == 2 && bytes.HasPrefix(text[i+1:], []byte("=")))
		if !padding && (!isWordByte(b) || b == '_') && b != '+' && b != '/' {
			continue
		}
		if group = append(group, b); len(group) == 4 {
			plain, _ = base64.StdEncoding.AppendDecode(plain, group)
			group = group[:0]
		}
	}
	return plain, len(group) == 0
}
