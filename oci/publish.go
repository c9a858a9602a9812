package oci

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

const layoutMarker = `{"imageLayoutVersion":"` + v1.ImageLayoutVersion + `"}`

// publishLayout moves the blobs into the layout and replaces index.json, under the layout's lock. Replacing
// index.json is the last step that can fail.
func (d *Destination) publishLayout(ctx context.Context, desc v1.Descriptor, referrers []v1.Descriptor) error {
	lock, err := d.lockLayout(ctx)
	if err != nil {
		return err
	}
	defer lock.release()
	if err := d.publishLocked(ctx, desc, referrers, lock); err != nil {
		lock.rollBack()
		return err
	}
	return nil
}

func (d *Destination) publishLocked(ctx context.Context, desc v1.Descriptor, referrers []v1.Descriptor, lock *layoutLock) error {
	dir := d.ref.Path
	index, err := readLayoutIndex(dir)
	if err != nil {
		return err
	}
	next, err := d.nextIndex(index, desc, referrers)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, v1.ImageIndexFile), err)
	}
	changed := map[string]bool{}
	for _, dgst := range slices.Sorted(maps.Keys(d.blobs)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.placeBlob(dgst, lock, changed); err != nil {
			return err
		}
	}
	for _, dir := range d.made {
		changed[filepath.Dir(dir)] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(changed)) {
		if err := syncDirectory(dir); err != nil {
			return err
		}
	}
	if bytes.Equal(index, next) {
		return nil
	}
	return d.replaceIndex(ctx, next)
}

// nextIndex returns the index.json that follows after data, nil for none.
func (d *Destination) nextIndex(data []byte, desc v1.Descriptor, referrers []v1.Descriptor) ([]byte, error) {
	next, err := withTag(data, d.ref.Name, desc)
	if err != nil {
		return nil, err
	}
	return updateReferrers(data, next, referrers, func(desc v1.Descriptor) ([]byte, error) {
		if err := checkDigest(desc.Digest); err != nil {
			return nil, err
		}
		if blob := d.blobs[desc.Digest]; blob.path != "" {
			return readDocument(blob.path)
		}
		return readDocument(blobPath(d.ref.Path, desc.Digest))
	})
}

// placeBlob gives a blob its final name, or makes sure that it still has it.
func (d *Destination) placeBlob(dgst digest.Digest, lock *layoutLock, changed map[string]bool) error {
	blob := d.blobs[dgst]
	final := blobPath(d.ref.Path, dgst)
	info, err := os.Stat(final)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	isThere := err == nil
	if blob.path == "" {
		if !isThere || info.Size() != blob.size {
			return fmt.Errorf("blob %s: removed from the layout during the build, by another program", dgst)
		}
		return nil
	}
	parent := filepath.Dir(final)
	for _, dir := range []string{filepath.Dir(parent), parent} {
		if err := lock.mkdir(dir); err != nil {
			return err
		}
	}
	// What is there came during the build from another one, or was found damaged: ours is known to be right.
	if err := os.Rename(blob.path, final); err != nil {
		return err
	}
	if !isThere {
		lock.created = append(lock.created, final)
	}
	changed[parent], changed[filepath.Dir(parent)], changed[d.ref.Path] = true, true, true
	return nil
}

func (d *Destination) replaceIndex(ctx context.Context, data []byte) error {
	next := filepath.Join(d.staging, v1.ImageIndexFile)
	if err := writeFile(next, data); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(next, filepath.Join(d.ref.Path, v1.ImageIndexFile)); err != nil {
		return err
	}
	// The index is in place: whether or not this reaches the disk now, the output is the new one.
	syncDirectory(d.ref.Path)
	return nil
}

// readLayoutIndex returns index.json, nil when there is none yet.
func readLayoutIndex(dir string) ([]byte, error) {
	path := filepath.Join(dir, v1.ImageIndexFile)
	data, err := readDocument(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := parseIndex(data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// lockRetry is how often a lock that another build holds is tried again; it is held for some renames and syncs.
const lockRetry = 5 * time.Millisecond

// A layoutLock is the right to change a layout, and the list of what was created under it, in order.
type layoutLock struct {
	flock   *flock.Flock
	created []string
	// isNewLayout says that the file locked goes again when the layout does not come to be.
	isNewLayout bool
}

// lockLayout locks the file oci-layout, which a layout always has and nobody replaces, so no extra file stays behind.
// It is made first when the layout is new.
func (d *Destination) lockLayout(ctx context.Context) (*layoutLock, error) {
	marker := filepath.Join(d.ref.Path, v1.ImageLayoutFile)
	for {
		if err := d.makeMarker(marker); err != nil {
			return nil, err
		}
		lock := &layoutLock{flock: flock.New(marker, flock.SetFlag(os.O_RDONLY)), isNewLayout: d.isNewLayout}
		_, err := lock.flock.TryLockContext(ctx, lockRetry)
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

// makeMarker makes the file oci-layout unless it is there, whole from its first moment where the file system can.
func (d *Destination) makeMarker(marker string) error {
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	staged := filepath.Join(d.staging, v1.ImageLayoutFile)
	if err := writeFile(staged, []byte(layoutMarker)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	err := os.Link(staged, marker)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = writeFile(marker, []byte(layoutMarker)) // no hard links here
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
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

// rollBack removes what was created under the lock, last first, and gives the lock back. Nobody can have come to use it:
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

// writeFile writes a new file and syncs it.
func writeFile(path string, data []byte) error {
	file, err := createFile(path)
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

// syncDirectory makes renames in a directory last. Windows cannot and need not do so.
func syncDirectory(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
