package busybox

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/layer/tree"
)

// tarCreation is "tar -c": busybox's own form of GNU tar's format. Directories are in the order of names, where busybox has that of the
// file system.
type tarCreation struct {
	*tarCall
	to      io.Writer
	archive *tree.Node // the file that it becomes; nil for standard output
	linked  map[*tree.Node]string
	status  int
}

const tarBlock = 512

// create makes an archive of files.
func (t *tarCall) create(names []string) (int, error) {
	file, isNamed := t.opts.last('f')
	isGzip := t.opts.has('z')
	isOther := t.opts.has('j') || t.opts.has('J')
	if t.opts.has('a') {
		isGzip = isGzip || strings.HasSuffix(file, "gz")
		isOther = isOther || strings.HasSuffix(file, "bz2") || strings.HasSuffix(file, "xz") || strings.HasSuffix(file, "lzma") ||
			t.isOther() && !strings.HasSuffix(file, "gz") && !strings.HasSuffix(file, ".tar") // GNU's knows more names
	}
	if isOther {
		return 0, t.Unsupported(t.Line, "tar: compressing is supported with -z only")
	}
	if len(names) == 0 {
		return t.complain("empty archive"), nil
	}
	toOutput := !isNamed || file == "-"
	c := &tarCreation{tarCall: t, linked: make(map[*tree.Node]string)}
	if !toOutput {
		if err := t.writeTo(file, tree.Create|tree.Truncate, nil); err != nil {
			return t.failed("can't open '%s': %s", file, err)
		}
		var err error
		if c.archive, err = t.look(file, true); err != nil {
			return t.failed("can't open '%s': %s", file, err)
		}
	}
	base := t.Dir
	if dirs := t.opts.all('C'); len(dirs) > 0 {
		dir := dirs[len(dirs)-1]
		n, err := t.look(dir, true)
		switch {
		case err != nil:
		case n.Type != tree.Directory:
			err = tree.ErrNotDir
		default:
			err = t.Tree.Access(n, tree.Execute)
		}
		if err != nil {
			return t.complain("can't change directory to '%s': %s", dir, Reason(err)), nil
		}
		base = t.Path(dir)
	}
	where := t.Dir
	t.Dir = base
	archive := t.newPacked(toOutput)
	c.to = archive
	var z *gzip.Writer
	if isGzip {
		z = newGzip(archive)
		c.to = z
	}
	for _, name := range names {
		if err := c.add(name, 0); err != nil {
			return 0, err
		}
	}
	_, err := c.to.Write(make([]byte, 2*tarBlock))
	if z != nil && err == nil {
		err = z.Close()
	}
	if err != nil {
		return 0, err
	}
	t.Dir = where
	if !toOutput {
		if err := archive.saveAs(file); err != nil {
			return t.failed("can't open '%s': %s", file, err)
		}
	}
	if c.status != 0 {
		t.complain("error exit delayed from previous errors")
	}
	return c.status, t.Bounded()
}

// packed is an archive that is made: standard output, or a file that is kept until it is whole.
type packed struct {
	c    *Call
	to   io.Writer  // nil for standard output
	kept *tree.Node // in no directory
}

func (c *Call) newPacked(toOutput bool) *packed {
	p := &packed{c: c}
	if !toOutput {
		p.to, p.kept = c.Tree.Scratch("archive")
	}
	return p
}

func (p *packed) Write(b []byte) (int, error) {
	if p.to == nil {
		p.c.Out.Write(b)
		return len(b), p.c.emit()
	}
	if err := p.c.spend(len(b)/streamed + 1); err != nil {
		return 0, err
	}
	return p.to.Write(b)
}

