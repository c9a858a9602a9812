package busybox

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/lamina-oci/lamina/layer/tree"
)

// compare is cmp.
func compare(c *Call) (int, error) {
	opts, args, err := c.getopt("ln:s", "quiet=s silent=s verbose=l bytes=n")
	if err != nil {
		return 0, err
	}
	most := -1
	for _, o := range opts {
		if o.letter != 'n' {
			continue
		}
		n, err := strconv.ParseInt(o.value, 10, 32)
		if err != nil || n < 0 {
			return c.complain("invalid number '%s'", o.value), nil
		}
		most = int(n)
	}
	if len(args) < 1 || len(args) > 4 || opts.has('l') && opts.has('s') {
		return c.usage(), nil
	}
	var skip [2]int
	for i, text := range args[min(2, len(args)):] {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return c.complain("invalid number '%s'", text), nil
		}
		skip[i] = int(min(n, MaxInput))
	}
	if len(args) == 1 {
		args = append(args, "-")
	}
	var contents [2][]byte
	directory, isRead := "", false
	for i, name := range args[:2] {
		contents[i], err = c.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if errors.Is(err, tree.ErrIsDir) {
			if directory == "" {
				directory, isRead = name, most != 0 || skip[i] > 0
			}
		} else if err != nil {
			if !opts.has('s') {
				c.complain("%s: %s", name, Reason(err))
			}
			return 2, nil
		}
		contents[i] = contents[i][min(skip[i], len(contents[i])):]
	}
	switch {
	case args[0] == "-" && args[1] == "-":
		return 0, nil // they are one stream
	case isRead:
		c.complain("%s: I/O error", directory)
		return 2, nil
	}
	return c.compareBytes(args, contents[0], contents[1], most, opts.has('l'), opts.has('s'))
}

// compareBytes prints the first byte that differs, or each of them if list is set, as
// busybox also does with a number of bytes.
func (c *Call) compareBytes(names []string, a, b []byte, most int, list, silent bool) (int, error) {
	status, lines := 0, 1
	for i := 0; i != most; i++ {
		if i%4096 == 0 {
			if err := c.Bounded(); err != nil {
				return 0, err
			}
		}
		switch {
		case i == len(a) && i == len(b):
			return status, nil
		case i == len(a) || i == len(b):
			if !silent {
				c.complain("EOF on %s", names[oneIf(i < len(a))])
			}
			return 1, nil
		case a[i] == b[i]:
			lines += oneIf(a[i] == '\n')
			continue
		case list:
			fmt.Fprintf(&c.Out, "%d %3o %3o\n", i+1, a[i], b[i])
		case !silent:
			fmt.Fprintf(&c.Out, "%s %s differ: char %d, line %d\n", names[0], names[1], i+1, lines)
		}
		if status = 1; !list && most < 0 {
			return 1, nil
		}
		if err := c.spend(numberCost); err != nil {
			return 0, err
		}
	}
	return status, nil
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
