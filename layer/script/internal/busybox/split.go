package busybox

import (
	"bytes"
	"math"
	"strconv"

	"github.com/lamina-oci/lamina/layer/tree"
)

// split writes a file in pieces, of 1000 lines unless told otherwise.
func split(c *Call) (int, error) {
	opts, args, err := c.getopt("b:l:a:", "")
	if err != nil {
		return 0, err
	}
	letters, lines, size := 2, int64(1000), int64(0)
	if text, ok := opts.last('a'); ok {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return c.complain("invalid number '%s'", text), nil
		}
		letters = int(n)
	}
	if len(args) > 2 {
		return c.usage(), nil
	}
	var text string // of -l or -b, whichever comes last
	for _, o := range opts {
		if o.letter != 'a' {
			text = o.value
		}
	}
	if opts.has('l') {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return c.complain("invalid number '%s'", text), nil
		}
		lines = int64(n)
	}
	if opts.has('b') {
		var ok bool
		if size, ok = parseSplitSize(text); !ok {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	if letters == 0 || letters > 100 || lines == 0 || opts.has('b') && size == 0 {
		return 0, c.Unsupported(c.Line, "split into pieces of size 0, or with no letters or more than 100, is not supported")
	}
	input, prefix := "-", "x"
	switch len(args) {
	case 2:
		prefix = args[1]
		fallthrough
	case 1:
		input = args[0]
	}
	content, err := c.open(input, true)
	switch {
	case Fatal(err):
		return 0, err
	case err == tree.ErrIsDir:
		return c.complain("%s: %s", inputName(input), Reason(err)), nil
	case err != nil:
		return c.complain("can't open '%s': %s", input, Reason(err)), nil
	}
	suffix := bytes.Repeat([]byte("a"), letters)
	for len(content) > 0 {
		if suffix == nil {
			return c.complain("suffixes exhausted"), nil
		}
		end := int(min(size, int64(len(content))))
		if size == 0 {
			end = offset(content, lines, false)
		}
		name := prefix + string(suffix)
		if err := c.writeTo(name, tree.Create|tree.Truncate, content[:end]); Fatal(err) {
			return 0, err
		} else if err != nil {
			return c.complain("can't open '%s': %s", name, Reason(err)), nil
		}
		if err := c.spend(end + pathCost); err != nil {
			return 0, err
		}
		content, suffix = content[end:], nextSuffix(suffix)
	}
	return 0, nil
}

// nextSuffix is the next one in order, or nil after the last.
func nextSuffix(suffix []byte) []byte {
	for i := len(suffix) - 1; i >= 0; i-- {
		if suffix[i] != 'z' {
			suffix[i]++
			return suffix
		}
		suffix[i] = 'a'
	}
	return nil
}

// parseSplitSize reads a number of bytes with one of split's suffixes.
func parseSplitSize(text string) (int64, bool) {
	digits, factor := cutUnit(text, "km")
	factor = max(factor, 1)
	n, err := strconv.ParseUint(digits, 10, 62)
	if err != nil || int64(n) > math.MaxInt64/factor {
		return 0, false
	}
	return int64(n) * factor, true
}
