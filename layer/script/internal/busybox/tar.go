package busybox

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/tree"
)

// tarCall is a call of tar.
type tarCall struct {
	*Call
	opts    optionList
	members []string // that are wanted; none for all
	found   []bool   // which of them the archive has
	exclude []string
	strip   int
	warned  bool // that a name was shortened

	// links are hard links, and symbolic ones that may lead out of the directory. They are made at the end, so that nothing is extracted
	// through them.
	links []tarLink
}

type tarLink struct {
	kind, target, path string // kind is "hard" or "sym"
}

const (
	overwrite     = '\x03' // the option to write into files that are there
	noPermissions = '\x04' // the option not to take modes as they are in the archive
	noRecursion   = '\x06' // the option to leave out what is in directories
	numericOwner  = '\x07' // the option to take owners by their numbers
)

// tarApplet extracts, lists or makes archives, plain or compressed.
func tarApplet(c *Call) (int, error) {
	if len(c.Args) > 1 && !strings.HasPrefix(c.Args[1], "-") { // as in "tar xzf" and "tar xfz", where busybox takes f for the last letter
		before, after, isFile := strings.Cut(c.Args[1], "f")
		word := "-" + before + after
		if isFile {
			word += "f"
		}
		c.Args = slices.Concat(c.Args[:1], []string{word}, c.Args[2:])
	}
	const excludePattern, stripComponents = '\x01', '\x02' // "\x05" is for what changes nothing
	opts, members, err := c.getopt("xtcf:C:zjJaZvpomkOT:X:hw\x01:\x02:\x03\x04\x05\x06\x07", "extract=x get list=t create=c file=f directory=C gzip=z gunzip bzip2=j "+
		"xz=J verbose=v preserve-permissions=p same-permissions no-same-owner=o touch=m keep-old=k to-stdout=O exclude=\x01 strip-components=\x02 strip "+
		"overwrite=\x03 auto-compress=a same-owner=\x05 unlink-first zstd no-overwrite-dir warning no-same-permissions=\x04 files-from=T exclude-from=X dereference=h "+
		"no-recursion=\x06 numeric-owner=\x07")
	if err != nil {
		return 0, err
	}
	trimmed := make([]string, len(members))
	for i, member := range members {
		trimmed[i] = withoutSlash(member)
	}
	t := &tarCall{Call: c, opts: opts, members: trimmed, exclude: opts.all(excludePattern)}
	if opts.has('w') {
		return 0, c.Unsupported(c.Line, "tar: option -w is not supported")
	}
	isCreation := opts.has('c')
	if isCreation == (opts.has('x') != opts.has('t')) || opts.has('x') && opts.has('t') {
		return c.usage(), nil
	}
	if problem, err := t.readLists(); err != nil {
		return 0, err
	} else if problem != "" {
		return c.complain("%s", problem), nil
	}
	t.found = make([]bool, len(t.members))
	if isCreation {
		return t.create(t.members)
	}
	if text, ok := opts.last(stripComponents); ok {
		if _, err := fmt.Sscanf(text, "%d", &t.strip); err != nil || t.strip < 0 {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	name, _ := opts.last('f')
	if name == "" {
		name = "-"
	}
	from, err := c.stream(name)
	if Fatal(err) {
		return 0, err
	}
	if err == tree.ErrIsDir {
		return t.broken(err)
	}
	if err != nil {
		return c.complain("can't open '%s': %s", name, Reason(err)), nil
	}
	defer from.close()
	if dir, ok := opts.last('C'); ok {
		if !c.isDir(dir) {
			_, err := c.look(dir, true)
			if err == nil {
				err = tree.ErrNotDir
			}
			return c.complain("can't change directory to '%s': %s", dir, Reason(err)), nil
		}
		c.Dir = c.Path(dir)
	}
	return t.run(from)
}

func (t *tarCall) run(from io.Reader) (int, error) {
	plain, format, err := decompress.Detect(from)
	if err != nil {
		return t.broken(err)
	}
	defer plain.Close()
	input := &counted{r: plain}
	for i, want := range [...]decompress.Format{decompress.Gzip, decompress.Bzip2, decompress.Xz} {
		if t.opts.has("zjJ"[i]) && format != want {
			if want != decompress.Xz {
				t.complain("invalid magic")
			}
			input.r = strings.NewReader("")
		}
	}
	ended := 0
	r := tar.NewReader(input)
	for {
		h, err := r.Next()
		if err == io.EOF {
			if input.n == 0 {
				ended = t.complain("short read")
			}
			break
		}
		if err != nil {
			return t.broken(err)
		}
		if err := t.spend(pathCost + len(h.Name)); err != nil {
			return 0, err
		}
		if !t.isWanted(h.Name) {
			continue
		}
		status, err := t.entry(h, r)
		if status != 0 || err != nil {
			return status, err
		}
	}
	if _, err := io.Copy(io.Discard, plain); Fatal(t.Failure()) { // a writer that is not read to its end fails
		return 0, err
	}
	for _, link := range t.links {
		var err error
		if link.kind == "hard" {
			err = t.Tree.Link(t.file(link.target), t.file(link.path))
		} else {
			err = t.Tree.Symlink(link.target, t.file(link.path))
		}
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			return t.complain("can't create %slink '%s' to '%s'", link.kind, link.path, link.target), nil
		}
	}
	for i, member := range t.members {
		if !t.found[i] && !t.isExcluded(member) {
			return t.complain("%s: not found in archive", member), nil
		}
	}
	return ended, t.Bounded()
}

// broken ends tar with what is wrong with the archive.
func (t *tarCall) broken(err error) (int, error) {
	if failed := t.Failure(); failed != nil {
		return 0, failed
	}
	if errors.Is(err, errCut) {
		return t.complain("short read"), nil
	}
	return t.complain("invalid tar magic"), nil
}

// errCut says that an archive ends in the middle of a file.
var errCut = errors.New("short read")

// isWanted looks at the members that are asked for and at the patterns that leave some out. The slash behind a directory counts for both.
func (t *tarCall) isWanted(name string) bool {
	if excluded := t.isExcluded(name); excluded || len(t.members) == 0 {
		return !excluded
	}
	wanted := false
	for i, member := range t.members {
		wanted = wanted || matchesAbove(member, name)
		t.found[i] = t.found[i] || member == strings.TrimSuffix(name, "/") // a directory that only names of others have is not found
	}
	return wanted
}

func (t *tarCall) isExcluded(name string) bool {
	if t.isOther() {
		return gnuExcludes(t.exclude, name)
	}
	return slices.ContainsFunc(t.exclude, func(pattern string) bool { return matchesAbove(pattern, name) })
}

// matchesAbove reports whether a pattern matches a path or a directory that it is in.
func matchesAbove(pattern, name string) bool {
	depth := strings.Count(pattern, "/")
	end := len(name)
	for i := range len(name) {
		if name[i] == '/' {
			if depth == 0 {
				end = i
				break
			}
			depth--
		}
	}
	return glob.Match(pattern, name[:end], false)
}

// entry extracts or lists an entry.
func (t *tarCall) entry(h *tar.Header, r io.Reader) (int, error) {
	name := t.safe(h.Name, &t.warned)
	if t.opts.has('t') {
		if t.opts.has('O') { // busybox prints the content as well, before or after the names
			return 0, t.Unsupported(t.Line, "tar: -t with -O is not supported")
		}
		if t.opts.has('v') {
			return 0, t.describe(h, name)
		}
		fmt.Fprintln(&t.Out, name)
		return 0, t.emit()
	}
	if t.opts.has('v') {
		fmt.Fprintln(&t.Out, name)
		if err := t.emit(); err != nil {
			return 0, err
		}
	}
	if t.opts.has('O') {
		if h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeCont {
			return 0, t.printFrom(r)
		}
		return 0, nil
	}
	target := h.Linkname
	for range t.strip {
		var ok bool
		if name, ok = afterSlash(name); !ok {
			return 0, nil
		}
		if h.Typeflag == tar.TypeLink {
			if target, ok = afterSlash(target); !ok {
				return 0, nil
			}
		}
	}
	return t.extract(h, name, target, r)
}

// afterSlash returns a path without its first component.
func afterSlash(name string) (string, bool) {
	_, rest, ok := strings.Cut(name, "/")
	rest = strings.TrimLeft(rest, "/")
	return rest, ok && rest != ""
}

// safe returns a name without what leads out of the directory, and says so once, as busybox does.
func (c *Call) safe(name string, warned *bool) string {
	short := strings.TrimLeft(name, "/")
	if i := strings.LastIndex("/"+short, "/../"); i >= 0 {
		short = ("/" + short)[i+4:]
	}
	if short != name && !*warned {
		*warned = true
		c.complain("removing leading '%s' from member names", strings.TrimSuffix(name, short))
	}
	return short
}

func (t *tarCall) extract(h *tar.Header, name, target string, r io.Reader) (int, error) {
	where := strings.TrimSuffix(name, "/")
	if where == "" {
		where = "."
	}
	if _, err := t.makeParents(where, false); err != nil {
		return t.failed("can't create directory '%s': %s", where, err)
	}
	if overwrites := t.opts.has(overwrite); h.Typeflag != tar.TypeDir && !overwrites {
		n, err := t.look(where, false)
		switch isFile := h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeCont; {
		case err != nil:
		case t.opts.has('k'):
			if isFile {
				return t.complain("can't open '%s': File exists", where), nil
			}
		case n.Type == tree.Directory:
			err = tree.ErrIsDir
		default:
			err = t.Tree.Remove(t.file(where))
		}
		if err != nil && !errors.Is(err, tree.ErrNotExist) {
			return t.failed("can't remove old file %s: %s", where, err)
		}
	}
	mode := uint16(h.Mode & 0o7777)
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		if err = t.Tree.Mkdir(t.trimmed(where), t.masked(mode)); errors.Is(err, tree.ErrExist) {
			err = nil
		}
	case tar.TypeReg, tar.TypeCont:
		content, size, kept := t.keep(r)
		if kept != nil {
			if failed := t.Failure(); failed != nil {
				return 0, failed
			}
			return t.broken(errCut)
		}
		err = t.saveAs(t.file(where), content, size)
	case tar.TypeLink:
		t.links = append(t.links, tarLink{"hard", target, where})
		return 0, nil // its mode and owner are those of the other
	case tar.TypeSymlink:
		if strings.HasPrefix(h.Linkname, "/") || strings.Contains(h.Linkname, "..") {
			t.links = append(t.links, tarLink{"sym", h.Linkname, where})
			return 0, nil
		}
		if err = t.Tree.Symlink(h.Linkname, t.file(where)); errors.Is(err, tree.ErrExist) {
			return t.complain("can't create symlink '%s' to '%s': %s", where, h.Linkname, tree.ErrExist), nil
		}
	case tar.TypeFifo:
		err = t.Tree.Mknod(t.file(where), tree.FIFO, mode, 0, 0)
	case tar.TypeChar, tar.TypeBlock:
		typ := tree.CharDevice
		if h.Typeflag == tar.TypeBlock {
			typ = tree.BlockDevice
		}
		err = t.Tree.Mknod(t.file(where), typ, mode, uint32(h.Devmajor), uint32(h.Devminor))
	default:
		return t.complain("unrecognized file type"), nil
	}
	if errors.Is(err, tree.ErrExist) { // a device or a pipe
		t.complain("can't create node %s: %s", where, tree.ErrExist)
		err = nil
	}
	if err != nil {
		return t.failed("can't open '%s': %s", where, err)
	}
	return t.attributes(h, where, mode)
}

