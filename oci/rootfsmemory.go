package oci

import (
	"context"
	"io/fs"
	"os"
	"sync"

	"github.com/opencontainers/go-digest"
)

// RootfsMemory remembers the digests of root file systems, for many images over one. A file is hashed again when its size or time has
// changed; where it has changed without that, [BaseLayer.Verify] and the readers of the layer find it. The zero value is
// empty; it may be used concurrently. A nil one remembers nothing.
type RootfsMemory struct {
	mu    sync.Mutex
	known map[string]measuredFile // by path
}

type measuredFile struct {
	info   fs.FileInfo
	digest digest.Digest
	size   int64
}

// maxRootfs bounds the files that a memory has.
const maxRootfs = 64

// digest returns a file's digest and size, and whether it was read for that.
func (m *RootfsMemory) digest(ctx context.Context, file *os.File) (dgst digest.Digest, size int64, isRead bool, err error) {
	info, err := file.Stat()
	if err != nil {
		return "", 0, false, err
	}
	if m != nil {
		m.mu.Lock()
		known, ok := m.known[file.Name()]
		m.mu.Unlock()
		if ok && os.SameFile(known.info, info) && known.info.Size() == info.Size() && known.info.ModTime().Equal(info.ModTime()) {
			return known.digest, known.size, false, nil
		}
	}
	stored := newCountingHash(ctx, file)
	if err := drain(stored); err != nil {
		return "", 0, false, err
	}
	dgst, size = stored.hash.Digest(), stored.count
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.known == nil || len(m.known) >= maxRootfs {
			m.known = make(map[string]measuredFile)
		}
		m.known[file.Name()] = measuredFile{info, dgst, size}
	}
	return dgst, size, true, nil
}
