package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Sharer is the other end of a shared cache: other machines have put entries there. Its methods may be called concurrently.
type Sharer interface {
	// Fetch puts an entry that the directory lacks into it, with [Directory.Receive], and reports whether it did.
	Fetch(kind Kind, key string) bool
	// Note is told of an entry that was used or made.
	Note(kind Kind, key string)
	// Reject is told of an entry that turned out not to be what its key says.
	Reject(kind Kind, key string)
}

// Share makes a shared cache the second level of the directory: an entry that is missing is fetched from there. Call it once, before the
// directory is used.
//
// The seals of entries tell which came from a shared cache. Entries that only their seal vouches for are used only by directories that
// believe shared caches, so that a machine which does not do so any more rebuilds them. So are entries that such a directory makes of others.
func (f *Directory) Share(s Sharer, believes bool) { f.sharer, f.believes = s, believes }

// SharedKinds are the kinds that shared caches have; see [Kind.IsBelieved].
func SharedKinds() []Kind {
	return []Kind{Packages, Indexes, Files, Pulled, Trees, Listings, Segments, Chains, Layers}
}

// IsBelieved says whether nothing but the seal vouches for entries of the kind: anyone who may write them decides what images contain. All
// others are verified whenever they are read.
func (k Kind) IsBelieved() bool { return k.isSealed() }

// Fetch asks the shared cache for a file that package apk/repository keeps, by its name, and reports whether it is in the directory now.
func (f *Directory) Fetch(kind Kind, name string) bool {
	return f != nil && f.sharer != nil && f.sharer.Fetch(kind, name)
}

// Note tells the shared cache that an entry was used, or a file that package apk/repository keeps. An empty name is ignored.
func (f *Directory) Note(kind Kind, name string) {
	if f != nil && f.sharer != nil && name != "" && slices.Contains(SharedKinds(), kind) {
		f.sharer.Note(kind, name)
	}
}

// Reject tells the shared cache that an entry is not what its key says.
func (f *Directory) Reject(kind Kind, key string) {
	if f != nil && f.sharer != nil && slices.Contains(SharedKinds(), kind) {
		f.sharer.Reject(kind, key)
	}
}

// fetch is [Directory.Fetch] for an entry that was not found.
func (f *Directory) fetch(kind Kind, key string, err error) bool {
	return f.sharer != nil && errors.Is(err, fs.ErrNotExist) && slices.Contains(SharedKinds(), kind) && f.sharer.Fetch(kind, key)
}

// Dir is the directory; "" for nil.
func (f *Directory) Dir() string {
	if f == nil {
		return ""
	}
	return f.dir
}

// place returns the path of anything that is shared, and how its name begins while it is being written.
func (f *Directory) place(kind Kind, key string) (name, begin string, err error) {
	if isEntryKind(kind) {
		name, err = f.path(kind, key)
		return name, temporary, err
	}
	for _, s := range shelves() {
		if s.kind == kind && kind != Unfinished && s.isOurs(key) {
			return filepath.Join(f.dir, string(kind), key), s.temporary, nil
		}
	}
	return "", "", fmt.Errorf("cache: %.200q is not the name of an entry in %s", key, kind)
}

// Has reports whether there is an entry, which may turn out to be damaged.
func (f *Directory) Has(kind Kind, key string) bool {
	name, _, err := f.place(kind, key)
	if err != nil {
		return false
	}
	info, err := os.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

// Receive begins an entry that comes from a shared cache. A name that no entry has is not taken. Defer its Abort.
func (f *Directory) Receive(kind Kind, name string) *Writer {
	if _, _, err := f.place(kind, name); err != nil {
		return &Writer{directory: f} // a server's word says nothing about the directory
	}
	return f.create(kind, name, func(k *key) *key { return k.received })
}

// Send opens an entry, or a file that package apk/repository keeps, for a shared cache. The shared cache is not asked for it. The error is
// as that of [Directory.Open].
func (f *Directory) Send(kind Kind, key string) (*Entry, error) {
	if isEntryKind(kind) {
		return f.open(kind, key)
	}
	name, _, err := f.place(kind, key)
	if err != nil {
		return nil, err
	}
	file, err := f.openFile(kind, name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fs.ErrNotExist
	}
	return &Entry{File: file, Size: info.Size()}, nil
}
