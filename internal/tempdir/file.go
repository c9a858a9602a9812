package tempdir

import (
	"os"
	"path/filepath"
)

// A File is a temporary file of one process, in the system's directory for temporary files. Where the system removes files that
// are open, it has no name, so that a killed process leaves nothing.
type File struct {
	*os.File
	dir *Dir // nil if it is gone already
}

// CreateFile creates a file for reading and writing that only its user can read. Close it.
func CreateFile() (*File, error) {
	dir, err := Make("", Prefix, 0o700)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir.Path(), "file"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		dir.Remove()
		return nil, err
	}
	if os.Remove(f.Name()) != nil {
		return &File{f, dir}, nil
	}
	if err := dir.Remove(); err != nil {
		f.Close()
		return nil, err
	}
	return &File{f, nil}, nil
}

// Close closes the file and removes it.
func (f *File) Close() error {
	err := f.File.Close()
	if f.dir != nil {
		f.dir.Remove()
	}
	return err
}
