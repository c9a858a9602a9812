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

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/lamina-oci/lamina/internal/cache"
)

// layerWriter is what the workers of one layer share.
type layerWriter struct {
	ctx         context.Context
	fail        context.CancelCauseFunc // stops all workers; the first cause counts
	concurrency int
	compressors compressors
	buffers     sync.Pool // *buffers
	cache       *cache.Directory
	known       []knownSegment // one for each segment
	draft       *Draft
	drafted     []*draftedSegment // one for each segment, or none at all
	written     int               // segments that w has before anything is written
	worthTar    []bool            // for each segment, whether its tar is kept
	lastSum     hash.Hash         // SHA-256 of the last segment's tar; nil if it is of no use
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

	// maxEarly bounds the tar of a last segment that is made early, and waits in memory.
	maxEarly = 8 << 20

	// Output that may wait for its turn, in chunks for each worker and in all: 2.5 MiB of tar and what
	// that may come to compressed, but 7.5 MiB of tar at most. Less, and workers wait for their turn
	// more than they work.
	plainChunks, maxPlainChunks   = 40, 120
	packedChunks, maxPackedChunks = 20, 60
)

func newBuffers() any {
	return &buffers{content: make([]byte, copySize), tar: bufio.NewWriterSize(nil, 64<<10), packed: bufio.NewWriterSize(nil, 64<<10)}
}

// concurrency returns how many processors are used.
func (o *WriteOptions) concurrency() int {
	if o.Concurrency <= 0 {
		return min(runtime.GOMAXPROCS(0), maxConcurrency)
	}
	return min(o.Concurrency, maxConcurrency)
}

func newLayerWriter(ctx context.Context, w io.Writer, l *Layer) *layerWriter {
	lw := &layerWriter{
		w:           w,
		concurrency: l.options.concurrency(),
		draft:       l.options.Draft,
		drafted:     l.drafted,
		compressors: compressors{recipe: l.recipe},
		progress:    l.options.Progress,
		content:     l.planned.ContentSize,
		cache:       l.options.Cache,
	}
	sizes := make([]int64, len(l.segments))
	for i, s := range l.segments {
		sizes[i] = s.limit()
	}
	lw.worthTar = worthTar(sizes)
	if l.isKeyed() {
		lw.lastSum = sha256.New()
	}
	lw.ctx, lw.fail = context.WithCancelCause(ctx)
	lw.buffers.New = newBuffers
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
	key  string        // "" for one that is not kept
	mark cache.Mark    // of its bytes, if the cache has it or when it was made
	open *readySegment // the cache's entry; nil for one that is opened when it is needed
}

// maxOpen is how many entries of the cache stay open until their segments' turn comes: well under the 1,024 files that a process may
// have open at least. Those behind them are opened twice.
const maxOpen = 384

// part returns what a chain of digests depends on.
func (k *knownSegment) part() string {
	if k.key == "" || !k.isMarked() {
		return ""
	}
	return k.key + string(k.mark[:])
}

func (k *knownSegment) isMarked() bool { return k.mark != cache.Mark{} }

