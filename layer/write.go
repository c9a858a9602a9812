package layer

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/semaphore"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// WriteOptions configures how a layer is written. The zero value suits most callers.
type WriteOptions struct {
	// Concurrency is the number of processors to use, at most 8; 0 means
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
	Digest           digest.Digest // of what was written
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

// Layer is a layer that is ready to be written. It is for one goroutine.
type Layer struct {
	segments []*segment
	recipe   Recipe
	options  WriteOptions
	planned  Result
	keys     []string // of the segments; "" for one that is not kept
}

// Prepare determines the content of the layer that turns base into staged: see the package
// comment. Packages are those whose files are in the
// tree, in the order in which they were staged. Neither tree may be changed as long as
// the layer is in use.
func Prepare(ctx context.Context, base, staged *tree.Tree, packages []*stage.Package, recipe Recipe, o WriteOptions) (*Layer, error) {
	if err := recipe.Validate(); err != nil {
		return nil, err
	}
	d, err := diff(ctx, base, staged)
	if err != nil {
		return nil, fmt.Errorf("compare the trees: %w", err)
	}
	l := &Layer{recipe: recipe, options: o, planned: *d.result()}
	l.planned.MediaType = recipe.MediaType()
	if l.segments, err = plan(d, packages); err != nil {
		return nil, fmt.Errorf("plan the layer: %w", err)
	}
	l.keys = make([]string, len(l.segments))
	for i, s := range l.segments {
		if o.Cache != nil {
			l.keys[i] = segmentKey(s, recipe)
			o.Cache.Note(cache.Segments, l.keys[i]) // also where the layer turns out to be known as a whole
		}
	}
	return l, nil
}

// Write is Prepare and [Layer.Write] in one.
func Write(ctx context.Context, w io.Writer, base, staged *tree.Tree, packages []*stage.Package, recipe Recipe, o WriteOptions) (*Result, error) {
	l, err := Prepare(ctx, base, staged, packages, recipe, o)
	if err != nil {
		return nil, err
	}
	return l.Write(ctx, w)
}

// Write writes the layer, compressed, to w. Each package that the layer needs is read
// once more and verified again.
//
// w is written from one goroutine at a time, but not always the same. After an error,
// which may be ctx's,
// w has received part of a layer and no goroutine is left running.
func (l *Layer) Write(ctx context.Context, w io.Writer) (*Result, error) {
	result := l.planned
	lw := newLayerWriter(ctx, w, l)
	defer lw.fail(nil)
	if err := lw.run(l.segments); err != nil {
		return nil, fmt.Errorf("write layer: %w", err)
	}
	result.DiffID = digest.NewDigest(digest.SHA256, lw.plainSum.hash)
	result.Digest = digest.NewDigest(digest.SHA256, lw.packedSum.hash)
	result.UncompressedSize, result.Size = lw.plainSum.size, lw.packedSum.size
	result.Reused = int(lw.reused.Load())
	if lw.lastSum != nil {
		l.remember(&result, lw.lastSum.Sum(nil), lw.packedSum.link)
	}
	return &result, nil
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
	known       []knownSegment // one for each segment
	worthTar    []bool         // for each segment, whether its tar is kept
	lastSum     hash.Hash      // SHA-256 of the last segment's tar; nil if it is of no use
	reused      atomic.Int64

	w                   io.Writer
	plain, packed       *lane  // the tar stream, and what becomes of it
	plainSum, packedSum *chain // their hashes

	progressing   sync.Mutex
	progress      func(done, total int64)
	done, content int64
}

// buffers are those of one worker.
type buffers struct {
	content []byte
	tar     *bufio.Writer
	packed  *bufio.Writer // some compressors write little at once
}

const (
	maxConcurrency = 8

	// maxParked is how many segments may be open that only wait to be copied.
	maxParked = 2

	// What may wait for its turn, in chunks for each worker and in all: 3 MiB of tar and what
	// that may come to compressed, but 12 MiB of tar at most. Less, and workers wait for their turn
	// more than they work.
	plainChunks, maxPlainChunks   = 48, 192
	packedChunks, maxPackedChunks = 20, 80
)

func newLayerWriter(ctx context.Context, w io.Writer, l *Layer) *layerWriter {
	lw := &layerWriter{
		w:           w,
		concurrency: l.options.Concurrency,
		compressors: compressors{recipe: l.recipe},
		progress:    l.options.Progress,
		content:     l.planned.ContentSize,
		cache:       l.options.Cache,
		worthTar:    worthTar(l.segments),
	}
	if lw.concurrency <= 0 {
		lw.concurrency = runtime.GOMAXPROCS(0)
	}
	lw.concurrency = min(lw.concurrency, maxConcurrency)
	if l.isKeyed() {
		lw.lastSum = sha256.New()
	}
	lw.ctx, lw.fail = context.WithCancelCause(ctx)
	lw.buffers.New = func() any {
		return &buffers{content: make([]byte, copySize), tar: bufio.NewWriterSize(nil, 64<<10), packed: bufio.NewWriterSize(nil, 64<<10)}
	}
	segments := len(l.segments)
	lw.plain = newLane(lw.ctx, writerFunc(func(p []byte) (int, error) { return lw.plainSum.Write(p) }),
		segments, min(plainChunks*(lw.concurrency+1), maxPlainChunks))
	lw.packed = newLane(lw.ctx, writerFunc(func(p []byte) (int, error) {
		n, err := lw.writePacked(p)
		if err != nil {
			lw.fail(err) // before it can look like a failure of what is being copied
		}
		return n, err
	}), segments, min(packedChunks*(lw.concurrency+1), maxPackedChunks))
	lw.findKnown(l)
	return lw
}

// writePacked writes and hashes at once what is worth it.
func (lw *layerWriter) writePacked(p []byte) (int, error) {
	const worthIt = 16 << 10
	switch {
	case lw.packedSum.isKnown(lw.packed.current):
		return lw.w.Write(p)
	case len(p) < worthIt:
		lw.packedSum.Write(p)
		return lw.w.Write(p)
	}
	var hashing sync.WaitGroup
	hashing.Go(func() { lw.packedSum.Write(p) })
	defer hashing.Wait()
	return lw.w.Write(p)
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// knownSegment is what is known of a segment before it is made.
type knownSegment struct {
	key string // "" for one that is not kept
	sum string // SHA-256 of its bytes, if the cache has it or when it was made
}

// part returns what a chain of digests depends on.
func (k *knownSegment) part() string {
	if k.key == "" || k.sum == "" {
		return ""
	}
	return k.key + k.sum
}

// findKnown says what of the layer is in the cache, and takes up both hashes as
// far as they are known.
func (lw *layerWriter) findKnown(l *Layer) {
	lw.known = make([]knownSegment, len(l.segments))
	var parts []string
	for i, s := range l.segments {
		k := &lw.known[i]
		k.key = l.keys[i]
		if c := lw.openSegment(i, s); c != nil {
			k.sum = hex.EncodeToString(c.sum[:])
			c.entry.Close()
		}
		if len(parts) == i && k.part() != "" {
			parts = append(parts, k.part())
		}
	}
	lw.plainSum = l.tarChain()
	lw.packedSum = newChain(lw.cache, "layer", parts)
	isLast := func(i int) bool { return i+1 == len(l.keys) || l.keys[i+1] == "" }
	lw.plain.passed = func(i int) { lw.plainSum.pass(l.keys[i], isLast(i)) }
	lw.packed.passed = func(i int) { lw.packedSum.pass(lw.known[i].part(), isLast(i)) }
}

// run writes all segments. They begin in order and take as many shares as they
// have blocks to compress at once, so that one big package can use every core and
// many small ones can too; zstd compresses on one core. There are not more shares than cores, for then the one whose turn it is
// would have to share with those that can only wait for it. A segment from the cache that has
// nothing left to do but to be copied in its turn gives its share away.
func (lw *layerWriter) run(segments []*segment) error {
	shares, parked := semaphore.NewWeighted(int64(lw.concurrency)), semaphore.NewWeighted(maxParked)
	var workers sync.WaitGroup
	for i, s := range segments {
		share := int64(1)
		if lw.known[i].sum == "" && lw.compressors.recipe.Compression != Zstd {
			share = min(1+s.bulk(lw.compressors.recipe)/int64(lw.compressors.recipe.BlockSize), int64(lw.concurrency))
		}
		if shares.Acquire(lw.ctx, share) != nil {
			break
		}
		workers.Go(func() {
			held, give := shares, share
			defer func() { held.Release(give) }()
			err := lw.segment(i, s, int(share), func() {
				if held == shares && parked.TryAcquire(1) {
					shares.Release(share)
					held, give = parked, 1
				}
			})
			if err != nil {
				lw.fail(err)
			}
		})
	}
	workers.Wait()
	return context.Cause(lw.ctx)
}

// segment writes one segment through both lanes, and says so before it waits with
// nothing else to do.
func (lw *layerWriter) segment(i int, s *segment, share int, park func()) error {
	b := lw.buffers.Get().(*buffers)
	defer lw.buffers.Put(b)
	if c := lw.openSegment(i, s); c != nil {
		defer c.entry.Close()
		err := c.entry.Verify(lw.ctx)
		if err == nil {
			lw.reused.Add(1)
			return lw.reuseSegment(i, s, c, b, park)
		}
		if lw.ctx.Err() != nil {
			return err
		}
		lw.cache.Discard(cache.Segments, lw.known[i].key, fmt.Errorf("%s: %w", s, err))
	}
	return lw.makeSegment(i, s, b, share)
}

// makeSegment makes the bytes of a segment, and keeps them for the next time.
func (lw *layerWriter) makeSegment(i int, s *segment, b *buffers, share int) error {
	plain, packed := &lw.plain.turns[i], &lw.packed.turns[i]
	kept := lw.keepSegment(i, packed)
	defer kept.abort()
	w := segmentWriter{
		ctx: lw.ctx, compressors: &lw.compressors, parallel: share, fail: lw.fail, progress: lw.advance, buffer: b.content,
		packed: b.packed, out: b.tar, split: splitWriter{plain: plain},
	}
	if lw.plainSum.isKnown(i) {
		w.split.plain = io.Discard
	}
	var tarKept *keptTar
	if lw.worthTar[i] && lw.known[i].key != "" {
		tarKept = newKeptTar(lw.cache, lw.known[i].key, w.split.plain)
		defer tarKept.entry.Abort()
		w.split.plain = tarKept
	}
	if s.end && lw.lastSum != nil {
		w.split.plain = io.MultiWriter(w.split.plain, lw.lastSum)
	}
	b.packed.Reset(kept)
	b.tar.Reset(&w.split)
	w.tar = tar.NewWriter(b.tar)
	if err := w.write(s); err != nil {
		return err
	}
	if err := b.packed.Flush(); err != nil {
		return err
	}
	if tarKept != nil {
		tarKept.entry.Commit()
	}
	if err := plain.Close(); err != nil {
		return err
	}
	if err := lw.setSum(i, s, kept.commit(w.split.size)); err != nil {
		return err
	}
	return packed.Close()
}

// setSum notes what a segment came to. That it came to something else before would be a fault
// of ours, or of the machine, and must not go unnoticed where the digest builds on it.
func (lw *layerWriter) setSum(i int, s *segment, sum string) error {
	k := &lw.known[i]
	if lw.packedSum.isKnown(i) && k.sum != sum {
		return fmt.Errorf("%s differs from its cached bytes: build with another cache or without one", s)
	}
	k.sum = sum
	return nil
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
