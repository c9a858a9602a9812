package busybox

import (
	"fmt"
	"math"
	"strconv"

	"github.com/lamina-oci/lamina/layer/tree"
)

// diskUsage is a run of du. Sizes are in bytes: with -b those of the contents, else of the blocks that ls counts.
type diskUsage struct {
	c       *Call
	opts    optionList
	unit    byte // b, h, k or m
	follows bool // links
	depth   int  // how deep directories are printed
	seen    map[*tree.Node]bool
	status  int
}

// du lists a directory in the order of names, where busybox has that of the file system.
func du(c *Call) (int, error) {
	opts, args, err := c.getopt("aHLd:clsxhmkb", "")
	if err != nil {
		return 0, err
	}
	d := diskUsage{c: c, opts: opts, unit: 'k', depth: math.MaxInt, seen: make(map[*tree.Node]bool)}
	links := byte(0) // which are followed
	for _, o := range opts {
		switch o.letter {
		case 'h', 'k', 'm':
			d.unit = o.letter
		case 'H', 'L':
			links = o.letter
		case 's':
			d.depth = 0
		case 'd':
			n, err := strconv.ParseUint(o.value, 10, 31)
			if err != nil {
				return c.complain("invalid number '%s'", o.value), nil
			}
			d.depth = int(n)
		}
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	total := int64(0)
	for _, name := range args {
		d.follows = links == 'L'
		if n, err := c.look(name, false); links == 'H' && err == nil && n.Type == tree.Symlink {
			d.follows = true // also links below it, as busybox does
		}
		size, err := d.file(name, 0)
		if err != nil {
			return 0, err
		}
		total += size
	}
	if opts.has('c') {
		d.print(total, "total")
	}
	return d.status, c.Bounded()
}

// file prints and returns what a file takes.
func (d *diskUsage) file(name string, depth int) (int64, error) {
	if depth > maxDirectories {
		return 0, d.c.Unsupported(d.c.Line, "du: more than %d directories deep", maxDirectories)
	}
	n, err := d.c.look(name, d.follows)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		d.status = d.c.complain("%s: %s", name, Reason(err))
		return 0, nil
	}
	if !d.opts.has('l') && (n.Type == tree.Directory || n.Links() > 1) {
		if d.seen[n] {
			return 0, nil
		}
		d.seen[n] = true
	}
	size := blocks(n) * 1024
	if d.opts.has('b') {
		switch n.Type {
		case tree.Regular:
			size = n.Size
		case tree.Symlink:
			size = int64(len(n.Target))
		}
	}
	if n.Type == tree.Directory {
		names, err := d.c.Tree.Names(n)
		if err != nil {
			d.status = d.c.complain("can't open '%s': %s", name, Reason(err))
		}
		for _, below := range names {
			one, err := d.file(join(name, below), depth+1)
			if err != nil {
				return 0, err
			}
			size += one
		}
	}
	if depth <= d.depth && (depth == 0 || n.Type == tree.Directory || d.opts.has('a')) {
		d.print(size, name)
	}
	return size, d.c.Bounded()
}

func (d *diskUsage) print(size int64, name string) {
	switch {
	case d.unit == 'h':
		fmt.Fprintf(&d.c.Out, "%s\t%s\n", humanSize(size), name)
		return
	case d.unit == 'm':
		size = (size + 1<<20 - 1) / (1 << 20)
	case !d.opts.has('b'):
		size = (size + 1023) / 1024
	}
	fmt.Fprintf(&d.c.Out, "%d\t%s\n", size, name)
}
