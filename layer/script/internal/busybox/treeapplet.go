package busybox

import (
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

// treeApplet is "tree", which draws what directories have. It has no options.
func treeApplet(c *Call) (int, error) {
	d := drawing{c: c}
	names := c.Args[1:]
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, name := range names {
		if err := d.draw(name, name, "", 0); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(&c.Out, "\n%d directories, %d files\n", d.directories, d.files)
	return 0, nil
}

type drawing struct {
	c                  *Call
	directories, files int
}

// draw prints a directory, which is called shown, and what is in it, with the prefix of its lines.
func (d *drawing) draw(name, shown, prefix string, depth int) error {
	if depth > maxDirectories {
		return d.c.Unsupported(d.c.Line, "tree: more than %d directories deep", maxDirectories)
	}
	n, err := d.c.look(name, true)
	var below []string
	if err == nil {
		if below, err = d.c.Tree.Names(n); n.Type != tree.Directory {
			err = tree.ErrNotDir
		}
	}
	if Fatal(err) {
		return err
	}
	if err != nil {
		fmt.Fprintf(&d.c.Out, "%s [error opening dir]\n", shown)
		return nil
	}
	fmt.Fprintln(&d.c.Out, shown)
	var list []listed
	for _, base := range below {
		if base[0] == '.' {
			continue
		}
		at := join(name, base)
		f, err := d.c.look(at, false)
		if Fatal(err) {
			return err
		}
		if err == nil {
			list = append(list, listed{base, f})
		}
	}
	for i, f := range list {
		branch, more := "├── ", "│   "
		if i == len(list)-1 {
			branch, more = "└── ", "    "
		}
		d.c.Out.WriteString(prefix + branch)
		if err := d.c.Bounded(); err != nil {
			return err
		}
		if f.node.Type == tree.Directory {
			d.directories++
			if err := d.draw(join(name, f.name), f.name, prefix+more, depth+1); err != nil {
				return err
			}
			continue
		}
		d.files++
		d.c.Out.WriteString(f.name)
		if f.node.Type == tree.Symlink {
			d.c.Out.WriteString(" -> " + f.node.Target)
		}
		d.c.Out.WriteByte('\n')
	}
	return nil
}
