package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
	"github.com/lamina-oci/lamina/layer/script/internal/ldcache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// scanelf is scanelf of pax-utils as far as it lists what programs need: the names of their shared libraries.
func scanelf(c *Call) (int, error) {
	opts, args, err := c.getopt("nBF:RyqmE:a", "needed=n nobanner=B format=F recursive=R symlink=y quiet=q mount=m all=a etype=E")
	if err != nil {
		return 0, err
	}
	format, hasFormat := opts.last('F')
	if opts.has('E') || opts.has('a') || opts.has('q') || !opts.has('B') {
		return 0, c.Unsupported(c.Line, "scanelf: only -B with -n, -F, -R and -y is supported")
	}
	if !hasFormat {
		if format = "%o %F "; opts.has('n') {
			format = "%o %n %F "
		}
	} else if !namesFile(format) {
		format += " %F"
	}
	status := 0 // of the last operand
	for _, name := range args {
		n, err := c.look(name, false)
		isLink := err == nil && n.Type == tree.Symlink
		if isLink && !opts.has('y') {
			n, err = c.look(name, true)
		}
		if Fatal(err) {
			return 0, err
		}
		if status = 1; err != nil || n.Type != tree.Regular && (n.Type != tree.Directory || isLink) {
			continue
		}
		status = 0
		if err := c.scan(n, name, format, opts.has('R'), 0); err != nil {
			return 0, err
		}
	}
	return status, c.Bounded()
}

// namesFile reports whether a format has the file's name, which is else printed at the end.
func namesFile(format string) bool {
	for i := range len(format) - 1 {
		if (format[i] == '%' || format[i] == '#') && strings.IndexByte("Fpf", format[i+1]) >= 0 {
			return true
		}
	}
	return false
}

// scan prints what a file needs, or the files in a directory, and those below if asked.
func (c *Call) scan(n *tree.Node, name, format string, recursive bool, depth int) error {
	if err := c.spend(pathCost); err != nil {
		return err
	}
	if n.Type == tree.Directory {
		if depth > 0 && !recursive || depth > maxFolders {
			return nil
		}
		for _, child := range n.Names() {
			below := join(name, child)
			of, err := c.look(below, false)
			if err != nil || of.Type == tree.Symlink {
				continue
			}
			if err := c.scan(of, below, format, recursive, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if n.Type != tree.Regular || n.Content == nil || c.Tree.Access(n, tree.Read) != nil {
		return nil
	}
	return c.scanFile(n, name, format)
}

func (c *Call) scanFile(n *tree.Node, name, format string) error {
	reader := partReader{c: c, n: n}
	typ, needed, err := ldcache.Needed(n.Size, reader.open)
	if failure := reader.end(); failure != nil {
		return failure
	}
	switch {
	case errors.Is(err, ldcache.ErrNotELF):
		return nil
	case err != nil:
		fmt.Fprintf(&c.Err, "scanelf: %s: Invalid program header info (2)\n", name)
		return nil
	}
	return c.printScan(format, name, typ, needed)
}

// elfTypeName is what scanelf calls a type of file.
func elfTypeName(typ elf.Type) string {
	names := [...]string{"ET_NONE", "ET_REL", "ET_EXEC", "ET_DYN", "ET_CORE"}
	if int(typ) < len(names) {
		return names[typ]
	}
	return "UNKNOWN_TYPE"
}

// printScan prints a line of the format. A letter behind "#" in place of "%" counts as printed, and prints nothing.
func (c *Call) printScan(format, name string, typ elf.Type, needed []string) error {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' && format[i] != '#' || i+1 == len(format) {
			c.Out.WriteByte(format[i])
			continue
		}
		mark := format[i]
		i++
		text := ""
		switch format[i] {
		case 'o':
			text = elfTypeName(typ)
		case 'n':
			text = strings.Join(needed, ",")
		case 'F', 'p':
			text = name
		case 'f':
			text = path.Base(name)
		default:
			return c.Unsupported(c.Line, "scanelf: the format %q is not supported", format)
		}
		if mark == '%' {
			c.Out.WriteString(text)
		}
	}
	c.Out.WriteByte('\n')
	return c.emit()
}
