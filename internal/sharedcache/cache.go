package sharedcache

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/transfer"
)

const (
	// DefaultTimeout is how long a server may make no progress, and how much longer than usual its answers may take in all.
	DefaultTimeout = 10 * time.Second

	// MinRate is how fast a server must send or accept a body beyond the time-out, in bytes per second.
	MinRate = 256 << 10

	// MaxPublish bounds the time that writing to servers takes in all.
	MaxPublish = 10 * time.Minute

	// MaxPool is how many entries the list has that all builds share.
	MaxPool = 10_000

	maxTransfers = 8 // at once
)

// Options say what is shared and with whom.
type Options struct {
	Directory *cache.Directory

	From, To []Store // servers that are read and written to; one that is in both must be the same value

	// Name identifies what is built, so that its next build finds the list of the entries that this one used. It may be empty.
	Name string

	// Key, if not nil, authenticates lists: see the package comment.
	Key []byte

	Timeout time.Duration // 0 for DefaultTimeout

	Warn     func(string)            // may be nil; may be called concurrently
	Progress func(transfer.Progress) // may be nil; may be called concurrently
}

// A Cache is a shared cache as the second level of a directory. Its methods may be called concurrently.
type Cache struct {
	o        Options
	ctx      context.Context
	cancel   context.CancelFunc
	from, to []*server
	slots    *semaphore.Weighted
	fetching sync.WaitGroup // what is fetched ahead

	fetched, fetchedBytes, sent, sentBytes atomic.Int64

	mu       sync.Mutex
	flights  map[id]*flight
	ahead    map[cache.Kind]bool // kinds that are fetched ahead
	used     []id                // in the order in which they were used first
	isUsed   map[id]bool
	rejected map[id]bool // entries that servers have no longer, or not as they should be
}

// New makes the servers the second level of the directory, which must be new. The context ends all reading. Close it before the directory.
func New(ctx context.Context, o Options) *Cache {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	c := &Cache{
		o: o, slots: semaphore.NewWeighted(maxTransfers),
		flights: make(map[id]*flight), ahead: make(map[cache.Kind]bool), isUsed: make(map[id]bool), rejected: make(map[id]bool),
	}
	c.ctx, c.cancel = context.WithCancel(ctx)
	for _, s := range o.From {
		c.from = append(c.from, newServer(c, s))
	}
	for _, s := range o.To {
		if at := slices.Index(o.From, s); at >= 0 {
			c.to = append(c.to, c.from[at])
		} else {
			c.to = append(c.to, newServer(c, s))
		}
	}
	o.Directory.Share(c, len(o.From) > 0)
	return c
}

// Close ends what is fetched ahead; nil is fine.
func (c *Cache) Close() error {
	if c != nil {
		c.cancel()
		c.fetching.Wait()
	}
	return nil
}

// Stats count what went over the network.
type Stats struct {
	Fetched, Sent           int // entries
	FetchedBytes, SentBytes int64
}

// Stats returns what was transferred so far.
func (c *Cache) Stats() Stats {
	return Stats{int(c.fetched.Load()), int(c.sent.Load()), c.fetchedBytes.Load(), c.sentBytes.Load()}
}

// Note implements [cache.Sharer].
func (c *Cache) Note(kind cache.Kind, key string) {
	if len(c.to) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := (id{kind, key}); !c.isUsed[one] {
		c.isUsed[one] = true
		c.used = append(c.used, one)
	}
}

// Reject implements [cache.Sharer].
func (c *Cache) Reject(kind cache.Kind, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rejected[id{kind, key}] = true
}

func (c *Cache) isRejected(one id) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rejected[one]
}

func (c *Cache) warn(text string) {
	if c.o.Warn != nil {
		c.o.Warn(text)
	}
}

func (c *Cache) report(upload bool, name string, done, total int64) {
	if c.o.Progress != nil {
		c.o.Progress(transfer.Progress{Upload: upload, Name: name, Done: done, Total: total})
	}
}

// The lists' names. Their hash is what a server knows them by.
const poolName = "lamina shared cache 1\npool"

// exactName is that of the list of one build; "" if nothing names it.
func (c *Cache) exactName() string {
	if c.o.Name == "" {
		return ""
	}
	return strings.TrimSuffix(poolName, "pool") + "build " + c.o.Name
}
