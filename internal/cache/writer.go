package cache

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/lamina-oci/lamina/internal/atomicfile"
)

// Writer is an entry in the making. Its methods never fail, since nothing depends on
// whether the entry comes to be. It is for one goroutine.
type Writer struct {
	directory *Directory
	file      *atomicfile.File // nil once it failed or is done
	name      string
	seal      *seal  // nil for an entry without a seal
	noted     func() // tells the shared cache of the entry; nil for one that came from there
	isHere    bool   // it was committed
}

// temporary begins the names of entries that are being written.
const temporary = ".new-"

// Create begins an entry. Defer its Abort.
func (f *Directory) Create(kind Kind, name string) *Writer {
	w := f.create(kind, name, func(k *key) *key {
		if f.believes && kind.isDerived() {
			return k.received
		}
		return k
	})
	w.noted = func() { f.Note(kind, name) }
	return w
}

// create begins an entry with one of the seals that go with the user's key.
func (f *Directory) create(kind Kind, name string, sealWith func(*key) *key) *Writer {
	w := &Writer{directory: f}
	if f == nil || f.isBroken.Load() {
		return w
	}
	var begin string
	var err error
	if w.name, begin, err = f.place(kind, name); err == nil && f.isOwn(kind) {
		err = os.MkdirAll(filepath.Dir(w.name), 0o700)
	}
	if err != nil || !f.isOwn(kind) { // another process may have created it meanwhile
		w.check(err)
		return w
	}
	if kind.isSealed() {
		k := f.key()
		if k == nil {
			return w
		}
		w.seal = newSeal(sealWith(k), kind, name)
		w.seal.out = w.write
	}
	if w.file, err = atomicfile.Create(w.name, f.process.Prefix(f.dir, begin)); err == nil && !kind.isShared() {
		w.file.Perm = 0o600 // a file that an output may share has the mode of one there
	}
	w.check(err)
	return w
}

// check gives the entry up after an error.
func (w *Writer) check(err error) {
	if err == nil {
		return
	}
	w.Abort()
	if w.directory.isBroken.CompareAndSwap(false, true) {
		w.directory.warn(fmt.Sprintf("cache: %v; nothing more is put into it", err))
	}
}

// Write appends to the entry.
func (w *Writer) Write(p []byte) (int, error) {
	switch {
	case w.file == nil:
	case w.seal != nil:
		w.seal.add(p) // and from there to the file, in large pieces
	default:
		w.write(p)
	}
	return len(p), nil
}

// maxWrite is how many bytes are written at once. For more, systems that have large pages for files look for memory in blocks that virtual
// machines may have given back to their hosts: whole pieces took a tenth longer there.
const maxWrite = 32 << 10

// write writes to the file.
func (w *Writer) write(p []byte) {
	for len(p) > 0 && w.file != nil {
		n := min(len(p), maxWrite)
		_, err := w.file.Write(p[:n])
		w.check(err)
		p = p[n:]
	}
}

// Commit puts the entry into the cache, in place of one that was there. Where another
// process was faster, either entry may stay.
func (w *Writer) Commit() {
	if w.seal != nil && w.file != nil {
		w.write(w.seal.close())
	}
	if w.file == nil {
		return
	}
	err := w.file.Commit() // unsynced: see Promises
	w.file = nil
	if err != nil {
		if _, missing := os.Stat(w.name); missing == nil {
			err = nil // Windows does not replace a file that is open; the entry there is as good
		}
	}
	w.check(err)
	if w.isHere = err == nil; w.isHere && w.noted != nil {
		w.noted()
	}
}

// IsOpen reports whether what is written is kept so far.
func (w *Writer) IsOpen() bool { return w.file != nil }

// IsHere reports whether the entry was committed and kept.
func (w *Writer) IsHere() bool { return w.isHere }

// Abort removes an entry that was not committed.
func (w *Writer) Abort() {
	if w.file == nil {
		return
	}
	if w.seal != nil {
		w.seal.release()
	}
	w.file.Abort()
	w.file = nil
}

// Link keeps a file that link makes under the name it is given, such as a hard link to one
// that nobody will change, and of its kind only the most that were used last. Where link fails,
// nothing is kept, and nothing is said: not every system has links, nor between any two places.
func (f *Directory) Link(kind Kind, key string, most int, link func(name string) error) {
	if f == nil || f.isBroken.Load() {
		return
	}
	name, err := f.path(kind, key)
	if err != nil {
		return
	}
	dir := filepath.Dir(name)
	if !f.isOwn(kind) || os.MkdirAll(dir, 0o700) != nil || !f.isOwn(kind) {
		return
	}
	// Not by internal/atomicfile, which writes content: here link makes the file.
	temp := filepath.Join(dir, f.process.Prefix(f.dir, temporary)+rand.Text())
	if err := link(temp); err != nil {
		return
	}
	defer os.Remove(temp) // it stays where both names are of one file
	if os.Rename(temp, name) == nil {
		f.trim(kind, most)
	}
}

// trim removes the entries of a kind that were used least recently.
func (f *Directory) trim(kind Kind, most int) {
	s := shelf{kind: kind, prefixes: []string{""}, temporary: temporary}
	all, err := s.list(context.Background(), filepath.Join(f.dir, string(kind)), nil)
	if err != nil {
		return
	}
	all = slices.DeleteFunc(all, func(e stored) bool { return e.kind != kind })
	sort.SliceStable(all, func(i, j int) bool { return all[i].used.After(all[j].used) })
	for _, e := range all[min(most, len(all)):] {
		remove(e.name)
	}
}
