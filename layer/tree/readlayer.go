package tree

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Names with a meaning in a layer (image-spec layer.md#whiteouts).
const (
	WhiteoutPrefix = ".wh."
	opaqueWhiteout = ".wh..wh..opq"
)

// ReadLayer applies one layer of an image to the tree: [ScanLayer] and
// [Layer.Apply].
func (t *Tree) ReadLayer(r io.Reader, reopen func() (io.ReadCloser, error)) error {
	l, err := ScanLayer(r)
	if err != nil {
		return err
	}
	return l.Apply(t, reopen)
}

// ReadLayerContents is ReadLayer with content in place of what ReadLayer does with the
// content of a regular file that is not empty: it gets the entry's header and its
// bytes, of which it may leave some, and returns what the file holds.
func (t *Tree) ReadLayerContents(r io.Reader, content func(h *tar.Header, r io.Reader) (Content, error)) error {
	return newApplier(t).read(r, content)
}

// ReadArchive is ReadLayerContents for a tar that is not a layer: a file with the name of a whiteout is an error, as a layer cannot hold it.
func (t *Tree) ReadArchive(r io.Reader, content func(h *tar.Header, r io.Reader) (Content, error)) error {
	l := newApplier(t)
	l.isArchive = true
	return l.read(r, content)
}

func (l *applier) read(r io.Reader, content func(h *tar.Header, r io.Reader) (Content, error)) error {
	return scan(r, func(h *tar.Header, r io.Reader) error {
		e, err := entryOf(h)
		if err != nil {
			return err
		}
		return l.apply(&e, func() (Content, error) { return content(h, r) })
	})
}

// scan calls entry for each entry of a tar, and reads the stream to its end.
func scan(r io.Reader, entry func(*tar.Header, io.Reader) error) error {
	last := ""
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read layer: after %q: %w", last, err)
		}
		if err := entry(h, tr); err != nil {
			return errEntry(h.Name, err)
		}
		last = h.Name
	}
	// Bytes behind the tar's end belong to the blob and its digest.
	_, err := io.Copy(io.Discard, r)
	return err
}

func errEntry(name string, err error) error {
	return fmt.Errorf("read layer: entry %q: %w", name, err)
}

// applier applies the entries of one layer to a tree.
type applier struct {
	tree *Tree
	made map[*Node]bool // nodes that this layer made: whiteouts are about those below

	isArchive bool // there are no whiteouts

	// at is the directory that the path dir, with a slash at its end, leads to; nil if
	// that is not known. Giving a name to a file that had none leaves it so.
	dir string
	at  *Node
}

func newApplier(t *Tree) *applier { return &applier{tree: t, made: make(map[*Node]bool)} }

// apply does what an entry says. Content is asked for that of a regular file that is not
// empty.
func (l *applier) apply(e *entry, content func() (Content, error)) error {
	if e.kind == nothing {
		return nil
	}
	if strings.IndexByte(e.name, 0) >= 0 || hasDotDot(e.name) {
		return errors.New("the name leads out of the root file system")
	}
	name := cleanName(e.name)
	dir, base := path.Split(name)
	isKnown := l.at != nil && dir == l.dir
	if !isKnown || strings.HasPrefix(base, WhiteoutPrefix) || e.kind > kind(FIFO) ||
		base == "" || len(base) > maxName || len(name) >= maxPath || l.at.children[base] != nil {
		l.at = nil
		if err := l.applyAnywhere(e, name, content); err != nil {
			return err
		}
		if at, err := l.tree.Stat(dir); err == nil && at.Type == Directory {
			l.dir, l.at = dir, at
		}
		return nil
	}
	n, err := l.node(e, content)
	if err != nil {
		return err
	}
	l.at.add(base, n)
	return nil
}

// applyAnywhere is apply whatever is there already. As container runtimes do, it
// follows links in the directories of a name within the tree, and makes directories
// that are missing.
func (l *applier) applyAnywhere(e *entry, name string, content func() (Content, error)) error {
	dir, base := path.Split(name)
	if l.isArchive {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	if base == opaqueWhiteout {
		return l.opaque(dir)
	}
	if hidden, ok := strings.CutPrefix(base, WhiteoutPrefix); ok {
		return l.whiteout(dir, hidden)
	}
	if err := l.tree.MkdirAll(strings.TrimSuffix(dir, "/"), 0o755); err != nil {
		return err
	}
	if e.kind == hardLink {
		if hasDotDot(e.target) {
			return errors.New("the hard link leads out of the root file system")
		}
		if err := l.replace(name); err != nil {
			return err
		}
		return l.tree.Link(cleanName(e.target), name)
	}
	n, err := l.node(e, content)
	if err != nil {
		return err
	}
	if n.Type != Directory {
		if err := l.replace(name); err != nil {
			return err
		}
	} else if old, err := l.tree.Lstat(name); err == nil && old.Type != Directory {
		if err := l.tree.Remove(name); err != nil {
			return err
		}
	}
	return l.tree.Put(name, n)
}

func (l *applier) node(e *entry, content func() (Content, error)) (*Node, error) {
	n := e.node()
	if n.Type == Regular && n.Size > 0 {
		var err error
		if n.Content, err = content(); err != nil {
			return nil, err
		}
	}
	l.made[n] = true
	return n, nil
}

// replace makes room for something that is not a directory.
func (l *applier) replace(name string) error {
	if name == "" {
		return errors.New("the root is not a directory")
	}
	return l.tree.RemoveAll(name)
}

func (l *applier) whiteout(dir, hidden string) error {
	if hidden == "" || hidden == "." || hidden == ".." {
		return errors.New("the whiteout names no file")
	}
	n, err := l.tree.Lstat(dir + hidden)
	if errors.Is(err, ErrNotExist) || err == nil && l.made[n] {
		return nil
	}
	return l.tree.RemoveAll(dir + hidden)
}

// opaque hides what lower layers have in a directory, at any depth.
func (l *applier) opaque(dir string) error {
	n, err := l.tree.Stat(dir)
	if errors.Is(err, ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	l.hide(n)
	return nil
}

func (l *applier) hide(dir *Node) {
	for name, child := range dir.children {
		if l.made[child] {
			if child.Type == Directory {
				l.hide(child)
			}
			continue
		}
		removeChildren(child)
		child.links--
		delete(dir.children, name)
	}
}
