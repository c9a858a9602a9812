package repository

import (
	"sync"

	"github.com/lamina-oci/lamina/apk"
)

// Memory keeps verified indexes for the builds of one process, so that each is read once. The zero value is empty and ready, and may be
// used concurrently. It has no bound: a process that builds for other releases again and again should use a new one from time to time.
type Memory struct {
	mu      sync.Mutex
	indexes map[indexKey]*rememberedIndex
}

// indexKey is all that the reading of an index depends on.
type indexKey struct {
	where      string
	arch       string
	keys       [32]byte // digest of the key ring
	generation apk.Generation
}

type rememberedIndex struct {
	mu    sync.Mutex // held by the one that reads it
	index *apk.Index // nil until it was read
}

// index returns what read returned before without an error, or calls it.
func (m *Memory) index(where, arch string, keys *apk.KeyRing, g apk.Generation, read func() (*apk.Index, error)) (*apk.Index, error) {
	if m == nil {
		return read()
	}
	key := indexKey{where, arch, keys.Digest(), g}
	m.mu.Lock()
	if m.indexes == nil {
		m.indexes = make(map[indexKey]*rememberedIndex)
	}
	r := m.indexes[key]
	if r == nil {
		r = new(rememberedIndex)
		m.indexes[key] = r
	}
	m.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.index == nil {
		index, err := read()
		if err != nil {
			return nil, err
		}
		r.index = index
	}
	return r.index, nil
}
