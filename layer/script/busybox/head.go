package busybox

import (
	"bytes"
	"fmt"
	"slices"
)

// obsolete turns "-5" as the first argument of head and tail into "-n 5", and "+5" of tail.
func obsolete(args []string) []string {
	if len(args) < 2 || len(args[1]) < 2 || args[1][1] < '0' || args[1][1] > '9' {
		return args
	}
	switch args[1][0] {
	case '-':
		return append([]string{args[0], "-n", args[1][1:]}, args[2:]...)
	case '+':
		if args[0] == "tail" {
			return append([]string{args[0], "-n", args[1]}, args[2:]...)
		}
	}
	return args
}

func head(c *Call) (int, error) {
	c.Args = obsolete(c.Args)
	return c.ends(messages{"%s: %s", "%s: I/O error"}, func(content []byte, count int64, signed byte, isBytes bool) []byte {
		size := int64(len(content))
		if !isBytes {
			size = countLines(content)
		}
		if signed == '-' {
			count = size - count
		}
		return content[:offset(content, count, isBytes)]
	})
}

func tail(c *Call) (int, error) {
	c.Args = obsolete(c.Args)
	return c.ends(messages{"can't open '%s': %s", ""}, func(content []byte, count int64, signed byte, isBytes bool) []byte {
		size := int64(len(content))
		if !isBytes {
			size = countLines(content)
		}
		if signed == '+' {
			count--
		} else {
			count = size - count
		}
		return content[offset(content, count, isBytes):]
	})
}

// countLines counts lines, of which the last may have no newline.
func countLines(content []byte) int64 {
	n := bytes.Count(content, []byte("\n"))
	if len(content) > 0 && content[len(content)-1] != '\n' {
		n++
	}
	return int64(n)
}

// offset is where a number of lines or bytes ends.
func offset(content []byte, count int64, isBytes bool) int {
	count = min(max(count, 0), int64(len(content)))
	if isBytes {
		return int(count)
	}
	at := 0
	for ; count > 0 && at < len(content); count-- {
		i := bytes.IndexByte(content[at:], '\n')
		if i < 0 {
			return len(content)
		}
		at += i + 1
	}
	return at
}

// ends is what head and tail share.
func (c *Call) ends(say messages, part func(content []byte, count int64, signed byte, isBytes bool) []byte) (int, error) {
	opts, args, err := c.getopt("n:c:qv", nil)
	if err != nil {
		return 0, err
	}
	count, signed, isBytes := int64(10), byte(0), false
	for _, o := range opts {
		if o.letter != 'n' && o.letter != 'c' {
			continue
		}
		text := o.value
		isBytes, signed = o.letter == 'c', 0
		if text != "" && (text[0] == '-' || text[0] == '+' && c.Args[0] == "tail") {
			signed, text = text[0], text[1:]
		}
		var ok bool
		if count, ok = parseSize(text); !ok {
			return c.complain("invalid number '%s'", o.value), nil
		}
	}
	status := 0
	if c.Args[0] == "tail" && len(args) > 1 {
		// A file that does not open is not counted there.
		args = slices.DeleteFunc(args, func(name string) bool {
			_, err := c.look(name, true)
			if name == "-" || err == nil {
				return false
			}
			status = c.complain(say.open, name, Reason(err))
			return true
		})
		if len(args) == 0 {
			return status, nil
		}
	}
	headers := len(args) > 1 && !opts.has('q') || opts.has('v')
	if len(args) == 0 {
		args = []string{"-"}
	}
	for i, name := range args {
		one, err := c.inputs([]string{name}, say, func(name string, content []byte) error {
			if headers {
				if i > 0 {
					c.Out.WriteByte('\n')
				}
				if name == "-" {
					name = "standard input"
				}
				fmt.Fprintf(&c.Out, "==> %s <==\n", name)
			}
			c.Out.Write(part(content, count, signed, isBytes))
			return nil
		})
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	return status, nil
}
