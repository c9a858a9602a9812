package busybox

import (
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
	status, err := c.streams(args, messages{"%s: %s", ""}, func(name string, r io.Reader) error {
		var t tally
		buffer := buffers.Get().(*[32 << 10]byte)
		defer buffers.Put(buffer)
		if _, err := io.CopyBuffer(&t, r, buffer[:]); Fatal(err) {
			return err
		} else if err != nil {
			if len(args) == 0 {
				name = inputName(name)
			}
			c.complain("%s: %s", name, Reason(err))
			failed = 1
		}
		counts := t.counts()
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
			format = "%" + strconv.Itoa(len(strconv.Itoa(t.bytes))) + "d"
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

// tally counts what is written to it. The counts are busybox's: characters are bytes that begin one in UTF-8, also where the text is not
// UTF-8, and only ASCII makes a word.
type tally struct {
	lines, words, characters, bytes, longest int
	isWord                                   bool // the last byte is in a word
	width                                    int  // of the last line so far
}

func (t *tally) Write(content []byte) (int, error) {
	t.bytes += len(content)
	for _, b := range content {
		if utf8.RuneStart(b) {
			t.characters++
		}
		switch {
		case b > ' ' && b < 0x7f:
			t.isWord = true
		case isSpace(b) && t.isWord:
			t.words++
			t.isWord = false
		}
		switch {
		case b == '\n':
			t.lines++
			t.endLine()
		case b == '\r' || b == '\f': // they begin a line of their own
			t.endLine()
		case b == '\t':
			t.width = (t.width | 7) + 1
		case b >= ' ' && b < 0x7f:
			t.width++
		}
	}
	return len(content), nil
}

func (t *tally) endLine() { t.longest, t.width = max(t.longest, t.width), 0 }

// counts returns them in the order in which they are printed, at the end of the content.
func (t *tally) counts() [5]int {
	t.endLine()
	if t.isWord {
		t.words++
		t.isWord = false
	}
	return [5]int{t.lines, t.words, t.characters, t.bytes, t.longest}
}
