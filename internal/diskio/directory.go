package diskio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// MissingDirectories returns dir and the directories above it as far as they are missing, innermost first. It is an error if dir cannot
// become a directory: on the way to it is a link that leads to nothing, a loop of links or a file.
func MissingDirectories(dir string) ([]string, error) {
	var missing []string
	for path := filepath.Clean(dir); ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return nil, fmt.Errorf("%s: is a file, not a directory", path)
		case err == nil:
			return missing, nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return nil, fmt.Errorf("%s: %w", path, Reason(err))
		}
		if target, err := os.Readlink(path); err == nil {
			return nil, fmt.Errorf("%s: is a link to %s, which does not exist", path, target)
		}
		if path == filepath.Dir(path) {
			return missing, nil
		}
		missing = append(missing, path)
	}
}

// Reason drops the path of a file, which the caller's message has or which tells a reader nothing, from an error.
func Reason(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	if errors.Is(err, errKind) {
		return errKind
	}
	return err
}
