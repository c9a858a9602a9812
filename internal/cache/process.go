package cache

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/internal/tempdir"
)

// A Process is what this process is known by in a cache directory while it writes there: a directory .process-* with a lock (see
// package tempdir), whose random letters are in the names of all files that are being written. So another process sees at once
// whether theirs still lives. Its methods may be called concurrently. It must not be copied.
type Process struct {
	mu   sync.Mutex
	dir  string       // of the cache; "" before the first call of Prefix
	held *tempdir.Dir // nil if the directory cannot be made
}

const processPrefix = ".process-"

// Prefix returns how the names of files that are being written to the cache in dir, which is always the same, begin: with begin.
// Where the cache has no room for the directory of the process, nothing but their age tells of such files.
func (p *Process) Prefix(dir, begin string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		p.dir = dir
		p.held, _ = tempdir.MakeUnswept(dir, processPrefix, 0o700)
	}
	if p.held == nil {
		return begin
	}
	return begin + strings.TrimPrefix(filepath.Base(p.held.Path()), processPrefix) + "-"
}

// Close removes the directory of the process. Without it, the next process does.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		return nil
	}
	held := p.held
	p.held, p.dir = nil, ""
	return held.Remove()
}

// processOf returns the directory of the process that writes the file of a name that begins with begin; "" if that says nothing.
func processOf(dir, name, begin string) string {
	process, _, ok := strings.Cut(strings.TrimPrefix(name, begin), "-")
	if !ok {
		return ""
	}
	return filepath.Join(dir, processPrefix+process)
}

// Sweep removes the files that killed processes have left in the cache in dir, which is the user's own.
func Sweep(dir string) {
	tempdir.Sweep(dir, processPrefix, func(process string) {
		for _, s := range shelves() {
			entries, _ := os.ReadDir(filepath.Join(dir, string(s.kind)))
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), s.temporary+process+"-") {
					os.Remove(filepath.Join(dir, string(s.kind), e.Name()))
				}
			}
		}
	})
}
