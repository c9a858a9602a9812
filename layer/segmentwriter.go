package layer

import (
	"archive/tar"
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/tree"
)

// segmentWriter writes one segment as tar, and compresses it. The dialect is part of [Recipe.Rules]:
// USTAR wherever an entry fits into it, else PAX with the records that are
// needed; owners as numbers, for names would be looked up in who knows which
// passwd; whole seconds; no times but the modification's.
type segmentWriter struct {
	ctx         context.Context
	compressors *compressors
	parallel    int
	fail        func(error) // tells all others, before a compressor is taken down that may be waiting for them
	progress    func(n int)
	buffer      []byte

	packed io.Writer // gets the compressed segment
	tar    *tar.Writer
	out    *bufio.Writer // between tar and split
	split  splitWriter
	isEnd  bool // nothing comes behind
}

// splitWriter gets the tar.
type splitWriter struct {
	plain   io.Writer      // gets all of it
	size    int64          // bytes of it
	fresh   io.Writer      // compresses what is not in a run
	member  *packageMember // fresh, if it takes runs
	isTaken bool           // what comes is in a run
}

func (w *splitWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	if n, err := w.plain.Write(p); err != nil {
		return n, err
	}
	if w.isTaken {
		return len(p), nil
	}
	return w.fresh.Write(p)
}

func (w *segmentWriter) write(s *segment) error {
	if s.hasRuns(w.compressors.recipe) {
		return w.repacked(s)
	}
	return w.member(s.limit(), func() error { return w.all(s) })
}

// all writes a segment as it comes.
func (w *segmentWriter) all(s *segment) error {
	w.isEnd = s.end
	if err := w.beginning(s); err != nil {
		return err
	}
	if s.pkg != nil {
		return w.packageFiles(s)
	}
	var kept spool.Spool
	defer kept.Close()
	contents, err := keepStreamed(s.files, &kept)
	if err != nil {
		return err
	}
	for _, f := range s.files {
		content := f.node.Content
		if _, ok := content.(tree.Streamed); ok && contents[content] != nil {
			content = contents[content]
		}
		if err := w.otherFile(f, content); err != nil {
			return fmt.Errorf("%s: %w", f.names[0], err)
		}
	}
	return nil
}

// keepStreamed returns what the contents are kept in that files have from layers of the base, which can only be read from their
// beginnings: one by one, they would be read as often as there are files. Copies of a file share its content.
func keepStreamed(files []*fileEntry, to *spool.Spool) (map[tree.Content]tree.Content, error) {
	var contents []tree.Content
	users := 0
	kept := make(map[tree.Content]tree.Content)
	for _, f := range files {
		c := f.node.Content
		if _, ok := c.(tree.Streamed); !ok {
			continue
		}
		users++
		if _, isKnown := kept[c]; !isKnown {
			kept[c] = nil
			contents = append(contents, c)
		}
	}
	if users < 2 {
		return nil, nil
	}
	err := tree.ReadContents(contents, func(i int, r io.Reader) error {
		content, err := to.Keep(r)
		kept[contents[i]] = content
		return err
	})
	return kept, err
}

// member makes one gzip member or zstd frame of what write writes to the tar, limit bytes at
// most.
func (w *segmentWriter) member(limit int64, write func() error) error {
	return w.compressors.compress(w.packed, limit, w.parallel, func(z io.Writer) error {
		w.split.fresh = z
		return w.flushed(write)
	})
}

// flushed runs write and leaves nothing of it between tar and split.
func (w *segmentWriter) flushed(write func() error) error {
	err := write()
	switch {
	case err != nil:
	case w.isEnd:
		if err = w.tar.Close(); err == nil {
			err = w.out.Flush()
		}
	default:
		err = w.flush()
	}
	if err != nil {
		w.fail(err)
	}
	return err
}

// flush leaves nothing between tar and split: no end of archive, but the last file's padding.
func (w *segmentWriter) flush() error {
	if err := w.tar.Flush(); err != nil {
		return err
	}
	return w.out.Flush()
}

// beginning writes what comes before the files of a segment.
func (w *segmentWriter) beginning(s *segment) error {
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
	return nil
}

func (w *segmentWriter) directory(dir dirEntry) error {
	h, err := header(dir.path+"/", dir.node)
	if err != nil {
		return err
	}
	if dir.path == "" {
		h.Name = "./"
	}
	h.Typeflag = tar.TypeDir
	return w.tar.WriteHeader(h)
}

