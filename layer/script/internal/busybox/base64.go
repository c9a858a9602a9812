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
	width := 76
	if text, ok := opts.last('w'); ok {
		if width, err = strconv.Atoi(text); err != nil || width < 0 {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	say := messages{"%s: %s", "read error: Is a directory%.0s"}
	if opts.has('d') {
		say.directory = ""
	}
	return c.inputs(args, say, func(_ string, content []byte) error {
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

// base64Bytes skips what is not a digit, and "=" where no group of four ends. As busybox does, it takes up to 64 bytes at a time, up to
// the next blank, and what follows a group with "=" waits for the next bytes. isWhole is false if something is left at the end.
func base64Bytes(text []byte) (plain []byte, isWhole bool) {
	const most = 64
	var held []byte
	for {
		n := 0
		for n < len(text) && text[n] > ' ' && len(held)+n < most {
			n++
		}
		held = append(held, text[:n]...)
		isLast := n == len(text) && len(held) < most
		if text = text[n:]; len(text) > 0 && len(held) < most {
			text = text[1:]
		}
		if plain, held = base64Groups(plain, held); isLast {
			return plain, len(held) == 0
		}
	}
}

// base64Groups decodes groups up to one with "=", and returns the text behind it, or as many bytes from the end as an
// incomplete group has.
func base64Groups(plain, text []byte) (decoded, rest []byte) {
	var group []byte
	for i, b := range text {
		padding := b == '=' && (len(group) == 3 || len(group) == 2 && bytes.HasPrefix(text[i+1:], []byte("=")))
		if !padding && (!isWordByte(b) || b == '_') && b != '+' && b != '/' {
			continue
		}
		if group = append(group, b); len(group) == 4 {
			plain, _ = base64.StdEncoding.AppendDecode(plain, group)
			if group = group[:0]; padding {
				return plain, text[i+1:]
			}
		}
	}
	return plain, text[len(text)-len(group):]
}
