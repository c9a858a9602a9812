package layer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// packageOf returns the package that a file's content is in, or nil.
func packageOf(n *tree.Node) *stage.Package {
	if f, ok := n.Content.(stage.PackageFile); ok && n.Type == tree.Regular && n.Size > 0 {
		return f.Package
	}
	return nil
}

// entryOf returns the ordinal of a content within its package.
func entryOf(n *tree.Node) int { return n.Content.(stage.PackageFile).Entry }

// packageParts writes a package's segment as a gzip member for each of its parts, the files in
// the order of their entries, while the package is read.
func (w *segmentWriter) packageParts(s *segment) error {
	hasBegun := false
	begin := func() error {
		if hasBegun {
			return nil
		}
		hasBegun = true
		return w.beginning(s)
	}
	err := eachPass(w.ctx, s, func(c *packageCursor, files []*fileEntry) error {
		for _, p := range splitParts(files, w.compressors.recipe.BlockSize) {
			write := func() error {
				if err := begin(); err != nil {
					return err
				}
				return w.filesOf(c, p.files)
			}
			var err error
			if p.isBulk {
				err = w.member(p.limit, write)
			} else {
				err = w.carrying(write)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !hasBegun { // directories are all that the package has
		err = w.member(s.limit(), begin)
	}
	return err
}

// packageFiles writes all files of a package's segment, in the order of their entries.
func (w *segmentWriter) packageFiles(s *segment) error { return eachPass(w.ctx, s, w.filesOf) }

func (w *segmentWriter) filesOf(c *packageCursor, files []*fileEntry) error {
	for _, f := range files {
		err := c.find(f)
		if err == nil {
			err = w.file(f, c.reader)
		}
		if err != nil {
			return fmt.Errorf("package %s: %s: %w", c.pkg.Package.ID(), f.names[0], err)
		}
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
		if err := onePass(ctx, s.pkg, now, write); err != nil {
			return err
		}
		files = later
	}
	return nil
}

func onePass(ctx context.Context, pkg *stage.Package, files []*fileEntry, write func(*packageCursor, []*fileEntry) error) error {
	reader, in, err := pkg.Open(ctx, nil)
	if err != nil {
		return fmt.Errorf("package %s: %w", pkg.Package.ID(), err)
	}
	defer in.Close()
	if err := write(&packageCursor{pkg: pkg, reader: reader}, files); err != nil {
		return err
	}
	for err == nil {
		_, err = reader.Next()
	}
	if err != io.EOF {
		return fmt.Errorf("package %s: %w", pkg.Package.ID(), err)
	}
	return nil
}

// packageCursor goes through a package's entries.
type packageCursor struct {
	pkg    *stage.Package
	reader *apk.PackageReader
	next   int // the number of the entry that the reader returns next
}

// find goes on to the entry that has the content of a file.
func (c *packageCursor) find(f *fileEntry) error {
	for {
		e, err := c.reader.Next()
		if err == io.EOF {
			return fmt.Errorf("no such entry: %w", errAltered)
		}
		if err != nil {
			return err
		}
		c.next++
		if c.next <= entryOf(f.node) {
			continue
		}
		if e.Type != apk.EntryFile || e.Size != f.node.Size {
			return fmt.Errorf("the content has %d bytes, but had %d: %w", e.Size, f.node.Size, errAltered)
		}
		return nil
	}
}

var errAltered = errors.New("the package file was altered after it was verified")
