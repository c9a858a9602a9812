package busybox

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// takeCount takes "-5" as the first argument of head and tail away, and "+5" of tail, and
// returns it for a number of lines.
func (c *Call) takeCount(signs string) string {
	if len(c.Args) < 2 || len(c.Args[1]) < 2 || c.Args[1][1] < '0' || c.Args[1][1] > '9' || strings.IndexByte(signs, c.Args[1][0]) < 0 {
		return ""
	}
	count := strings.TrimPrefix(c.Args[1], "-")
	c.Args = append([]string{c.Args[0]}, c.Args[2:]...)
	return count
}

func head(c *Call) (int, error) {
	return c.ends(false, "%s: %s", func(content []byte, count int64, signed byte, isBytes bool) []byte {
		if signed == '-' && !isBytes && bytes.IndexByte(content, 0) >= 0 && !c.isOther() { // a NUL ends a line, and is not printed
			lines := bytes.ReplaceAll(content, []byte{0}, []byte{'\n'})
			return bytes.ReplaceAll(content[:offset(lines, countLines(lines)-count, false)], []byte{0}, nil)
		}
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
	return c.ends(true, "can't open '%s': %s", func(content []byte, count int64, signed byte, isBytes bool) []byte {
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

// amounts are the numbers of the options in the order in which they count. To head each
// replaces the one before it; tail takes the last -c and then the last -n. To both a -c
// anywhere means bytes, and a sign that turns the direction stays.
func amounts(opts optionList, isTail bool) []string {
	var list []string
	for _, o := range opts {
		if !isTail && (o.letter == 'n' || o.letter == 'c') {
			list = append(list, o.value)
		}
	}
	for _, letter := range []byte("cn") {
		if value, ok := opts.last(letter); ok && isTail {
			list = append(list, value)
		}
	}
	return list
}

// ends is what head and tail share.
func (c *Call) ends(isTail bool, say string, part func(content []byte, count int64, signed byte, isBytes bool) []byte) (int, error) {
	direction, signs := byte('-'), "-"
	if isTail {
		direction, signs = '+', "-+"
	}
	counts := []string{c.takeCount(signs)}
	opts, args, err := c.getopt("n:c:qv", "")
	if err != nil {
		return 0, err
	}
	if counts[0] == "" {
		counts = nil
	}
	count, signed, isBytes := int64(10), byte(0), opts.has('c')
	for _, text := range append(counts, amounts(opts, isTail)...) {
		digits := text
		if text != "" && strings.IndexByte(signs, text[0]) >= 0 {
			if text[0] == direction {
				signed = direction
			}
			digits = text[1:]
		}
		var ok bool
		if count, ok = parseSize(digits); !ok {
			return c.complain("invalid number '%s'", digits), nil
		}
	}
	status := 0
	if isTail && len(args) > 1 {
		// A file that does not open is not counted there.
		args = slices.DeleteFunc(args, func(name string) bool {
			n, err := c.look(name, true)
			if err == nil {
				err = c.Tree.Access(n, tree.Read)
			}
			if name == "-" || err == nil {
				return false
			}
			status = c.complain(say, name, Reason(err))
			return true
		})
		if len(args) == 0 {
			return c.complain("no files"), nil
		}
	}
	named := len(args) > 0
	headers := len(args) > 1 && !opts.has('q') || opts.has('v')
	if !named {
		args = []string{"-"}
	}
	isOpened := false
	for i, name := range args {
		isDir := name != "-" && c.isDir(name)
		show := func(name string, content []byte) error {
			if headers {
				if i > 0 {
					c.Out.WriteByte('\n')
				}
				if name == "-" && (!isTail || !named) {
					name = "standard input"
				}
				fmt.Fprintf(&c.Out, "==> %s <==\n", name)
			}
			c.Out.Write(part(content, count, signed, isBytes))
			isOpened = true
			return nil
		}
		if name == "-" && !isTail && signed == 0 {
			content, err := c.beginning(count, isBytes)
			if err == nil {
				err = show(name, content)
			}
			if err != nil {
				return 0, err
			}
			continue
		}
		one, err := c.inputs([]string{name}, messages{say, ""}, show)
		if err != nil {
			return 0, err
		}
		switch {
		case isDir && !isTail:
			one = c.complain("%s: I/O error", name)
		case isDir && (!isBytes || signed != 0 || count > 0):
			if one = c.complain("read error: Is a directory"); isBytes && signed == 0 {
				one = 0
			}
		}
		status = max(status, one)
	}
	if isTail && !isOpened {
		c.complain("no files")
	}
	return status, nil
}
