package layer

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hashparts"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A Draft makes the segments of packages while the stage reads and verifies the packages, so that most of these are read, inflated and
// hashed once. It assumes that each package is staged unchanged. [Layer.Write] compares the segments' keys with those of the staged tree,
// takes the segments for which that proved true, and makes the others from their packages.
//
// A draft is a [stage.Drafter]. It has no influence on the layer.
type Draft struct {
	ctx         context.Context
	fail        context.CancelCauseFunc // ends all that is being drafted
	file        DraftFile
	cache       *cache.Directory // that the layer will be put into; nil for none
	compressors compressors
	buffers     sync.Pool // *buffers
	concurrency int

	segments []*draftedSegment
	plain    draftHash   // of the tars
	packed   draftHash   // of what is written
	isCut    atomic.Bool // a package has failed: the file may end with part of its segment

	unwritten error // why the file could not be written; the layer cannot be written either
}

// DraftFile is where a draft is written to.
type DraftFile interface {
	io.Writer
	io.ReaderAt
}

// draftHash is the hash of all segments so far.
type draftHash struct {
	hash     *hashparts.Recorder
	size     int64
	isBroken bool // a segment is missing
}

func (h *draftHash) Write(p []byte) (int, error) {
	h.size += int64(len(p))
	if h.isBroken {
		return len(p), nil
	}
	return h.hash.Write(p)
}

// behind returns the state of the hash behind a segment.
func (h *draftHash) behind(s *draftedSegment) hashState {
	h.isBroken = h.isBroken || s.key == "" && !s.isEmpty
	if h.isBroken {
		return hashState{}
	}
	state, err := h.hash.MarshalBinary()
	if err != nil {
		return hashState{}
	}
	return hashState{state, h.size}
}

// draftedSegment is what has become of a package.
type draftedSegment struct {
	key          string // "" if there is no segment
	isEmpty      bool   // the package is whole, but nothing of it is in a segment
	isWritten    bool
	mark         cache.Mark // of its bytes, if there is a cache
	tar          tarKey     // of its tar in the cache
	plainSize    int64
	offset, size int64 // in the file

	plain, packed hashState // of the draft's beginning up to its end
}

// hashState is a SHA-256 of so many bytes that can be taken up.
type hashState struct {
	state []byte // nil if it is not known
	size  int64
}

// NewDraft starts a draft that is written to file, which has nothing yet. Of the options Concurrency and Cache count. End it with Close.
func NewDraft(ctx context.Context, file DraftFile, recipe Recipe, o WriteOptions) *Draft {
	d := &Draft{file: file, cache: o.Cache, compressors: compressors{recipe: recipe}, concurrency: o.concurrency()}
	d.ctx, d.fail = context.WithCancelCause(ctx)
	d.buffers.New = newBuffers
	d.plain.hash, d.packed.hash = hashparts.NewRecorder(sha256.New()), hashparts.NewRecorder(sha256.New())
	return d
}

// Close ends what is being drafted.
func (d *Draft) Close() { d.fail(errDraftEnded) }

var errDraftEnded = errors.New("the draft has ended")

// Begin implements [stage.Drafter].
func (d *Draft) Begin(packages []*apk.Package) func(i int, p *stage.Package) stage.PackageDraft {
	segments, sizes := make([]*draftedSegment, len(packages)), make([]int64, len(packages))
	for i, p := range packages {
		segments[i], sizes[i] = new(draftedSegment), int64(min(p.InstalledSize, maxTars))
	}
	worth := worthTar(sizes)
	d.segments = append(d.segments, segments...)
	plain := newLane(d.ctx, &d.plain, len(packages), min(plainChunks*(d.concurrency+1), maxPlainChunks))
	packed := newLane(d.ctx, writerFunc(d.write), len(packages), min(packedChunks*(d.concurrency+1), maxPackedChunks))
	plain.passed = func(i int) { segments[i].plain = d.plain.behind(segments[i]) }
	packed.passed = func(i int) {
		s := segments[i]
		s.packed, s.offset, s.isWritten = d.packed.behind(s), d.packed.size-s.size, true
	}
	return func(i int, p *stage.Package) stage.PackageDraft {
		return &packageDraft{
			draft: d, pkg: p, segment: segments[i], plain: &plain.turns[i], packed: &packed.turns[i], isTarKept: worth[i] && d.cache != nil,
		}
	}
}

