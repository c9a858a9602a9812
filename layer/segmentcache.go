package layer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"github.com/lamina-oci/lamina/layer/cache"
)

// A segment in the cache begins with a header of segmentHeaderSize bytes: the format,
// the size of its tar and of what follows the header, in bytes and big endian, the SHA-256
// of what follows the header, and that of the header so far. What follows is the segment
// as it is in a layer.
const (
	segmentFormat     = "lamina segment 1"
	segmentHeaderSize = len(segmentFormat) + 8 + 8 + sha256.Size + sha256.Size
)

const copySize = 128 << 10 // bytes at once

// cachedSegment is one that was found.
type cachedSegment struct {
	entry                 *cache.Entry
	plainSize, packedSize int64
	sum                   [sha256.Size]byte
}

// openSegment returns what the cache has of a segment, not verified yet; nil if it has
// nothing.
func (lw *layerWriter) openSegment(i int, s *segment) *cachedSegment {
	if lw.keys[i] == "" {
		return nil
	}
	entry, err := lw.cache.Open(cache.Segments, lw.keys[i])
	if err != nil {
		return nil
	}
	header := make([]byte, segmentHeaderSize)
	if _, err := entry.ReadAt(header, 0); err == nil {
		if c := parseSegmentHeader(header); c != nil && c.packedSize == entry.Size-int64(segmentHeaderSize) {
			c.entry = entry
			return c
		}
	}
	entry.Close()
	lw.cache.Discard(cache.Segments, lw.keys[i], fmt.Errorf("%s: %w", s, errDamaged))
	return nil
}

func parseSegmentHeader(b []byte) *cachedSegment {
	rest, ok := bytes.CutPrefix(b, []byte(segmentFormat))
	sumAt := len(b) - sha256.Size
	if sum := sha256.Sum256(b[:sumAt]); !ok || !bytes.Equal(sum[:], b[sumAt:]) {
		return nil
	}
	return &cachedSegment{
		plainSize:  int64(binary.BigEndian.Uint64(rest)),
		packedSize: int64(binary.BigEndian.Uint64(rest[8:])),
		sum:        [sha256.Size]byte(rest[16:]),
	}
}

func (c *cachedSegment) header() []byte {
	b := append(make([]byte, 0, segmentHeaderSize), segmentFormat...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.plainSize))
	b = binary.BigEndian.AppendUint64(b, uint64(c.packedSize))
	b = append(b, c.sum[:]...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func (c *cachedSegment) content() io.Reader {
	return io.NewSectionReader(c.entry, int64(segmentHeaderSize), c.packedSize)
}

// verify says whether the segment is what it was when it was written.
func (c *cachedSegment) verify(ctx context.Context) bool {
	h := sha256.New()
	_, err := io.CopyBuffer(h, &contextReader{ctx, c.content()}, make([]byte, copySize))
	return err == nil && bytes.Equal(h.Sum(nil), c.sum[:])
}

// reuseSegment writes a segment that was verified.
func (lw *layerWriter) reuseSegment(i int, s *segment, c *cachedSegment) error {
	plain, packed := &lw.plain.turns[i], &lw.packed.turns[i]
	if i >= lw.chain.known {
		z, err := newDecompressor(c.content(), lw.compressors.recipe.Compression)
		if err != nil {
			return fmt.Errorf("cached segment: %s: %w", s, err)
		}
		n, err := io.Copy(plain, z)
		z.Close()
		if err == nil && n != c.plainSize {
			err = fmt.Errorf("it has %d bytes, not %d", n, c.plainSize)
		}
		if err != nil {
			return fmt.Errorf("cached segment: %s: %w", s, err)
		}
	}
	if err := plain.Close(); err != nil {
		return err
	}
	if err := packed.wait(); err != nil {
		return err
	}
	buffer := make([]byte, copySize)
	if _, err := io.CopyBuffer(packed, &contextReader{lw.ctx, c.content()}, buffer); err != nil {
		return err
	}
	for _, f := range s.files {
		lw.advance(int(f.node.Size))
	}
	return packed.Close()
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

// keptSegment writes a segment to the layer and to the cache.
type keptSegment struct {
	layer io.Writer
	entry *cache.Writer // nil if the segment is not kept
	hash  hash.Hash
	size  int64
}

func (lw *layerWriter) keepSegment(i int, layer io.Writer) *keptSegment {
	k := &keptSegment{layer: layer}
	if lw.keys[i] != "" {
		k.entry, k.hash = lw.cache.Create(cache.Segments, lw.keys[i]), sha256.New()
		k.entry.Write(make([]byte, segmentHeaderSize))
	}
	return k
}

func (k *keptSegment) Write(p []byte) (int, error) {
	if k.entry != nil {
		k.entry.Write(p)
		k.hash.Write(p)
		k.size += int64(len(p))
	}
	return k.layer.Write(p)
}

func (k *keptSegment) commit(plainSize int64) {
	if k.entry == nil {
		return
	}
	c := cachedSegment{plainSize: plainSize, packedSize: k.size, sum: [sha256.Size]byte(k.hash.Sum(nil))}
	k.entry.WriteAt(c.header(), 0)
	k.entry.Commit()
}

func (k *keptSegment) abort() {
	if k.entry != nil {
		k.entry.Abort()
	}
}
