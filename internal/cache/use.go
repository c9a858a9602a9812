package cache

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// usePrecision is how exactly the last use of an entry is known, so that it is not written each time.
const usePrecision = time.Hour

// usedEnding ends the name of the empty file beside an entry whose modification time is that of the entry's last use.
const usedEnding = ".used"

// touch notes that an entry was used. The modification time of its file stands for that, unless an output may share the
// file: then a file beside it, for nothing about an output may change.
func (k Kind) touch(name string, info fs.FileInfo) {
	now := time.Now()
	// A time in the future is that of a clock that was wrong.
	if now.Sub(k.lastUse(name, info)).Abs() <= usePrecision {
		return
	}
	if !k.isShared() {
		os.Chtimes(name, now, now) // fails for another user's, which just seems older
		return
	}
	mark := name + usedEnding
	if err := os.Chtimes(mark, now, now); errors.Is(err, fs.ErrNotExist) {
		if file, err := os.OpenFile(mark, os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			file.Close()
		}
	}
}

// lastUse returns when an entry was used last, or written.
func (k Kind) lastUse(name string, info fs.FileInfo) time.Time {
	used := info.ModTime()
	if !k.isShared() {
		return used
	}
	if mark, err := os.Lstat(name + usedEnding); err == nil && mark.ModTime().After(used) {
		used = mark.ModTime()
	}
	return used
}

// remove removes an entry with what belongs to it.
func remove(name string) error {
	err := os.Remove(name)
	if err == nil {
		os.Remove(name + usedEnding)
	}
	return err
}