// failed ends tar with what it could not do.
func (t *tarCall) failed(format, name string, err error) (int, error) {
	if Fatal(err) {
		return 0, err
	}
	return t.complain(format, name, Reason(err)), nil
}

// attributes gives a file the owner, the mode and the time that the archive has for it.
func (t *tarCall) attributes(h *tar.Header, where string, mode uint16) (int, error) {
	n, err := t.look(where, h.Typeflag != tar.TypeSymlink)
	if err != nil {
		return t.failed("%s: %s", where, err)
	}
	if n.Type == tree.Symlink {
		return 0, nil
	}
	who := t.Tree.Credentials()
	if !t.opts.has('o') {
		uid, gid := int64(h.Uid), int64(h.Gid)
		isNumeric := t.opts.has(numericOwner)
		if known, problem := t.lookUser(h.Uname); problem == "" && h.Uname != "" && !isNumeric {
			uid = known
		}
		if known, problem := t.lookGroup(h.Gname); problem == "" && h.Gname != "" && !isNumeric {
			gid = known
		}
		t.Tree.Chown(n, uid, gid) // a user who may not keeps the file
	}
	switch {
	case t.opts.has(noPermissions), h.Typeflag == tar.TypeDir && !who.IsRoot() && !t.opts.has('p'):
		mode = t.masked(mode & 0o1777) // what mkdir(2) and chown(2) leave of it
	case !who.IsRoot() && !t.opts.has('p'):
		mode = t.masked(mode)
	}
	if err := t.Tree.Chmod(n, mode); err != nil && who.IsRoot() {
		return t.failed("%s: %s", where, err)
	}
	if !t.opts.has('m') {
		t.Tree.SetTime(n, h.ModTime) // the same
	}
	return 0, nil
}
