package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/filelock"
)

// maxLockTries bounds how often the marker is made again after other builds, which fail, have removed it.
const maxLockTries = 1000

// A layoutLock is the right to change a layout, and the list of what was created under it, in order.
type layoutLock struct {
	flock   *flock.Flock
	created []string
	// isNewLayout says that the file locked is removed again when the layout is not created.
	isNewLayout bool
}

// lockLayout locks the file oci-layout, which a layout always has and nobody replaces, so no extra file stays behind.
// It is made first when the layout is new.
func (c *layoutCommit) lock(ctx context.Context) (*layoutLock, error) {
	marker := filepath.Join(c.ref.Path, v1.ImageLayoutFile)
	for tries := 1; ; tries++ {
		if tries > maxLockTries {
			return nil, fmt.Errorf("lock %s: it was removed or replaced %d times in a row", marker, maxLockTries)
		}
		if err := c.makeMarker(marker); err != nil {
			return nil, err
		}
		lock := &layoutLock{flock: flock.New(marker, flock.SetFlag(os.O_RDONLY)), isNewLayout: c.isNew}
		err := filelock.Wait(ctx, lock.flock.TryLock, c.reportWaiting)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			// Cancelled: the marker goes unless a build that has the lock, and so needs it, is at work.
			if isLocked, _ := lock.flock.TryLock(); isLocked && lock.isCurrent() {
				lock.rollBack()
			}
			lock.release()
			return nil, fmt.Errorf("lock %s: %w", marker, err)
		}
		if lock.isCurrent() {
			return lock, nil
		}
		lock.release()
	}
}

// reportWaiting says what a build waits for.
func (o *layoutOutput) reportWaiting() {
	if o.options.Warn != nil {
		o.options.Warn(fmt.Sprintf("waiting for another process, which is changing the layout %s", o.ref.Path))
	}
}

// isCurrent reports whether the file locked still is the layout's. A build that fails removes the file that a new
// layout has got; then this lock, which waited for it, is on a file that is gone.
func (l *layoutLock) isCurrent() bool {
	held, err := l.flock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.flock.Path())
	return err == nil && os.SameFile(held, there)
}

func (l *layoutLock) mkdir(dir string) error {
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		l.created = append(l.created, dir)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// rollBack removes what was created under the lock, last first, and gives the lock back. Nobody can be using it:
// that takes the lock. A directory that is not empty stays.
func (l *layoutLock) rollBack() {
	for _, path := range slices.Backward(l.created) {
		os.Remove(path)
	}
	marker := l.flock.Path()
	_, err := os.Stat(filepath.Join(filepath.Dir(marker), v1.ImageIndexFile))
	isUnused := l.isNewLayout && errors.Is(err, fs.ErrNotExist)
	if isUnused && os.Remove(marker) == nil {
		isUnused = false
	}
	l.release()
	if isUnused {
		os.Remove(marker) // Windows does not remove a file that is open
	}
}

func (l *layoutLock) release() { l.flock.Close() }
