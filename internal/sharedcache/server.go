package sharedcache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/transfer"
)

// A Store is a server, as far as a shared cache needs one. Its methods may be called concurrently, and may repeat requests until the context
// ends. Sums are SHA-256 in hexadecimal.
type Store interface {
	// String returns the URL, without secrets.
	String() string

	// List returns the list of a name, of at most limit bytes; the error is fs.ErrNotExist if it is missing.
	List(ctx context.Context, name string, limit int64) ([]byte, error)

	// Open opens a blob, which the caller verifies. The error is fs.ErrNotExist if it is missing.
	Open(ctx context.Context, sum string, size int64) (io.ReadCloser, error)

	// Has reports whether the server has a blob.
	Has(ctx context.Context, sum string, size int64) (bool, error)

	// Put writes a blob. Open may be called more than once.
	Put(ctx context.Context, sum string, size int64, open func() (io.ReadCloser, error)) error

	// PutList writes a list. Items are those in it; the server has the blobs of those that are blobs.
	PutList(ctx context.Context, name string, list []byte, items []Item) error
}

// server is a store with what is known of it.
type server struct {
	Store
	cache *Cache
	exact lazyList // of the same build
	pool  lazyList // of all builds

	isOff  atomic.Bool
	faults atomic.Int32
	waited atomic.Int64 // nanoseconds that requests took beyond what they may
}

// maxFaults is how many blobs may be other than their digests before the server is not used any more.
const maxFaults = 3

func newServer(c *Cache, s Store) *server { return &server{Store: s, cache: c} }

// during calls f with a context that ends when the server makes no progress for the time-out, or less than MinRate beyond it. F is given a
// function to tell how many bytes of a body have come through. The time that all requests together
// take longer than usual is bounded by the time-out as well.
func (s *server) during(ctx context.Context, f func(ctx context.Context, progress func(done int64)) error) error {
	limit := s.cache.o.Timeout
	late := &lateError{limit}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := time.Now()
	timer := time.AfterFunc(limit, func() { cancel(late) })
	defer timer.Stop()
	var furthest atomic.Int64
	err := f(ctx, func(done int64) {
		furthest.Store(max(furthest.Load(), done))
		timer.Reset(max(0, min(limit, limit+bodyTime(done)-time.Since(begun))))
	})
	if isEnded := errors.Is(err, context.Canceled) || errors.Is(err, late); isEnded && context.Cause(ctx) == error(late) {
		return late
	}
	if excess := time.Since(begun) - limit/usualShare - bodyTime(furthest.Load()); err == nil && excess > 0 && s.waited.Add(int64(excess)) > int64(limit) {
		return &lateError{limit}
	}
	return err
}

// retry is [transfer.Do] that returns, if the context ends while it waits, what it waits for.
func retry(ctx context.Context, f func() error) error {
	var last error
	err := transfer.Do(ctx, func() error {
		err := f()
		if ctx.Err() == nil {
			last = err
		}
		return err
	})
	if ctx.Err() != nil && last != nil {
		return last
	}
	return err
}

// usualShare is which part of the time-out a request may take without a body and without being late: half a second of ten.
const usualShare = 20

// bodyTime is what a body of so many bytes may take.
func bodyTime(size int64) time.Duration { return time.Duration(size) * time.Second / MinRate }

type lateError struct{ limit time.Duration }

func (e *lateError) Error() string {
	return fmt.Sprintf("its answers took %s too long", e.limit)
}

// fail turns the server off after an error, and says so once.
func (s *server) fail(err error, consequence string) {
	if s.cache.ctx.Err() != nil || !s.isOff.CompareAndSwap(false, true) {
		return
	}
	text := fmt.Sprintf("shared cache %s: %s; %s", s, redact.Text(err.Error()), consequence)
	if remedy := hint.Of(err); remedy != "" {
		text += " (" + remedy + ")"
	}
	s.cache.warn(text)
}

const (
	withoutIt    = "continuing without it"
	withoutMore  = "nothing more is written to it"
	rebuildingIt = "rebuilding it"
)

// fault notes a blob that is not what its digest says.
func (s *server) fault(err error) {
	switch s.faults.Add(1) {
	case 1:
		s.cache.warn(fmt.Sprintf("shared cache %s: %s; %s", s, redact.Text(err.Error()), rebuildingIt))
	case maxFaults:
		s.fail(fmt.Errorf("%d blobs in it are not what their digests say", maxFaults), withoutIt)
	}
}

// lazyList is a list that is read when it is needed first.
type lazyList struct {
	mu     sync.Mutex
	isRead bool
	items  []Item // in their order
	byID   map[id]int
}

// read reads the list of a name unless it was read; without one it is empty.
func (l *lazyList) read(ctx context.Context, s *server, name, consequence string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isRead {
		return
	}
	l.isRead = true
	l.set(nil)
	if name != "" && !s.isOff.Load() {
		l.set(s.readList(ctx, name, consequence))
	}
}

func (l *lazyList) set(items []Item) {
	l.items, l.byID = items, make(map[id]int, len(items))
	for n, i := range items {
		l.byID[i.id()] = n
	}
}

func (l *lazyList) find(one id) (Item, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.byID[one]
	if !ok {
		return Item{}, false
	}
	return l.items[at], true
}