// findKnown says what of the layer is in the cache, and takes up both hashes as
// far as they are known.
func (lw *layerWriter) findKnown(l *Layer) {
	lw.known = make([]knownSegment, len(l.segments))
	var opening errgroup.Group
	opening.SetLimit(lw.concurrency)
	for i, s := range l.segments {
		k := &lw.known[i]
		k.key = l.keys[i]
		if lw.isDrafted(i) {
			k.mark = lw.drafted[i].mark
			continue
		}
		opening.Go(func() error {
			if c := lw.openSegment(i, s); c != nil {
				if k.mark = c.mark; i < maxOpen {
					k.open = c
				} else {
					c.entry.Close()
				}
			}
			return nil
		})
	}
	opening.Wait()
	var parts []string
	for i := range lw.known {
		part := lw.known[i].part()
		if part == "" {
			break
		}
		parts = append(parts, part)
	}
	lw.plainSum = l.tarChain()
	lw.packedSum = newChain(lw.cache, "layer", parts)
	if l.first > 0 {
		plain, packed := make([]hashState, l.first), make([]hashState, l.first)
		for i, s := range l.drafted[:l.first] {
			plain[i], packed[i] = s.plain, s.packed
		}
		lw.plainSum.take(plain, &lw.draft.plain)
		lw.packedSum.take(packed, &lw.draft.packed)
	}
	isLast := func(i int) bool { return i+1 == len(l.keys) || l.keys[i+1] == "" }
	lw.plain.passed = func(i int) { lw.plainSum.pass(l.keys[i], isLast(i)) }
	lw.packed.passed = func(i int) { lw.packedSum.pass(lw.known[i].part(), isLast(i)) }
}

// run writes all segments. They begin in order and take as many shares as they
// have blocks to compress at once, so that one big package can use every core and
// many small ones can too. There are not more shares than cores, for then the one whose turn it is
// would have to share with those that can only wait for it. A segment from the cache that has
// nothing left to do but to be copied in its turn gives its share away.
func (lw *layerWriter) run(segments []*segment) error {
	shares, parked := semaphore.NewWeighted(int64(lw.concurrency)), semaphore.NewWeighted(maxParked)
	var workers sync.WaitGroup
	if last := len(segments) - 1; lw.isWorthEarly(last, segments[last]) {
		lw.plain.turns[last].isEarly, lw.packed.turns[last].isEarly = true, true
		s := segments[last]
		segments = segments[:last]
		workers.Go(func() {
			if err := lw.segment(last, s, 1, func() {}); err != nil {
				lw.fail(err)
			}
		})
	}
	for i, s := range segments {
		share := int64(1)
		if !lw.known[i].isMarked() && !lw.isDrafted(i) {
			share = min(1+s.bulk(lw.compressors.recipe)/lw.compressors.recipe.unit(), int64(lw.concurrency))
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

// isWorthEarly says whether the last segment is made beside the first ones: behind all the others there would be nothing beside it. It
// has the database, and is hardly ever in the cache.
func (lw *layerWriter) isWorthEarly(last int, s *segment) bool {
	return last > 0 && lw.concurrency > 1 && !lw.known[last].isMarked() && s.limit() <= maxEarly
}

// close closes the entries that are still open.
func (lw *layerWriter) close() {
	for i := range lw.known {
		if c := lw.known[i].open; c != nil {
			c.entry.Close()
			lw.known[i].open = nil
		}
	}
}

// segment writes one segment through both lanes, and says so before it waits with
// nothing else to do.
func (lw *layerWriter) segment(i int, s *segment, share int, park func()) error {
	b := lw.buffers.Get().(*buffers)
	defer lw.buffers.Put(b)
	if lw.isDrafted(i) {
		return lw.takeDrafted(i, s, b, park)
	}
	c := lw.known[i].open
	if lw.known[i].open = nil; c == nil {
		c = lw.openSegment(i, s)
	}
	if c != nil {
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
		tarKept = newKeptTar(lw.cache, w.split.plain)
		defer tarKept.abort()
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
	if err := plain.Close(); err != nil {
		return err
	}
	if err := lw.setMark(i, s, kept.commit(w.split.size, tarKept.commit())); err != nil {
		return err
	}
	return packed.Close()
}

// setMark notes what a segment came to. That it came to something else before would be a fault
// of ours, or of the machine, and must not go unnoticed where the digest builds on it.
func (lw *layerWriter) setMark(i int, s *segment, mark cache.Mark) error {
	k := &lw.known[i]
	if lw.packedSum.isKnown(i) && k.mark != mark {
		return fmt.Errorf("%s differs from its cached bytes: build with another cache or without one", s)
	}
	k.mark = mark
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
