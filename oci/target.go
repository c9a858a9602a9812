package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// stagingPrefix begins the name of a destination's hidden directory, and stagingLock is the file in it that its process
// holds a lock of.
const (
	stagingPrefix = ".lamina-"
	stagingLock   = "alive"
)

var stagingName = regexp.MustCompile(`^` + regexp.QuoteMeta(stagingPrefix) + `[A-Z2-7]{26}$`)

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

// checkLayoutTarget refuses what Commit could not make a layout of.
func checkLayoutTarget(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: is a file, not the directory of a layout; for an archive write oci-archive:%s", dir, dir)
	}
	marker, err := readDocument(filepath.Join(dir, v1.ImageLayoutFile))
	// Another build may be making this very layout, or taking back what it made: the next look then sees a whole
	// layout, or an empty directory.
	for tries := 0; errors.Is(err, fs.ErrNotExist); tries++ {
		stranger, failure := findStranger(dir)
		if stranger == "" {
			return failure
		}
		if tries == 100 {
			return fmt.Errorf("%s: is neither an OCI layout nor empty: it has %s but no file %s", dir, stranger, v1.ImageLayoutFile)
		}
		marker, err = readDocument(filepath.Join(dir, v1.ImageLayoutFile))
	}
	if err != nil {
		return err
	}
	if err := checkLayoutMarker(marker); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	_, err = readLayoutIndex(dir)
	return err
}

// findStranger returns the name of something in dir that is not an unfinished build.
func findStranger(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), stagingPrefix) {
			return entry.Name(), nil
		}
	}
	return "", err
}

func checkArchiveTarget(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s: is a directory; for a layout write oci:%s", path, path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is not a regular file", path)
	}
	return nil
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
			d.made = append(d.made, path)
		case !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: cannot be made: %w", path, reason(err))
		}
	}
	return nil
}
