package busybox

import (
	"strings"
)

// echo prints its arguments, with escapes worked out after "-e".
func echo(c *Call) (int, error) {
	args := c.Args[1:]
	newline, escapes := true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		for i := 1; i < len(args[0]); i++ {
			switch args[0][i] {
			case 'n':
				newline = false
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
		args = args[1:]
	}
	for i, arg := range args {
		if i > 0 {
			c.Out.WriteByte(' ')
		}
		if !escapes {
			c.Out.WriteString(arg)
			continue
		}
		text, stop := Unescape(arg, echoEscapes)
		c.Out.WriteString(text)
		if stop {
			return 0, nil
		}
	}
	if newline {
		c.Out.WriteByte('\n')
	}
	return 0, nil
}
