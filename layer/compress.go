package layer

import (
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/pgzip"

	"github.com/lamina-oci/lamina/internal/deflate"
)

// compressors makes gzip members or zstd frames by a recipe. It may be used
// concurrently; compressors are big and kept for the next segment.
type compressors struct {
	recipe   Recipe
	blocks   sync.Pool // *pgzip.Writer
	single   sync.Pool // *gzip.Writer
	members  sync.Pool // *packageMember
	frames   sync.Pool // *zstd.Encoder
	contents sync.Pool // *[]byte, of a zstd frame

	inflaters sync.Pool // *deflate.Reader
}

// packer compresses what it gets.
type packer interface {
	io.Writer
	// end writes what is left.
	end() error
	// release ends what runs in the background, whether it failed or not. The packer must not be used any more.
	release()
}

// compress runs write with a writer whose input becomes one gzip member or zstd
// frame in w. The input is at most limit bytes long and up to parallel blocks of it
// are compressed at once; neither has any influence on what comes out.
//
// Nothing runs on in the background afterwards, whether it failed or not. For
// that to be soon, a failing write must make w fail as well.
func (c *compressors) compress(w io.Writer, limit int64, parallel int, write func(io.Writer) error) error {
	switch {
	case c.recipe.Compression == Zstd:
		f := c.frameWriter(w, parallel)
		defer f.release()
		if err := write(f); err != nil {
			return err
		}
		return f.end()
	case limit < int64(c.recipe.BlockSize):
		return c.gzip(w, write)
	}
	return c.pgzip(w, parallel, write)
}

func (c *compressors) pgzip(w io.Writer, parallel int, write func(io.Writer) error) error {
	z, err := c.blockWriter(w, parallel)
	if err != nil {
		return err
	}
	defer z.release()
	if err := write(z); err != nil {
		return err
	}
	return z.end()
}

// blockWriter compresses blocks side by side into one gzip member.
type blockWriter struct {
	*pgzip.Writer
	compressors *compressors
}

// blockWriter starts a member in w. It must be released in the end.
func (c *compressors) blockWriter(w io.Writer, parallel int) (*blockWriter, error) {
	z, ok := c.blocks.Get().(*pgzip.Writer)
	if !ok {
		var err error
		if z, err = pgzip.NewWriterLevel(w, c.recipe.Level); err != nil {
			return nil, err
		}
	}
	z.Reset(w)
	z.ModTime = time.Unix(0, 0) // the zero time would not be 0 in the header
	// pgzip waits once it has that many blocks in addition to the one being written.
	return &blockWriter{z, c}, z.SetConcurrency(c.recipe.BlockSize, max(1, parallel-1))
}

// end ends the member.
func (w *blockWriter) end() error { return w.Close() }

// release ends the writer's goroutines, which Close leaves running after an error.
func (w *blockWriter) release() {
	w.Reset(io.Discard)
	w.compressors.blocks.Put(w.Writer)
}

// gzip gives what pgzip would for input that is shorter than one block, at a
// fraction of the cost: pgzip flushes after each block, so that here too an empty
// stored block must end the data.
func (c *compressors) gzip(w io.Writer, write func(io.Writer) error) error {
	z, ok := c.single.Get().(*gzip.Writer)
	if !ok {
		var err error
		if z, err = gzip.NewWriterLevel(w, c.recipe.Level); err != nil {
			return err
		}
	}
	defer func() {
		z.Reset(io.Discard)
		c.single.Put(z)
	}()
	z.Reset(w)
	z.ModTime = time.Unix(0, 0)
	if err := write(z); err != nil {
		return err
	}
	if err := z.Flush(); err != nil {
		return err
	}
	return z.Close()
}

// encoder returns one that is to be put back into frames.
func (c *compressors) encoder() (*zstd.Encoder, error) {
	if z, ok := c.frames.Get().(*zstd.Encoder); ok {
		return z, nil
	}
	// Encoding in several goroutines would give other bytes than in one.
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevel(c.recipe.Level)),
		zstd.WithWindowSize(c.recipe.BlockSize), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
}

// decompress returns a reader of what compressors made. Nothing runs in the background.
func (c *compressors) decompress(r io.Reader) (io.ReadCloser, error) {
	if c.recipe.Compression == Zstd {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	z, ok := c.inflaters.Get().(*deflate.Reader)
	if !ok {
		z = new(deflate.Reader)
	}
	return &inflater{z, &c.inflaters}, z.Reset(r)
}

// inflater goes back to a pool when it is closed.
type inflater struct {
	*deflate.Reader
	pool *sync.Pool
}

func (z *inflater) Close() error {
	z.pool.Put(z.Reader)
	return nil
}