// whiteout hides a path of the base (image-spec layer.md#whiteouts).
func (w *segmentWriter) whiteout(path string) error {
	dir, name := splitPath(path)
	return w.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: dir + tree.WhiteoutPrefix + name, ModTime: time.Unix(0, 0),
	})
}

// otherFile writes a file that is in no package, with its content, which is the node's or a copy.
func (w *segmentWriter) otherFile(f *fileEntry, content tree.Content) error {
	if f.node.Type != tree.Regular || f.node.Size == 0 {
		return w.file(f, nil)
	}
	r, err := content.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return w.file(f, r)
}

// file writes a file, and right after it the further names that it has.
func (w *segmentWriter) file(f *fileEntry, content io.Reader) error {
	if err := w.named(f.names[0], f, content); err != nil {
		return err
	}
	for _, name := range f.names[1:] {
		if err := w.link(name, f.names[0], f); err != nil {
			return err
		}
	}
	return nil
}

// named writes a file under one of its names.
func (w *segmentWriter) named(name string, f *fileEntry, content io.Reader) error {
	h, err := header(name, f.node)
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
		return fmt.Errorf("unknown file type %d", f.node.Type)
	}
	if m := w.split.member; m != nil && m.isOpen && content != nil {
		if err := w.flush(); err != nil {
			return err
		}
		if err := m.begin(f.node.Size, content); err != nil {
			return err
		}
	}
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	if content == nil {
		return nil
	}
	return w.content(content, f.node.Size)
}

// link writes a further name of a file that was written.
func (w *segmentWriter) link(name, target string, f *fileEntry) error {
	// Owner, mode and attributes once more: containerd sets them for a link
	// too, and setting an owner takes capabilities away.
	h, err := header(name, f.node)
	if err != nil {
		return err
	}
	h.Typeflag, h.Linkname = tar.TypeLink, target
	h.Devmajor, h.Devminor = 0, 0
	return w.tar.WriteHeader(h)
}

// content copies exactly size bytes. The header with that size is written already,
// so that anything else is an error.
func (w *segmentWriter) content(r io.Reader, size int64) error {
	runs, _ := r.(*apk.PackageReader)
	if !w.split.member.takesRuns() {
		runs = nil
	}
	var done int64
	for {
		if err := w.ctx.Err(); err != nil {
			return context.Cause(w.ctx)
		}
		if runs != nil {
			n, err := w.run(runs)
			if err != nil {
				return err
			}
			if n > 0 {
				done += int64(n)
				w.progress(n)
				continue
			}
		}
		n, err := r.Read(w.buffer)
		if done += int64(n); done > size {
			return fmt.Errorf("the content is longer than the expected %d bytes", size)
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

// run writes the next run of a package's file if there is one, and returns how many bytes it holds.
func (w *segmentWriter) run(r *apk.PackageReader) (int, error) {
	run, ok, err := r.Run()
	if err != nil || !ok {
		return 0, err
	}
	if err := w.out.Flush(); err != nil {
		return 0, err
	}
	w.split.isTaken = true
	defer func() { w.split.isTaken = false }()
	if _, err := w.tar.Write(run.Plain); err != nil {
		return 0, err
	}
	if err := w.out.Flush(); err != nil {
		return 0, err
	}
	return len(run.Plain), w.split.member.run(run)
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
		ModTime:  headerTime(n),
		Devmajor: int64(n.Major), Devminor: int64(n.Minor),
	}
	for name, value := range n.Xattrs {
		if strings.ContainsAny(name, "=\x00") { // as PAX has no escapes; archive/tar would not say which
			return nil, fmt.Errorf("a tar cannot hold the attribute name %q", name)
		}
		if h.PAXRecords == nil {
			h.PAXRecords = make(map[string]string, len(n.Xattrs))
		}
		h.PAXRecords["SCHILY.xattr."+name] = value
	}
	return h, nil
}

// headerTime is a file's modification time in whole seconds; 1970 if it has none.
func headerTime(n *tree.Node) time.Time {
	if n.ModTime.IsZero() {
		return time.Unix(0, 0)
	}
	return time.Unix(n.ModTime.Unix(), 0)
}
