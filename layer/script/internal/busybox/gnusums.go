package busybox

import (
	"errors"
	"fmt"
	"hash"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Options of coreutils' sha256sum and its like that busybox' do not have.
const (
	ignoreMissing = '\x01'
	quietSums     = '\x02'
	strictSums    = '\x03'
)

// gnuCheck compares files with the sums of a list as coreutils does. Lines that are no sums are passed over.
func (c *Call) gnuCheck(opts optionList, make func() hash.Hash, list string) (int, error) {
	text, err := c.open(list, true)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		return c.complain("%s: %s", list, Reason(err)), nil
	}
	lines, err := c.lines(text)
	if err != nil {
		return 0, err
	}
	isSilent := opts.has('s')
	hasTwoSpaces, hasOneSpace := false, false
	proper, improper, unread, different, verified := 0, 0, 0, 0, 0
	for _, line := range lines {
		line := string(chomp(line))
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		if strings.ContainsAny(line, "\r\\\x00") || strings.HasPrefix(line, "SHA") || strings.HasPrefix(line, "MD5") || strings.HasSuffix(line, " ") {
			return 0, c.Unsupported(c.Line, "%s: the line %q is not supported", c.Args[0], line)
		}
		want, name, ok := strings.Cut(strings.TrimLeft(line, " \t"), " ")
		ok = ok && len(want) == 2*make().Size() && strings.Trim(want, "0123456789abcdefABCDEF") == "" && name != ""
		if ok && (len(name) == 1 || name[0] != ' ' && name[0] != '*') {
			ok, hasOneSpace = !hasTwoSpaces, hasOneSpace || !hasTwoSpaces
		} else if ok && !hasOneSpace {
			name, hasTwoSpaces = name[1:], true
		}
		if !ok {
			if improper++; opts.has('w') {
				c.complain("%s: improperly formatted %s checksum line", list, path.Base(c.Args[0]))
			}
			continue
		}
		proper++
		sum, err := c.gnuSum(name, make(), opts)
		switch {
		case errors.Is(err, errMissing):
		case Fatal(err):
			return 0, err
		case err != nil:
			if unread++; !isSilent {
				fmt.Fprintf(&c.Out, "%s: FAILED open or read\n", name)
			}
		case sum != strings.ToLower(want):
			if different++; !isSilent {
				fmt.Fprintf(&c.Out, "%s: FAILED\n", name)
			}
		default:
			if verified++; !isSilent && !opts.has(quietSums) {
				fmt.Fprintf(&c.Out, "%s: OK\n", name)
			}
		}
	}
	if proper == 0 {
		return c.complain("%s: no properly formatted checksum lines found", list), nil
	}
	if !isSilent {
		for _, w := range []struct {
			n    int
			text string
		}{{improper, "lines improperly formatted"}, {unread, "listed files could not be read"}, {different, "computed checksums did NOT match"}} {
			if w.n > 0 {
				c.complain("WARNING: %d %s", w.n, w.text)
			}
		}
	}
	if opts.has(ignoreMissing) && verified == 0 && !isSilent {
		c.complain("%s: no file was verified", list)
	}
	if different > 0 || unread > 0 || opts.has(strictSums) && improper > 0 || opts.has(ignoreMissing) && verified == 0 {
		return 1, nil
	}
	return 0, nil
}

var errMissing = errors.New("the file is missing and need not exist")

// gnuSum is the sum of a listed file. Why it cannot be read is said, unless it is missing and that is ignored.
func (c *Call) gnuSum(name string, h hash.Hash, opts optionList) (string, error) {
	content, err := c.open(name, true)
	switch {
	case errors.Is(err, tree.ErrNotExist) && opts.has(ignoreMissing):
		return "", errMissing
	case err != nil:
		if !Fatal(err) {
			c.complain("%s: %s", name, Reason(err))
		}
		return "", err
	}
	h.Write(content)
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
