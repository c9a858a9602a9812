package busybox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/tree"
)

// ls lists one name a line, since nothing is a terminal. What a tree does not know (the
// blocks that files take, the sizes of directories) is refused.
func ls(c *Call) (int, error) {
	opts, args, err := c.getopt("1aAdlnFptSrLHh", nil)
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	l := lister{c: c, opts: opts, long: opts.has('l') || opts.has('n')}
	var files, dirs []listed
	for _, name := range args {
		follow := opts.has('L') || opts.has('H') || !l.long && !opts.has('d') && !opts.has('F')
		n, err := c.look(name, follow)
		if err != nil {
			l.status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		if n.Type == tree.Directory && !opts.has('d') {
			dirs = append(dirs, listed{name, n})
		} else {
			files = append(files, listed{name, n})
		}
	}
	if err := l.print(files); err != nil {
		return 0, err
	}
	l.sort(dirs)
	for i, dir := range dirs {
		if len(args) > 1 {
			if i > 0 || len(files) > 0 {
				c.Out.WriteByte('\n')
			}
			fmt.Fprintf(&c.Out, "%s:\n", printable(dir.name))
		}
		if err := l.directory(dir); err != nil {
			return 0, err
		}
	}
	return l.status, nil
}

type listed struct {
	name string
	node *tree.Node
}

type lister struct {
	c    *Call
	opts optionList
	long bool

	status int
}

func (l *lister) directory(dir listed) error {
	if l.long {
		return l.c.Unsupported(l.c.Line, "ls -l of a directory is not supported: it prints disk blocks")
	}
	names, err := l.c.Tree.Names(dir.node)
	if err != nil {
		l.status = l.c.complain("can't open '%s': %s", dir.name, Reason(err))
		return nil
	}
	var list []listed
	if l.opts.has('a') {
		list = append(list, listed{".", dir.node}, listed{"..", dir.node})
	}
	for _, name := range names {
		if name[0] == '.' && !l.opts.has('a') && !l.opts.has('A') {
			continue
		}
		n, err := l.c.look(join(dir.name, name), l.opts.has('L'))
		switch {
		case errors.Is(err, tree.ErrPermission):
			l.status = l.c.complain("%s: %s", join(dir.name, name), Reason(err))
			continue
		case err != nil:
			return l.c.Unsupported(l.c.Line, "ls -L of a link that leads nowhere is not supported")
		}
		list = append(list, listed{name, n})
	}
	return l.print(list)
}

func (l *lister) sort(list []listed) {
	slices.SortStableFunc(list, func(a, b listed) int {
		order := 0
		switch {
		case l.opts.has('t'):
			order = b.node.ModTime.Compare(a.node.ModTime)
		case l.opts.has('S'):
			order = cmp.Compare(b.node.Size, a.node.Size)
		}
		order = cmp.Or(order, strings.Compare(a.name, b.name))
		if l.opts.has('r') {
			return -order
		}
		return order
	})
}

func (l *lister) print(list []listed) error {
	l.sort(list)
	for _, f := range list {
		if l.long {
			if err := l.details(f.node); err != nil {
				return err
			}
		}
		l.c.Out.WriteString(printable(f.name))
		if l.long && f.node.Type == tree.Symlink {
			l.c.Out.WriteString(" -> " + printable(f.node.Target))
		} else {
			l.c.Out.WriteString(l.indicator(f.node))
		}
		l.c.Out.WriteByte('\n')
	}
	return l.c.Bounded()
}

func (l *lister) details(n *tree.Node) error {
	c := l.c
	if n.Type == tree.Directory {
		return c.Unsupported(c.Line, "ls -l of a directory is not supported: its size depends on the file system")
	}
	user, group := c.nameOf(passwdFile, n.UID), c.nameOf(groupFile, n.GID)
	if user == "" || l.opts.has('n') {
		user = fmt.Sprint(n.UID)
	}
	if group == "" || l.opts.has('n') {
		group = fmt.Sprint(n.GID)
	}
	fmt.Fprintf(&c.Out, "%-10s %4d ", modeString(n), n.Links())
	if l.opts.has('n') {
		fmt.Fprintf(&c.Out, "%-8s %-8s ", user, group)
	} else {
		fmt.Fprintf(&c.Out, "%-8.8s %-8.8s ", user, group)
	}
	size := n.Size
	if n.Type == tree.Symlink {
		size = int64(len(n.Target))
	}
	switch {
	case n.Type == tree.CharDevice || n.Type == tree.BlockDevice:
		fmt.Fprintf(&c.Out, "%4d, %3d ", n.Major, n.Minor)
	case l.opts.has('h') && size >= 1024:
		return c.Unsupported(c.Line, "ls -h is not supported")
	case l.opts.has('h'):
		fmt.Fprintf(&c.Out, "%7d ", size)
	default:
		fmt.Fprintf(&c.Out, "%9d ", size)
	}
	when := n.ModTime.UTC()
	format := "Jan _2 15:04 "
	if age := c.Now.Sub(when); age > 365*24*time.Hour/2 || age < -15*time.Minute {
		format = "Jan _2  2006 "
	}
	c.Out.WriteString(when.Format(format))
	return nil
}

func (l *lister) indicator(n *tree.Node) string {
	switch {
	case n.Type == tree.Directory && (l.opts.has('F') || l.opts.has('p')):
		return "/"
	case !l.opts.has('F'):
		return ""
	case n.Type == tree.Symlink:
		return "@"
	case n.Type == tree.FIFO:
		return "|"
	case n.Type == tree.Regular && n.Mode&0o111 != 0:
		return "*"
	}
	return ""
}

// printable is a name with "?" for what a terminal might not like.
func printable(name string) string {
	var b strings.Builder
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		switch {
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			b.WriteByte('?')
		default:
			b.WriteString(name[:size])
		}
		name = name[size:]
	}
	return b.String()
}
