package tree

import (
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"time"
)

// Tree is a root file system. The zero value is not usable: see [New].
type Tree struct {
	// Now is the modification time that everything gets which is made or
	// written without a time of its own. It stands for the clock.
	Now time.Time

	// Limit bounds the bytes that files written through this tree may hold in
	// memory, in all, with some for each new file itself; writing beyond it fails with an error that is no [Errno]. 0 means no limit.
	Limit int64

	// Keep, if not nil, takes large contents that are written through this tree, or parts of them, and returns their size in bytes. What
	// it takes does not count for Limit, and is read as long as the tree is used. Its error ends what is written.
	Keep func(io.Reader) (Content, int64, error)

	*volume
	credentials Credentials // of who acts: see [Tree.As]
}

// volume is what all users of a file system share.
type volume struct {
	root    *Node
	replace func(*Node) // of a directory of another tree: puts another node in its place there; nil for a whole tree
	written *int64      // bytes that count for [Tree.Limit]
	putting place       // memory for [Tree.Put]
}

// New returns a tree with nothing but a root directory, 0755 and owned by root, who acts.
func New() *Tree {
	return &Tree{volume: &volume{root: &Node{Type: Directory, Mode: 0o755}, written: new(int64)}}
}

// Type is the kind of a file.
type Type uint8

const (
	Regular Type = iota
	Directory
	Symlink
	CharDevice
	BlockDevice
	FIFO
)

// Node is a file of any type, what POSIX calls an inode: hard links are several
// names for one *Node. Fields may be changed through a pointer that the tree's
// methods return, except for Type, Content and Size: see [Tree.SetContent]. That is
// root's way: see [Tree.Chmod], [Tree.Chown], [Tree.Touch] and [Tree.Access] for others'.
type Node struct {
	Type         Type
	mounted      mounted // what is mounted here: see [Node.Mount]
	Mode         uint16  // permission, set-id and sticky bits: 07777 at most
	UID, GID     uint32
	ModTime      time.Time
	Size         int64             // bytes of Content
	Target       string            // of a symbolic link
	Major, Minor uint32            // of a device
	Xattrs       map[string]string // full name to value; nil without any
	Content      Content           // of a regular file; nil if it is empty

	links    int // names that the node has; directories have one
	children map[string]*Node
}

// Links returns the number of names that the node has: its hard links.
func (n *Node) Links() int { return n.links }

// maxLinks is how many symbolic links one look-up may follow, as in Linux.
const maxLinks = 40

// maxDepth and maxName bound what one path may look like: PATH_MAX and NAME_MAX.
const (
	maxPath = 4096
	maxName = 255
)

// place is where a path leads: a name in a directory, with or without a node.
type place struct {
	dirs []*Node  // from the root to the directory that holds the name
	path []string // the names that lead there, one less than dirs
	name string   // "" for the root itself
	node *Node    // nil if there is nothing of that name
}

func (p *place) dir() *Node { return p.dirs[len(p.dirs)-1] }

// canonical returns the path without links, "." and "..", and without a
// leading slash. The root is "".
func (p *place) canonical() string {
	if p.name == "" {
		return strings.Join(p.path, "/")
	}
	return strings.Join(append(slices.Clip(p.path), p.name), "/")
}

// locate walks a path as a kernel does, from the root, whether or not it begins
// with a slash. The last name may be absent; what leads to it may not. A link
// as the last name is followed if follow is set or a slash comes after it.
func (t *Tree) locate(path string, follow bool) (*place, error) {
	return t.locateIn(new(place), path, follow)
}