// write writes and hashes what comes next.
func (d *Draft) write(p []byte) (int, error) {
	d.packed.Write(p)
	n, err := d.file.Write(p)
	d.unwritten = cmp.Or(d.unwritten, err)
	return n, err
}

// match returns for each segment of a layer what the draft has of it, or nil, and how many of the first are also the first of
// the draft.
func (d *Draft) match(keys []string) (found []*draftedSegment, first int) {
	byKey := make(map[string]*draftedSegment, len(d.segments))
	isFirst := true
	for _, s := range d.segments {
		if s.isEmpty || s.key == "" || !s.isWritten {
			isFirst = isFirst && s.isEmpty
			continue
		}
		if byKey[s.key] == nil { // a package may be installed again
			byKey[s.key] = s
		}
		if isFirst = isFirst && first < len(keys) && keys[first] == s.key && s.plain.state != nil && s.packed.state != nil; isFirst {
			first++
		}
	}
	found = make([]*draftedSegment, len(keys))
	for i, key := range keys {
		found[i] = byKey[key]
	}
	return found, first
}

// endsWith says whether the draft's file ends with the segment, so that a layer can go on there.
func (d *Draft) endsWith(s *draftedSegment) bool {
	return !d.isCut.Load() && s.offset+s.size == d.packed.size
}

// ready returns a segment for the layer.
func (d *Draft) ready(s *draftedSegment) *readySegment {
	return &readySegment{packed: d.file, offset: s.offset, plainSize: s.plainSize, packedSize: s.size, mark: s.mark, tar: s.tar}
}

// packageDraft makes the segment of one package.
type packageDraft struct {
	draft         *Draft
	pkg           *stage.Package
	segment       *draftedSegment
	plain, packed *turn
	isTarKept     bool

	tar     *keptTar
	buffers *buffers // nil before the first file
	writer  segmentWriter
	packer  packer
	counter *draftCounter
	files   []*fileEntry
	headers []string // what the header of each said of it
	header  []byte   // memory for one
	byName  map[string]int
	err     error
}

// draftCounter passes a segment on.
type draftCounter struct {
	to   io.Writer
	size int64
	mark *cache.Marker // nil if nobody wants it
}

func (c *draftCounter) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	c.mark.Write(p)
	return c.to.Write(p)
}

// start prepares for the first file.
func (p *packageDraft) start() error {
	d := p.draft
	p.buffers = d.buffers.Get().(*buffers)
	p.counter = &draftCounter{to: p.packed}
	if d.cache != nil {
		p.counter.mark = cache.PlainMarker()
	}
	p.buffers.packed.Reset(p.counter)
	p.byName = make(map[string]int)
	p.writer = segmentWriter{
		ctx: d.ctx, compressors: &d.compressors, parallel: 1, fail: func(error) {}, progress: func(int) {},
		buffer: p.buffers.content, packed: p.buffers.packed, out: p.buffers.tar, split: splitWriter{plain: p.plain},
	}
	if p.isTarKept {
		p.tar = newKeptTar(d.cache, p.plain)
		p.writer.split.plain = p.tar
	}
	p.buffers.tar.Reset(&p.writer.split)
	p.writer.tar = tar.NewWriter(p.buffers.tar)
	return p.startPacker()
}

// startPacker gives what [segmentWriter.write] takes for the package, whose size is not known.
func (p *packageDraft) startPacker() error {
	c, s := &p.draft.compressors, &segment{pkg: p.pkg}
	switch {
	case s.hasRuns(c.recipe):
		m, err := c.member(p.buffers.packed, 1)
		if err != nil {
			return err
		}
		p.packer, p.writer.split.member = m, m
	case c.recipe.Compression == Zstd:
		p.packer = c.frameWriter(p.buffers.packed, 1)
	default:
		z, err := c.blockWriter(p.buffers.packed, 1)
		if err != nil {
			return err
		}
		p.packer = z
	}
	p.writer.split.fresh = p.packer
	return nil
}

