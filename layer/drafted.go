package layer

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/cache"
)

// isDrafted says whether a segment need not be made.
func (lw *layerWriter) isDrafted(i int) bool { return lw.drafted != nil && lw.drafted[i] != nil }

// takeDrafted writes a segment that the draft has, unless that is where it is to be, and puts it into the cache.
func (lw *layerWriter) takeDrafted(i int, s *segment, b *buffers, park func()) error {
	plain, packed, from := &lw.plain.turns[i], &lw.packed.turns[i], lw.drafted[i]
	if !lw.plainSum.isKnown(i) {
		if err := lw.inflateFrom(plain, lw.draft.open(from), 0, from.plainSize, b.content); err != nil {
			return fmt.Errorf("drafted %s: %w", s, err)
		}
	}
	if err := plain.Close(); err != nil {
		return err
	}
	if err := lw.keepDrafted(i, from, b); err != nil {
		return fmt.Errorf("drafted %s: %w", s, err)
	}
	if i >= lw.written {
		if !packed.hasCome() {
			park()
		}
		if err := packed.wait(); err != nil {
			return err
		}
		if _, err := io.CopyBuffer(packed, &contextReader{lw.ctx, lw.draft.open(from)}, b.content); err != nil {
			return err
		}
	}
	if err := lw.setSum(i, s, from.sum); err != nil {
		return err
	}
	for _, f := range s.files {
		lw.advance(int(f.node.Size))
	}
	return packed.Close()
}

// keepDrafted puts a segment into the cache.
func (lw *layerWriter) keepDrafted(i int, from *draftedSegment, b *buffers) error {
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
	if _, err := io.CopyBuffer(struct{ io.Writer }{entry}, &contextReader{lw.ctx, lw.draft.open(from)}, b.content); err != nil {
		return err
	}
	commitSegment(entry, from.plainSize, sum, from.tar)
	return nil
}
