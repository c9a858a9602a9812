package tree

import (
	"errors"
	"io"
	"slices"
	"strings"
)

// Put places a new node at a path, replacing any existing file; links in the
// directories of the path are followed, one at its end is replaced. A directory
// is only replaced by a directory, whose children it keeps.
func (t *Tree) Put(p string, n *Node) error {
	at, err := t.locate(p, false)
	if err != nil {
		return pathError("put", p, err)
	}
	if at.name == "" {
		if n.Type != Directory {
			return pathError("put", p, ErrIsDir)
		}
		n.children, n.links = at.node.children, at.node.links
		if at.node != t.root { // the path ended in "..": there is no name to replace
			return pathError("put", p, ErrInvalid)
		}
		t.root = n
		return nil
	}
	if old := at.node; old != nil && old.Type == Directory {
		if n.Type != Directory {
			return pathError("put", p, ErrIsDir)
		}
		n.children, n.links = old.children, old.links
		at.dir().children[at.name] = n
		return nil
	}
	t.set(at, n)
	return nil
}

// set gives the node a name, in place of what has it now.
func (t *Tree) set(at *place, n *Node) {
	d := at.dir()
	if at.node == n {
		return
	}
	if at.node != nil {
		at.node.links--
	}
	if d.children == nil {
		d.children = make(map[string]*Node)
	}
	n.links++
	d.children[at.name] = n
}

func (t *Tree) unset(at *place) {
	at.node.links--
	delete(at.dir().children, at.name)
}

// create gives a new node a name that must be free.
func (t *Tree) create(op, p string, n *Node) error {
	at, err := t.vacant(p, n.Type == Directory)
	if err != nil {
		return pathError(op, p, err)
	}
	n.ModTime = t.Now
	at.inherit(n)
	t.set(at, n)
	return nil
}

// vacant returns a place whose name is free. Only a directory's may have a slash behind
// it.
func (t *Tree) vacant(p string, dir bool) (*place, error) {
	name := strings.TrimRight(p, "/")
	at, err := t.locate(name, false)
	switch {
	case err != nil:
		return nil, err
	case at.node != nil:
		return nil, ErrExist
	case name != p && !dir:
		return nil, ErrNotExist
	}
	return at, nil
}

// inherit gives a new file the group of its directory if that has the set-group-id bit,
// which directories pass on.
func (at *place) inherit(n *Node) {
	dir := at.dir()
	if dir.Mode&0o2000 == 0 {
		return
	}
	n.GID = dir.GID
	if n.Type == Directory {
		n.Mode |= 0o2000
	}
}

// Mkdir makes a directory owned by root. Like all new files it gets the group of a
// directory with the set-group-id bit.
func (t *Tree) Mkdir(p string, mode uint16) error {
	return t.create("mkdir", p, &Node{Type: Directory, Mode: mode})
}

