package tree

import (
	"bytes"
	"io"
	"slices"
	"strings"
)

// WriteFile makes or replaces the content of a regular file, links followed. An
// existing file keeps its mode and owner.
func (t *Tree) WriteFile(p string, content []byte, mode uint16) error {
	n, err := t.open(p, Create|Truncate, mode)
	if err != nil {
		return err
	}
	var c Content
	if t.Keep != nil && len(content) >= minKept {
		c, _, err = t.Keep(bytes.NewReader(content))
	} else if err = t.grow(int64(len(content))); err == nil {
		c = Bytes(content)
	}
	if err != nil {
		return pathError("write", p, err)
	}
	t.SetContent(n, c, int64(len(content)))
	return nil
}

// WriteContent is WriteFile with a content of that size, which is not copied.
func (t *Tree) WriteContent(p string, c Content, size int64, mode uint16) error {
	n, err := t.open(p, Create|Truncate, mode)
	if err == nil {
		t.SetContent(n, c, size)
	}
	return err
}

// SetContent replaces the content of a regular file, as writing one that is open does,
// and updates its modification time. Content may be nil if size is 0.
func (t *Tree) SetContent(n *Node, c Content, size int64) {
	if size == 0 {
		c = nil
	} else {
		t.wrote(n)
	}
	n.Content, n.Size, n.ModTime = c, size, t.Now
}

func (t *Tree) grow(size int64) error {
	if t.Limit > 0 && size > t.Limit-*t.written {
		return &limitError{t.Limit}
	}
	*t.written += size
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
		case n.mounted == readOnly:
			return nil, pathError("open", p, ErrReadOnly)
		case t.Access(n, Write) != nil:
			return nil, pathError("open", p, ErrPermission)
		case n.Type != Regular:
			return nil, pathError("open", p, ErrInvalid)
		}
		if flags&Truncate != 0 {
			t.wrote(n)
			t.SetContent(n, nil, 0)
		}
		return n, nil
	}
	if flags&Create == 0 {
		return nil, pathError("open", p, ErrNotExist)
	}
	if err := t.mayCreate(at); err != nil {
		return nil, pathError("open", p, err)
	}
	if err := t.grow(nodeSize); err != nil {
		return nil, pathError("open", p, err)
	}
	n := &Node{Type: Regular, Mode: mode, ModTime: t.Now}
	t.own(at, n)
	t.set(at, n)
	return n, nil
}

// locateToOpen follows links as open(2) does: with Create, a name that ends in a slash
// is refused, whether it ends the path or the target of a link.
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
	return nil, ErrLoop
}

// OpenWriter opens a regular file for writing, links followed. Later
// readers see what is written, as in a file system; closing
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

// Scratch returns a regular file that no directory has, and its writer. The name is for errors.
func (t *Tree) Scratch(name string) (io.Writer, *Node) {
	n := &Node{Type: Regular, ModTime: t.Now}
	return &writer{tree: t, node: n, path: name}, n
}

type writer struct {
	tree   *Tree
	node   *Node
	path   string
	append bool
	offset int64
	own    Content // what this writer rewrote, as long as nobody else changed it
}

func (w *writer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // which changes nothing, not even the time
	}
	if err := w.write(p); err != nil {
		return 0, pathError("write", w.path, err)
	}
	return len(p), nil
}

func (w *writer) write(p []byte) error {
	if err := w.tree.grow(int64(len(p))); err != nil {
		return err
	}
	size := w.node.Size
	if w.append {
		w.offset = size
	}
	end := w.offset + int64(len(p))
	if _, isStreamed := w.node.Content.(Streamed); isStreamed || w.offset != size {
		return w.rewrite(p, end)
	}
	content, err := piecesOf(w.node.Content, size).append(p, w.tree.keep)
	if err != nil {
		return err
	}
	w.offset = end
	w.tree.SetContent(w.node, content, end)
	return nil
}

// rewrite writes p up to end, with a copy of the content.
func (w *writer) rewrite(p []byte, end int64) error {
	size := max(end, w.node.Size)
	if w.own == nil || w.own != w.node.Content {
		if err := w.tree.grow(w.node.Size); err != nil {
			return err
		}
	}
	old, err := w.node.Read(w.node.Size)
	if err != nil {
		return err
	}
	content := append(make([]byte, 0, size), old...)[:size]
	copy(content[w.offset:], p)
	w.offset, w.own = end, &pieces{last: part{&piece{b: content}, size}}
	w.tree.SetContent(w.node, w.own, size)
	return nil
}

// keep has a piece kept elsewhere, which then does not count any more.
func (t *Tree) keep(p *piece) error {
	if t.Keep == nil {
		return nil
	}
	size, err := p.keep(t.Keep)
	*t.written -= size
	return err
}

func (w *writer) Close() error { return nil }
