package repository

import (
	"context"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/diskio"
)

// Measure is what pins a package file: unlike its identity, it does not allow for another signature either.
type Measure struct {
	Size     int64  // bytes
	SHA256   string // of the whole file, hexadecimal
	DataHash string // as .PKGINFO has it: the SHA-256 of the data segment, hexadecimal; may be empty
}

// Measure waits for the file, reads it and checks that it is the package of the index record.
func (s *Source) Measure(ctx context.Context, p *apk.Package) (Measure, error) {
	f, err := s.open(ctx)
	if err != nil {
		return Measure{}, err
	}
	defer f.Close()
	v, err := verify(&cancelled{ctx, f}, Wanted{Package: p, Generation: s.file.generation, Keys: s.file.keys})
	if err != nil {
		return Measure{}, fmt.Errorf("read package %s: %w", s, err)
	}
	return Measure{Size: v.Size, SHA256: v.SHA256, DataHash: v.Control.DataHash}, nil
}

// Control waits for the file and reads its control segment, with the name of the key of the ring that signed it; see
// [apk.ReadSignedControl] for the errors.
func (s *Source) Control(ctx context.Context, keys *apk.KeyRing) (c *apk.Control, signedBy string, err error) {
	f, err := s.open(ctx)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	c, signedBy, err = apk.ReadSignedControl(&cancelled{ctx, f}, keys, s.file.generation)
	if err != nil {
		err = fmt.Errorf("package %s: %w", s, err)
	}
	return c, signedBy, err
}

func (s *Source) open(ctx context.Context) (io.ReadCloser, error) {
	if err := s.Wait(ctx); err != nil {
		return nil, err
	}
	f, err := diskio.OpenRegular(s.file.name)
	if err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	return f, nil
}

// cancelled ends reading with a context.
type cancelled struct {
	ctx context.Context
	in  io.Reader
}

func (c *cancelled) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(b)
}

// verifyFile checks a package file in the cache.
func verifyFile(name string, w Wanted) error {
	f, err := diskio.OpenRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if w.Package.Size != 0 && uint64(info.Size()) != w.Package.Size {
		return errSize(info.Size(), w.Package)
	}
	_, err = verify(f, w)
	return err
}

// verify checks that a file is the package that an index means and, unless it is empty, has the SHA-256.
func verify(r io.Reader, w Wanted) (*apk.Verified, error) {
	v, err := apk.VerifyPackage(r, w.Package, w.Keys, w.Generation)
	switch {
	case err != nil:
		return nil, err
	case w.Package.Size != 0 && uint64(v.Size) != w.Package.Size:
		return nil, errSize(v.Size, w.Package)
	case w.SHA256 != "" && v.SHA256 != w.SHA256:
		return nil, fmt.Errorf("it has the SHA-256 %s, but should have %s: it was signed again or altered", v.SHA256, w.SHA256)
	}
	return v, nil
}

func errSize(size int64, p *apk.Package) error {
	return fmt.Errorf("it has %d bytes, but the index says %d", size, p.Size)
}
