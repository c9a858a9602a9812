package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// StagingPrefix begins the name of a destination's hidden directory.
const StagingPrefix = ".lamina-"

// CheckDirectory returns the error that an output in dir would fail with because dir is no directory and cannot become one:
// on the way to it is a link that leads to nothing, a loop of links or a file. It writes nothing.
func CheckDirectory(dir string) error {
	_, err := missingDirectories(dir)
	return HintOutput(err)
}

// missingDirectories returns dir and the directories above it as far as they are missing, innermost first.
func missingDirectories(dir string) ([]string, error) {
	var missing []string
	for path := filepath.Clean(dir); ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return nil, fmt.Errorf("%s: is a file, not a directory", path)
		case err == nil:
			return missing, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", path, reason(err))
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

// makeDirectories makes dir and what is missing above it, and remembers what it made.
func (d *Destination) makeDirectories(dir string) error {
	missing, err := missingDirectories(dir)
	if err != nil {
		return err
	}
	for _, path := range slices.Backward(missing) {
		err := os.Mkdir(path, 0o755)
		switch {
		case err == nil:
			d.staged.Made = append(d.staged.Made, path)
		case !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: cannot be created: %w", path, reason(err))
		}
	}
	return nil
}

// WriteFile writes a new file and syncs it.
func WriteFile(path string, data []byte) error {
	file, err := CreateFile(path)
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