// locateIn is locate, with a place whose memory is used again.
func (t *Tree) locateIn(at *place, path string, follow bool) (*place, error) {
	if len(path) >= maxPath {
		return nil, errNameTooLong
	}
	*at = place{dirs: append(at.dirs[:0], t.root), path: at.path[:0], node: t.root}
	links := 0
	for rest := path; ; {
		rest = strings.TrimLeft(rest, "/")
		if rest == "" {
			return at, nil
		}
		name, tail, more := strings.Cut(rest, "/")
		mustBeDir := more // "name/" names a directory
		rest = tail
		if err := at.enter(); err != nil {
			return nil, err
		}
		if err := t.Access(at.dir(), Execute); err != nil {
			return nil, err
		}
		switch name {
		case ".":
			continue
		case "..":
			if len(at.path) > 0 {
				at.path = at.path[:len(at.path)-1]
				at.dirs = at.dirs[:len(at.dirs)-1]
			}
			at.node = at.dir()
			continue
		}
		if len(name) > maxName {
			return nil, errNameTooLong
		}
		at.name, at.node = name, at.dir().children[name]
		if at.node == nil {
			if strings.Trim(rest, "/") != "" {
				return nil, ErrNotExist
			}
			return at, nil
		}
		if at.node.Type == Symlink && (follow || mustBeDir) {
			if links++; links > maxLinks {
				return nil, ErrLoop
			}
			target := at.node.Target
			if target == "" {
				return nil, ErrNotExist
			}
			if len(target)+len(rest) >= maxPath {
				return nil, errNameTooLong
			}
			if strings.HasPrefix(target, "/") {
				at.dirs, at.path = at.dirs[:1], at.path[:0]
			}
			at.name, at.node = "", at.dir()
			if more {
				rest = target + "/" + rest
			} else {
				rest = target
			}
			continue
		}
		if mustBeDir && at.node.Type != Directory {
			return nil, ErrNotDir
		}
	}
}

// enter makes the current node the directory in which the next name is sought.
func (p *place) enter() error {
	if p.name == "" {
		return nil // already there
	}
	if p.node.Type != Directory {
		return ErrNotDir
	}
	p.dirs = append(p.dirs, p.node)
	p.path = append(p.path, p.name)
	p.name = ""
	return nil
}

func (t *Tree) lookup(op, path string, follow bool) (*place, error) {
	at, err := t.locate(path, follow)
	if err != nil {
		return nil, pathError(op, path, err)
	}
	if at.node == nil {
		return nil, pathError(op, path, ErrNotExist)
	}
	return at, nil
}

// Stat returns the file at a path, with symbolic links followed.
// It is not inlined, which saves space at 70 callers.
//
//go:noinline
func (t *Tree) Stat(path string) (*Node, error) {
	at, err := t.lookup("stat", path, true)
	if err != nil {
		return nil, err
	}
	return at.node, nil
}

// Lstat returns the file at a path, without following a link at its end.
// It is not inlined, which saves space at 40 callers.
//
//go:noinline
func (t *Tree) Lstat(path string) (*Node, error) {
	at, err := t.lookup("lstat", path, false)
	if err != nil {
		return nil, err
	}
	return at.node, nil
}

// Resolve returns the path with every symbolic link, "." and ".." resolved,
// relative to the root and without a leading slash. With follow, a link at the
// end is followed too. The last name need not exist, but what leads to it must.
func (t *Tree) Resolve(path string, follow bool) (string, error) {
	at, err := t.locate(path, follow)
	if err != nil {
		return "", pathError("resolve", path, err)
	}
	return at.canonical(), nil
}

// ReadFile returns the content of a regular file of at most limit bytes, links
// followed.
func (t *Tree) ReadFile(path string, limit int64) ([]byte, error) {
	n, err := t.Stat(path)
	if err != nil {
		return nil, err
	}
	b, err := t.Read(n, limit)
	if err != nil {
		return nil, pathError("read", path, err)
	}
	return b, nil
}

// Read is [Node.Read] for those who may read the file.
func (t *Tree) Read(n *Node, limit int64) ([]byte, error) {
	if err := t.Access(n, Read); err != nil {
		return nil, err
	}
	return n.Read(limit)
}

// ReadDir returns the names in a directory in bytewise order, links followed.
func (t *Tree) ReadDir(path string) ([]string, error) {
	n, err := t.Stat(path)
	if err != nil {
		return nil, err
	}
	if n.Type != Directory {
		return nil, pathError("readdir", path, ErrNotDir)
	}
	names, err := t.Names(n)
	if err != nil {
		return nil, pathError("readdir", path, err)
	}
	return names, nil
}

