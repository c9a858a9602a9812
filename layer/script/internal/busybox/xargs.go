package busybox

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// argumentBytes is how long busybox' xargs lets a command line be.
const argumentBytes = 32 << 10

func xargs(c *Call) (int, error) {
	spec := "+0rtI:n:s:xP:a:"
	if c.isOther() {
		spec += "d:"
	}
	opts, args, err := c.getopt(spec, "no-run-if-empty=r")
	if err != nil {
		return 0, err
	}
	x := xargsRun{c: c, command: args, verbose: opts.has('t'), most: 1 << 30, bytes: argumentBytes}
	if len(args) == 0 {
		x.command = []string{"echo"}
	}
	for _, limit := range []struct {
		letter byte
		value  *int
	}{{'s', &x.bytes}, {'n', &x.most}} {
		text, ok := opts.last(limit.letter)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return c.complain("invalid number '%s'", text), nil
		}
		if n < 1 {
			return c.complain("number %s is not in 1..2147483647 range", text), nil
		}
		*limit.value = n
	}
	if x.fixed() >= x.bytes {
		return c.complain("can't fit single argument within argument list size limit"), nil
	}
	var content []byte
	if file, ok := opts.last('a'); ok {
		content, err = c.open(file, false)
	} else {
		content, err = c.read()
	}
	if Fatal(err) {
		return 0, err
	} else if err != nil && err != tree.ErrIsDir { // a directory is empty
		file, _ := opts.last('a')
		return c.complain("can't open '%s': %s", file, Reason(err)), nil
	}
	replace, perLine := opts.last('I')
	var words []string
	delimiter, isDelimited, err := c.xargsDelimiter(opts)
	if err != nil {
		return 0, err
	}
	switch {
	case isDelimited:
		if bytes.Count(content, delimiter) > maxLines {
			return 0, c.exceeded("xargs: more than %d words", maxLines)
		}
		if len(content) > 0 {
			words = strings.Split(strings.TrimSuffix(string(content), string(delimiter)), string(delimiter))
		}
		if perLine && !c.isOther() {
			for i := range words {
				words[i] = strings.TrimLeft(words[i], " \t\n\v\f\r")
			}
			words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
		}
	default:
		var quote string
		if words, quote = splitWords(content, perLine); quote != "" {
			if full := len(words) / x.most * x.most; full > 0 { // these commands ran before the quote was read
				if status, err := x.run(words[:full], true); err != nil || status > 123 {
					return status, err
				}
			}
			return c.complain("unmatched %s quote", quote), nil
		}
	}
	if len(words) > maxLines {
		return 0, c.exceeded("xargs: more than %d words", maxLines)
	}
	if perLine {
		return x.perLine(words, replace)
	}
	return x.run(words, opts.has('r'))
}

// xargsDelimiter is what ends a word: a zero byte with -0, and with -d of GNU's xargs another one.
func (c *Call) xargsDelimiter(opts optionList) (delimiter []byte, isGiven bool, err error) {
	for _, o := range opts {
		switch {
		case o.letter == '0':
			delimiter = []byte{0}
		case o.letter != 'd':
		case len(o.value) == 1:
			delimiter = []byte(o.value)
		case len(o.value) == 2 && o.value[0] == '\\' && strings.IndexByte("nt0", o.value[1]) >= 0:
			delimiter = []byte{"\n\t\x00"[strings.IndexByte("nt0", o.value[1])]}
		default:
			return nil, false, c.Unsupported(c.Line, "xargs: the delimiter %q is not supported", o.value)
		}
	}
	return delimiter, delimiter != nil, nil
}

// splitWords parts input at space, in which quotes and backslashes keep it together, or by
// lines, without space before them. Empty words are left out. It returns which quote is open at the end, if one is.
func splitWords(content []byte, byLine bool) (words []string, quote string) {
	var word []byte
	started := false
	end := func() {
		if started && len(words) <= maxLines {
			word, _, _ = bytes.Cut(word, []byte{0}) // as a string of C ends
			words = append(words, string(word))
		}
		word, started = nil, false
	}
	for i := 0; i < len(content); i++ {
		b := content[i]
		switch {
		case b == '\\' && !byLine:
			if i++; i < len(content) {
				word, started = append(word, content[i]), true
			}
		case (b == '\'' || b == '"') && !byLine:
			at := bytes.IndexByte(content[i+1:], b)
			if at < 0 {
				if at = len(content) - i - 1; at == 0 && !started {
					return words, ""
				}
				if b == '"' {
					return words, "double"
				}
				return words, "single"
			}
			word, started = append(word, content[i+1:i+1+at]...), started || at > 0
			i += 1 + at
		case b == '\n', isSpace(b) && !byLine, b == 0 && byLine:
			end()
		case isSpace(b) && !started:
		default:
			word, started = append(word, b), true
		}
	}
	end()
	return words, ""
}

type xargsRun struct {
	c       *Call
	command []string
	verbose bool
	most    int // arguments
	bytes   int
	status  int
}

// fixed is how many bytes the command takes without further words.
func (x *xargsRun) fixed() int { return len(strings.Join(x.command, " ")) + 1 }

func (x *xargsRun) run(words []string, skipEmpty bool) (int, error) {
	fixed := x.fixed()
	if len(words) == 0 && skipEmpty {
		return 0, nil
	}
	for first := true; first || len(words) > 0; first = false {
		n, size := 0, fixed
		for n < len(words) && n < x.most {
			if size += len(words[n]) + 1; size > x.bytes {
				if x.c.isOther() && x.bytes == argumentBytes {
					return 0, x.c.Unsupported(x.c.Line, "xargs: more than %d bytes of arguments are not supported: use -n", argumentBytes)
				}
				break
			}
			n++
		}
		if n == 0 && len(words) > 0 {
			return x.c.complain("argument line too long"), nil
		}
		if stop, err := x.exec(append(append([]string(nil), x.command...), words[:n]...)); stop || err != nil {
			return x.status, err
		}
		words = words[n:]
	}
	return x.status, nil
}

func (x *xargsRun) perLine(words []string, replace string) (int, error) {
	for _, word := range words {
		if x.fixed()+len(word) >= x.bytes {
			return x.c.complain("argument line too long"), nil
		}
		args := make([]string, len(x.command))
		for i, arg := range x.command {
			args[i] = arg
			if replace != "" {
				if strings.Count(arg, replace)*len(word) > MaxInput {
					return 0, x.c.exceeded("xargs: a word of more than %d bytes", MaxInput)
				}
				args[i] = strings.ReplaceAll(arg, replace, word)
			}
		}
		if stop, err := x.exec(args); stop || err != nil {
			return x.status, err
		}
	}
	return x.status, nil
}

// exec runs the command once. Its status decides about the one of xargs, and 255 ends it.
func (x *xargsRun) exec(args []string) (stop bool, err error) {
	c := x.c
	if x.verbose {
		fmt.Fprintln(&c.Err, strings.Join(args, " "))
	}
	where, missing := c.find(args[0], nil)
	if missing == nil {
		missing = c.mayRun(where)
	}
	status, err := c.child(args, nil, nil, "%s: %s")
	switch {
	case err != nil:
		return true, err
	case status == 255:
		c.complain("%s: exited with status 255; aborting", args[0])
		x.status = 124
		return true, nil
	case missing != nil:
		x.status = status
		return true, nil
	case status != 0:
		x.status = 123
	}
	return false, nil
}
