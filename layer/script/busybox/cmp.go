package busybox

import (
	"bytes"
	"fmt"
)

// compare is cmp.
func compare(c *Call) (int, error) {
	opts, args, err := c.getopt("s", map[string]byte{"quiet": 's', "silent": 's'})
	if err != nil {
		return 0, err
	}
	if len(args) < 1 || len(args) > 2 {
		return c.usage(), nil
	}
	if len(args) == 1 {
		args = append(args, "-")
	}
	var contents [2][]byte
	for i, name := range args {
		contents[i], err = c.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			if !opts.has('s') {
				c.complain("%s: %s", name, Reason(err))
			}
			return 2, nil
		}
	}
	a, b := contents[0], contents[1]
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	switch {
	case len(a) == n && len(b) == n:
		return 0, nil
	case opts.has('s'):
	case n == len(a):
		c.complain("EOF on %s", args[0])
	case n == len(b):
		c.complain("EOF on %s", args[1])
	default:
		fmt.Fprintf(&c.Out, "%s %s differ: char %d, line %d\n", args[0], args[1], n+1, bytes.Count(a[:n], []byte("\n"))+1)
	}
	return 1, nil
}
