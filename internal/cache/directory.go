package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Directory is a cache. It may be used concurrently; nil is one that keeps nothing.
type Directory struct {
	// Warn, if not nil, is told what is wrong with the cache. It may be called
	// concurrently.
	Warn func(string)

	dir    string
	secret Secret

	keying  sync.Once
	sealing *key // nil if there is no secret

	isBroken  atomic.Bool // it could not be written to, which was reported
	isStrange atomic.Bool // an entry has another key's seal, which was reported

	process Process

	sharer   Sharer // nil for none
	believes bool   // entries that came from a shared cache are used though only their seal vouches for them

	checking sync.Mutex
	owned    map[string]bool // whether a directory is the user's own, for those that were looked at
}

// Open returns the cache in a directory, which need not exist yet. Entries that only their seal vouches for are found if
// they were sealed with the same secret; nil means [UserSecret].
func Open(dir string, secret Secret) *Directory {
	if secret == nil {
		secret = UserSecret
	}
	return &Directory{dir: dir, secret: secret, owned: make(map[string]bool)}
}

// Close ends the writing of entries: what is in the cache stays. Without it, a directory of the process stays too, until the next
// process uses the cache.
func (f *Directory) Close() error {
	if f == nil {
		return nil
	}
	return f.process.Close()
}

// CheckDir returns an error if a directory exists and others may have put something into it: it must belong to the
// user of the process or to root, and nobody else may write to it.
func CheckDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil
	}
	if err := checkOwn(dir, info, 0o022); err != nil {
		return fmt.Errorf("%w: the cache is not used", err)
	}
	return nil
}

// isOwn says whether the directory of a kind can be used. One that cannot is reported once.
func (f *Directory) isOwn(kind Kind) bool {
	f.checking.Lock()
	defer f.checking.Unlock()
	for _, dir := range []string{f.dir, filepath.Join(f.dir, string(kind))} {
		own, isKnown := f.owned[dir]
		if !isKnown {
			if _, err := os.Stat(dir); err != nil {
				return true // it may still be created, by this process or another
			}
			err := CheckDir(dir)
			if err != nil {
				f.warn("cache: " + err.Error())
			}
			own = err == nil
			f.owned[dir] = own
			if own && dir == f.dir {
				Sweep(dir)
			}
		}
		if !own {
			return false
		}
	}
	return true
}

// path returns an entry's place. The key is part of a file's name, so nothing else than
// what a hash gives is taken.
func (f *Directory) path(kind Kind, key string) (string, error) {
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
// becomes of it in the cache. Its methods may be called concurrently.
type Entry struct {
	File *os.File // begins with the content, which is not verified if it is read from here
	Size int64    // bytes of the content

	sealer sealer
	tags   []byte // nil for an entry without a seal
}

// Close closes the file.
func (e *Entry) Close() error { return e.File.Close() }

// Name is the name of the file.
func (e *Entry) Name() string { return e.File.Name() }

// Open opens an entry, and notes that it was used. The error is fs.ErrNotExist for one
// that is missing, cannot be read, is not the user's own or has another secret's seal, and [ErrDamaged]
// for one whose seal is broken, so far as that shows before its content is read.
func (f *Directory) Open(kind Kind, key string) (*Entry, error) {
	if f == nil {
		return nil, fs.ErrNotExist
	}
	e, err := f.open(kind, key)
	if f.fetch(kind, key, err) {
		e, err = f.open(kind, key)
	}
	if err == nil {
		f.Note(kind, key)
	}
	return e, err
}

func (f *Directory) open(kind Kind, key string) (*Entry, error) {
	name, err := f.path(kind, key)
	if err != nil {
		return nil, err
	}
	file, err := f.openFile(kind, name)
	if err != nil {
		return nil, err
	}
	e, err := f.entry(kind, key, file)
	if err != nil {
		file.Close()
	}
	return e, err
}

// openFile opens the file of an entry. Opening one that is not regular may block.
func (f *Directory) openFile(kind Kind, name string) (*os.File, error) {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() || !f.isOwn(kind) {
		return nil, fs.ErrNotExist
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	return file, nil
}

func (f *Directory) entry(kind Kind, key string, file *os.File) (*Entry, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fs.ErrNotExist
	}
	if err := checkOwn(file.Name(), info, 0o022); err != nil {
		f.warn("cache: " + err.Error() + "; rebuilding it")
		return nil, fs.ErrNotExist
	}
	e := &Entry{File: file, Size: info.Size()}
	if kind.isSealed() {
		if err := f.unseal(e, kind, key, info.Size()); err != nil {
			return nil, err
		}
	}
	kind.touch(file.Name(), info)
	return e, nil
}

// unseal reads the seal of an entry: the user's own or, for a directory that believes shared caches, that of entries from there.
func (f *Directory) unseal(e *Entry, kind Kind, name string, size int64) error {
	k := f.key()
	if k == nil {
		return fs.ErrNotExist
	}
	err := e.unseal(k, kind, name, size)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = e.unseal(k.received, kind, name, size)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if f.isStrange.CompareAndSwap(false, true) {
			f.warn(fmt.Sprintf("cache: %s is sealed with another key than this user's (or LAMINA_CACHE_KEY); rebuilding such entries", e.Name()))
		}
	case !f.believes:
		return fs.ErrNotExist
	}
	return err
}

// Read returns the whole of an entry that has at most limit bytes. The error is as that of [Directory.Open]; it is
// [ErrDamaged] for content that is not what was sealed.
func (f *Directory) Read(kind Kind, key string, limit int64) ([]byte, error) {
	e, err := f.Open(kind, key)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	if e.Size > limit {
		return nil, fs.ErrNotExist
	}
	b := make([]byte, e.Size)
	_, err = e.ReadAt(b, 0)
	return b, err
}

// Write keeps data as an entry, in place of one that was there.
func (f *Directory) Write(kind Kind, key string, data []byte) {
	w := f.Create(kind, key)
	defer w.Abort()
	w.Write(data)
	w.Commit()
}

// Discard takes an entry out of the cache that turned out not to be what its key says,
// and reports it.
func (f *Directory) Discard(kind Kind, key string, err error) {
	if f == nil {
		return
	}
	f.warn("cache: " + err.Error() + "; rebuilding it")
	f.Reject(kind, key)
	if name, err := f.path(kind, key); err == nil {
		remove(name)
	}
}

func (f *Directory) warn(text string) {
	if f.Warn != nil {
		f.Warn(text)
	}
}

// ErrDamaged is the reason to discard an entry that is not what was put there.
var ErrDamaged = errors.New("it is damaged")
