package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/tempdir"
)

// Write replaces the file of a name, durably, by what write writes. The mode stays; that of a new file is 0666 less the umask. It creates
// missing directories. A device or a pipe is not replaced, which
// is an error.
func Write(name string, write func(io.Writer) error) error {
	name = filepath.Clean(name)
	if isStream(name) {
		return &fs.PathError{Op: "replace", Path: name, Err: errors.New("it is not a regular file")}
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := tempdir.Make(dir, ".lamina-", 0o700)
	if err != nil {
		return err
	}
	defer temp.Remove()
	next, err := os.OpenFile(filepath.Join(temp.Path(), filepath.Base(name)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	f := &File{File: next, Target: name}
	defer f.Abort()
	if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
		f.Perm = info.Mode().Perm()
	}
	if err := write(f); err != nil {
		return err
	}
	return f.commit(true)
}

// WriteOutput is Write for a name that a user gives for an output. A device or a pipe, such as /dev/null or /dev/stdout, gets what write
// writes, and stays.
func WriteOutput(name string, write func(io.Writer) error) (err error) {
	if !isStream(name) {
		return Write(name, write)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0) // behind what is there, where standard output is a file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// CheckOutput returns the error that [WriteOutput] would end with because a file of that name cannot be made. It leaves nothing behind.
func CheckOutput(name string) error {
	if isStream(name) {
		return nil
	}
	name = filepath.Clean(name)
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return errors.New("is a directory")
	}
	return CheckDirectory(filepath.Dir(name))
}

// CheckDirectory returns the error that the first file in a directory would end with because the directory cannot be made or written to. It
// leaves nothing behind.
func CheckDirectory(dir string) error {
	missing, err := diskio.MissingDirectories(dir)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		dir = filepath.Dir(missing[len(missing)-1])
	}
	temp, err := tempdir.Make(dir, ".lamina-", 0o700)
	if err != nil {
		return fmt.Errorf("directory %s: is not writable: %w", dir, diskio.Reason(err))
	}
	temp.Remove() // what cannot be removed is swept later, as for a file that is written
	return nil
}

// isStream says whether a name is that of a device, a pipe or a socket, or one of the links to these that systems have. Other links may be a
// stranger's, and lead anywhere.
func isStream(name string) bool {
	info, err := os.Lstat(name)
	if err != nil {
		return false
	}
	switch t := info.Mode().Type(); t {
	case 0, fs.ModeDir:
		return false
	case fs.ModeSymlink:
		return diskio.IsSystemName(name)
	}
	return true
}

// A File is the next content of a file, under a temporary name until it is committed.
type File struct {
	*os.File
	// Perm is the mode that the file gets when it is committed; 0 leaves the one that it was created with.
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
	var err error
	if f.Perm != 0 {
		err = f.Chmod(f.Perm) // os.CreateTemp makes it 0600
	}
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
