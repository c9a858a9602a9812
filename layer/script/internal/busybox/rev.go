package busybox

import (
	"bytes"
	"unicode/utf8"
)

func rev(c *Call) (int, error) {
	_, args, err := c.getopt("", "")
	if err != nil {
		return 0, err
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(name string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			line, _, _ = bytes.Cut(line, []byte{0}) // the rest is not part of the string
			text := chomp(line)
			if !utf8.Valid(text) {
				c.Out.Write(line)
				continue
			}
			for i := len(text); i > 0; {
				_, size := utf8.DecodeLastRune(text[:i])
				c.Out.Write(text[i-size : i])
				i -= size
			}
			c.Out.Write(line[len(text):])
		}
		return nil
	})
}
