package layer

import (
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// packageOf returns the package that a file's content is in, or nil.
func packageOf(n *tree.Node) *StagedPackage {
	if f, ok := n.Content.(PackageFile); ok && n.Type == tree.Regular && n.Size > 0 {
		return f.Package
	}
	return nil
}

// entryOf returns the ordinal of a content within its package.
func entryOf(n *tree.Node) int { return n.Content.(PackageFile).Entry }

// packageFiles writes files of a package in the order of their entries, while it is
// read. It is read to its end, which verifies it, and once more for files
// that share their content with one before, such as what a script has copied.
func (w *segmentWriter) packageFiles(pkg *StagedPackage, files []*fileEntry) error {
	for len(files) > 0 {
		var err error
		if files, err = w.packagePass(pkg, files); err != nil {
			return err
		}
	}
	return nil
}

// packagePass reads the package once and returns the files that it could not
// write because one of the same entry was.
func (w *segmentWriter) packagePass(pkg *StagedPackage, files []*fileEntry) (later []*fileEntry, err error) {
	entries, closer, err := pkg.open(w.ctx)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	for i := 0; ; i++ {
		e, err := entries.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(files) == 0 || entryOf(files[0].node) != i {
			continue
		}
		f := files[0]
		if e.Type != apk.EntryFile || e.Size != f.node.Size {
			return nil, fmt.Errorf("%s: the content has %d bytes, but had %d: %w", f.names[0], e.Size, f.node.Size, errAltered)
		}
		if err := w.file(f, entries); err != nil {
			return nil, fmt.Errorf("%s: %w", f.names[0], err)
		}
		for files = files[1:]; len(files) > 0 && entryOf(files[0].node) == i; files = files[1:] {
			later = append(later, files[0])
		}
	}
	if len(files) > 0 {
		return nil, fmt.Errorf("%s: there is no such entry: %w", files[0].names[0], errAltered)
	}
	return later, nil
}

var errAltered = errors.New("the package file was altered since it was verified")
