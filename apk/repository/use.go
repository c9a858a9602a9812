package repository

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/lamina-oci/lamina/internal/filelock"
)

// Cached files may be pruned by another process (internal/cache), those files first
// whose last use is longest ago. Of a package, it is not enough that one was there when it
// was asked for: a [Source] is opened later, and more than once. So a client that has used
// the cache's packages holds packages.lock, shared with other clients, until it is closed.

// usePrecision is how exactly the last use of a file in the cache is known. The time of
// its modification stands for it, which is not worth writing each time.
const usePrecision = time.Hour

// markUsed notes that a file of the cache was used.
func markUsed(name string) {
	info, err := os.Stat(name)
	now := time.Now()
	// A time to come is that of a clock which was wrong.
	if err == nil && now.Sub(info.ModTime()).Abs() > usePrecision {
		os.Chtimes(name, now, now) // one that belongs to somebody else just seems older
	}
}

// packagesLock keeps packages from being pruned. The zero value does not yet.
type packagesLock struct {
	mu   sync.Mutex
	file *flock.Flock // nil until it is asked for
}

// holdPackages keeps the cache's packages from being pruned until Close.
func (c *Client) holdPackages(ctx context.Context) {
	c.mu.Lock()
	has := c.hasCache()
	c.mu.Unlock()
	if has {
		c.inUse.hold(ctx, c.CacheDir, func() { c.warn("waiting for another process, which is pruning the cache %s", c.CacheDir) })
	}
}

// hold waits until nobody prunes. A cache that cannot be locked, such as one that is
// only for reading, is used without.
func (l *packagesLock) hold(ctx context.Context, dir string, waiting func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		return
	}
	file := flock.New(filepath.Join(dir, "packages.lock"), flock.SetPermissions(0o600))
	filelock.Wait(ctx, file.TryRLock, waiting)
	if file.RLocked() || ctx.Err() == nil {
		l.file = file
	}
}

func (l *packagesLock) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}