// open returns what was kept.
func (p *packed) open() (io.ReadCloser, error) {
	if p.kept.Content == nil {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return p.kept.Content.Open()
}

// saveAs writes it to the file that an operand names.
func (p *packed) saveAs(name string) error {
	w, err := p.c.writer(name, tree.Create|tree.Truncate)
	if err != nil {
		return err
	}
	r, err := p.open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(w, r)
	return err
}

// newGzip compresses. The library and its level decide which bytes come out: others than busybox's.
func newGzip(to io.Writer) *gzip.Writer {
	z, err := gzip.NewWriterLevel(to, 6)
	if err != nil {
		panic(err) // the level is valid
	}
	z.OS, z.ModTime = 3, time.Unix(0, 0) // Unix and no time, as busybox has it; the library makes a time of the zero Time
	return z
}

// add adds a file, and what is in it if it is a directory.
func (c *tarCreation) add(name string, depth int) error {
	if depth > maxDirectories {
		return c.Unsupported(c.Line, "tar: more than %d directories deep", maxDirectories)
	}
	n, err := c.look(name, c.opts.has('h'))
	if Fatal(err) {
		return err
	}
	if err != nil {
		c.status = c.complain("%s: %s", name, Reason(err))
		return nil
	}
	if n == c.archive {
		c.complain("%s: file is the archive; skipping", name)
		return nil
	}
	member := c.safe(name, &c.warned)
	if member == "" {
		if n.Type != tree.Directory {
			return nil
		}
		return c.addAll(name, n, depth)
	}
	if c.isExcluded(member) {
		return nil
	}
	if n.Type == tree.Regular && c.Tree.Access(n, tree.Read) != nil {
		c.status = c.complain("can't open '%s': %s", name, tree.ErrPermission)
		return nil
	}
	if err := c.entry(n, member); err != nil {
		return err
	}
	if n.Type != tree.Directory {
		return nil
	}
	return c.addAll(name, n, depth)
}

func (c *tarCreation) addAll(name string, n *tree.Node, depth int) error {
	if c.opts.has(noRecursion) {
		return nil
	}
	below, err := c.Tree.Names(n)
	if Fatal(err) {
		return err
	}
	if err != nil {
		c.status = c.complain("%s: %s", name, Reason(err))
		return nil
	}
	slices.Sort(below)
	for _, base := range below {
		if err := c.add(join(name, base), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// isExcluded reports whether a pattern matches a path from one of its components on.
func (c *tarCreation) isExcluded(name string) bool {
	if c.isOther() {
		return gnuExcludes(c.exclude, name)
	}
	for _, pattern := range c.exclude {
		for rest := name; rest != ""; {
			if matchesAbove(pattern, rest) {
				return true
			}
			_, below, _ := strings.Cut(rest, "/")
			if rest = strings.TrimLeft(below, "/"); strings.HasPrefix(pattern, "/") {
				break
			}
		}
	}
	return false
}

// entry writes the header of a file, and its content.
func (c *tarCreation) entry(n *tree.Node, name string) error {
	size, kind, target := int64(0), byte('0'), ""
	switch n.Type {
	case tree.Directory:
		kind = '5'
		name = strings.TrimSuffix(name, "/") + "/"
	case tree.Symlink:
		kind, target = '2', n.Target
	case tree.CharDevice:
		kind = '3'
	case tree.BlockDevice:
		kind = '4'
	case tree.FIFO:
		kind = '6'
	default:
		if size = n.Size; n.Links() > 1 {
			if first := c.linked[n]; first != "" {
				kind, target, size = '1', first, 0
			} else {
				c.linked[n] = name
			}
		}
	}
	if size >= 1<<33 {
		return c.Unsupported(c.Line, "tar: %s has more than 8 GiB", name)
	}
	if c.opts.has('v') {
		if c.archive == nil {
			fmt.Fprintln(&c.Err, name)
		} else {
			fmt.Fprintln(&c.Out, name)
		}
	}
	for _, long := range []struct {
		text string
		kind byte
	}{{target, 'K'}, {name, 'L'}} {
		if len(long.text) > 99 {
			if err := c.long(long.text, long.kind); err != nil {
				return err
			}
		}
	}
	var h tarHeader
	h.text(0, 100, name)
	h.octal(100, 8, int64(n.Mode))
	h.octal(108, 8, int64(n.UID))
	h.octal(116, 8, int64(n.GID))
	h.octal(124, 12, size)
	h.octal(136, 12, max(n.ModTime.Unix(), 0))
	h[156] = kind
	h.text(157, 100, target)
	h.text(265, 31, cmp.Or(c.nameOf(passwdFile, n.UID), strconv.Itoa(int(n.UID))))
	h.text(297, 31, cmp.Or(c.nameOf(groupFile, n.GID), strconv.Itoa(int(n.GID))))
	if kind == '3' || kind == '4' {
		h.octal(329, 8, int64(n.Major))
		h.octal(337, 8, int64(n.Minor))
	}
	if err := c.header(&h); err != nil || size == 0 {
		return err
	}
	r, err := n.Content.Open()
	if err != nil {
		return c.Fail(err)
	}
	defer r.Close()
	if _, err := io.Copy(c.to, &meter{c.Call, r}); err != nil {
		return err
	}
	_, err = c.to.Write(make([]byte, -size&(tarBlock-1)))
	return err
}

// long writes a name that is too long for a header.
func (c *tarCreation) long(text string, kind byte) error {
	var h tarHeader
	h.text(0, 100, "././@LongLink")
	for _, at := range []int{100, 108, 116} {
		h.octal(at, 8, 0)
	}
	h.octal(124, 12, int64(len(text)+1))
	h.octal(136, 12, 0)
	h[156] = kind
	if err := c.header(&h); err != nil {
		return err
	}
	b := append([]byte(text), 0)
	_, err := c.to.Write(append(b, make([]byte, -len(b)&(tarBlock-1))...))
	return err
}

func (c *tarCreation) header(h *tarHeader) error {
	copy(h[257:], "ustar  ")
	copy(h[148:], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	_, err := c.to.Write(h[:])
	return err
}

// tarHeader is the header of an entry.
type tarHeader [tarBlock]byte

func (h *tarHeader) text(at, size int, text string) { copy(h[at:at+size], text) }

// octal writes the last digits of a number, and a zero byte behind them if the first of those is 0.
func (h *tarHeader) octal(at, size int, value int64) {
	text := fmt.Sprintf("%0*o", size, value)
	copy(h[at:at+size], strings.TrimPrefix(text[len(text)-size:], "0"))
}
