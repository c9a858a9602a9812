package sharedcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/cache"
)

// Publish writes what was used since New to the servers that are written to: blobs that they lack, and the lists. It ends within
// [MaxPublish]. Failures are reported to Warn.
func (c *Cache) Publish(ctx context.Context) {
	ctx, cancel := context.WithTimeoutCause(ctx, MaxPublish, &lateError{MaxPublish})
	defer cancel()
	c.mu.Lock()
	used := slices.Clone(c.used)
	c.mu.Unlock()
	for _, s := range c.to {
		if len(used) == 0 || s.isOff.Load() {
			continue
		}
		if err := s.publish(ctx, used); err != nil && ctx.Err() == nil {
			s.fail(err, withoutMore)
		} else if late := (*lateError)(nil); errors.As(context.Cause(ctx), &late) {
			s.fail(late, withoutMore)
		}
	}
}

func (s *server) publish(ctx context.Context, used []id) error {
	c := s.cache
	s.exact.read(ctx, s, c.exactName(), withoutMore)
	s.pool.read(ctx, s, poolName, withoutMore)
	items, err := s.send(ctx, used)
	if err != nil {
		return err
	}
	if name := c.exactName(); name != "" && !s.exact.hasAll(items, true) {
		if err := s.putList(ctx, name, c.carry(items)); err != nil {
			return err
		}
	}
	pooled := slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return !isPooled(i.Kind) })
	for n := range pooled {
		if pooled[n].IsBlob() {
			pooled[n].Data = nil
		}
	}
	if s.pool.hasAll(pooled, false) {
		return nil
	}
	there := s.readList(ctx, poolName, withoutMore) // others may have written to it meanwhile
	if s.isOff.Load() {
		return nil
	}
	return s.putList(ctx, poolName, mergeInto(there, pooled))
}

// carry returns items with the content of those that are small.
func (c *Cache) carry(items []Item) []Item {
	carried, left := slices.Clone(items), int64(maxCarriedAll)
	for n := range carried {
		i := &carried[n]
		if !i.IsBlob() || i.Size > min(maxCarried, left) {
			continue
		}
		if i.Data == nil {
			i.Data = c.contentOf(i)
		}
		left -= int64(len(i.Data))
	}
	return carried
}

// contentOf returns the content that an item has in the directory; nil if it has another, or none.
func (c *Cache) contentOf(i *Item) []byte {
	entry, err := c.o.Directory.Send(i.Kind, i.Key)
	if err != nil {
		return nil
	}
	defer entry.Close()
	data := make([]byte, i.Size)
	if entry.Size != i.Size {
		return nil
	}
	if _, err := entry.ReadAt(data, 0); err != nil || sumOf(data) != i.Sum {
		return nil
	}
	return data
}

// mergeInto puts items in front of those of a list, whose oldest are dropped.
func mergeInto(list, items []Item) []Item {
	merged, have := slices.Clone(items), make(map[id]bool)
	for _, i := range items {
		have[i.id()] = true
	}
	for _, i := range list {
		if !have[i.id()] {
			have[i.id()] = true
			merged = append(merged, i)
		}
	}
	return merged[:min(len(merged), MaxPool)]
}

// hasAll reports whether the list has all items and, if it must be the same, no other.
func (l *lazyList) hasAll(items []Item, same bool) bool {
	for _, i := range items {
		if there, ok := l.find(i.id()); !ok || there.Sum != i.Sum {
			return false
		}
	}
	return !same || len(l.items) == len(items)
}

func (s *server) putList(ctx context.Context, name string, items []Item) error {
	text := encodeList(name, items, s.cache.o.Key)
	if len(text) > maxList {
		return fmt.Errorf("the list of entries is larger than the limit of %d bytes", maxList)
	}
	err := s.during(ctx, func(ctx context.Context, _ func(int64)) error { return s.PutList(ctx, name, text, items) })
	if err != nil {
		return fmt.Errorf("write the list of entries: %w", err)
	}
	return nil
}

// send writes the blobs of entries that the server lacks, and returns the items of all in their order. Entries that are no longer in the
// directory are left out.
func (s *server) send(ctx context.Context, used []id) ([]Item, error) {
	items := make([]Item, len(used))
	var mu sync.Mutex
	sent := make(map[string]*sync.Once) // by digest: entries may have the same content
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for n, one := range used {
		if item, ok := s.known(one); ok {
			items[n] = item
			continue
		}
		group.Go(func() error {
			item, err := s.measure(ctx, one)
			if err != nil || item == nil {
				return err
			}
			if item.IsBlob() {
				mu.Lock()
				once := sent[item.Sum]
				if once == nil {
					once = new(sync.Once)
					sent[item.Sum] = once
				}
				mu.Unlock()
				once.Do(func() { err = s.sendBlob(ctx, *item) })
			}
			items[n] = *item
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(items, func(i Item) bool { return i.Sum == "" }), err
}

// known returns the item that a list has of an entry whose content cannot have changed since.
func (s *server) known(one id) (Item, bool) {
	if one.kind == cache.Indexes || s.cache.isRejected(one) {
		return Item{}, false
	}
	if item, ok := s.exact.find(one); ok {
		return item, true
	}
	return s.pool.find(one)
}

// measure reads an entry for its digest; nil if it is no longer there, empty or too large.
func (s *server) measure(ctx context.Context, one id) (*Item, error) {
	entry, err := s.cache.o.Directory.Send(one.kind, one.key)
	if err != nil {
		return nil, nil
	}
	defer entry.Close()
	item := &Item{Kind: one.kind, Key: one.key, Size: entry.Size}
	if item.Size == 0 || item.Size > maxItem || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if item.Size <= maxInline {
		data := make([]byte, entry.Size)
		if _, err := entry.ReadAt(data, 0); err != nil {
			return nil, nil
		}
		item.Data, item.Sum = data, sumOf(data)
		return item, nil
	}
	h := sha256.New()
	if _, err := entry.WriteTo(h); err != nil {
		return nil, nil // it is damaged, or is being replaced: the next build notices
	}
	item.Sum = hex.EncodeToString(h.Sum(nil))
	return item, nil
}

// sendBlob writes the content of an entry unless the server has it.
func (s *server) sendBlob(ctx context.Context, item Item) error {
	isThere := false
	err := s.during(ctx, func(ctx context.Context, _ func(int64)) (err error) {
		if !s.cache.isRejected(item.id()) {
			isThere, err = s.Has(ctx, item.Sum, item.Size)
		}
		return err
	})
	if err != nil || isThere {
		return err
	}
	open := func(progress func(int64)) (io.ReadCloser, error) {
		entry, err := s.cache.o.Directory.Send(item.Kind, item.Key)
		if err != nil {
			return nil, err
		}
		r, w := io.Pipe()
		go func() {
			defer entry.Close()
			_, err := entry.WriteTo(w)
			w.CloseWithError(err)
		}()
		watched := &watchedReader{Reader: r, tell: func(n int64) {
			progress(n)
			s.cache.report(true, item.Sum, n, item.Size)
		}}
		return struct {
			io.Reader
			io.Closer
		}{watched, r}, nil
	}
	err = s.during(ctx, func(ctx context.Context, progress func(int64)) error {
		return s.Put(ctx, item.Sum, item.Size, func() (io.ReadCloser, error) { return open(progress) })
	})
	if err != nil {
		return fmt.Errorf("write blob %s: %w", item.Sum, err)
	}
	s.cache.sent.Add(1)
	s.cache.sentBytes.Add(item.Size)
	return nil
}
