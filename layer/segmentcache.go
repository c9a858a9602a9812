package layer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/lamina-oci/lamina/internal/cache"
)

// A segment in the cache begins with a header of segmentHeaderSize bytes: the format;
// the size of its tar and of what follows the header, in bytes; of what follows the header, the
// CRC-32C and the SHA-256; and the SHA-256 of the key and the header so far, so that what stands
// in another's place is found as well. Numbers are big endian. What follows is the segment as it is
// in a layer.
//
// The CRC finds damage at the speed of memory. The SHA-256 is not computed again: it says what
// the state of a layer's digest stands for that was kept with the chain. So damage that the CRC should
// not see still gives no image that anybody takes: the layer's digest is that of the bytes as they
// were, and its diffID that of the tar.
const (
	segmentFormat     = "lamina segment 2"
	segmentHeaderSize = len(segmentFormat) + 8 + 8 + 4 + sha256.Size + sha256.Size

	copySize = 128 << 10 // bytes at once
)

// cachedSegment is one that was found.
type cachedSegment struct {
	entry                 *cache.Entry
	plainSize, packedSize int64
	crc                   uint32
	sum                   [sha256.Size]byte
}

// openSegment returns what the cache has of a segment, not verified yet; nil if it has
// nothing.
func (lw *layerWriter) openSegment(i int, s *segment) *cachedSegment {
	if lw.known[i].key == "" {
		return nil
	}
	entry, err := lw.cache.Open(cache.Segments, lw.known[i].key)
	if err != nil {
		return nil
	}
	header := make([]byte, segmentHeaderSize)
	if _, err := entry.ReadAt(header, 0); err == nil {
		if c := parseSegmentHeader(lw.known[i].key, header); c != nil && c.packedSize == entry.Size-int64(segmentHeaderSize) {
			c.entry = entry
			return c
		}
	}
	entry.Close()
	lw.cache.Discard(cache.Segments, lw.known[i].key, fmt.Errorf("%s: %w", s, cache.ErrDamaged))
	return nil
}

func parseSegmentHeader(key string, b []byte) *cachedSegment {
	rest, ok := bytes.CutPrefix(b, []byte(segmentFormat))
	sumAt := len(b) - sha256.Size
	if sum := keyedSum(key, b[:sumAt]); !ok || !bytes.Equal(sum[:], b[sumAt:]) {
		return nil
	}
	return &cachedSegment{
		plainSize:  int64(binary.BigEndian.Uint64(rest)),
		packedSize: int64(binary.BigEndian.Uint64(rest[8:])),
		crc:        binary.BigEndian.Uint32(rest[16:]),
		sum:        [sha256.Size]byte(rest[20:]),
	}
}

// keyedSum is over what an entry holds and the key that it belongs to.
func keyedSum(key string, b []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(key), b...))
}

func (c *cachedSegment) header(key string) []byte {
	b := append(make([]byte, 0, segmentHeaderSize), segmentFormat...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.plainSize))
	b = binary.BigEndian.AppendUint64(b, uint64(c.packedSize))
	b = binary.BigEndian.AppendUint32(b, c.crc)
	b = append(b, c.sum[:]...)
	sum := keyedSum(key, b)
	return append(b, sum[:]...)
}

func (c *cachedSegment) content() io.Reader {
	return io.NewSectionReader(c.entry, int64(segmentHeaderSize), c.packedSize)
}

// verify says whether the segment is what it was when it was written.
func (c *cachedSegment) verify(ctx context.Context, buffer []byte) bool {
	h := crc32.New(castagnoli())
	_, err := io.CopyBuffer(struct{ io.Writer }{h}, &contextReader{ctx, c.content()}, buffer)
	return err == nil && h.Sum32() == c.crc
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// reuseSegment writes a segment that was verified.
func (lw *layerWriter) reuseSegment(i int, s *segment, c *cachedSegment, b *buffers, park func()) error {
	plain, packed := &lw.plain.turns[i], &lw.packed.turns[i]
	if !lw.plainSum.isKnown(i) {
		if err := lw.inflate(plain, i, c, b.content); err != nil {
			return fmt.Errorf("cached %s: %w", s, err)
		}
	}
	if err := plain.Close(); err != nil {
		return err
	}
	if !packed.hasCome() {
		park()
	}
	if err := packed.wait(); err != nil {
		return err
	}
	if err := lw.copyPacked(i, packed, c, b.content); err != nil {
		return err
	}
	if err := lw.setSum(i, s, hex.EncodeToString(c.sum[:])); err != nil {
		return err
	}
	for _, f := range s.files {
		lw.advance(int(f.node.Size))
	}
	return packed.Close()
}

// inflate writes the tar of a segment that was verified.
func (lw *layerWriter) inflate(plain io.Writer, i int, c *cachedSegment, buffer []byte) error {
	done, err := lw.copyTar(plain, i, c.plainSize, buffer)
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
func (lw *layerWriter) copyPacked(i int, packed *turn, c *cachedSegment, buffer []byte) error {
	to, ok := lw.w.(io.ReaderFrom)
	if !ok || !lw.packedSum.isKnown(i) {
		_, err := io.CopyBuffer(packed, &contextReader{lw.ctx, c.content()}, buffer)
		return err
	}
	if _, err := c.entry.Seek(int64(segmentHeaderSize), io.SeekStart); err != nil {
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
	key   string
	entry *cache.Writer // nil if the segment is not kept
	hash  hash.Hash     // SHA-256
	crc   hash.Hash32
	size  int64
}

func (lw *layerWriter) keepSegment(i int, layer io.Writer) *keptSegment {
	k := &keptSegment{layer: layer, key: lw.known[i].key}
	if k.key != "" {
		k.entry = lw.cache.Create(cache.Segments, k.key)
		k.hash, k.crc = sha256.New(), crc32.New(castagnoli())
		k.entry.Write(make([]byte, segmentHeaderSize))
	}
	return k
}

func (k *keptSegment) Write(p []byte) (int, error) {
	if k.entry != nil {
		k.entry.Write(p)
		k.hash.Write(p)
		k.crc.Write(p)
		k.size += int64(len(p))
	}
	return k.layer.Write(p)
}

// commit returns the SHA-256 of what was written, "" for a segment that is not kept.
func (k *keptSegment) commit(plainSize int64) string {
	if k.entry == nil {
		return ""
	}
	c := cachedSegment{plainSize: plainSize, packedSize: k.size, crc: k.crc.Sum32(), sum: [sha256.Size]byte(k.hash.Sum(nil))}
	k.entry.WriteAt(c.header(k.key), 0)
	k.entry.Commit()
	return hex.EncodeToString(c.sum[:])
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
