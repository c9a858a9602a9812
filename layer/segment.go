package layer

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

// A segment is the part of a layer that is written and compressed on its own.
// What is in one depends on the trees alone, and its bytes on nothing outside it.
type segment struct {
	difference
	pkg *StagedPackage // whose files these are, in its order; nil for the first and the last segment
	end bool           // the last segment: nothing but the end of the tar
}

// plan cuts a layer into segments: first what comes from no package,
// then each package's files, then the end of the tar. Segments with nothing in them
// are left out.
func plan(d *difference, packages []*StagedPackage) ([]*segment, error) {
	first := &segment{difference: difference{directories: d.directories, whiteouts: d.whiteouts}}
	segments := make([]*segment, 0, len(packages)+2)
	segments = append(segments, first)
	byPackage := make(map[*StagedPackage]*segment, len(packages))
	for _, pkg := range packages {
		s := &segment{pkg: pkg}
		byPackage[pkg] = s
		segments = append(segments, s)
	}
	for _, f := range d.files {
		s, pkg := first, packageOf(f.node)
		if pkg != nil {
			if s = byPackage[pkg]; s == nil {
				return nil, fmt.Errorf("%s is from package %s, which is not among those of the layer", f.names[0], pkg.Package.ID())
			}
		}
		s.files = append(s.files, f)
	}
	for _, s := range segments[1:] {
		slices.SortStableFunc(s.files, func(a, b *fileEntry) int { return cmp.Compare(entryOf(a.node), entryOf(b.node)) })
	}
	segments = append(segments, &segment{end: true})
	return slices.DeleteFunc(segments, (*segment).empty), nil
}

func (s *segment) empty() bool {
	return !s.end && len(s.directories)+len(s.whiteouts)+len(s.files) == 0
}

// limit returns a number of bytes that the segment's tar does not exceed.
func (s *segment) limit() int64 {
	const entry = 4*512 + 128 // header, PAX header, padding after its records and after the content; records but for their texts
	if s.end {
		return 2 * 512
	}
	n := int64(len(s.whiteouts)+len(s.directories)) * entry
	for _, path := range s.whiteouts {
		n += int64(len(path))
	}
	for _, dir := range s.directories {
		n += int64(len(dir.path)) + xattrLimit(dir.node)
	}
	for _, f := range s.files {
		n += f.node.Size + int64(len(f.node.Target)) + xattrLimit(f.node)
		for _, name := range f.names {
			n += entry + int64(len(name)+len(f.names[0])) + xattrLimit(f.node)
		}
	}
	return n
}

func xattrLimit(n *tree.Node) int64 {
	var limit int64
	for name, value := range n.Xattrs {
		limit += int64(len(name) + len(value) + 64)
	}
	return limit
}

// segmentWriter writes one segment as tar. The dialect is part of [Recipe.Rules]:
// USTAR wherever an entry fits into it, else PAX with the records that are
// needed; owners as numbers, for names would be looked up in who knows which
// passwd; whole seconds; no times but the modification's.
type segmentWriter struct {
	ctx      context.Context
	tar      *tar.Writer
	now      time.Time
	buffer   []byte
	progress func(n int)
}

func (w *segmentWriter) write(s *segment) error {
	if s.end {
		return w.tar.Close()
	}
	for _, dir := range s.directories {
		if err := w.directory(dir); err != nil {
			return fmt.Errorf("%s: %w", cmp.Or(dir.path, "/"), err)
		}
	}
	for _, path := range s.whiteouts {
		if err := w.whiteout(path); err != nil {
			return fmt.Errorf("whiteout of %s: %w", path, err)
		}
	}
	if s.pkg != nil {
		if err := w.packageFiles(s.pkg, s.files); err != nil {
			return fmt.Errorf("package %s: %w", s.pkg.Package.ID(), err)
		}
	} else {
		for _, f := range s.files {
			if err := w.otherFile(f); err != nil {
				return fmt.Errorf("%s: %w", f.names[0], err)
			}
		}
	}
	return w.tar.Flush() // no end of archive, but the last file's padding
}

