package busybox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

const (
	uuLine     = 45 // bytes of a line
	uuAlphabet = "`!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
)

// uuencode prints a file with the name and the mode that uudecode gives it.
func uuencode(c *Call) (int, error) {
	opts, args, err := c.getopt("m", "")
	if err != nil {
		return 0, err
	}
	if len(args) < 1 || len(args) > 2 {
		return c.usage(), nil
	}
	name, mode := "-", c.masked(0o666)
	if len(args) == 2 {
		name = args[0]
		n, err := c.look(name, true)
		if err == nil {
			err = c.Tree.Access(n, tree.Read)
		}
		if err != nil {
			return c.complain("can't open '%s': %s", name, Reason(err)), nil
		}
		mode = n.Mode & 0o777
	}
	encoding, start, end := base64.NewEncoding(uuAlphabet).WithPadding(base64.NoPadding), "begin", "`\nend\n"
	if opts.has('m') {
		encoding, start, end = base64.StdEncoding, "begin-base64", "====\n"
	}
	fmt.Fprintf(&c.Out, "%s %o %s", start, mode, args[len(args)-1])
	content, err := c.open(name, false)
	if name == "-" {
		content, err = c.read()
	}
	switch {
	case Fatal(err):
		return 0, err
	case err != nil:
		return c.complain("read error: %s", Reason(err)), nil
	}
	c.Out.WriteByte('\n')
	for len(content) > 0 {
		line := content[:min(uuLine, len(content))]
		content = content[len(line):]
		if !opts.has('m') {
			c.Out.WriteByte(uuAlphabet[len(line)])
			line = append(bytes.Clone(line), make([]byte, (3-len(line)%3)%3)...)
		}
		c.Out.WriteString(encoding.EncodeToString(line) + "\n")
		if err := c.Bounded(); err != nil {
			return 0, err
		}
	}
	c.Out.WriteString(end)
	return 0, c.Bounded()
}

// uudecode writes the file that a text of uuencode has.
func uudecode(c *Call) (int, error) {
	opts, args, err := c.getopt("o:", "")
	if err != nil {
		return 0, err
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	source := "-"
	if len(args) == 1 {
		source = args[0]
	}
	list, problem, err := c.recordsOf(source)
	if err != nil {
		return 0, err
	}
	if problem != "" {
		return c.complain("%s", problem), nil
	}
	for i, line := range list {
		text := strings.TrimRight(string(chomp(line)), " \t\r\n")
		rest, isBase64 := strings.CutPrefix(text, "begin-base64 ")
		if !isBase64 {
			var ok bool
			if rest, ok = strings.CutPrefix(text, "begin "); !ok {
				continue
			}
		}
		digits, name, ok := strings.Cut(strings.TrimLeft(rest, " "), " ")
		if !ok || name == "" {
			break
		}
		mode, err := strconv.ParseUint(digits, 8, 16)
		if err != nil {
			return 0, c.Unsupported(c.Line, "uudecode: the mode %q is not supported", digits)
		}
		if to, ok := opts.last('o'); ok {
			name = to
		}
		return c.decodeTo(name, uint16(mode), list[i+1:], isBase64)
	}
	return c.complain("no 'begin' line"), nil
}

// decodeTo writes what lines stand for to a file, which gets the mode.
func (c *Call) decodeTo(name string, mode uint16, lines [][]byte, isBase64 bool) (int, error) {
	decode := c.decodeUU
	if isBase64 {
		decode = c.decodeBase64
	}
	content, isWhole, err := decode(lines)
	if err != nil {
		return 0, err
	}
	if name == "-" {
		name = "/dev/stdout"
	}
	if err := c.writeTo(name, tree.Create|tree.Truncate, content); Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("can't open '%s': %s", name, Reason(err)), nil
	}
	if n, err := c.look(name, true); err == nil && n.Type == tree.Regular && !strings.HasPrefix(name, "/dev/") {
		if err := c.Tree.Chmod(n, mode&0o777); err != nil {
			return 0, c.Fail(err)
		}
	}
	if !isWhole {
		return c.complain("short file"), nil
	}
	return 0, c.Bounded()
}

// decodeUU reads lines up to "end".
func (c *Call) decodeUU(lines [][]byte) (content []byte, isWhole bool, err error) {
	for _, line := range lines {
		line = bytes.TrimRight(line, "\r\n")
		if string(line) == "end" {
			return content, true, nil
		}
		if len(line) == 0 {
			continue
		}
		n := int(line[0]-' ') & 0x3f
		if line = line[1:]; n > len(line)*3/4 {
			return content, false, nil
		}
		for i := 0; n > 0; i += 4 {
			var word [4]byte
			copy(word[:], line[i:])
			for j := range word {
				word[j] = (word[j] - ' ') & 0x3f
			}
			three := [3]byte{word[0]<<2 | word[1]>>4, word[1]<<4 | word[2]>>2, word[2]<<6 | word[3]}
			content = append(content, three[:min(n, 3)]...)
			n -= 3
		}
		if err := c.received(len(line)); err != nil {
			return nil, false, err
		}
	}
	return content, false, nil
}

// decodeBase64 reads lines up to "====".
func (c *Call) decodeBase64(lines [][]byte) (content []byte, isWhole bool, err error) {
	var text []byte
	for _, line := range lines {
		if line = bytes.TrimRight(line, "\r\n"); string(line) == "====" {
			content, isWhole := base64Bytes(text)
			if !isWhole {
				return nil, false, c.Unsupported(c.Line, "uudecode: base64 that is not whole is not supported")
			}
			return content, true, nil
		}
		text = append(text, line...)
		if err := c.received(len(line)); err != nil {
			return nil, false, err
		}
	}
	return nil, false, c.Unsupported(c.Line, "uudecode: base64 without \"====\" at its end is not supported")
}
