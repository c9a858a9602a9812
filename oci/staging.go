package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// StagingPrefix begins the name of a destination's hidden directory, and stagingLock is the file in it that its process
// holds a lock of.
const (
	StagingPrefix = ".lamina-"
	stagingLock   = "alive"
)

var stagingName = regexp.MustCompile(`^` + regexp.QuoteMeta(StagingPrefix) + `[A-Z2-7]{26}$`)

// staleAge is how long nothing has happened in a hidden directory that is swept away.
const staleAge = 24 * time.Hour

// sweep removes the hidden directories that processes have left in dir which were killed.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !stagingName.MatchString(entry.Name()) {
			continue
		}
		info, err := entry.Info()
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < staleAge {
			continue
		}
		stale := filepath.Join(dir, entry.Name())
		lock := flock.New(filepath.Join(stale, stagingLock), flock.SetFlag(os.O_RDWR))
		isFree, err := lock.TryLock()
		lock.Close()
		if isFree || errors.Is(err, fs.ErrNotExist) {
			os.RemoveAll(stale)
		}
	}
}

// makeDirectories makes dir and what is missing above it, and remembers what it made.
func (d *Destination) makeDirectories(dir string) error {
	var missing []string
	for path := filepath.Clean(dir); ; path = filepath.Dir(path) {
		if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			break
		}
		missing = append(missing, path)
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