func (w *segmentWriter) directory(dir dirEntry) error {
	h, err := header(dir.path+"/", dir.node)
	if err != nil {
		return err
	}
	if dir.path == "" {
		h.Name = "./"
	}
	h.Typeflag, h.ModTime = tar.TypeDir, w.now
	return w.tar.WriteHeader(h)
}

// whiteout hides a path of the base (image-spec layer.md#whiteouts).
func (w *segmentWriter) whiteout(path string) error {
	dir, name := splitPath(path)
	return w.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: dir + tree.WhiteoutPrefix + name, ModTime: time.Unix(0, 0),
	})
}

// otherFile writes a file whose content, if any, can be had on its own.
func (w *segmentWriter) otherFile(f *fileEntry) error {
	if f.node.Type != tree.Regular || f.node.Size == 0 {
		return w.file(f, nil)
	}
	content, err := f.node.Content.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return w.file(f, content)
}

// file writes a file, and right after it the further names that it has.
func (w *segmentWriter) file(f *fileEntry, content io.Reader) error {
	h, err := header(f.names[0], f.node)
	if err != nil {
		return err
	}
	switch f.node.Type {
	case tree.Regular:
		h.Typeflag, h.Size = tar.TypeReg, f.node.Size
	case tree.Symlink:
		h.Typeflag, h.Linkname = tar.TypeSymlink, f.node.Target
	case tree.CharDevice:
		h.Typeflag = tar.TypeChar
	case tree.BlockDevice:
		h.Typeflag = tar.TypeBlock
	case tree.FIFO:
		h.Typeflag = tar.TypeFifo
	default:
		return fmt.Errorf("file type %d is not known", f.node.Type)
	}
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	if content != nil {
		if err := w.content(content, f.node.Size); err != nil {
			return err
		}
	}
	for _, name := range f.names[1:] {
		// Owner, mode and attributes once more: containerd sets them for a link
		// too, and setting an owner takes capabilities away.
		h, err := header(name, f.node)
		if err != nil {
			return err
		}
		h.Typeflag, h.Linkname = tar.TypeLink, f.names[0]
		h.Devmajor, h.Devminor = 0, 0
		if err := w.tar.WriteHeader(h); err != nil {
			return err
		}
	}
	return nil
}

// content copies exactly size bytes. The header with that size is written already,
// so that anything else is an error.
func (w *segmentWriter) content(r io.Reader, size int64) error {
	var done int64
	for {
		if err := w.ctx.Err(); err != nil {
			return context.Cause(w.ctx)
		}
		n, err := r.Read(w.buffer)
		if done += int64(n); done > size {
			return fmt.Errorf("the content is longer than its %d bytes", size)
		}
		if _, err := w.tar.Write(w.buffer[:n]); err != nil {
			return err
		}
		w.progress(n)
		switch {
		case err == io.EOF && done < size:
			return fmt.Errorf("the content ends after %d of %d bytes", done, size)
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// header returns what all types have in common.
func header(name string, n *tree.Node) (*tar.Header, error) {
	// Beyond these, archive/tar would turn to the GNU dialect.
	const maxDevice = 0o7777777
	if n.Major > maxDevice || n.Minor > maxDevice {
		return nil, errors.New("a tar header cannot hold the device number")
	}
	h := &tar.Header{
		Name: name, Mode: int64(n.Mode), Uid: int(n.UID), Gid: int(n.GID),
		ModTime:  time.Unix(0, 0),
		Devmajor: int64(n.Major), Devminor: int64(n.Minor),
	}
	if !n.ModTime.IsZero() {
		h.ModTime = time.Unix(n.ModTime.Unix(), 0)
	}
	for name, value := range n.Xattrs {
		if strings.ContainsAny(name, "=\x00") { // as PAX has no escapes; archive/tar would not say which
			return nil, fmt.Errorf("the name of attribute %q cannot be in a tar", name)
		}
		if h.PAXRecords == nil {
			h.PAXRecords = make(map[string]string, len(n.Xattrs))
		}
		h.PAXRecords["SCHILY.xattr."+name] = value
	}
	return h, nil
}
