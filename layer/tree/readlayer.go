package tree

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"
)

// Names with a meaning in a layer (image-spec layer.md#whiteouts).
const (
	WhiteoutPrefix = ".wh."
	OpaqueWhiteout = ".wh..wh..opq"
)

// maxHeld is how much of the files that are likely to be read again is kept in
// memory while a layer is read, and maxHeldFile the largest of them: a layer can
// only be read from its beginning, so each look into it later is expensive.
const (
	maxHeld     = 16 << 20
	maxHeldFile = 1 << 20
)

// held says whether a file is among those: apk's and the user databases,
// configuration, and what scripts look at.
func held(name string, size int64) bool {
	return size <= maxHeldFile && (strings.HasPrefix(name, "etc/") ||
		strings.HasPrefix(name, "lib/apk/") || strings.HasPrefix(name, "usr/lib/apk/") ||
		size <= 4096)
}

// ReadLayer applies one layer of an image to the tree: a tar stream with
// whiteouts, in the order of the image's layers. Small files are kept; the
// content of others is read from reopen when it is asked for, which must give
// the same stream again.
//
// As container runtimes do, links in the directories of a name are followed
// within the tree, and directories that are missing are made. An entry that
// cannot be represented is an error.
func (t *Tree) ReadLayer(r io.Reader, reopen func() (io.ReadCloser, error)) error {
	l := &layerReader{tree: t, reopen: reopen, made: make(map[*Node]bool)}
	l.content = l.keep
	return l.read(r)
}

// ReadLayerContents is ReadLayer with content in place of what ReadLayer does with the
// content of a regular file that is not empty: it gets the entry's header and its
// bytes, of which it may leave some, and returns what the file holds.
func (t *Tree) ReadLayerContents(r io.Reader, content func(h *tar.Header, r io.Reader) (Content, error)) error {
	l := &layerReader{tree: t, content: content, made: make(map[*Node]bool)}
	return l.read(r)
}

func (l *layerReader) read(r io.Reader) error {
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read layer: after %q: %w", l.last, err)
		}
		if err := l.entry(h, tr); err != nil {
			return fmt.Errorf("read layer: entry %q: %w", h.Name, err)
		}
		l.last = h.Name
		l.index++
	}
	// What is behind the tar's end belongs to the blob and its digest.
	_, err := io.Copy(io.Discard, r)
	return err
}

type layerReader struct {
	tree    *Tree
	content func(h *tar.Header, r io.Reader) (Content, error)
	reopen  func() (io.ReadCloser, error)
	index   int
	last    string
	held    int64
	made    map[*Node]bool // nodes that this layer made: whiteouts are about those below
}

// keep holds what is likely to be read again.
func (l *layerReader) keep(h *tar.Header, content io.Reader) (Content, error) {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	if l.held+h.Size > maxHeld || !held(name, h.Size) {
		return &layerFile{reopen: l.reopen, index: l.index, name: h.Name}, nil
	}
	b := make([]byte, h.Size)
	if _, err := io.ReadFull(content, b); err != nil {
		return nil, err
	}
	l.held += h.Size
	return Bytes(b), nil
}

func (l *layerReader) entry(h *tar.Header, content io.Reader) error {
	name := strings.TrimSuffix(strings.TrimLeft(h.Name, "/"), "/")
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if strings.ContainsRune(h.Name, 0) || hasDotDot(h.Name) {
		return errors.New("the name leads out of the root file system")
	}
	dir, base := path.Split(name)
	if base == OpaqueWhiteout {
		return l.opaque(dir)
	}
	if hidden, ok := strings.CutPrefix(base, WhiteoutPrefix); ok {
		return l.whiteout(dir, hidden)
	}
	if err := l.tree.MkdirAll(strings.TrimSuffix(dir, "/"), 0o755); err != nil {
		return err
	}
	n, err := l.node(h)
	if err != nil || n == nil {
		return err
	}
	if h.Typeflag == tar.TypeLink {
		target := strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")
		if hasDotDot(h.Linkname) {
			return errors.New("the hard link leads out of the root file system")
		}
		if err := l.replace(name); err != nil {
			return err
		}
		return l.tree.Link(target, name)
	}
	if n.Type == Regular && h.Size > 0 {
		n.Size = h.Size
		if n.Content, err = l.content(h, content); err != nil {
			return err
		}
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
	l.made[n] = true
	return l.tree.Put(name, n)
}

func hasDotDot(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// replace makes room for something that is not a directory.
func (l *layerReader) replace(name string) error {
	if name == "" {
		return errors.New("the root is not a directory")
	}
	return l.tree.RemoveAll(name)
}

func (l *layerReader) whiteout(dir, hidden string) error {
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
func (l *layerReader) opaque(dir string) error {
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

func (l *layerReader) hide(dir *Node) {
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

// node makes what the header says; nil for entries without a file.
func (l *layerReader) node(h *tar.Header) (*Node, error) {
	if h.Uid < 0 || h.Gid < 0 || int64(h.Uid) > math.MaxUint32 || int64(h.Gid) > math.MaxUint32 {
		return nil, fmt.Errorf("owner %d:%d is out of range", h.Uid, h.Gid)
	}
	n := &Node{
		Mode: uint16(h.Mode & 0o7777), UID: uint32(h.Uid), GID: uint32(h.Gid),
		ModTime: h.ModTime, Major: uint32(h.Devmajor), Minor: uint32(h.Devminor),
	}
	for key, value := range h.PAXRecords {
		if attr, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok {
			if n.Xattrs == nil {
				n.Xattrs = make(map[string]string)
			}
			n.Xattrs[attr] = value
		}
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse, tar.TypeLink:
		n.Type = Regular
	case tar.TypeDir:
		n.Type = Directory
	case tar.TypeSymlink:
		n.Type, n.Target = Symlink, h.Linkname
	case tar.TypeChar:
		n.Type = CharDevice
	case tar.TypeBlock:
		n.Type = BlockDevice
	case tar.TypeFifo:
		n.Type = FIFO
	case tar.TypeXGlobalHeader:
		return nil, nil
	default:
		return nil, fmt.Errorf("entry type %q is not known", h.Typeflag)
	}
	return n, nil
}

// layerFile is a file that is still in its layer: the entry of that number.
type layerFile struct {
	reopen func() (io.ReadCloser, error)
	index  int
	name   string
}

func (f *layerFile) Open() (io.ReadCloser, error) {
	r, err := f.reopen()
	if err != nil {
		return nil, err
	}
	tr := tar.NewReader(r)
	for i := 0; ; i++ {
		h, err := tr.Next()
		if err == nil && i == f.index && h.Name != f.name {
			err = errors.New("the layer has changed since it was read")
		}
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("read %s from its layer: %w", f.name, err)
		}
		if i == f.index {
			return struct {
				io.Reader
				io.Closer
			}{tr, r}, nil
		}
	}
}
