package diskio

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// OpenRegular opens a file for reading, but never a FIFO or device, where that or a read could wait without end.
func OpenRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &kindError{path}
	}
	return os.Open(path)
}

// errKind is the reason for which OpenRegular does not open what exists.
var errKind = errors.New("is not a regular file")

// kindError is errKind with the path. An [fs.PathError] would name an operation, too.
type kindError struct{ path string }

func (e *kindError) Error() string { return e.path + ": " + errKind.Error() }
func (e *kindError) Unwrap() error { return errKind }

// IsSystemName reports whether a name is in one of the directories in which a system has names for devices and open files.
func IsSystemName(name string) bool {
	absolute, err := filepath.Abs(name)
	return err == nil && (strings.HasPrefix(absolute, "/dev/") || strings.HasPrefix(absolute, "/proc/"))
}

// OpenInput opens a file that a user names for reading: a regular one, or one of the names that the system has for open files, such as
// /dev/stdin or what a shell makes of "<(command)".
func OpenInput(path string) (*os.File, error) {
	if IsSystemName(path) {
		return os.Open(path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return os.Open(path) // a read says what is wrong
	}
	f, err := OpenRegular(path)
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
		missing.Op = "open"
	}
	return f, err
}