// Names is [Node.Names] for those who may list the directory.
func (t *Tree) Names(dir *Node) ([]string, error) {
	if err := t.Access(dir, Read); err != nil {
		return nil, err
	}
	return dir.Names(), nil
}

// Names returns the names in a directory in bytewise order.
func (n *Node) Names() []string {
	names := make([]string, 0, len(n.children))
	for name := range n.children {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Child returns the file of that name in a directory, or nil.
func (n *Node) Child(name string) *Node { return n.children[name] }

// Glob returns the paths that a pattern matches, in order: each of its components is a pattern of its own, as [path.Match] has them.
// Links are followed only in components that are not patterns.
func (t *Tree) Glob(pattern string) ([]string, error) {
	found := []string{""}
	for component := range strings.SplitSeq(strings.Trim(path.Clean(pattern), "/"), "/") {
		var next []string
		for _, dir := range found {
			names := []string{component}
			if strings.ContainsAny(component, `*?[\\`) {
				var err error
				if names, err = t.ReadDir(dir); err != nil {
					continue // it is no directory
				}
			}
			for _, name := range names {
				isMatch, err := path.Match(component, name)
				if err != nil {
					return nil, err
				}
				at := strings.TrimPrefix(dir+"/"+name, "/")
				if _, err := t.Lstat(at); err == nil && (isMatch || name == component) {
					next = append(next, at)
				}
			}
		}
		found = next
	}
	return found, nil
}

// Root returns the root directory.
func (t *Tree) Root() *Node { return t.root }

// All yields every file but the root with its path (no leading slash): each
// directory before what is in it, names in bytewise order. The tree may not be
// changed meanwhile.
func (t *Tree) All() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) { all("", t.root, yield) }
}

func all(prefix string, dir *Node, yield func(string, *Node) bool) bool {
	for _, name := range dir.Names() {
		n := dir.children[name]
		if !yield(prefix+name, n) {
			return false
		}
		if n.Type == Directory && !all(prefix+name+"/", n, yield) {
			return false
		}
	}
	return true
}

// Sub returns the directory at a path, links followed, as a file system of its own, as chroot(2) shows it: its root cannot be left, and
// what changes in one of both changes in the other. It must not be used after the directory was moved, removed or replaced in this tree. Writes
// through either count towards the limits of both.
func (t *Tree) Sub(path string) (*Tree, error) {
	at, err := t.lookup("chroot", path, true)
	if err != nil {
		return nil, err
	}
	if at.node.Type != Directory {
		return nil, pathError("chroot", path, ErrNotDir)
	}
	if at.node == t.root {
		return t, nil
	}
	canonical := at.canonical()
	sub := *t
	sub.volume = &volume{root: at.node, written: t.written, replace: func(n *Node) {
		if above, err := t.locate(canonical, false); err == nil && above.name != "" {
			above.dir().children[above.name] = n
		}
	}}
	return &sub, nil
}

// Clone returns an independent copy: a change to one is not seen in the other.
// Contents are shared, hard links stay hard links.
func (t *Tree) Clone() *Tree {
	c := *t
	written := *t.written
	c.volume = &volume{root: clone(t.root, make(map[*Node]*Node)), written: &written}
	return &c
}

func clone(n *Node, linked map[*Node]*Node) *Node {
	if n.links > 1 {
		if c := linked[n]; c != nil {
			return c
		}
	}
	c := *n
	if n.Xattrs != nil {
		c.Xattrs = make(map[string]string, len(n.Xattrs))
		for k, v := range n.Xattrs {
			c.Xattrs[k] = v
		}
	}
	if n.children != nil {
		c.children = make(map[string]*Node, len(n.children))
		for name, child := range n.children {
			c.children[name] = clone(child, linked)
		}
	}
	if n.links > 1 {
		linked[n] = &c
	}
	return &c
}