// MkdirAll makes a directory and those that lead to it, all with the same mode.
func (t *Tree) MkdirAll(p string, mode uint16) error {
	for i := 1; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		n, err := t.Stat(p[:i])
		switch {
		case errors.Is(err, ErrNotExist):
			err = t.Mkdir(p[:i], mode)
		case err == nil && n.Type != Directory:
			err = pathError("mkdir", p[:i], ErrNotDir)
			if i == len(p) {
				err = pathError("mkdir", p, ErrExist)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Symlink makes a symbolic link, 0777 and owned by root.
func (t *Tree) Symlink(target, p string) error {
	if target == "" {
		return pathError("symlink", p, ErrNotExist)
	}
	return t.create("symlink", p, &Node{Type: Symlink, Mode: 0o777, Target: target})
}

// Mknod makes a device or a FIFO owned by root.
func (t *Tree) Mknod(p string, typ Type, mode uint16, major, minor uint32) error {
	return t.create("mknod", p, &Node{Type: typ, Mode: mode, Major: major, Minor: minor})
}

// Link gives an existing file a further name. A symbolic link at the end of the
// old name is not followed.
func (t *Tree) Link(old, p string) error {
	from, err := t.lookup("link", old, false)
	if err != nil {
		return err
	}
	at, err := t.vacant(p, false)
	if err != nil {
		return pathError("link", p, err)
	}
	if from.node.Type == Directory {
		return pathError("link", old, errNotPermit)
	}
	t.set(at, from.node)
	return nil
}

// Rename moves a file, replacing a file at the new name or an empty directory
// by a directory.
func (t *Tree) Rename(old, p string) error {
	from, err := t.locate(strings.TrimRight(old, "/"), false)
	if err != nil {
		return pathError("rename", old, err)
	}
	to, err := t.locate(strings.TrimRight(p, "/"), false)
	if err != nil {
		return pathError("rename", p, err)
	}
	switch {
	case from.name == "" || to.name == "":
		return pathError("rename", p, ErrBusy)
	case from.node == nil:
		return pathError("rename", old, ErrNotExist)
	case from.node.Type != Directory && (strings.HasSuffix(old, "/") || strings.HasSuffix(p, "/")):
		return pathError("rename", p, ErrNotDir)
	case slices.Contains(to.dirs, from.node):
		return pathError("rename", p, ErrInvalid)
	case slices.Contains(from.dirs, to.node):
		return pathError("rename", p, ErrNotEmpty)
	case from.node == to.node:
		return nil // two names of one file: POSIX says to do nothing
	}
	if to.node != nil {
		switch {
		case from.node.Type == Directory && to.node.Type != Directory:
			return pathError("rename", p, ErrNotDir)
		case from.node.Type != Directory && to.node.Type == Directory:
			return pathError("rename", p, ErrIsDir)
		case to.node.Type == Directory && len(to.node.children) > 0:
			return pathError("rename", p, ErrNotEmpty)
		}
	}
	n := from.node
	t.unset(from)
	t.set(to, n)
	return nil
}

// Remove deletes a file or an empty directory. A link is deleted itself.
func (t *Tree) Remove(p string) error {
	name := strings.TrimRight(p, "/")
	at, err := t.lookup("remove", name, false)
	if err != nil {
		return err
	}
	if at.name == "" {
		return pathError("remove", p, ErrInvalid)
	}
	if name != p && at.node.Type != Directory {
		return pathError("remove", p, ErrNotDir)
	}
	if len(at.node.children) > 0 {
		return pathError("remove", p, ErrNotEmpty)
	}
	t.unset(at)
	return nil
}

// RemoveAll deletes a file or a directory with everything below. A missing file is
// not an error.
func (t *Tree) RemoveAll(p string) error {
	at, err := t.locate(p, false)
	if err != nil {
		if err == ErrNotExist {
			return nil
		}
		return pathError("remove", p, err)
	}
	if at.node == nil {
		return nil
	}
	if at.name == "" {
		return pathError("remove", p, ErrBusy)
	}
	removeChildren(at.node)
	t.unset(at)
	return nil
}

// removeChildren keeps the link counts of hard links right that live on elsewhere.
func removeChildren(dir *Node) {
	for _, child := range dir.children {
		removeChildren(child)
		child.links--
	}
	dir.children = nil
}

// WriteFile makes or replaces the content of a regular file, links followed. An
// existing file keeps its mode and owner; a new one is owned by root.
func (t *Tree) WriteFile(p string, content []byte, mode uint16) error {
	n, err := t.open(p, Create|Truncate, mode)
	if err != nil {
		return err
	}
	if err := t.grow(int64(len(content))); err != nil {
		return pathError("write", p, err)
	}
	t.SetContent(n, Bytes(content), int64(len(content)))
	return nil
}

// SetContent replaces the content of a regular file and updates its modification
// time. Content may be nil if size is 0.
func (t *Tree) SetContent(n *Node, c Content, size int64) {
	if size == 0 {
		c = nil
	}
	n.Content, n.Size, n.ModTime = c, size, t.Now
}

func (t *Tree) grow(size int64) error {
	if t.Limit > 0 && size > t.Limit-t.written {
		return ErrNoSpace
	}
	t.written += size
	return nil
}

// Flag says how [Tree.OpenWriter] opens a file.
type Flag uint8

const (
	Create    Flag = 1 << iota // make the file if it is not there
	Exclusive                  // with Create: fail if it is there
	Truncate                   // drop its content
	Append                     // write after its content
)

func (t *Tree) open(p string, flags Flag, mode uint16) (*Node, error) {
	at, err := t.locateToOpen(p, flags)
	if err != nil {
		return nil, pathError("open", p, err)
	}
	if n := at.node; n != nil {
		switch {
		case flags&Create != 0 && flags&Exclusive != 0:
			return nil, pathError("open", p, ErrExist)
		case n.Type == Directory:
			return nil, pathError("open", p, ErrIsDir)
		case n.Type != Regular:
			return nil, pathError("open", p, ErrInvalid)
		}
		if flags&Truncate != 0 {
			t.SetContent(n, nil, 0)
		}
		return n, nil
	}
	if flags&Create == 0 {
		return nil, pathError("open", p, ErrNotExist)
	}
	n := &Node{Type: Regular, Mode: mode, ModTime: t.Now}
	at.inherit(n)
	t.set(at, n)
	return n, nil
}

// locateToOpen follows links as open(2) does: with Create, a name that ends in a slash
// is refused, be it the last one of the path or of a link that is followed.
func (t *Tree) locateToOpen(p string, flags Flag) (*place, error) {
	if flags&Create == 0 {
		return t.locate(p, true)
	}
	for range maxLinks + 1 {
		name := strings.TrimRight(p, "/")
		at, err := t.locate(name, false)
		switch {
		case err != nil:
			return nil, err
		case name != p:
			return nil, ErrIsDir
		case at.node == nil || at.node.Type != Symlink || flags&Exclusive != 0:
			return at, nil
		}
		if p = at.node.Target; !strings.HasPrefix(p, "/") {
			p = strings.Join(append(slices.Clip(at.path), p), "/")
		}
	}
	return nil, errLoop
}

// OpenWriter opens a regular file for writing, links followed. What is written
// is seen by those that read the file afterwards, as in a file system; closing
// has no effect. Content that is neither truncated nor appended to is
// overwritten from the start. Devices cannot be written.
func (t *Tree) OpenWriter(p string, flags Flag, mode uint16) (io.WriteCloser, error) {
	n, err := t.open(p, flags, mode)
	if err != nil {
		return nil, err
	}
	w := &writer{tree: t, node: n, path: p, append: flags&Append != 0}
	return w, nil
}

type writer struct {
	tree   *Tree
	node   *Node
	path   string
	append bool
	offset int64
	own    *memory // what this writer made of the content, as long as nobody else changed it
}

func (w *writer) Write(p []byte) (int, error) {
	if err := w.write(p); err != nil {
		return 0, pathError("write", w.path, err)
	}
	return len(p), nil
}

func (w *writer) write(p []byte) error {
	if err := w.tree.grow(int64(len(p))); err != nil {
		return err
	}
	var b []byte
	if w.own != nil && w.node.Content == Content(w.own) {
		b = w.own.b
	} else if w.node.Size > 0 {
		if err := w.tree.grow(w.node.Size); err != nil {
			return err
		}
		old, err := w.node.Read(w.node.Size)
		if err != nil {
			return err
		}
		b = append(b, old...)
	}
	if w.append {
		w.offset = int64(len(b))
	}
	end := w.offset + int64(len(p))
	if w.offset == int64(len(b)) {
		b = append(b, p...) // behind what others may hold of the old content
	} else {
		b = append(make([]byte, 0, max(end, int64(len(b)))), b...)
		b = b[:cap(b)]
		copy(b[w.offset:], p)
	}
	w.offset = end
	w.own = &memory{b}
	w.tree.SetContent(w.node, w.own, int64(len(b)))
	return nil
}

func (w *writer) Close() error { return nil }
