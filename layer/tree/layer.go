package tree

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
)

// Layer is the content of one layer of an image except for large files: its entries in
// order, whiteouts among them, and the contents of files that are likely to be read
// again. It may be used concurrently.
type Layer struct {
	count    int
	entries  string // encoded: see [entry.encode]
	contents []byte // those that are held, in the order of their entries
}

// How much of the files that are likely to be read again is held of a layer, and the largest of them, in bytes: a layer can only be
// read from its beginning, so each look into it later is expensive. apk's database, which is read several times, is as long as
// the lists of files are, so it has room of its own.
const (
	maxHeld         = 16 << 20
	maxHeldFile     = 1 << 20
	maxHeldDatabase = 64 << 20
)

// holding is what is held of a layer so far.
type holding struct{ files, database int64 }

// takes says whether a file is among those that are held: apk's and the user databases, configuration, and what scripts look at.
func (h *holding) takes(name string, size int64) bool {
	held, most := &h.files, int64(maxHeld)
	switch {
	case size == 0:
		return false
	case strings.HasPrefix(name, "lib/apk/"), strings.HasPrefix(name, "usr/lib/apk/"):
		held, most = &h.database, maxHeldDatabase
	case size > maxHeldFile || size > 4096 && !strings.HasPrefix(name, "etc/"):
		return false
	}
	if *held+size > most {
		return false
	}
	*held += size
	return true
}

// ScanLayer reads the tar stream of a layer to its end, and no further than its
// entries are needed: whether it can be applied is for [Layer.Apply] to say. An entry
// that cannot be represented is an error.
func ScanLayer(r io.Reader) (*Layer, error) {
	l := new(Layer)
	var entries []byte
	var holding holding
	err := scan(r, func(h *tar.Header, content io.Reader) error {
		e, err := entryOf(h)
		if err != nil {
			return err
		}
		held := holding.takes(cleanName(e.name), e.size)
		if held {
			start := len(l.contents)
			l.contents = append(l.contents, make([]byte, e.size)...)
			if _, err := io.ReadFull(content, l.contents[start:]); err != nil {
				return err
			}
		}
		entries = e.encode(entries, held)
		l.count++
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.entries = string(entries)
	return l, nil
}

// Apply puts the layer on top of what the tree has. Contents that the layer does not
// hold are read on demand from reopen, which must return the stream that was
// scanned.
//
// As container runtimes do, links in the directories of a name are followed within the
// tree, and missing directories are created. After an error, the tree has part of the
// layer.
func (l *Layer) Apply(t *Tree, reopen func() (io.ReadCloser, error)) error {
	a := newApplier(t)
	d := l.decoder()
	stream := &layerStream{reopen: reopen}
	for i := range l.count {
		e := d.next()
		err := a.apply(e, func() (Content, error) {
			if d.held != nil {
				return Bytes(d.held), nil
			}
			return &layerFile{stream: stream, index: i, name: e.name}, nil
		})
		if err != nil {
			return errEntry(e.name, err)
		}
	}
	return nil
}

// Find returns the content of a regular file that the layer has and holds, by its path
// without a leading slash.
func (l *Layer) Find(path string) (content []byte, ok bool) {
	d := l.decoder()
	for range l.count {
		if e := d.next(); d.held != nil && cleanName(e.name) == path {
			content, ok = d.held, true // the last of a name is the one that stays
		}
	}
	return content, ok
}

// layerFile is a file that is still in its layer: the entry of that number.
type layerFile struct {
	stream *layerStream
	index  int
	name   string
}

// layerStream reads the files of a layer on demand, each time from the beginning of the layer. Callers often read one file after another:
// from the second read on, the files that follow in the layer are kept in memory. It may be used concurrently.
type layerStream struct {
	reopen func() (io.ReadCloser, error)

	mu     sync.Mutex
	opened bool
	kept   map[int]keptFile // by the number of the entry
}

type keptFile struct {
	name    string
	content []byte
}

// How much of a layer is kept, and the largest of its files, in bytes.
const (
	maxKept     = 4 << 20
	maxKeptFile = 256 << 10
)

// find returns a file that is kept and, if it is not, whether others should be when it is read.
func (s *layerStream) find(index int) (f keptFile, ok, keep bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok = s.kept[index]; !ok {
		keep, s.opened = s.opened, true
	}
	return f, ok, keep
}

// keepFrom replaces the kept files with one that was just read and those that follow it. An error in what follows is not reported here:
// it comes up again when one of those files is read.
func (s *layerStream) keepFrom(index int, f keptFile, tr *tar.Reader) {
	kept := map[int]keptFile{index: f}
	for size := int64(len(f.content)); ; {
		h, err := tr.Next()
		if err != nil {
			break
		}
		index++
		if size += h.Size; size > maxKept {
			break
		}
		if h.Typeflag != tar.TypeReg || h.Size > maxKeptFile {
			continue
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			break
		}
		kept[index] = keptFile{h.Name, content}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = kept
}

// Stream implements [Streamed].
func (f *layerFile) Stream() (Stream, int) { return f.stream, f.index }

// Each implements [Stream].
func (s *layerStream) Each(wanted []int, read func(i int, r io.Reader) error) error {
	r, err := s.reopen()
	if err != nil {
		return err
	}
	defer r.Close()
	tr := tar.NewReader(r)
	for i := 0; len(wanted) > 0; i++ {
		if _, err := tr.Next(); err != nil {
			return fmt.Errorf("read layer: %w", bounded.UnexpectedEOF(err))
		}
		if i == wanted[0] {
			if err := read(i, tr); err != nil {
				return err
			}
			wanted = wanted[1:]
		}
	}
	return nil
}

func (f *layerFile) Open() (io.ReadCloser, error) {
	kept, ok, keep := f.stream.find(f.index)
	if ok && kept.name == f.name {
		return io.NopCloser(bytes.NewReader(kept.content)), nil
	}
	r, err := f.stream.reopen()
	if err != nil {
		return nil, err
	}
	tr := tar.NewReader(r)
	for i := 0; ; i++ {
		h, err := tr.Next()
		if err == nil && i == f.index && h.Name != f.name {
			err = errors.New("the layer has changed since it was read")
		}
		var content []byte
		isKept := err == nil && i == f.index && keep && h.Size <= maxKeptFile
		if isKept {
			content, err = io.ReadAll(tr)
		}
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("read %s from its layer: %w", f.name, err)
		}
		switch {
		case isKept:
			f.stream.keepFrom(i, keptFile{f.name, content}, tr)
			return io.NopCloser(bytes.NewReader(content)), r.Close()
		case i == f.index:
			return struct {
				io.Reader
				io.Closer
			}{tr, r}, nil
		}
	}
}

// CheckName refuses names that would be taken for a whiteout (image-spec
// layer.md#whiteouts).
func CheckName(path string) error {
	if strings.HasPrefix(path[strings.LastIndexByte(path, '/')+1:], WhiteoutPrefix) {
		return hint.Errorf("%s: a layer cannot hold a file whose name begins with %s", path, WhiteoutPrefix).With(
			"leave out what adds it: container runtimes would not show it but hide another file")
	}
	return nil
}
