package busybox

import (
	"archive/tar"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// pack makes an archive of the files that standard input names, or copies them.
func (p *cpioCall) pack(copies bool, file string, args []string) (int, error) {
	entries, status, err := p.collect(copies, file)
	if err != nil {
		return 0, err
	}
	if !copies {
		return p.write(entries, file, status)
	}
	if dir := args[0]; !p.isDir(dir) {
		if p.opts.has('d') {
			if at, err := p.makeDirectory(dir, p.masked(0o777), false); err != nil {
				return p.complain("can't create directory '%s': %s", at, Reason(err)), nil
			}
		} else {
			_, err := p.look(dir, true)
			if err == nil {
				err = tree.ErrNotDir
			}
			return p.complain("can't change directory to '%s': %s", dir, Reason(err)), nil
		}
	}
	p.Dir, p.patterns = p.Path(args[0]), args[1:]
	for _, e := range entries {
		p.size += (cpioHeader+int64(len(e.Name)+1)+3)&^3 + (max(e.Size, int64(len(e.Linkname)))+3)&^3
		if err := p.entry(e); err != nil {
			return 0, err
		}
	}
	if status != 0 { // there is no end of the archive
		return 0, nil
	}
	p.size += (cpioHeader + int64(len(cpioTrailer)+1) + 3) &^ 3
	return p.finish()
}

// collect looks at the files that a list names, up to one that is missing. Those with several names come last, the first name behind others,
// with the content.
func (p *cpioCall) collect(copies bool, file string) (entries []*cpioEntry, status int, err error) {
	names, err := []byte(nil), error(nil)
	if copies && file != "" {
		names, err = p.open(file, true)
	} else {
		names, err = p.Call.read()
	}
	if Fatal(err) {
		return nil, 0, err
	} else if err != nil {
		return nil, p.complain("can't open '%s': %s", file, Reason(err)), nil
	}
	separator := "\n"
	if p.opts.has('0') {
		separator = "\x00"
	}
	var groups [][]*cpioEntry
	known := make(map[*tree.Node]int) // 1 and the place of a group
	for i, line := range strings.Split(string(names), separator) {
		name := cpioName(line)
		if name == "" {
			continue
		}
		if err := p.spend(pathCost + len(line)); err != nil {
			return nil, 0, err
		}
		if err := p.RefuseInput(p.Line, p.file(line)); err != nil {
			return nil, 0, err
		}
		n, err := p.look(line, p.opts.has('L'))
		if Fatal(err) {
			return nil, 0, err
		} else if err != nil {
			return entries, p.complain("%s: %s", name, Reason(err)), nil
		}
		if n.Type != tree.Regular && n.Type != tree.Directory && n.Links() > 1 {
			return nil, 0, p.Unsupported(p.Line, "cpio: %s has several names and is no regular file: that is not supported", name)
		}
		e := p.entryOf(n, name, i)
		if n.Type != tree.Regular || n.Links() < 2 {
			entries = append(entries, e)
			continue
		}
		if known[n] == 0 {
			groups = append(groups, nil)
			known[n] = len(groups)
		}
		group := &groups[known[n]-1]
		*group = append(*group, e)
	}
	for g := len(groups) - 1; g >= 0; g-- {
		for i := len(groups[g]) - 1; i >= 0; i-- {
			e := groups[g][i]
			if e.inode, e.links = strconv.Itoa(-g-1), len(groups[g])+1; i > 0 {
				e.Size = 0
			}
			entries = append(entries, e)
		}
	}
	return entries, 0, nil
}

// cpioName is a name without what makes it absolute and "./" before it.
func cpioName(name string) string {
	name = strings.TrimLeft(name, "/")
	for strings.HasPrefix(name, "./") {
		name = strings.TrimLeft(name[2:], "/")
	}
	return name
}

// entryOf is the entry of a file.
func (p *cpioCall) entryOf(n *tree.Node, name string, inode int) *cpioEntry {
	e := &cpioEntry{inode: strconv.Itoa(inode), links: 1}
	e.Header = tar.Header{
		Name: name, Mode: int64(n.Mode), Uid: int(n.UID), Gid: int(n.GID), ModTime: n.ModTime,
		Devmajor: int64(n.Major), Devminor: int64(n.Minor),
	}
	e.Typeflag = cpioTypeOf(func(t cpioType) bool { return t.node == n.Type }).flag
	switch n.Type {
	case tree.Directory:
		e.links = 2
	case tree.Symlink:
		e.Linkname = n.Target
	case tree.Regular:
		e.Size = n.Size
		e.content = func() (tree.Content, error) { return n.Content, nil }
	}
	if p.uid >= 0 {
		e.Uid = int(p.uid)
	}
	if p.gid >= 0 {
		e.Gid = int(p.gid)
	}
	return e
}

// write writes an archive.
func (p *cpioCall) write(entries []*cpioEntry, file string, status int) (int, error) {
	to := p.newPacked(file == "" || file == "-")
	if status == 0 {
		entries = append(entries, &cpioEntry{Header: tar.Header{Name: cpioTrailer}})
	}
	for i, e := range entries {
		inode, size := int64(i+1), max(e.Size, int64(len(e.Linkname)))
		if n, _ := strconv.Atoi(e.inode); n < 0 {
			inode = int64(len(entries) - n)
		}
		if e.Name == cpioTrailer {
			inode = 0
		}
		if e.Size >= 1<<32 {
			return 0, p.Unsupported(p.Line, "cpio: %s has more than 4 GiB", e.Name)
		}
		text := cpioMagic
		for _, n := range []int64{inode, cpioTypeOf(func(t cpioType) bool { return t.flag == e.Typeflag }).mode | e.Mode, int64(e.Uid), int64(e.Gid), int64(e.links), max(e.ModTime.Unix(), 0), size, 0, 0, e.Devmajor,
			e.Devminor, int64(len(e.Name) + 1), 0} {
			text += fmt.Sprintf("%08X", uint32(n))
		}
		text += e.Name + "\x00"
		text += "\x00\x00\x00"[:-len(text)&3] + e.Linkname
		if _, err := io.WriteString(to, text); err != nil {
			return 0, err
		}
		if e.Size > 0 {
			content, _ := e.content()
			r, err := content.Open()
			if err != nil {
				return 0, p.Fail(err)
			}
			_, err = io.Copy(to, &meter{p.Call, r})
			if r.Close(); err != nil {
				return 0, err
			}
		}
		if _, err := to.Write(make([]byte, -size&3)); err != nil {
			return 0, err
		}
	}
	if to.kept != nil {
		if err := to.saveAs(file); Fatal(err) {
			return 0, err
		} else if err != nil {
			return p.complain("can't open '%s': %s", file, Reason(err)), nil
		}
	}
	return status, p.Bounded()
}
