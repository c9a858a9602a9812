// Package remembered keeps small files of packages in memory.
package remembered

import (
	"slices"
	"sync"
)

// Bounds of what is remembered, in bytes.
const (
	MaxFile  = 256 << 10 // a file
	MaxFiles = 16 << 20  // all files
)

// Files are files by their package, of which K is the key, and their number in it. They drop the packages that were remembered first, so
// that they have at most [MaxFiles] bytes. The zero value is empty; it may be used concurrently.
type Files[K comparable] struct {
	mu       sync.Mutex
	packages map[K]*files
	order    []K   // of those that have files, oldest first
	size     int64 // of all files
}

type files struct {
	reads    int            // times that the package was inflated for the sake of a file
	contents map[int][]byte // by the number of the file
	size     int64          // of all contents
}

// Get returns a file.
func (m *Files[K]) Get(of K, number int) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.packages[of]
	if p == nil {
		return nil, false
	}
	b, ok := p.contents[number]
	return b, ok
}

// ReadsAll counts a read of a package, and says whether it is worth going on to the package's end for its other files: that
// of a small package, and the second one of a large package. After that, the files that are missing have no room.
func (m *Files[K]) ReadsAll(of K, isSmall bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.packages[of]
	if known == nil {
		known = new(files)
		m.set(of, known)
	}
	known.reads++
	return known.reads == 2 || known.reads == 1 && isSmall
}

// Put remembers files of a package, of at most [MaxFiles] bytes together, in place of those that it had.
func (m *Files[K]) Put(of K, contents map[int][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(of)
	added := &files{reads: 2, contents: contents}
	for _, b := range contents {
		added.size += int64(len(b))
	}
	for m.size+added.size > MaxFiles {
		m.forget(m.order[0])
	}
	m.set(of, added)
	m.order = append(m.order, of)
	m.size += added.size
}

func (m *Files[K]) set(of K, f *files) {
	if m.packages == nil {
		m.packages = make(map[K]*files)
	}
	m.packages[of] = f
}

// forget drops the files of a package.
func (m *Files[K]) forget(of K) {
	if p := m.packages[of]; p != nil {
		m.size -= p.size
		delete(m.packages, of)
	}
	if i := slices.Index(m.order, of); i >= 0 {
		m.order = slices.Delete(m.order, i, i+1)
	}
}
