package layer

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// packageOf returns the package that a file's content is in, or nil.
func packageOf(n *tree.Node) *stage.Package {
	if f, ok := n.Content.(stage.PackageFile); ok && n.Type == tree.Regular && n.Size > 0 && !f.Package.IsOfOtherRoot {
		return f.Package
	}
	return nil
}

// entryOf returns the ordinal of a content within its package.
func entryOf(n *tree.Node) int { return n.Content.(stage.PackageFile).Entry }

// repacked writes a package's segment as one gzip member for each time that the package is read.
func (w *segmentWriter) repacked(s *segment) error {
	return eachPass(w.ctx, s, func(c *packageCursor, files []*fileEntry) error {
		m, err := w.compressors.member(w.packed, w.parallel)
		if err != nil {
			return err
		}
		defer m.release()
		w.split.fresh, w.split.member = m, m
		defer func() { w.split.member = nil }()
		if err := w.flushed(func() error { return w.filesOf(c, files) }); err != nil {
			return err
		}
		return m.end()
	})
}

// packageFiles writes all files of a package's segment.
func (w *segmentWriter) packageFiles(s *segment) error { return eachPass(w.ctx, s, w.filesOf) }

// filesOf writes files in the order of the package, hard links included: see [packageCursor].
func (w *segmentWriter) filesOf(c *packageCursor, files []*fileEntry) error {
	for _, f := range files {
		f, name, err := c.find(w, f)
		if err == nil {
			err = w.named(name, f, c.reader)
		}
		if err != nil {
			return fmt.Errorf("package %s: %s: %w", c.pkg.Package.ID(), f.names[0], err)
		}
		c.written(f, name)
	}
	if err := c.finish(w); err != nil {
		return fmt.Errorf("package %s: %w", c.pkg.Package.ID(), err)
	}
	return nil
}

// eachPass opens the package of a segment and has its files written, in the order of their
// entries. It is read to its end, which verifies it, and once more for files
// that share their content with one before, such as what a script has copied.
func eachPass(ctx context.Context, s *segment, write func(*packageCursor, []*fileEntry) error) error {
	for files := s.files; len(files) > 0; {
		var now, later []*fileEntry
		for i, f := range files {
			if i > 0 && entryOf(f.node) == entryOf(files[i-1].node) {
				later = append(later, f)
			} else {
				now = append(now, f)
			}
		}
		if err := onePass(ctx, s.pkg, now, later, write); err != nil {
			return err
		}
		files = later
	}
	return nil
}

func onePass(ctx context.Context, pkg *stage.Package, files, later []*fileEntry, write func(*packageCursor, []*fileEntry) error) error {
	reader, in, err := pkg.Open(ctx, nil)
	if err != nil {
		return fmt.Errorf("package %s: %w", pkg.Package.ID(), err)
	}
	defer in.Close()
	return write(&packageCursor{pkg: pkg, reader: reader, later: later}, files)
}

// packageCursor goes through a package's entries and says what to write for them, so that a segment depends on
// nothing but the package where it is staged as it is.
//
// Of a file with several names, the package's own name comes with the content, and a hard link of the package stands where the
// package has it. Other names, such as those that a script has linked, come after all files, in tree order. Of several files with
// the content of one entry, the one that has the entry's name comes first.
type packageCursor struct {
	pkg    *stage.Package
	reader *apk.PackageReader
	next   int            // the number of the entry that the reader returns next
	later  []*fileEntry   // for another pass, in the order of their entries
	links  []*pendingLink // in the order of the files
	byName map[string]*pendingLink
}

// pendingLink is a further name of a file that was written.
type pendingLink struct {
	name, target string
	file         *fileEntry
	isWritten    bool
}

// find goes on to the entry that has the content of a file, and returns what to write there: the file or another one with that
// content, and under which name.
func (c *packageCursor) find(w *segmentWriter, f *fileEntry) (*fileEntry, string, error) {
	for {
		e, err := c.nextEntry(w)
		if err == io.EOF {
			err = fmt.Errorf("no such entry: %w", errAltered)
		}
		if err != nil {
			return f, "", err
		}
		if c.next <= entryOf(f.node) {
			continue
		}
		if e.Type != tar.TypeReg || e.Size != f.node.Size {
			return f, "", fmt.Errorf("the content has %d bytes, but had %d: %w", e.Size, f.node.Size, errAltered)
		}
		f = c.original(f, e.Name)
		if slices.Contains(f.names, e.Name) {
			return f, e.Name, nil
		}
		return f, f.names[0], nil
	}
}

// nextEntry writes a hard link where the package has it.
func (c *packageCursor) nextEntry(w *segmentWriter) (*apk.Entry, error) {
	e, err := c.reader.Next()
	if err != nil {
		return nil, err
	}
	c.next++
	if e.Type == tar.TypeLink {
		err = c.byName[e.Name].write(w)
	}
	return e, err
}

// original returns the file with a name, of those that have the content of f, and leaves f for later instead.
func (c *packageCursor) original(f *fileEntry, name string) *fileEntry {
	if slices.Contains(f.names, name) {
		return f
	}
	first, _ := slices.BinarySearchFunc(c.later, entryOf(f.node), func(l *fileEntry, entry int) int { return cmp.Compare(entryOf(l.node), entry) })
	for i := first; i < len(c.later) && entryOf(c.later[i].node) == entryOf(f.node); i++ {
		if original := c.later[i]; slices.Contains(original.names, name) {
			copy(c.later[first+1:i+1], c.later[first:i])
			c.later[first] = f
			return original
		}
	}
	return f
}

// written notes that a file was written under a name, and that its others are to come.
func (c *packageCursor) written(f *fileEntry, name string) {
	for _, other := range f.names {
		if other == name {
			continue
		}
		l := &pendingLink{name: other, target: name, file: f}
		c.links = append(c.links, l)
		if c.byName == nil {
			c.byName = make(map[string]*pendingLink)
		}
		c.byName[other] = l
	}
}

// finish reads the package to its end and writes what is left of the links.
func (c *packageCursor) finish(w *segmentWriter) error {
	for {
		if _, err := c.nextEntry(w); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	for _, l := range c.links {
		if err := l.write(w); err != nil {
			return err
		}
	}
	return nil
}

func (l *pendingLink) write(w *segmentWriter) error {
	if l == nil || l.isWritten {
		return nil
	}
	l.isWritten = true
	return w.link(l.name, l.target, l.file)
}

var errAltered = errors.New("the package file was altered after it was verified")
