package busybox

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/tree"
)

func wc(c *Call) (int, error) {
	opts, args, err := c.getopt("clwmL", "")
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
	if c.isOther() {
		format = "%" + strconv.Itoa(c.wcWidth(args, kinds)) + "d"
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
		counts := [len(letters)]int{bytes.Count(content, []byte("\n")), words(content), characters(content), len(content), longest(content)}
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
		if _, isFile := c.Stdin.(io.Seeker); isFile && c.isOther() && kinds > 1 && (len(args) == 0 || name == "-") {
			if len(args) > 1 {
				return c.Unsupported(c.Line, "wc of standard input beside other files is not supported")
			}
			format = "%" + strconv.Itoa(len(strconv.Itoa(len(content)))) + "d"
		}
		print(counts, name)
		return nil
	})
	if err == nil && len(args) > 1 {
		print(totals, "total")
	}
	return max(status, failed), err
}

// wcWidth is how wide GNU's wc prints numbers: as wide as the size of all files has digits, and 7 for what has no size.
func (c *Call) wcWidth(names []string, kinds int) int {
	if len(names) <= 1 && kinds == 1 {
		return 1
	}
	total, least := int64(0), 1
	for _, name := range names {
		n, err := c.look(name, true)
		switch {
		case name != "-" && err != nil:
		case name == "-" || n.Type != tree.Regular:
			least = 7
		default:
			total += n.Size
		}
	}
	if len(names) == 0 {
		least = 7
	}
	return max(least, len(strconv.FormatInt(total, 10)))
}

// characters counts bytes that begin one in UTF-8, also where the text is not UTF-8.
func characters(content []byte) int {
	n := 0
	for _, b := range content {
		if utf8.RuneStart(b) {
			n++
		}
	}
	return n
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
			case b == '\r' || b == '\f': // they begin a line of their own
				most, width = max(most, width), 0
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
