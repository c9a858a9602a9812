package stage

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/layer/stage/internal/remembered"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Package is a package that was read, verified and installed.
type Package struct {
	Package  *apk.Package
	Source   Source
	SHA256   [sha256.Size]byte // of the package file as a whole
	DataHash string            // as the file states it: [apk.Control]
	IsADB    bool              // the file is in apk 3's own format

	// IsOfOtherRoot says that the package is installed in a directory of the root that is a root of its own: [Stage.Packages] lacks it.
	IsOfOtherRoot bool

	Generation apk.Generation
	control    *apk.Control // until the package is installed
	memory     *ContentMemory
	keys       *apk.KeyRing
	readers    *sync.Pool // *apk.PackageReader, for packages that are closed; nil for none
}

// Open returns a reader of the package's entries, once it is clear that this is still
// the package that was verified. All bytes read of the file, in order, are
// written to all, which may be nil.
func (p *Package) Open(ctx context.Context, all io.Writer) (*apk.PackageReader, io.ReadCloser, error) {
	f, err := openSource(ctx, p.Source)
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

// setControl notes what the file says of the package.
func (p *Package) setControl(c *apk.Control) {
	p.control, p.DataHash, p.IsADB = c, strings.Clone(c.DataHash), c.IsADB()
}

// verify checks the whole file without inflating its data.
func (p *Package) verify(ctx context.Context) error {
	f, err := openSource(ctx, p.Source)
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

// Open returns the file from the stage's [ContentMemory], or inflates the package at least as far as the entry.
func (f PackageFile) Open() (io.ReadCloser, error) {
	if f.Package.remembers() {
		if b, ok := f.Package.memory.files.Get(f.Package.key(), f.Entry); ok {
			return io.NopCloser(bytes.NewReader(b)), nil
		}
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
	readsAll := f.Package.remembers() && f.Package.memory.files.ReadsAll(f.Package.key(), f.Package.Package.InstalledSize <= smallPackage)
	r, closer, err := f.Package.Open(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	passed := make(map[int][]byte)
	room := int64(remembered.MaxFiles)
	for i := 0; ; i++ {
		e, err := r.Next()
		if err == io.EOF && i > f.Entry {
			f.Package.memory.files.Put(f.Package.key(), passed)
			return io.NopCloser(bytes.NewReader(passed[f.Entry])), closer.Close()
		}
		if err == io.EOF {
			err = errors.New("it has fewer entries than when it was verified")
		}
		if err != nil {
			closer.Close()
			return nil, err
		}
		isRead := readsAll && e.Type == tar.TypeReg && e.Size <= min(remembered.MaxFile, room)
		if i == f.Entry && !isRead {
			return struct {
				io.Reader
				io.Closer
			}{r, closer}, nil
		}
		if !isRead {
			continue
		}
		room -= e.Size
		passed[i] = make([]byte, e.Size)
		if _, err := io.ReadFull(r, passed[i]); err != nil {
			closer.Close()
			return nil, err
		}
	}
}

const smallPackage = 4 << 20 // bytes installed

// ContentMemory remembers small files of packages, since scripts tend to read several of one package, and the scripts of
// several images the same ones. It holds at most 16 MiB and drops the packages that were remembered first. It only has
// files of packages that were read, and so verified, to their end. The zero value is empty; it may be used concurrently,
// by several stages.
type ContentMemory struct{ files remembered.Files[packageKey] }

// packageKey identifies a package file that was verified.
type packageKey struct {
	sha256     [sha256.Size]byte
	generation apk.Generation
}

// remembers says whether files of the package can be remembered: it has such a memory and was read to its end.
func (p *Package) remembers() bool { return p.memory != nil && p.SHA256 != [sha256.Size]byte{} }

func (p *Package) key() packageKey { return packageKey{p.SHA256, p.Generation} }
