package busybox

import (
	"cmp"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
	"github.com/lamina-oci/lamina/layer/tree"
)

// ls lists one name a line, since nothing is a terminal. A tree does not know what depends on the file system: files take as many blocks
// of blockSize as they need, and directories have the size of one, as on most disks.
func ls(c *Call) (int, error) {
	opts, args, err := c.getopt("1aAdlngFptSXvrLHhksR\x01::\x02\x03", "color=\x01 full-time=\x02 group-directories-first=\x03")
	if err != nil {
		return 0, err
	}
	if color, isColored := opts.last('\x01'); isColored && color != "never" && color != "auto" {
		return 0, c.Unsupported(c.Line, "ls: --color is supported with never and auto only")
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	l := lister{c: c, opts: opts, long: opts.has('l') || opts.has('n') || opts.has('g') || opts.has(fullTime)}
	var files, dirs []listed
	for _, name := range args {
		follow := opts.has('L') || opts.has('H') || !l.long && !opts.has('F') && !opts.has('s')
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
	l.hasPrinted = len(files) > 0
	if err := l.directories(dirs, len(args) > 1 || opts.has('R'), 0); err != nil {
		return 0, err
	}
	return l.status, nil
}

const (
	fullTime         = '\x02' // the option for times with seconds and zone
	directoriesFirst = '\x03'
)

// directories lists directories one after the other, each with its name before it if asked.
func (l *lister) directories(dirs []listed, isNamed bool, depth int) error {
	if depth > maxDirectories {
		return l.c.Unsupported(l.c.Line, "ls: more than %d directories deep", maxDirectories)
	}
	l.sort(dirs)
	for _, dir := range dirs {
		if isNamed {
			if l.hasPrinted {
				l.c.Out.WriteByte('\n')
			}
			fmt.Fprintf(&l.c.Out, "%s:\n", printable(dir.name))
		}
		l.hasPrinted = true
		below, err := l.directory(dir)
		if err == nil && l.opts.has('R') {
			err = l.directories(below, true, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type listed struct {
	name string
	node *tree.Node
}

type lister struct {
	c    *Call
	opts optionList
	long bool

	hasPrinted bool // something, so that an empty line comes before the next directory
	status     int
}

// blockSize is that of the file system, in bytes, of which ls counts the halves of a KiB as 1 KiB.
const blockSize = 4096

// blocks returns the KiB that a file takes.
func blocks(n *tree.Node) int64 {
	switch n.Type {
	case tree.Directory:
		return blockSize / 1024
	case tree.Regular:
		return (n.Size + blockSize - 1) / blockSize * blockSize / 1024
	}
	return 0
}

// directory lists what is in a directory, and returns the directories among it.
func (l *lister) directory(dir listed) (below []listed, err error) {
	names, err := l.c.Tree.Names(dir.node)
	if err != nil {
		l.status = l.c.complain("can't open '%s': %s", dir.name, Reason(err))
		return nil, nil
	}
	var list []listed
	if l.opts.has('a') {
		above, err := l.c.look(join(dir.name, ".."), true)
		if err != nil {
			above = dir.node
		}
		list = append(list, listed{".", dir.node}, listed{"..", above})
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
			return nil, l.c.Unsupported(l.c.Line, "ls -L of a link that leads nowhere is not supported")
		}
		list = append(list, listed{name, n})
		if n.Type == tree.Directory {
			below = append(below, listed{join(dir.name, name), n})
		}
	}
	if l.long || l.opts.has('s') {
		total := int64(0)
		for _, f := range list {
			total += blocks(f.node)
		}
		if l.opts.has('h') {
			fmt.Fprintf(&l.c.Out, "total %-7s\n", humanTotal(total*1024))
		} else {
			fmt.Fprintf(&l.c.Out, "total %d\n", total)
		}
	}
	return below, l.print(list)
}

func (l *lister) sort(list []listed) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b, order := list[i], list[j], 0
		if isFirst := a.node.Type == tree.Directory; l.opts.has(directoriesFirst) && isFirst != (b.node.Type == tree.Directory) {
			return isFirst != l.opts.has('r')
		}
		switch {
		case l.opts.has('t'):
			order = b.node.ModTime.Compare(a.node.ModTime)
		case l.opts.has('S'):
			order = cmp.Compare(listedSize(b.node), listedSize(a.node))
		case l.opts.has('X'):
			order = strings.Compare(extension(a.name), extension(b.name))
		case l.opts.has('v'):
			order = libc.Strverscmp([]byte(a.name), []byte(b.name))
		}
		order = cmp.Or(order, strings.Compare(a.name, b.name))
		if l.opts.has('r') {
			return order > 0
		}
		return order < 0
	})
}

// extension is what begins at the first dot of a name.
func extension(name string) string {
	_, after, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	return "." + after
}

func (l *lister) print(list []listed) error {
	l.sort(list)
	for _, f := range list {
		switch {
		case l.opts.has('s') && l.opts.has('h'):
			fmt.Fprintf(&l.c.Out, "%7s ", humanSize(blocks(f.node)*1024))
		case l.opts.has('s'):
			fmt.Fprintf(&l.c.Out, "%6d ", blocks(f.node))
		}
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
	user, group := c.nameOf(passwdFile, n.UID), c.nameOf(groupFile, n.GID)
	if user == "" || l.opts.has('n') {
		user = fmt.Sprint(n.UID)
	}
	if group == "" || l.opts.has('n') {
		group = fmt.Sprint(n.GID)
	}
	fmt.Fprintf(&c.Out, "%-10s %4d ", modeString(n), linksOf(n))
	switch {
	case l.opts.has('n') && l.opts.has('g'):
		fmt.Fprintf(&c.Out, "%-8s ", group)
	case l.opts.has('n'):
		fmt.Fprintf(&c.Out, "%-8s %-8s ", user, group)
	case l.opts.has('g'):
		fmt.Fprintf(&c.Out, "%-8.8s ", group)
	default:
		fmt.Fprintf(&c.Out, "%-8.8s %-8.8s ", user, group)
	}
	size := listedSize(n)
	switch {
	case n.Type == tree.CharDevice || n.Type == tree.BlockDevice:
		fmt.Fprintf(&c.Out, "%4d, %3d ", n.Major, n.Minor)
	case l.opts.has('h'):
		fmt.Fprintf(&c.Out, "%7s ", humanSize(size))
	default:
		fmt.Fprintf(&c.Out, "%9d ", size)
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	when := n.ModTime.In(zone)
	format := "Jan _2 15:04 "
	if age := c.Now.Sub(when); age > 365*24*time.Hour/2 || age < -15*time.Minute {
		format = "Jan _2  2006 "
	}
	if l.opts.has(fullTime) {
		format = "2006-01-02 15:04:05 -0700 "
	}
	c.Out.WriteString(when.Format(format))
	return nil
}

func listedSize(n *tree.Node) int64 {
	switch n.Type {
	case tree.Symlink:
		return int64(len(n.Target))
	case tree.Directory:
		return blockSize
	}
	return n.Size
}

// linksOf is the number of names of a file: those of a directory are its own, "." and ".." of each directory in it.
func linksOf(n *tree.Node) int {
	if n.Type != tree.Directory {
		return n.Links()
	}
	links := 2
	for _, name := range n.Names() {
		if n.Child(name).Type == tree.Directory {
			links++
		}
	}
	return links
}

// humanSize is a size with a unit, and one decimal.
func humanSize(size int64) string {
	if size < 1024 {
		return fmt.Sprint(size)
	}
	size, fraction, unit := inUnit(size)
	return fmt.Sprintf("%d.%d%c", size, fraction, unit)
}

// humanTotal is a size with a unit, without decimals.
func humanTotal(size int64) string {
	if size < 1024 {
		return fmt.Sprint(size)
	}
	size, fraction, unit := inUnit(size)
	return fmt.Sprintf("%d%c", size+fraction/5, unit)
}

// inUnit returns a size of 1 KiB or more in the unit that it has at least one of, with the tenths.
func inUnit(size int64) (whole, tenths int64, unit byte) {
	const units = "KMGTPE"
	i := -1
	for size >= 1024 && i < len(units)-1 {
		tenths = (size%1024*10 + 512) / 1024
		size /= 1024
		i++
	}
	if tenths >= 10 {
		size, tenths = size+1, 0
	}
	return size, tenths, units[i]
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
