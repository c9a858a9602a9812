package layer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/cache"
)

// A segment in the cache is its bytes as they are in a layer, and behind them segmentTail bytes: the size of its
// tar, big endian, the mark of its bytes, and the key of its tar. The cache's seal vouches for all of it. The mark is not computed
// again: it says which state of a layer's digest, kept with the chain, its bytes lead to. Bytes of one key differ only by a fault of ours or of
// the machine, and for that a plain mark is enough.
const (
	segmentFormat = "lamina segment 5" // part of the key
	segmentTail   = int64(8 + len(cache.Mark{}) + tarKeySize)

	copySize = 128 << 10 // bytes at once
)

// readySegment is one that need not be made: the cache has it, or it was drafted.
type readySegment struct {
	packed                io.ReaderAt
	offset                int64 // of its bytes in packed
	plainSize, packedSize int64
	mark                  cache.Mark // of its bytes; empty if nobody needs it
	tar                   tarKey
	entry                 *cache.Entry // nil for a draft's
}

// openSegment returns the cached entry of a segment, of which only the end is verified yet; nil if the cache has
// none.
func (lw *layerWriter) openSegment(i int, s *segment) *readySegment {
	if lw.known[i].key == "" {
		return nil
	}
	entry, err := lw.cache.Open(cache.Segments, lw.known[i].key)
	if err == nil {
		tail := make([]byte, segmentTail)
		if _, err = entry.ReadAt(tail, entry.Size-segmentTail); err == nil {
			return &readySegment{
				packed: entry.File, entry: entry,
				plainSize:  int64(binary.BigEndian.Uint64(tail)),
				packedSize: entry.Size - segmentTail,
				mark:       cache.Mark(tail[8:]),
				tar:        tarKey(tail[8+len(cache.Mark{}):]),
			}
		}
		entry.Close()
	}
	if errors.Is(err, cache.ErrDamaged) {
		lw.cache.Discard(cache.Segments, lw.known[i].key, fmt.Errorf("%s: %w", s, err))
	}
	return nil
}

func (c *readySegment) content() io.Reader {
	return io.NewSectionReader(c.packed, c.offset, c.packedSize)
}

// reuseSegment writes a segment that was verified, unless that is where it is to be.
func (lw *layerWriter) reuseSegment(i int, s *segment, c *readySegment, b *buffers, park func()) error {
	plain, packed := &lw.plain.turns[i], &lw.packed.turns[i]
	if !lw.plainSum.isKnown(i) {
		if err := lw.inflate(plain, c, b.content); err != nil {
			return fmt.Errorf("inflate %s: %w", s, err)
		}
	}
	if err := plain.Close(); err != nil {
		return err
	}
	if i >= lw.written {
		if !packed.hasCome() {
			park()
		}
		if err := packed.wait(); err != nil {
			return err
		}
		if err := lw.copyPacked(i, packed, c, b.content); err != nil {
			return err
		}
	}
	if err := lw.setMark(i, s, c.mark); err != nil {
		return err
	}
	for _, f := range s.files {
		lw.advance(int(f.node.Size))
	}
	return packed.Close()
}

// inflate writes the tar of a segment that was verified.
func (lw *layerWriter) inflate(plain io.Writer, c *readySegment, buffer []byte) error {
	done, err := lw.copyTar(plain, c.tar, c.plainSize)
	if err != nil || done == c.plainSize {
		return err
	}
	z, err := lw.compressors.decompress(&contextReader{lw.ctx, c.content()})
	if err != nil {
		return err
	}
	defer z.Close()
	var n int64
	if _, err = io.CopyN(io.Discard, z, done); err == nil {
		n, err = io.CopyBuffer(struct{ io.Writer }{plain}, z, buffer)
	}
	if err == nil && done+n != c.plainSize {
		err = fmt.Errorf("it has %d bytes, not %d", done+n, c.plainSize)
	}
	return err
}

// copyPacked writes the bytes of a segment whose turn has come. Where they need not be hashed, it
// leaves the copying to the writer: from file to file the system does it.
func (lw *layerWriter) copyPacked(i int, packed *turn, c *readySegment, buffer []byte) error {
	to, ok := lw.w.(io.ReaderFrom)
	if !ok || c.entry == nil || !lw.packedSum.isKnown(i) {
		_, err := io.CopyBuffer(packed, &contextReader{lw.ctx, c.content()}, buffer)
		return err
	}
	if _, err := c.entry.File.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for left := c.packedSize; left > 0; {
		if err := lw.ctx.Err(); err != nil {
			return context.Cause(lw.ctx)
		}
		n, err := to.ReadFrom(io.LimitReader(c.entry.File, min(left, maxCopy)))
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			lw.fail(err)
			return err
		}
		left -= n
	}
	return nil
}

// maxCopy is how many bytes are copied without a look at the context.
const maxCopy = 64 << 20

// keptSegment writes a segment to the layer and to the cache.
type keptSegment struct {
	layer io.Writer
	entry *cache.Writer // nil if the segment is not kept
	mark  *cache.Marker
}

func (lw *layerWriter) keepSegment(i int, layer io.Writer) *keptSegment {
	k := &keptSegment{layer: layer}
	if key := lw.known[i].key; key != "" {
		k.entry, k.mark = lw.cache.Create(cache.Segments, key), cache.PlainMarker()
	}
	return k
}

func (k *keptSegment) Write(p []byte) (int, error) {
	if k.entry != nil {
		k.entry.Write(p)
		k.mark.Write(p)
	}
	return k.layer.Write(p)
}

// commit returns the mark of what was written, which is empty for a segment that is not kept.
func (k *keptSegment) commit(plainSize int64, tar tarKey) cache.Mark {
	mark := k.mark.Mark()
	if k.entry != nil {
		commitSegment(k.entry, plainSize, mark, tar)
	}
	return mark
}

// commitSegment ends an entry that has the bytes of a segment.
func commitSegment(entry *cache.Writer, plainSize int64, mark cache.Mark, tar tarKey) {
	tail := append(binary.BigEndian.AppendUint64(nil, uint64(plainSize)), mark[:]...)
	entry.Write(append(tail, tar[:]...))
	entry.Commit()
}

func (k *keptSegment) abort() {
	if k.entry != nil {
		k.entry.Abort()
	}
}

// contextReader ends with a context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}
