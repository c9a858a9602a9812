package busybox

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/tree"
)

func cat(c *Call) (int, error) {
	opts, args, err := c.getopt("unb", nil)
	if err != nil {
		return 0, err
	}
	line := 0
	return c.inputs(args, messages{"can't open '%s': %s", "%.0sread error: Is a directory"}, func(_ string, content []byte) error {
		if !opts.has('n') && !opts.has('b') {
			c.Out.Write(content)
			return nil
		}
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for _, text := range list {
			if opts.has('n') || len(chomp(text)) > 0 {
				line++
				fmt.Fprintf(&c.Out, "%6d\t", line)
			}
			c.Out.Write(chomp(text))
			c.Out.WriteByte('\n')
		}
		return nil
	})
}

func tac(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(_ string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for i := len(list) - 1; i >= 0; i-- {
			c.Out.Write(list[i])
		}
		return nil
	})
}

func rev(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(name string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			text := chomp(line)
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
		if text != "" && (text[0] == '-' || text[0] == '+') {
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

func wc(c *Call) (int, error) {
	opts, args, err := c.getopt("clwmL", nil)
	if err != nil {
		return 0, err
	}
	if opts == nil {
		opts = optionList{{letter: 'l'}, {letter: 'w'}, {letter: 'c'}}
	}
	const letters = "lwmcL"
	kinds := 0
	for i := range letters {
		if opts.has(letters[i]) {
			kinds++
		}
	}
	format := "%9d"
	if len(args) <= 1 && kinds == 1 {
		format = "%d"
	}
	var totals [len(letters)]int
	failed := 0
	print := func(counts [len(letters)]int, name string) {
		separator := ""
		for i := range letters {
			if opts.has(letters[i]) {
				fmt.Fprintf(&c.Out, separator+format, counts[i])
				separator = " "
			}
		}
		if name != "" {
			c.Out.WriteString(" " + name)
		}
		c.Out.WriteByte('\n')
	}
	status, err := c.inputs(args, messages{"%s: %s", ""}, func(name string, content []byte) error {
		if c.isDir(name) {
			c.complain("%s: %s", name, tree.ErrIsDir)
			failed = 1
		}
		counts := [len(letters)]int{bytes.Count(content, []byte("\n")), words(content), utf8.RuneCount(content), len(content), longest(content)}
		for i := range counts {
			if letters[i] == 'L' {
				totals[i] = max(totals[i], counts[i])
			} else {
				totals[i] += counts[i]
			}
		}
		if len(args) == 0 {
			name = ""
		}
		print(counts, name)
		return nil
	})
	if err == nil && len(args) > 1 {
		print(totals, "total")
	}
	return max(status, failed), err
}

// words counts as busybox does, to which only ASCII makes a word.
func words(content []byte) int {
	n, within := 0, false
	for _, b := range content {
		switch {
		case b > ' ' && b < 0x7f:
			within = true
		case isSpace(b) && within:
			n++
			within = false
		}
	}
	if within {
		n++
	}
	return n
}

func longest(content []byte) int {
	most := 0
	for line := range bytes.SplitSeq(content, []byte("\n")) {
		width := 0
		for _, b := range line {
			switch {
			case b == '\t':
				width = (width | 7) + 1
			case b >= ' ' && b < 0x7f:
				width++
			}
		}
		most = max(most, width)
	}
	return most
}

// isWordByte reports whether a byte is one of a word's.
func isWordByte(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || b == '_'
}

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

func tee(c *Call) (int, error) {
	opts, args, err := c.getopt("ai", map[string]byte{"append": 'a'})
	if err != nil {
		return 0, err
	}
	content, err := c.read()
	if err != nil {
		return 0, err
	}
	c.Out.Write(content)
	flags := tree.Create | tree.Truncate
	if opts.has('a') {
		flags = tree.Create | tree.Append
	}
	status := 0
	for _, name := range args {
		if name == "-" || name == "/dev/stdout" {
			c.Out.Write(content)
			continue
		}
		err := c.writeTo(name, flags, content)
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
		}
	}
	return status, c.Bounded()
}

// writeTo writes to a file that an operand names.
func (c *Call) writeTo(name string, flags tree.Flag, content []byte) error {
	switch name {
	case "/dev/null":
		return nil
	case "/dev/stderr":
		c.Err.Write(content)
		return nil
	}
	w, err := c.Tree.OpenWriter(c.file(name), flags, c.masked(0o666))
	if err != nil {
		return err
	}
	defer w.Close()
	if len(content) > 0 {
		_, err = w.Write(content)
	}
	return err
}
