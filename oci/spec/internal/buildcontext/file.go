package buildcontext

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/hint"
)

// File is the content of a file in a context directory. It is found again each time that it is opened, so that
// neither a link nor a directory that was moved in between leads out.
type File struct {
	Dir  string // the context directory; "" is the working directory
	Name string // relative to it
}

// Open opens the file. Close it.
func (f File) Open() (io.ReadCloser, error) {
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(f.Name)
}

// Stat describes the file; it is an error if it is not a regular one.
func (f File) Stat() (fs.FileInfo, error) {
	if filepath.IsAbs(f.Name) || path.IsAbs(filepath.ToSlash(f.Name)) {
		return nil, ErrAbsolute
	}
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(f.Name)
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	return info, err
}

// Root opens the context directory. Close it.
func (f File) Root() (*os.Root, error) {
	root, err := os.OpenRoot(f.directory())
	if err != nil {
		return nil, &contextError{err}
	}
	return root, nil
}

// checkDirectory returns an error unless the name is that of a directory in the context.
func (f File) checkDirectory() error {
	if filepath.IsAbs(f.Name) || path.IsAbs(filepath.ToSlash(f.Name)) {
		return ErrAbsolute
	}
	root, err := f.Root()
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Stat(f.Name)
	if err == nil && !info.IsDir() {
		err = errNoDirectory
	}
	return err
}

// directory returns the context directory; "" is the working directory.
func (f File) directory() string { return filepath.Clean(f.Dir) }

// contextError is an error about the context directory itself.
type contextError struct{ err error }

func (e *contextError) Error() string { return e.err.Error() }
func (e *contextError) Unwrap() error { return e.err }

// ErrAbsolute means that a name is an absolute path.
var ErrAbsolute = errors.New("absolute path")

var (
	errIrregular   = errors.New("not a regular file")
	errNoDirectory = errors.New("not a directory")
)

// Explain says why a source cannot be the content of the image's file.
func (f File) Explain(target string, err error) error {
	const confined = "copy the file into the context directory, or name one that contains it: --context DIR"
	if outside := new(contextError); errors.As(err, &outside) {
		return hint.Errorf("context directory: %w", outside.err).With("give a directory that exists: --context DIR")
	}
	inner, isLink := (*fs.PathError)(nil), LeadsOut(err)
	errors.As(err, &inner)
	switch {
	case err == ErrAbsolute:
		return hint.Errorf("source %q of %s is an absolute path, and sources are relative to the context directory %s",
			f.Name, target, f.directory()).With(confined)
	case isLink && !filepath.IsLocal(f.Name):
		return hint.Errorf("source %q of %s leads out of the context directory %s", f.Name, target, f.directory()).With(confined)
	case isLink:
		return hint.Errorf("source %q of %s is reached by a link that is absolute or leads out of the context directory %s",
			f.Name, target, f.directory()).With(confined)
	case errors.Is(err, fs.ErrNotExist):
		return hint.Errorf("source %q of %s does not exist in the context directory %s", f.Name, target, f.directory()).With(
			"sources are relative to the context directory: the spec's own, or --context DIR")
	case err == errNoDirectory:
		return hint.Errorf("tree %q of %s is not a directory", f.Name, target).With("for a file, use source instead of tree")
	case err == errIrregular:
		return hint.Errorf("source %q of %s is not a regular file", f.Name, target).With("correct the entry under files in the spec")
	case inner != nil:
		err = inner.Err
	}
	return fmt.Errorf("read source %q of %s: %w", f.Name, target, err)
}

// LeadsOut reports whether an error says that a name leads out of the context directory.
func LeadsOut(err error) bool {
	inner := (*fs.PathError)(nil)
	return errors.As(err, &inner) && inner.Err.Error() == pathEscapes
}

// pathEscapes is the text of package os's error for a path that leads out of a root; the error has no name.
const pathEscapes = "path escapes from parent"
