// Package tempdir makes directories for temporary files. What a killed process leaves in one is removed by the next process that
// makes one in the same place.
package tempdir

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"
)

// lockName is the file in a directory that its process holds a lock of as long as it lives.
const lockName = "alive"

// staleAge is how long nothing has happened in a directory that is removed. Where files cannot be locked, it alone tells.
const staleAge = 24 * time.Hour

// A Dir is a directory for temporary files of one process.
type Dir struct {
	path  string
	alive *flock.Flock
}

// Make makes a directory with mode perm, less the umask, in parent or, if that is "", the system's directory for temporary
// files. Its name is prefix and 26 letters and digits. It removes those of the same prefix there that the same user's processes
// have left that no longer live. Remove it.
func Make(parent, prefix string, perm fs.FileMode) (*Dir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	sweep(parent, prefix)
	path := filepath.Join(parent, prefix+rand.Text())
	if err := os.Mkdir(path, perm); err != nil {
		return nil, err
	}
	d := &Dir{path, flock.New(filepath.Join(path, lockName))}
	d.alive.TryLock() // without it, the directory is old when it is removed
	return d, nil
}

// Path returns the path of the directory.
func (d *Dir) Path() string { return d.path }

// Remove removes the directory and all that is in it.
func (d *Dir) Remove() error {
	d.alive.Close()
	return os.RemoveAll(d.path)
}

// sweep removes the directories that killed processes have left in parent.
func sweep(parent, prefix string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	name := regexp.MustCompile(`^` + regexp.QuoteMeta(prefix) + `[A-Z2-7]{26}$`) // as rand.Text makes them
	for _, entry := range entries {
		if !name.MatchString(entry.Name()) {
			continue
		}
		info, err := entry.Info()
		if err != nil || !info.IsDir() || !isOwn(info) || time.Since(info.ModTime()) < staleAge {
			continue
		}
		stale := filepath.Join(parent, entry.Name())
		lock := flock.New(filepath.Join(stale, lockName), flock.SetFlag(os.O_RDWR))
		isFree, err := lock.TryLock()
		lock.Close()
		if isFree || errors.Is(err, fs.ErrNotExist) {
			os.RemoveAll(stale)
		}
	}
}
