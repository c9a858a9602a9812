package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// Folder is a cache. It may be used concurrently; nil is one that keeps nothing.
type Folder struct {
	// Warn, if not nil, is told what is wrong with the cache. It may be called
	// concurrently.
	Warn func(string)

	dir      string
	isBroken atomic.Bool // it could not be written to, which was reported
}

// Open returns the cache in a folder, which need not exist yet.
func Open(dir string) *Folder { return &Folder{dir: dir} }

// path returns an entry's place. The key is part of a file's name, so nothing else than
// what a hash gives is taken.
func (f *Folder) path(kind Kind, key string) (string, error) {
	if !isEntryKind(kind) {
		return "", fmt.Errorf("cache kind %q is not known", kind)
	}
	if !isKey(key) {
		return "", fmt.Errorf("cache key %q: want 2 to 128 hexadecimal digits in lower case", key)
	}
	return filepath.Join(f.dir, string(kind), key), nil
}

func isKey(s string) bool {
	return len(s) >= 2 && len(s) <= 128 && strings.Trim(s, "0123456789abcdef") == ""
}

// Entry is an entry opened for reading. It stays readable while it is open, whatever
// becomes of it in the cache. ReadAt may be called concurrently.
type Entry struct {
	*os.File
	Size int64 // bytes
}

// Open opens an entry, and notes that it was used. The error is fs.ErrNotExist for one
// that is not there or cannot be read.
func (f *Folder) Open(kind Kind, key string) (*Entry, error) {
	if f == nil {
		return nil, fs.ErrNotExist
	}
	name, err := f.path(kind, key)
	if err != nil {
		return nil, err
	}
	// Of what is no regular file, opening may never end.
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fs.ErrNotExist
	}
	kind.touch(name, info)
	return &Entry{file, info.Size()}, nil
}

// Read returns the whole of an entry that has at most limit bytes.
func (f *Folder) Read(kind Kind, key string, limit int64) ([]byte, error) {
	e, err := f.Open(kind, key)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	if e.Size > limit {
		return nil, fs.ErrNotExist
	}
	b := make([]byte, e.Size)
	_, err = io.ReadFull(e, b)
	return b, err
}

// Write keeps data as an entry, in place of one that was there.
func (f *Folder) Write(kind Kind, key string, data []byte) {
	w := f.Create(kind, key)
	defer w.Abort()
	w.Write(data)
	w.Commit()
}

// Discard takes an entry out of the cache that turned out not to be what its key says,
// and reports it.
func (f *Folder) Discard(kind Kind, key string, err error) {
	if f == nil {
		return
	}
	f.warn("cache: " + err.Error() + "; rebuilding it")
	if name, err := f.path(kind, key); err == nil {
		remove(name)
	}
}

func (f *Folder) warn(text string) {
	if f.Warn != nil {
		f.Warn(text)
	}
}

// ErrDamaged is the reason to discard an entry that is not what was put there.
var ErrDamaged = errors.New("it is damaged")
