package busybox

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"path"

	"github.com/lamina-oci/lamina/layer/tree"
)

// checksums are md5sum and its like.
func checksums(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	sum := map[string]func() hash.Hash{"md5sum": md5.New, "sha1sum": sha1.New, "sha256sum": sha256.New, "sha512sum": sha512.New}[path.Base(c.Args[0])]
	return c.inputs(args, messages{"can't open '%s': %s", "can't read '%s': Is a directory"}, func(name string, content []byte) error {
		h := sum()
		h.Write(content)
		fmt.Fprintf(&c.Out, "%x  %s\n", h.Sum(nil), name)
		return nil
	})
}

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

// diff says whether files differ. What differs in them is not worked out.
func diff(c *Call) (int, error) {
	opts, args, err := c.getopt("q", map[string]byte{"brief": 'q'})
	if err != nil {
		return 0, err
	}
	if len(args) != 2 {
		c.usage()
		return 2, nil
	}
	var contents [2][]byte
	for i, name := range args {
		n, err := c.look(name, true)
		if err == nil && n.Type == tree.Directory {
			return 0, c.Unsupported(c.Line, "diff of directories is not supported")
		}
		contents[i], err = c.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			c.complain("can't stat '%s': %s", name, Reason(err))
			return 2, nil
		}
	}
	switch {
	case bytes.Equal(contents[0], contents[1]):
		return 0, nil
	case !opts.has('q'):
		return 0, c.Unsupported(c.Line, "diff is supported with -q only")
	}
	fmt.Fprintf(&c.Out, "Files %s and %s differ\n", args[0], args[1])
	return 1, nil
}
