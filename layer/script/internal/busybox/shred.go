package busybox

import (
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// shred overwrites files where what is left does not depend on chance: it removes them, or writes zeros last.
func shred(c *Call) (int, error) {
	opts, args, err := c.getopt("fuzvxn:s:", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	passes, size := 3, int64(-1)
	if text, ok := opts.last('n'); ok {
		if passes, err = strconv.Atoi(text); err != nil || passes < 0 {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	if text, ok := opts.last('s'); ok {
		if size, ok = parseCopySize(text); !ok || strings.ContainsAny(text, "cwb") {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	for _, name := range args {
		n, err := c.look(name, true)
		if err == nil && opts.has('f') {
			err = c.Tree.Chmod(n, n.Mode|0o200)
		}
		if err == nil {
			_, err = c.Tree.OpenWriter(c.file(name), 0, 0)
		}
		if err != nil {
			return c.complain("can't open '%s': %s", name, Reason(err)), nil
		}
		length := size
		if length < 0 {
			length = n.Size
		}
		link, err := c.look(name, false)
		isGone := opts.has('u') && link == n && n.Links() == 1
		switch {
		case err != nil || isGone:
		case c.isOther(), passes > 0 && !opts.has('z') && length > 0:
			return 0, c.Unsupported(c.Line, "shred is supported where it removes files, -u, and busybox's with -z: what it writes is another each time")
		case opts.has('z') && length > MaxInput:
			return 0, c.Unsupported(c.Line, "shred: a file of more than %d bytes is not supported", MaxInput)
		case opts.has('z'):
			err = c.writeTo(name, tree.Create, make([]byte, length))
		}
		if err == nil && opts.has('u') {
			err = c.Tree.Remove(c.file(name))
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}
