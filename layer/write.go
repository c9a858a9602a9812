package layer

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/semaphore"

	"github.com/lamina-oci/lamina/layer/cache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// WriteOptions says how a layer is written. The zero value is right for most.
type WriteOptions struct {
	// Concurrency is for how many processors there shall be work, at most 8; 0 means
	// as many as there are. Each takes about 7 MB of memory. It has no influence
	// on the layer.
	Concurrency int

	// Cache, if not nil, has segments of earlier layers and gets those of this one. It has
	// no influence on the layer.
	Cache *cache.Folder

	// Progress, if not nil, is told how many bytes of file content are written and
	// how many there are in all. It is never called concurrently and should return soon.
	Progress func(done, total int64)
}

// Result describes a layer that was written.
type Result struct {
	MediaType        string
	DiffID           digest.Digest // of the tar stream
	UncompressedSize int64         // bytes of the tar stream
	Size             int64         // bytes written

	Files       int   // entries that are neither directories nor whiteouts
	Directories int   // entries that are directories
	Whiteouts   int   // entries that take something of the base away
	ContentSize int64 // bytes that the files hold

	Reused int // segments that came from the cache

	// Empty says that the layer has no entry: staged and base are equal. What was
	// written is a valid layer all the same.
	Empty bool
}

// Write writes the layer that turns base into staged, compressed, to w: see the
// package comment for what it holds. Packages are those whose files are in the
// tree, in the order in which they were staged; each that the layer needs is read
// once more and verified again.
//
// w is written from one goroutine at a time, but not always the same. The digest
// of what it gets is the caller's to compute. After an error, which may be ctx's,
// w has received some part of a layer and no goroutine is left behind.
// Neither tree may be changed meanwhile.
func Write(ctx context.Context, w io.Writer, base, staged *tree.Tree, packages []*StagedPackage, recipe Recipe, o WriteOptions) (*Result, error) {
	if err := recipe.Validate(); err != nil {
		return nil, err
	}
	d, err := diff(ctx, base, staged)
	if err != nil {
		return nil, fmt.Errorf("compare the trees: %w", err)
	}
	segments, err := plan(d, packages)
	if err != nil {
		return nil, fmt.Errorf("plan the layer: %w", err)
	}
	result := d.result()
	result.MediaType = recipe.MediaType()
	lw := newLayerWriter(ctx, w, len(segments), recipe, o)
	lw.content = result.ContentSize
	defer lw.fail(nil)
	lw.findKeys(segments)
	if err := lw.run(segments); err != nil {
		return nil, fmt.Errorf("write layer: %w", err)
	}
	result.DiffID = digest.NewDigest(digest.SHA256, lw.hash)
	result.UncompressedSize, result.Size = lw.plainSize, lw.packedSize
	result.Reused = int(lw.reused.Load())
	return result, nil
}

func (d *difference) result() *Result {
	r := &Result{Directories: len(d.directories), Whiteouts: len(d.whiteouts)}
	for _, f := range d.files {
		r.Files += len(f.names)
		r.ContentSize += f.node.Size
	}
	r.Empty = r.Directories+r.Whiteouts+r.Files == 0
	return r
}

// layerWriter is what the workers of one layer share.
type layerWriter struct {
	ctx         context.Context
	fail        context.CancelCauseFunc // stops all workers; the first cause counts
	concurrency int
	compressors compressors
	buffers     sync.Pool // *buffers
	cache       *cache.Folder
	keys        []string // of the segments; "" for one that is not kept
	reused      atomic.Int64

	plain, packed         *lane     // the tar stream, and what becomes of it
	hash                  hash.Hash // of the tar stream
	chain                 *chain    // what is known of the hash from earlier layers
	plainSize, packedSize int64

	progressing   sync.Mutex
	progress      func(done, total int64)
	done, content int64
}

// buffers are those of one worker.
type buffers struct {
	content []byte
	tar     *bufio.Writer
}

const (
	maxConcurrency = 8

	// What may wait for its turn, in chunks for each worker: 1 MiB of tar and a
	// third of it compressed.
	plainChunks  = 16
	packedChunks = 6
)

