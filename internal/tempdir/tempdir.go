// Package tempdir makes directories for temporary files. The files of a killed process are removed by the next process that
// looks into the same place.
//
// # How a directory is known to be abandoned
//
// A process holds a lock of the file "alive" in its directory as long as it lives, and notes in the file "host" which machine it
// runs on. Without the lock, and on the same machine, its process is dead. A lock may not be seen from another machine, such as
// over NFS: a directory of another machine, or of one that does not say, is removed only when nothing has happened in it for a
// day.
package tempdir

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Prefix begins the names of the directories in the system's directory for temporary files.
const Prefix = "lamina-"

// lockName is the file in a directory that its process holds a lock of, and hostName the one that says where that holds.
const (
	lockName = "alive"
	hostName = "host"
)

// staleAge is how long nothing has happened in a directory that is removed although its process may run on another machine.
const staleAge = 24 * time.Hour

// A Dir is a directory for temporary files of one process.
type Dir struct {
	path  string
	alive *flock.Flock
}

// Make makes a directory with mode perm, less the umask, in parent or, if that is "", the system's directory for temporary
// files. Its name is prefix and 26 letters and digits. Before, it sweeps parent: see [Sweep]. Remove it.
func Make(parent, prefix string, perm fs.FileMode) (*Dir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	Sweep(parent, prefix, nil)
	return MakeUnswept(parent, prefix, perm)
}

// MakeUnswept is [Make] for a parent, not "", that the caller sweeps.
func MakeUnswept(parent, prefix string, perm fs.FileMode) (*Dir, error) {
	path := filepath.Join(parent, prefix+rand.Text())
	if err := os.Mkdir(path, perm); err != nil {
		return nil, err
	}
	d := &Dir{path, flock.New(filepath.Join(path, lockName))}
	// Only after the lock is held, the host is named: without either, the directory is old when it is removed.
	if isHeld, _ := d.alive.TryLock(); isHeld {
		if host := host(); host != "" {
			os.WriteFile(filepath.Join(path, hostName), []byte(host), 0o600)
		}
	}
	return d, nil
}

// Path returns the path of the directory.
func (d *Dir) Path() string { return d.path }

// Remove removes the directory and all that is in it.
func (d *Dir) Remove() error {
	d.alive.Close()
	return os.RemoveAll(d.path)
}

// Sweep removes the directories with a prefix that processes of the same user have left in parent or, if that is "", the
// system's directory for temporary files. One that a process may still use stays. Before a directory goes, other, which may be
// nil, is called with its name less the prefix, to remove what the process has left elsewhere.
func Sweep(parent, prefix string, other func(random string)) {
	if parent == "" {
		parent = os.TempDir()
	}
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		return // opening a pipe would wait
	}
	dir, err := os.Open(parent)
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what was read before an error counts
	for _, name := range names {
		path := filepath.Join(parent, name)
		random, begins := strings.CutPrefix(name, prefix)
		if !begins || !isRandom(random) || !IsAbandoned(path) {
			continue
		}
		if other != nil {
			other(random)
		}
		os.RemoveAll(path)
	}
}

// isRandom reports whether a text is like one of rand.Text.
func isRandom(text string) bool {
	return len(text) == randomLength && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

const randomLength = 26

// IsAbandoned reports whether a directory that [Make] made is the user's own and its process is known not to use it any more.
// It is false for one that does not exist.
func IsAbandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() || !isOwn(info) {
		return false
	}
	// A live process that has not named its host yet must not find its lock taken, so nothing is locked before.
	name, err := os.ReadFile(filepath.Join(path, hostName))
	isHere := err == nil && len(name) > 0 && string(name) == host()
	if !isHere && time.Since(info.ModTime()) < staleAge {
		return false
	}
	lock := flock.New(filepath.Join(path, lockName), flock.SetFlag(os.O_RDWR))
	defer lock.Close()
	isFree, err := lock.TryLock()
	return isFree || errors.Is(err, fs.ErrNotExist)
}
