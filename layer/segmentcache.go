package layer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/lamina-oci/lamina/internal/cache"
)

// A segment in the cache is its bytes as they are in a layer, and behind them segmentTail bytes: the size of its
// tar, big endian, the SHA-256 of its bytes, and the key of its tar. The cache's seal vouches for all of it. The SHA-256 is not computed
// again: it says which state of a layer's digest, kept with the chain, its bytes lead to.
const (
	segmentFormat = "lamina segment 4" // part of the key
	segmentTail   = 8 + sha256.Size + tarKeySize

	copySize = 128 << 10 // bytes at once
)

// readySegment is one that need not be made: the cache has it, or it was drafted.
type readySegment struct {
	packed                io.ReaderAt
	offset                int64 // of its bytes in packed
	plainSize, packedSize int64
	sum                   string // SHA-256 of its bytes; "" if nobody needs it
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
				packed: entry.File, offset: entry.Offset, entry: entry,
				plainSize:  int64(binary.BigEndian.Uint64(tail)),
				packedSize: entry.Size - segmentTail,
				sum:        hex.EncodeToString(tail[8:][:sha256.Size]),
				tar:        tarKey(tail[8+sha256.Size:]),
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
	if err := lw.setSum(i, s, c.sum); err != nil {
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
	if _, err := c.entry.File.Seek(c.entry.Offset, io.SeekStart); err != nil {
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
	hash  hash.Hash     // SHA-256
}

func (lw *layerWriter) keepSegment(i int, layer io.Writer) *keptSegment {
	k := &keptSegment{layer: layer}
	if key := lw.known[i].key; key != "" {
		k.entry, k.hash = lw.cache.Create(cache.Segments, key), sha256.New()
	}
	return k
}

func (k *keptSegment) Write(p []byte) (int, error) {
	if k.entry != nil {
		k.entry.Write(p)
		k.hash.Write(p)
	}
	return k.layer.Write(p)
}

// commit returns the SHA-256 of what was written, "" for a segment that is not kept.
func (k *keptSegment) commit(plainSize int64, tar tarKey) string {
	if k.entry == nil {
		return ""
	}
	sum := k.hash.Sum(nil)
	commitSegment(k.entry, plainSize, sum, tar)
	return hex.EncodeToString(sum)
}

// commitSegment ends an entry that has the bytes of a segment.
func commitSegment(entry *cache.Writer, plainSize int64, sum []byte, tar tarKey) {
	tail := append(binary.BigEndian.AppendUint64(nil, uint64(plainSize)), sum...)
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
