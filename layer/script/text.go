package script

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/tree"
)

// textCommands read text and print it changed.
func textCommands() map[string]command {
	return map[string]command{
		"cat": cat, "head": head, "tail": tail, "wc": wc, "tee": tee, "tac": tac, "rev": rev,
		"cut": cut, "tr": tr, "sort": sortLines, "uniq": uniq, "grep": grep, "egrep": grep, "fgrep": grep,
		"sed": sed, "awk": awkCommand, "cmp": compare, "diff": diff,
		"md5sum": checksums, "sha1sum": checksums, "sha256sum": checksums, "sha512sum": checksums,
	}
}

func cat(c *call) (int, error) {
	opts, args, err := c.getopt("unb", nil)
	if err != nil {
		return 0, err
	}
	line := 0
	return c.inputs(args, messages{"can't open '%s': %s", "%.0sread error: Is a directory"}, func(_ string, content []byte) error {
		if !opts.has('n') && !opts.has('b') {
			c.out.Write(content)
			return nil
		}
		for _, text := range lines(content) {
			if opts.has('n') || len(chomp(text)) > 0 {
				line++
				fmt.Fprintf(&c.out, "%6d\t", line)
			}
			c.out.Write(chomp(text))
			c.out.WriteByte('\n')
		}
		return nil
	})
}

func tac(c *call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(_ string, content []byte) error {
		list := lines(content)
		for i := len(list) - 1; i >= 0; i-- {
			c.out.Write(list[i])
		}
		return nil
	})
}

func rev(c *call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(name string, content []byte) error {
		for _, line := range lines(content) {
			text := chomp(line)
			for i := len(text); i > 0; {
				_, size := utf8.DecodeLastRune(text[:i])
				c.out.Write(text[i-size : i])
				i -= size
			}
			c.out.Write(line[len(text):])
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

func head(c *call) (int, error) {
	c.args = obsolete(c.args)
	return c.ends(messages{"%s: %s", "%s: I/O error"}, func(content []byte, count int64, signed byte, isBytes bool) []byte {
		size := int64(len(content))
		if !isBytes {
			size = int64(len(lines(content)))
		}
		if signed == '-' {
			count = size - count
		}
		return content[:offset(content, count, isBytes)]
	})
}

func tail(c *call) (int, error) {
	c.args = obsolete(c.args)
	return c.ends(messages{"can't open '%s': %s", ""}, func(content []byte, count int64, signed byte, isBytes bool) []byte {
		size := int64(len(content))
		if !isBytes {
			size = int64(len(lines(content)))
		}
		if signed == '+' {
			count--
		} else {
			count = size - count
		}
		return content[offset(content, count, isBytes):]
	})
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
func (c *call) ends(say messages, part func(content []byte, count int64, signed byte, isBytes bool) []byte) (int, error) {
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
	if c.args[0] == "tail" && len(args) > 1 {
		// What cannot be opened does not count as a file there.
		args = slices.DeleteFunc(args, func(name string) bool {
			_, err := c.look(name, true)
			if name == "-" || err == nil {
				return false
			}
			status = c.complain(say.open, name, reason(err))
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
					c.out.WriteByte('\n')
				}
				if name == "-" {
					name = "standard input"
				}
				fmt.Fprintf(&c.out, "==> %s <==\n", name)
			}
			c.out.Write(part(content, count, signed, isBytes))
			return nil
		})
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	return status, nil
}

func wc(c *call) (int, error) {
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
				fmt.Fprintf(&c.out, separator+format, counts[i])
				separator = " "
			}
		}
		if name != "" {
			c.out.WriteString(" " + name)
		}
		c.out.WriteByte('\n')
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
	for _, line := range lines(content) {
		width := 0
		for _, b := range chomp(line) {
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

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

func tee(c *call) (int, error) {
	opts, args, err := c.getopt("ai", map[string]byte{"append": 'a'})
	if err != nil {
		return 0, err
	}
	content, err := c.read()
	if err != nil {
		return 0, err
	}
	c.out.Write(content)
	flags := tree.Create | tree.Truncate
	if opts.has('a') {
		flags = tree.Create | tree.Append
	}
	status := 0
	for _, name := range args {
		if name == "-" || name == "/dev/stdout" {
			c.out.Write(content)
			continue
		}
		err := c.writeTo(name, flags, content)
		if fatal(err) {
			return 0, err
		}
		if err != nil {
			status = c.complain("%s: %s", name, reason(err))
		}
	}
	return status, c.bounded()
}

// writeTo writes to a file that an operand names.
func (c *call) writeTo(name string, flags tree.Flag, content []byte) error {
	switch name {
	case "/dev/null":
		return nil
	case "/dev/stderr":
		c.err.Write(content)
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
