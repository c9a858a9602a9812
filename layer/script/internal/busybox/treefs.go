package busybox

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

// treeFS is a directory of the tree as the user of a call sees it, for packages that make files of other programs' formats. What
// is read of it is counted as the call's work.
type treeFS struct {
	c    *Call
	root string
}

var (
	_ fs.ReadDirFS  = treeFS{}
	_ fs.ReadLinkFS = treeFS{}
)

// directory returns a directory as a file system. The error is that of Stat, or [tree.ErrNotDir].
func (c *Call) directory(name string) (fs.FS, error) {
	n, err := c.look(name, true)
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	return treeFS{c, c.file(name)}, err
}

func (f treeFS) locate(op, name string, follow bool) (*tree.Node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, err := f.c.look(path.Join(f.root, name), follow)
	if errors.Is(err, tree.ErrNotExist) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, nil
}

func (f treeFS) Open(name string) (fs.File, error) {
	n, err := f.locate("open", name, true)
	if err != nil {
		return nil, err
	}
	file := &treeFile{nodeInfo: nodeInfo{path.Base(name), n}}
	if n.Type == tree.Regular {
		if err = f.c.Tree.Access(n, tree.Read); err == nil {
			var content []byte
			content, err = n.Read(MaxInput)
			file.Reader.Reset(content)
		}
		if err == nil {
			err = f.c.spend(int(n.Size))
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
	return file, nil
}

func (f treeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	dir, err := f.locate("readdir", name, true)
	if err != nil {
		return nil, err
	}
	names, err := f.c.Tree.Names(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	names = slices.Sorted(slices.Values(names))
	var entries []fs.DirEntry
	for _, entry := range names {
		n, err := f.locate("lstat", path.Join(name, entry), false)
		if err != nil {
			return nil, err
		}
		entries = append(entries, fs.FileInfoToDirEntry(nodeInfo{entry, n}))
	}
	return entries, nil
}

func (f treeFS) ReadLink(name string) (string, error) {
	n, err := f.locate("readlink", name, false)
	if err == nil && n.Type != tree.Symlink {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return n.Target, nil
}

func (f treeFS) Lstat(name string) (fs.FileInfo, error) {
	n, err := f.locate("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return nodeInfo{path.Base(name), n}, nil
}

type treeFile struct {
	nodeInfo
	bytes.Reader
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.nodeInfo, nil }
func (f *treeFile) Close() error               { return nil }
func (f *treeFile) Size() int64                { return f.node.Size }
func (f *treeFile) Read(b []byte) (int, error) {
	if f.node.Type == tree.Directory {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
	}
	return f.Reader.Read(b)
}

type nodeInfo struct {
	name string
	node *tree.Node
}

func (i nodeInfo) Name() string       { return i.name }
func (i nodeInfo) Size() int64        { return i.node.Size }
func (i nodeInfo) ModTime() time.Time { return i.node.ModTime }
func (i nodeInfo) IsDir() bool        { return i.node.Type == tree.Directory }
func (i nodeInfo) Sys() any           { return nil }

func (i nodeInfo) Mode() fs.FileMode {
	mode := fs.FileMode(i.node.Mode & 0o777)
	switch i.node.Type {
	case tree.Directory:
		mode |= fs.ModeDir
	case tree.Symlink:
		mode |= fs.ModeSymlink
	case tree.Regular:
	default:
		mode |= fs.ModeIrregular
	}
	return mode
}

// replaceMade writes a file that a program makes beside the old one and renames: it is a new file of the mode 0666 without the bits of
// the umask. Nil removes what is there.
func (c *Call) replaceMade(name string, content []byte) error {
	at := c.file(name)
	if err := c.Tree.Remove(at); err != nil && !errors.Is(err, tree.ErrNotExist) {
		return err
	}
	if content == nil {
		return nil
	}
	return c.Tree.WriteFile(at, content, 0o666&^c.Umask)
}

// made is how a program that makes files ends: an error of what it was to read is unsupported, since the real program may go on.
func (c *Call) made(err error) (int, error) {
	if failure := c.Failure(); failure != nil {
		return 0, failure
	}
	if err == nil {
		return 0, nil
	}
	return 0, c.Unsupported(c.Line, "%s: %v", strings.Join(c.Args, " "), err)
}