func newLayerWriter(ctx context.Context, w io.Writer, segments int, recipe Recipe, o WriteOptions) *layerWriter {
	lw := &layerWriter{
		concurrency: o.Concurrency,
		compressors: compressors{recipe: recipe},
		hash:        sha256.New(),
		progress:    o.Progress,
		cache:       o.Cache,
	}
	if lw.concurrency <= 0 {
		lw.concurrency = runtime.GOMAXPROCS(0)
	}
	lw.concurrency = min(lw.concurrency, maxConcurrency)
	lw.ctx, lw.fail = context.WithCancelCause(ctx)
	lw.buffers.New = func() any {
		return &buffers{content: make([]byte, 64<<10), tar: bufio.NewWriterSize(nil, 64<<10)}
	}
	lw.plain = newLane(lw.ctx, writerFunc(func(p []byte) (int, error) {
		lw.plainSize += int64(len(p))
		return lw.hash.Write(p)
	}), segments, plainChunks*(lw.concurrency+1))
	lw.packed = newLane(lw.ctx, writerFunc(func(p []byte) (int, error) {
		n, err := w.Write(p)
		lw.packedSize += int64(n)
		if err != nil {
			lw.fail(err) // before it can look like a failure of what is being copied
		}
		return n, err
	}), segments, packedChunks*(lw.concurrency+1))
	return lw
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// findKeys says what of the layer may be in the cache, and takes up the hash of the tar
// as far as it is known.
func (lw *layerWriter) findKeys(segments []*segment) {
	lw.keys = make([]string, len(segments))
	lw.chain = new(chain)
	if lw.cache == nil {
		return
	}
	for i, s := range segments {
		lw.keys[i] = segmentKey(s, lw.compressors.recipe)
	}
	lw.chain = resumeChain(lw.cache, chainKeys(lw.keys))
	if lw.chain.known > 0 {
		lw.hash, lw.plainSize = lw.chain.hash, lw.chain.size
	}
	lw.plain.passed = func(i int) { lw.chain.pass(i, lw.hash, lw.plainSize) }
}

// run writes all segments. They begin in order and take as many shares as they
// have blocks to compress at once, so that one big package can use every core and
// many small ones can too. There are more shares than cores, since a segment
// does not keep its own busy while it begins and ends.
func (lw *layerWriter) run(segments []*segment) error {
	shares := semaphore.NewWeighted(2 * int64(lw.concurrency))
	var workers sync.WaitGroup
	for i, s := range segments {
		share := min(1+s.bulk(lw.compressors.recipe)/int64(lw.compressors.recipe.BlockSize), int64(lw.concurrency))
		if shares.Acquire(lw.ctx, share) != nil {
			break
		}
		workers.Go(func() {
			defer shares.Release(share)
			if err := lw.segment(i, s, int(share)); err != nil {
				lw.fail(err)
			}
		})
	}
	workers.Wait()
	return context.Cause(lw.ctx)
}

// segment writes one segment through both lanes.
func (lw *layerWriter) segment(i int, s *segment, share int) error {
	if known := lw.openSegment(i, s); known != nil {
		defer known.entry.Close()
		if known.verify(lw.ctx) {
			lw.reused.Add(1)
			return lw.reuseSegment(i, s, known)
		}
		if err := lw.ctx.Err(); err != nil {
			return err
		}
		lw.cache.Discard(cache.Segments, lw.keys[i], fmt.Errorf("%s: %w", s, errDamaged))
	}
	return lw.makeSegment(i, s, share)
}

// makeSegment makes the bytes of a segment, and keeps them for the next time.
func (lw *layerWriter) makeSegment(i int, s *segment, share int) error {
	plain, packed := &lw.plain.turns[i], &lw.packed.turns[i]
	b := lw.buffers.Get().(*buffers)
	defer lw.buffers.Put(b)
	kept := lw.keepSegment(i, packed)
	defer kept.abort()
	w := segmentWriter{
		ctx: lw.ctx, compressors: &lw.compressors, parallel: share, fail: lw.fail, progress: lw.advance, buffer: b.content,
		packed: kept, out: b.tar, split: splitWriter{plain: plain},
	}
	if i < lw.chain.known {
		w.split.plain = io.Discard // its hash is known
	}
	b.tar.Reset(&w.split)
	w.tar = tar.NewWriter(b.tar)
	if err := w.write(s); err != nil {
		return err
	}
	if err := plain.Close(); err != nil {
		return err
	}
	kept.commit(w.split.size)
	return packed.Close()
}

func (lw *layerWriter) advance(n int) {
	if lw.progress == nil {
		return
	}
	lw.progressing.Lock()
	defer lw.progressing.Unlock()
	lw.done += int64(n)
	lw.progress(lw.done, lw.content)
}
