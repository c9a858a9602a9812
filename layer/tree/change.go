package tree

import (
	"errors"
	"slices"
	"strings"
)

// Put places a new node at a path, replacing any existing file; links in the
// directories of the path are followed, one at its end is replaced. A directory
// is only replaced by a directory, whose children it keeps.
func (t *Tree) Put(p string, n *Node) error {
	at, err := t.locateIn(&t.putting, p, false)
	if err == nil && at.name != "" {
		if err = t.mayCreate(at); at.node != nil {
			err = t.mayDelete(at)
		}
	}
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
		if t.replace != nil {
			t.replace(n)
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
	d.add(at.name, n)
}

// add gives the node a new name in a directory. The name may be part of a path, whose memory is not held.
func (d *Node) add(name string, n *Node) {
	if d.children == nil {
		d.children = make(map[string]*Node)
	}
	n.links++
	d.children[strings.Clone(name)] = n
}

func (t *Tree) unset(at *place) {
	at.node.links--
	delete(at.dir().children, at.name)
}

// Cover hides all that is in a directory, which is empty until it is uncovered. Its content at that time is discarded.
func (d *Node) Cover() (uncover func()) {
	children := d.children
	d.children = nil
	return func() { d.children = children }
}

// Mount makes a file the place where something is mounted, until [Node.Unmount]: as with Linux, it cannot be removed, renamed or replaced,
// and gets no further name. Read-only, it cannot be written or changed, and a directory gets no new names.
func (n *Node) Mount(isReadOnly bool) {
	n.mounted = writable
	if isReadOnly {
		n.mounted = readOnly
	}
}

// Unmount ends [Node.Mount].
func (n *Node) Unmount() { n.mounted = notMounted }

// IsMounted reports whether something is mounted here.
func (n *Node) IsMounted() bool { return n.mounted != notMounted }

type mounted uint8

const (
	notMounted mounted = iota
	writable
	readOnly
)

// create gives a new node a name that must be free.
func (t *Tree) create(op, p string, n *Node) error {
	at, err := t.vacant(p, n.Type == Directory)
	if err == nil {
		err = t.mayCreate(at)
	}
	if err == nil && (n.Type == CharDevice || n.Type == BlockDevice) && !t.credentials.IsRoot() {
		err = ErrNotPermit
	}
	if err == nil {
		err = t.grow(nodeSize)
	}
	if err != nil {
		return pathError(op, p, err)
	}
	n.ModTime = t.Now
	t.own(at, n)
	t.set(at, n)
	return nil
}

// nodeSize is what a new file counts of [Tree.Limit] in addition to its content: about the bytes that it takes in memory.
const nodeSize = 512

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

// Mkdir makes a directory. Like all new files it belongs to the user who acts, and gets
// the group of a directory with the set-group-id bit.
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

// Symlink makes a symbolic link, 0777.
func (t *Tree) Symlink(target, p string) error {
	if target == "" {
		return pathError("symlink", p, ErrNotExist)
	}
	return t.create("symlink", p, &Node{Type: Symlink, Mode: 0o777, Target: target})
}

// Mknod makes a device, which only root can, or a FIFO.
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
	if from.node.IsMounted() {
		return pathError("link", p, errOtherDevice)
	}
	if err := t.mayLink(from.node); err != nil {
		return pathError("link", old, err)
	}
	if err := t.mayCreate(at); err != nil {
		return pathError("link", p, err)
	}
	if from.node.Type == Directory {
		return pathError("link", old, ErrNotPermit)
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
	if err := t.mayDelete(from); err != nil {
		return pathError("rename", old, err)
	}
	if to.node == nil {
		err = t.mayCreate(to)
	} else {
		err = t.mayDelete(to)
	}
	if err != nil {
		return pathError("rename", p, err)
	}
	if to.node != nil {
		switch {
		case from.node.Type == Directory && to.node.Type != Directory:
			return pathError("rename", p, ErrNotDir)
		case from.node.Type != Directory && to.node.Type == Directory:
			return pathError("rename", p, ErrIsDir)
		}
	}
	if from.node.Type == Directory && from.dir() != to.dir() {
		if err := t.Access(from.node, Write); err != nil { // its ".." changes
			return pathError("rename", old, err)
		}
	}
	if to.node != nil && len(to.node.children) > 0 {
		return pathError("rename", p, ErrNotEmpty)
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
	if err := t.mayDelete(at); err != nil {
		return pathError("remove", p, err)
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
// not an error. It is for root only: others remove each file.
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
	if !t.credentials.IsRoot() {
		return pathError("remove", p, ErrNotPermit)
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
