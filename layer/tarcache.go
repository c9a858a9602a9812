package layer

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/lamina-oci/lamina/layer/cache"
)

// The diffID takes the tars of all segments behind the first that changed. To get them from
// the segments would mean inflating, several times as much work as hashing. So a tar is kept too,
// in a format that is made and read at a speed of gigabytes a second and has a checksum on each of
// its blocks.

// tarBlock is how many bytes of a tar such a block holds.
const tarBlock = 256 << 10

// tarWriters and tarReaders are kept for the next segment.
type tarCodecs struct{ writers, readers sync.Pool }

// keptTar writes a segment's tar to the cache.
type keptTar struct {
	codecs *tarCodecs
	entry  *cache.Writer
	packer *s2.Writer
}

func (lw *layerWriter) keepTar(i int) *keptTar {
	k := &keptTar{codecs: &lw.tars, entry: lw.cache.Create(cache.Tars, lw.known[i].key)}
	var ok bool
	if k.packer, ok = k.codecs.writers.Get().(*s2.Writer); !ok {
		k.packer = s2.NewWriter(nil, s2.WriterConcurrency(1), s2.WriterBlockSize(tarBlock))
	}
	k.packer.Reset(k.entry)
	return k
}

func (k *keptTar) Write(p []byte) (int, error) { return k.packer.Write(p) }

func (k *keptTar) commit() {
	if k.packer.Close() == nil {
		k.entry.Commit()
	}
}

func (k *keptTar) abort() {
	k.entry.Abort()
	k.packer.Reset(io.Discard)
	k.codecs.writers.Put(k.packer)
}

// reuseTar writes the tar of a segment whose compressed bytes were verified. From where
// the kept one is damaged or missing, they are inflated.
func (lw *layerWriter) reuseTar(i int, plain io.Writer, c *cachedSegment) error {
	done, err := lw.copyTar(i, plain, c.plainSize)
	if err != nil || done == c.plainSize {
		return err
	}
	z, err := newDecompressor(c.content(), lw.compressors.recipe.Compression)
	if err != nil {
		return err
	}
	defer z.Close()
	if _, err = io.CopyN(io.Discard, z, done); err != nil {
		return err
	}
	n, err := io.Copy(plain, z)
	if err == nil && done+n != c.plainSize {
		err = fmt.Errorf("it has %d bytes, not %d", done+n, c.plainSize)
	}
	return err
}

// copyTar writes as much of a kept tar as is right, and returns how much that was. The error is
// that of writing.
func (lw *layerWriter) copyTar(i int, plain io.Writer, size int64) (int64, error) {
	entry, err := lw.cache.Open(cache.Tars, lw.known[i].key)
	if err != nil {
		return 0, nil
	}
	defer entry.Close()
	r, ok := lw.tars.readers.Get().(*s2.Reader)
	if !ok {
		r = s2.NewReader(nil, s2.ReaderMaxBlockSize(tarBlock), s2.ReaderAllocBlock(64<<10))
	}
	defer lw.tars.readers.Put(r)
	r.Reset(&contextReader{lw.ctx, entry})
	out := &watchedWriter{w: plain}
	done, err := io.Copy(out, io.LimitReader(r, size))
	if err == nil && done != size {
		err = errors.New("it is too short")
	}
	if err == nil || out.err != nil {
		return done, out.err
	}
	if err := lw.ctx.Err(); err != nil {
		return done, err
	}
	lw.cache.Discard(cache.Tars, lw.known[i].key, fmt.Errorf("tar of a segment: %w", errDamaged))
	return done, nil
}

// watchedWriter remembers that it was writing that failed.
type watchedWriter struct {
	w   io.Writer
	err error
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}
