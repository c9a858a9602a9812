package sharedcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/lamina-oci/lamina/internal/cache"
)

// flight is an entry that is being fetched, or was.
type flight struct {
	once sync.Once
	ok   bool
}

// Fetch implements [cache.Sharer]. Each entry is fetched once in the life of the cache.
func (c *Cache) Fetch(kind cache.Kind, key string) bool {
	if len(c.from) == 0 || c.ctx.Err() != nil {
		return false
	}
	c.fetchAhead(kind)
	return c.fetch(id{kind, key})
}

func (c *Cache) fetch(one id) bool {
	c.mu.Lock()
	f := c.flights[one]
	if f == nil {
		f = new(flight)
		c.flights[one] = f
	}
	c.mu.Unlock()
	f.once.Do(func() { f.ok = c.find(one) })
	return f.ok
}

// find fetches an entry from the first server that has it.
func (c *Cache) find(one id) bool {
	for _, s := range c.from {
		if item, ok := s.find(one); ok && s.receive(item) {
			return true
		}
	}
	return false
}

// find looks into the lists. States of hashes and records of layers are those of one build, and in its list only.
func (s *server) find(one id) (Item, bool) {
	if s.isOff.Load() {
		return Item{}, false
	}
	c := s.cache
	s.exact.read(c.ctx, s, c.exactName(), withoutIt)
	if item, ok := s.exact.find(one); ok || !isPooled(one.kind) {
		return item, ok
	}
	s.pool.read(c.ctx, s, poolName, withoutIt)
	return s.pool.find(one)
}

func isPooled(kind cache.Kind) bool { return kind != cache.Chains && kind != cache.Layers }

// readList returns the list of a name; without one, or with one that cannot be used, nil.
func (s *server) readList(ctx context.Context, name, consequence string) []Item {
	var items []Item
	err := s.during(ctx, func(ctx context.Context, _ func(int64)) error {
		text, err := s.List(ctx, name, maxList)
		if err == nil {
			items, err = decodeList(name, text, s.cache.o.Key)
		}
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errList), errors.Is(err, errSealed):
		s.cache.warn(fmt.Sprintf("shared cache %s: %v; ignoring it", s, err)) // the next writer replaces it
		return nil
	case err != nil:
		s.fail(err, consequence)
		return nil
	}
	return items
}

// fetchAhead fetches in the background what the last build of the same spec used of a kind, from when the first entry of the kind is missing.
func (c *Cache) fetchAhead(kind cache.Kind) {
	switch kind {
	case cache.Packages, cache.Listings, cache.Segments:
	default:
		return
	}
	c.mu.Lock()
	isBegun := c.ahead[kind]
	c.ahead[kind] = true
	c.mu.Unlock()
	if isBegun {
		return
	}
	var wanted []id
	for _, s := range c.from {
		s.exact.read(c.ctx, s, c.exactName(), withoutIt)
		for _, i := range s.exact.items {
			if i.Kind == kind && !c.o.Directory.Has(i.Kind, i.Key) {
				wanted = append(wanted, i.id())
			}
		}
	}
	next := make(chan id)
	for range min(maxTransfers, len(wanted)) {
		c.fetching.Go(func() {
			for one := range next {
				c.fetch(one)
			}
		})
	}
	c.fetching.Go(func() {
		defer close(next)
		for _, one := range wanted {
			select {
			case next <- one:
			case <-c.ctx.Done():
				return
			}
		}
	})
}

// receive puts an item into the directory.
func (s *server) receive(item Item) bool {
	c := s.cache
	if c.slots.Acquire(c.ctx, 1) != nil {
		return false
	}
	defer c.slots.Release(1)
	if s.isOff.Load() || c.ctx.Err() != nil {
		return false
	}
	isHere := false
	err := s.during(c.ctx, func(ctx context.Context, progress func(int64)) error {
		return retry(ctx, func() (err error) {
			isHere, err = s.copyTo(ctx, item, progress)
			return err
		})
	})
	wrong := new(wrongError)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Reject(item.Kind, item.Key)
	case errors.As(err, &wrong):
		c.Reject(item.Kind, item.Key)
		s.fault(err)
	case err != nil:
		s.fail(err, withoutIt)
	case isHere:
		c.fetched.Add(1)
		c.fetchedBytes.Add(item.Size)
	}
	return isHere && err == nil
}

// copyTo copies an item to the directory, verified, and reports whether the directory took it.
func (s *server) copyTo(ctx context.Context, item Item, progress func(int64)) (bool, error) {
	w := s.cache.o.Directory.Receive(item.Kind, item.Key)
	defer w.Abort()
	if !w.IsOpen() {
		return false, nil // the directory takes nothing, which it has said
	}
	if item.Data != nil {
		w.Write(item.Data)
		w.Commit()
		return w.IsHere(), nil
	}
	body, err := s.Open(ctx, item.Sum, item.Size)
	if err != nil {
		return false, err
	}
	defer body.Close()
	h := sha256.New()
	watched := &watchedReader{Reader: io.LimitReader(body, item.Size+1), tell: func(n int64) {
		progress(n)
		s.cache.report(false, item.Sum, n, item.Size)
	}}
	buffer := buffers.Get().(*[copySize]byte)
	defer buffers.Put(buffer)
	for err == nil {
		var n int
		n, err = io.ReadFull(watched, buffer[:])
		h.Write(buffer[:n])
		w.Write(buffer[:n])
	}
	// A body that is shorter than its Content-Length ends with io.ErrUnexpectedEOF, as one that does not fill the buffer does.
	if err != io.EOF && !(err == io.ErrUnexpectedEOF && watched.isAtEnd) {
		return false, fmt.Errorf("blob %s: %w", item.Sum, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); watched.done != item.Size || sum != item.Sum {
		return false, &wrongError{item.Sum}
	}
	w.Commit()
	return w.IsHere(), nil
}

// copySize is how many bytes are copied at once: those of a piece of a seal.
const copySize = 128 << 10

var buffers = sync.Pool{New: func() any { return new([copySize]byte) }}

// wrongError says that a server has sent other bytes than those that were asked for.
type wrongError struct{ sum string }

func (e *wrongError) Error() string {
	return fmt.Sprintf("the blob with the SHA-256 %s has other bytes than that", e.sum)
}

// watchedReader tells how much was read.
type watchedReader struct {
	io.Reader
	tell    func(int64)
	done    int64
	isAtEnd bool
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.done += int64(n)
	r.isAtEnd = err == io.EOF
	r.tell(r.done)
	return n, err
}
