package busybox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
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
	return c.ends(false, "%s: %s", func(content []byte, count int64, isBytes bool) []byte {
		if !isBytes && bytes.IndexByte(content, 0) >= 0 && !c.isOther() { // a NUL ends a line, and is not printed
			lines := bytes.ReplaceAll(content, []byte{0}, []byte{'\n'})
			return bytes.ReplaceAll(content[:offset(lines, countLines(lines)-count, false)], []byte{0}, nil)
		}
		return content[:offset(content, amount(content, isBytes)-count, isBytes)]
	})
}

func tail(c *Call) (int, error) {
	return c.ends(true, "can't open '%s': %s", func(content []byte, count int64, isBytes bool) []byte {
		return content[offset(content, amount(content, isBytes)-count, isBytes):]
	})
}

// amount is how many lines or bytes there are.
func amount(content []byte, isBytes bool) int64 {
	if isBytes {
		return int64(len(content))
	}
	return countLines(content)
}

// restOf reads a number of lines or bytes, and returns what is behind them.
func restOf(r io.Reader, count int64, isBytes bool) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	if isBytes {
		_, err := io.CopyN(io.Discard, buffered, count)
		if err == io.EOF {
			err = nil
		}
		return buffered, err
	}
	for count > 0 {
		switch _, err := buffered.ReadSlice('\n'); err {
		case nil:
			count--
		case bufio.ErrBufferFull: // the line goes on
		case io.EOF:
			return buffered, nil
		default:
			return nil, err
		}
	}
	return buffered, nil
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

// ends is what head and tail share. Part is what is printed of a content where its end decides.
func (c *Call) ends(isTail bool, say string, part func(content []byte, count int64, isBytes bool) []byte) (int, error) {
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
		isDir := c.isDirInput(name)
		begin := func(name string) {
			if headers {
				if i > 0 {
					c.Out.WriteByte('\n')
				}
				if name == "-" && (!isTail || !named) {
					name = "standard input"
				}
				fmt.Fprintf(&c.Out, "==> %s <==\n", name)
			}
			isOpened = true
		}
		one, err := c.end(name, isTail, signed, count, isBytes, messages{say, ""}, begin, part)
		if err != nil {
			return 0, err
		}
		switch {
		case isDir && !isTail:
			one = c.complain("%s: I/O error", inputName(name))
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

// end prints what is asked for of one operand. Begin is called before its first byte.
func (c *Call) end(name string, isTail bool, signed byte, count int64, isBytes bool, say messages, begin func(name string),
	part func(content []byte, count int64, isBytes bool) []byte) (int, error) {
	switch {
	case !isTail && signed == 0:
		return c.streams([]string{name}, say, func(name string, r io.Reader) error {
			if name == "-" {
				r = c.Stdin // what is not taken is given back to it
			}
			content, err := c.beginning(r, count, isBytes)
			if err != nil {
				return err
			}
			begin(name)
			c.Out.Write(content)
			return nil
		})
	case isTail && signed == '+':
		return c.streams([]string{name}, say, func(name string, r io.Reader) error {
			begin(name)
			rest, err := restOf(r, count-1, isBytes)
			if err == nil {
				err = c.printFrom(rest)
			}
			if errors.Is(err, tree.ErrIsDir) {
				err = nil
			}
			return err
		})
	}
	return c.inputs([]string{name}, say, func(name string, content []byte) error {
		begin(name)
		c.Out.Write(part(content, count, isBytes))
		return nil
	})
}
