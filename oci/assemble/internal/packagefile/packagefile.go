package packagefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/lock"
)

// File is a package file as it was when the command ran.
type File struct {
	Package  *apk.Package
	SignedBy string // file name of the key; "" if none that is trusted has signed it

	name       string // path in the image
	content    tree.Content
	keys       *apk.KeyRing
	generation apk.Generation
}

// Options say how a file is read.
type Options struct {
	Keys           *apk.KeyRing // one of which must have signed it
	Generation     apk.Generation
	AllowUntrusted bool
}

// Read reads the control segment of a package file and checks its signature. The name is an absolute path in the tree. Errors are in apk's words.
func Read(t *tree.Tree, name string, o Options) (*File, error) {
	n, err := t.Stat(strings.TrimPrefix(name, "/"))
	switch {
	case errors.Is(err, tree.ErrNotExist):
		return nil, &apkError{"No such file or directory", fs.ErrNotExist}
	case err != nil:
		return nil, err
	case n.Type == tree.Directory:
		return nil, &apkError{"Is a directory", fs.ErrInvalid}
	case n.Type != tree.Regular || n.Content == nil:
		return nil, &apkError{"IO ERROR", fs.ErrInvalid}
	}
	f := &File{name: name, content: n.Content, keys: o.Keys, generation: o.Generation}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	control, signedBy, err := apk.ReadSignedControl(in, f.keys, f.generation)
	switch {
	case control == nil:
		return nil, &apkError{"IO ERROR", err}
	case err != nil && !o.AllowUntrusted:
		return nil, &apkError{untrusted, err}
	}
	own := control.Package
	own.Identity, own.Size = control.Identity, uint64(n.Size)
	f.Package, f.SignedBy = &own, signedBy
	return f, nil
}

const untrusted = "UNTRUSTED signature"

// IsUntrusted reports whether err says that no key vouches for a package file.
func IsUntrusted(err error) bool {
	var inWords *apkError
	return errors.As(err, &inWords) && inWords.text == untrusted
}

// apkError has apk's words for an error.
type apkError struct {
	text string
	err  error
}

func (e *apkError) Error() string { return e.text }
func (e *apkError) Unwrap() error { return e.err }

// Open opens the file.
func (f *File) Open() (io.ReadCloser, error) { return f.content.Open() }

// String returns the path in the image.
func (f *File) String() string { return f.name }

// Is reports whether a package is the one in the file.
func (f *File) Is(p *apk.Package) bool {
	return f.Package.Name == p.Name && f.Package.Identity.Key() == p.Identity.Key()
}

// Describe writes into the lock where the package comes from. A package that installs no files was not staged, and so not measured.
func (f *File) Describe(locked *lock.Package, measured repository.Measure) error {
	if locked == nil {
		return nil
	}
	if measured.SHA256 == "" {
		in, err := f.Open()
		if err != nil {
			return err
		}
		defer in.Close()
		verified, err := apk.VerifyPackage(in, f.Package, f.keys, f.generation)
		if err != nil {
			return fmt.Errorf("package %s: %w", f.name, err)
		}
		measured.SHA256 = verified.SHA256
	}
	locked.File, locked.SHA256 = f.name, measured.SHA256
	if f.Package.InstalledSize > 0 {
		locked.DataHash = measured.DataHash
	}
	return nil
}
