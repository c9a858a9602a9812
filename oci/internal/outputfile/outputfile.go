// Package outputfile makes the files and directories of an output that is a layout or an archive, so that they survive a crash, and
// words its errors.
package outputfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/lamina-oci/lamina/internal/hint"
)

// HiddenPrefix begins the name of the hidden directory where an output is gathered.
const HiddenPrefix = ".lamina-"

// CheckDirectory returns the error that an output in dir would fail with because dir is no directory and cannot become one:
// on the way to it is a link that leads to nothing, a loop of links or a file. It writes nothing.
func CheckDirectory(dir string) error {
	_, err := MissingDirectories(dir)
	return Hint(err)
}

// MissingDirectories returns dir and the directories above it as far as they are missing, innermost first.
func MissingDirectories(dir string) ([]string, error) {
	var missing []string
	for path := filepath.Clean(dir); ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return nil, fmt.Errorf("%s: is a file, not a directory", path)
		case err == nil:
			return missing, nil
		case !errors.Is(err, fs.ErrNotExist):
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

// Create creates a file for an output. With os.CreateTemp it would keep the mode 0600.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
}

// Write writes a new file and syncs it.
func Write(path string, data []byte) error {
	file, err := Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// SyncDirectory makes renames in a directory durable. On Windows it does nothing, which is enough there.
func SyncDirectory(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Hint adds the remedy for an output that cannot be written, unless the error has one or is one of permissions.
func Hint(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return hint.Default(err, "choose another output: -o oci:DIR:TAG, -o oci-archive:FILE:TAG or -o docker://HOST/NAME:TAG")
}

// Reason drops the path of a file in the hidden directory from an error: it tells a reader nothing.
func Reason(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
