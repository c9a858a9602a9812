package layout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// Memory remembers the layout that was written last, for many images that go into one: its index.json, which is read all the same, and
// parsed if its bytes are not the remembered ones, and blobs that were verified in it, whose files have not changed since by their
// size and time. The zero value is empty; it may be used concurrently. A nil one remembers nothing.
type Memory struct {
	mu     sync.Mutex
	dir    string
	index  *layoutIndex // nil for none
	intact map[digest.Digest]fs.FileInfo
}

// maxIntact bounds the blobs that a memory has. Images of one layout share the layers of a few bases.
const maxIntact = 256

// read returns index.json, that of a file that does not exist yet included.
func (m *Memory) read(dir string) (*layoutIndex, error) {
	path := filepath.Join(dir, v1.ImageIndexFile)
	data, err := imagedoc.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if known := m.get(dir); known != nil && data != nil && bytes.Equal(known.Bytes(), data) {
		return known, nil
	}
	index, err := parseLayoutIndex(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return index, nil
}

func (m *Memory) get(dir string) *layoutIndex {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir != dir {
		return nil
	}
	return m.index
}

// put remembers what a layout's index.json is now.
func (m *Memory) put(dir string, index *layoutIndex) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enter(dir)
	m.index = index
}

// enter forgets another layout.
func (m *Memory) enter(dir string) {
	if m.dir != dir {
		m.dir, m.index, m.intact = dir, nil, nil
	}
}

// isIntact is [isIntactFile] for the blob of a layout.
func (m *Memory) isIntact(ctx context.Context, dir string, desc v1.Descriptor, directory *cache.Directory) bool {
	path := blobPath(dir, desc.Digest)
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if m == nil {
		return isIntactFile(ctx, path, desc, directory)
	}
	m.mu.Lock()
	var known fs.FileInfo
	if m.dir == dir {
		known = m.intact[desc.Digest]
	}
	m.mu.Unlock()
	if known != nil && os.SameFile(known, info) && known.Size() == info.Size() && known.ModTime().Equal(info.ModTime()) && info.Size() == desc.Size {
		return true
	}
	if !isIntactFile(ctx, path, desc, directory) {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enter(dir)
	if m.intact == nil || len(m.intact) >= maxIntact {
		m.intact = make(map[digest.Digest]fs.FileInfo)
	}
	m.intact[desc.Digest] = info
	return true
}
