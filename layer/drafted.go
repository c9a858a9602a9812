package layer

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/cache"
)

// isDrafted says whether a segment need not be made.
func (lw *layerWriter) isDrafted(i int) bool { return lw.drafted != nil && lw.drafted[i] != nil }

// takeDrafted writes a segment that the draft has, and puts it into the cache.
func (lw *layerWriter) takeDrafted(i int, s *segment, b *buffers, park func()) error {
	from := lw.draft.ready(lw.drafted[i])
	if err := lw.keepDrafted(i, from, b); err != nil {
		return fmt.Errorf("drafted %s: %w", s, err)
	}
	return lw.reuseSegment(i, s, from, b, park)
}

// keepDrafted puts a segment into the cache.
func (lw *layerWriter) keepDrafted(i int, from *readySegment, b *buffers) error {
	key := lw.known[i].key
	if key == "" {
		return nil
	}
	sum, err := hex.DecodeString(from.sum)
	if err != nil {
		return err
	}
	entry := lw.cache.Create(cache.Segments, key)
	defer entry.Abort()
	if _, err := io.CopyBuffer(struct{ io.Writer }{entry}, &contextReader{lw.ctx, from.content()}, b.content); err != nil {
		return err
	}
	commitSegment(entry, from.plainSize, sum, from.tar)
	return nil
}