// File implements [stage.PackageDraft].
func (p *packageDraft) File(name string, n *tree.Node, r *apk.PackageReader) {
	if p.err != nil || isAccountFile(name) {
		return
	}
	if p.buffers == nil {
		if p.err = p.start(); p.err != nil {
			return
		}
	}
	f := &fileEntry{node: n, names: []string{name}}
	p.byName[name] = len(p.files)
	p.header = appendNode(p.header[:0], n)
	p.files, p.headers = append(p.files, f), append(p.headers, string(p.header))
	p.err = p.writer.named(name, f, r)
}

// Link implements [stage.PackageDraft].
func (p *packageDraft) Link(name, target string, n *tree.Node) {
	i, ok := p.byName[target]
	switch {
	case p.err != nil:
	case !ok || isAccountFile(name) || p.headers[i] != string(appendNode(nil, n)):
		p.err = errInterferes
	default:
		f := p.files[i]
		p.byName[name] = i
		p.err = p.writer.link(name, f.names[0], f)
		f.names = append(f.names, name)
	}
}

var errInterferes = errors.New("a hard link changes what was written of its file")

// End implements [stage.PackageDraft].
func (p *packageDraft) End(verified bool) {
	if p.buffers != nil {
		defer func() {
			p.buffers.tar.Reset(nil) // what is kept for the next package must not hold the lanes and their chunks
			p.buffers.packed.Reset(nil)
			p.draft.buffers.Put(p.buffers)
		}()
		defer p.tar.abort()
		if p.packer != nil {
			defer p.packer.release()
		}
		if verified && p.err == nil {
			p.err = p.finish()
		} else {
			p.err = cmp.Or(p.err, errDraftEnded)
		}
	}
	if p.err == nil {
		p.segment.isEmpty = verified && p.buffers == nil
		p.err = errors.Join(p.plain.Close(), p.packed.Close())
	}
	if p.err != nil {
		p.draft.isCut.Store(true)
		p.draft.fail(p.err) // what others wait for does not come
	}
}

// finish writes what is left of the segment.
func (p *packageDraft) finish() error {
	if err := p.writer.flush(); err != nil {
		return err
	}
	if err := p.packer.end(); err != nil {
		return err
	}
	if err := p.buffers.packed.Flush(); err != nil {
		return err
	}
	s := &segment{pkg: p.pkg, difference: difference{files: p.files}}
	for _, f := range p.files {
		slices.SortFunc(f.names, compareInTree)
	}
	p.segment.key = segmentKey(s, p.draft.compressors.recipe)
	p.segment.tar = p.tar.commit()
	p.segment.plainSize, p.segment.size = p.writer.split.size, p.counter.size
	p.segment.mark = p.counter.mark.Mark()
	return nil
}

// compareInTree compares paths by the order in which a tree is gone through: what is in a directory follows it.
func compareInTree(a, b string) int {
	return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}

// isDrafted says whether a segment need not be made.
func (lw *layerWriter) isDrafted(i int) bool { return lw.drafted != nil && lw.drafted[i] != nil }

// takeDrafted writes a segment that the draft has, and puts it into the cache.
func (lw *layerWriter) takeDrafted(i int, s *segment, b *buffers, park func()) error {
	from := lw.draft.ready(lw.drafted[i])
	if err := lw.keepDrafted(i, from, b); err != nil {
		return fmt.Errorf("drafted %s: %w", s, err)
	}
	return lw.reuseSegment(i, s, from, b, park)
}

// keepDrafted puts a segment into the cache.
func (lw *layerWriter) keepDrafted(i int, from *readySegment, b *buffers) error {
	key := lw.known[i].key
	if key == "" {
		return nil
	}
	entry := lw.cache.Create(cache.Segments, key)
	defer entry.Abort()
	if _, err := io.CopyBuffer(struct{ io.Writer }{entry}, &contextReader{lw.ctx, from.content()}, b.content); err != nil {
		return err
	}
	commitSegment(entry, from.plainSize, from.mark, from.tar)
	return nil
}
