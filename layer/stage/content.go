package stage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"sync"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Package is a package that was read, verified and installed.
type Package struct {
	Package *apk.Package
	Control *apk.Control
	Source  Source
	SHA256  [sha256.Size]byte // of the package file as a whole

	Generation apk.Generation
	memory     *contentMemory
	keys       *apk.KeyRing
	readers    *sync.Pool // *apk.PackageReader, for packages that are closed; nil for none
}

// open returns a reader of the package's entries, once it is clear that this is still
// the package that was verified. What is read of the file, in order and whatever for, is
// written to all, which may be nil.
func (p *Package) Open(ctx context.Context, all io.Writer) (*apk.PackageReader, io.ReadCloser, error) {
	f, err := p.Source.Open()
	if err != nil {
		return nil, nil, err
	}
	in := &packageFile{ctx: ctx, file: f, all: all, readers: p.readers}
	if p.readers != nil {
		in.reader, _ = p.readers.Get().(*apk.PackageReader)
	}
	if in.reader == nil {
		in.reader = apk.NewPackageReader(in, p.Generation)
	} else {
		in.reader.Reset(in, p.Generation)
	}
	control, err := in.reader.Control()
	if err == nil {
		err = control.CheckPackage(p.Package, p.keys)
	}
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	in.reader.Guard(func() error { return p.verify(ctx) })
	return in.reader, in, nil
}

// verify checks the whole file without inflating its data.
func (p *Package) verify(ctx context.Context) error {
	f, err := p.Source.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = apk.VerifyPackage(&packageFile{ctx: ctx, file: f}, p.Package, p.keys, p.Generation)
	return err
}

// packageFile is a file being read. It ends with a context.
type packageFile struct {
	file    io.ReadCloser
	ctx     context.Context
	all     io.Writer // gets what is read, unless it is nil
	reader  *apk.PackageReader
	readers *sync.Pool // gets reader when the file is closed
}

// Close may be called again, though not concurrently.
func (f *packageFile) Close() error {
	if f.reader == nil {
		return nil
	}
	if f.readers != nil {
		f.readers.Put(f.reader)
	}
	f.reader = nil
	return f.file.Close()
}

func (f *packageFile) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, context.Cause(f.ctx)
	}
	n, err := f.file.Read(p)
	if f.all != nil {
		f.all.Write(p[:n])
	}
	return n, err
}

// PackageFile is the content of a regular file that came from a package: a
// [tree.Content] that refers to one entry of the data segment. Two of the
// same package and entry are equal.
type PackageFile struct {
	Package *Package
	Entry   int // number of the data entry, as [apk.PackageReader.Next] counts them from 0
}

// Open inflates the package as far as the entry. Small files that it passes are
// remembered within limits, since scripts tend to read several of one package.
func (f PackageFile) Open() (io.ReadCloser, error) {
	if b, ok := f.Package.memory.get(f); ok {
		return io.NopCloser(bytes.NewReader(b)), nil
	}
	content, err := f.inflate()
	if err != nil {
		return nil, packageError(f.Package.Package, f.Package.Source, err)
	}
	return content, nil
}

// Stream implements [tree.Streamed].
func (f PackageFile) Stream() (tree.Stream, int) { return packageStream{f.Package}, f.Entry }

// packageStream is the data of a package.
type packageStream struct{ of *Package }

// Each implements [tree.Stream].
func (s packageStream) Each(wanted []int, read func(i int, r io.Reader) error) error {
	r, closer, err := s.of.Open(context.Background(), nil)
	if err != nil {
		return packageError(s.of.Package, s.of.Source, err)
	}
	defer closer.Close()
	for i := 0; len(wanted) > 0; i++ {
		_, err := r.Next()
		if err == nil && i == wanted[0] {
			err = read(i, r)
			wanted = wanted[1:]
		}
		if err != nil {
			return packageError(s.of.Package, s.of.Source, bounded.UnexpectedEOF(err))
		}
	}
	return nil
}

func (f PackageFile) inflate() (io.ReadCloser, error) {
	r, closer, err := f.Package.Open(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	for i := 0; ; i++ {
		e, err := r.Next()
		if err == io.EOF {
			err = errors.New("it has fewer entries than when it was verified")
		}
		if err == nil && e.Size <= maxRememberedFile && e.Type == apk.EntryFile {
			var b []byte
			b, err = f.Package.memory.read(PackageFile{f.Package, i}, r, e.Size, i == f.Entry)
			if err == nil && i == f.Entry {
				return io.NopCloser(bytes.NewReader(b)), closer.Close()
			}
		}
		if err != nil {
			closer.Close()
			return nil, err
		}
		if i == f.Entry {
			return struct {
				io.Reader
				io.Closer
			}{r, closer}, nil
		}
	}
}

const (
	maxRememberedFile = 256 << 10
	maxRemembered     = 16 << 20
)

// contentMemory holds small files of packages, up to a limit for a stage. A nil one
// holds nothing.
type contentMemory struct {
	mu    sync.Mutex
	files map[PackageFile][]byte
	left  int64
}

func newContentMemory() *contentMemory {
	return &contentMemory{files: make(map[PackageFile][]byte), left: maxRemembered}
}

func (m *contentMemory) get(f PackageFile) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[f]
	return b, ok
}

// read remembers a file while there is room, and returns it if needed.
func (m *contentMemory) read(f PackageFile, r io.Reader, size int64, needed bool) ([]byte, error) {
	room := m.reserve(f, size)
	if !room && !needed {
		return nil, nil
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	if room {
		m.mu.Lock()
		m.files[f] = b
		m.mu.Unlock()
	}
	return b, nil
}

// reserve takes room for a file that is not remembered yet.
func (m *contentMemory) reserve(f PackageFile, size int64) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.files[f]; ok || size > m.left {
		return false
	}
	m.left -= size
	return true
}
