package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/tempdir"
)

// Write replaces the file of a name, durably, by what write writes. It creates missing directories.
func Write(name string, write func(io.Writer) error) error {
	name = filepath.Clean(name)
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := tempdir.Make(dir, ".lamina-", 0o700)
	if err != nil {
		return err
	}
	defer temp.Remove()
	f, err := Create(filepath.Join(temp.Path(), filepath.Base(name)), "")
	if err != nil {
		return err
	}
	defer f.Abort()
	f.Target = name
	if err := write(f); err != nil {
		return err
	}
	return f.commit(true)
}

// A File is the next content of a file, under a temporary name until it is committed.
type File struct {
	*os.File
	// Perm is the mode that the file gets when it is committed.
	Perm fs.FileMode
	// Target is the name that it gets then, in the file system that it was created in.
	Target string
	isDone bool
}

// Create begins the next content of the file of a name. The temporary name starts with prefix. Missing
// directories are created. Defer Abort.
func Create(name, prefix string) (*File, error) {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, prefix)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(dir, 0o755); err == nil {
			f, err = os.CreateTemp(dir, prefix)
		}
	}
	if err != nil {
		return nil, err
	}
	return &File{File: f, Perm: 0o644, Target: name}, nil
}

// Commit renames the file. After a loss of power it may be damaged, so its readers must verify it.
func (f *File) Commit() error { return f.commit(false) }

func (f *File) commit(isDurable bool) error {
	if f.isDone {
		return fs.ErrClosed
	}
	f.isDone = true
	err := f.Chmod(f.Perm) // os.CreateTemp makes it 0600
	if errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	if err == nil && isDurable {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), f.Target)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Abort removes a file that was not committed. After Commit it does nothing.
func (f *File) Abort() {
	if f.isDone {
		return
	}
	f.isDone = true
	f.Close()
	os.Remove(f.Name())
}
