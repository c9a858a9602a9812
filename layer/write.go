package layer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hashparts"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// WriteOptions configures how a layer is written. The zero value suits most callers.
type WriteOptions struct {
	// Concurrency is the number of processors to use, at most 8; 0 means
	// as many as there are. Each takes about 7 MB of memory, in zstd up to four take 12 MB more. It has no influence
	// on the layer.
	Concurrency int

	// Cache, if not nil, has segments of earlier layers and gets those of this one. It has
	// no influence on the layer.
	Cache *cache.Directory

	// Draft, if not nil, has segments that were made while the packages were read. It has no influence on the layer.
	Draft *Draft

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

	// Empty says that the layer has no entry: staged and base are equal. The output
	// is a valid layer all the same.
	Empty bool
}

// Layer is a layer that is ready to be written. It is for one goroutine.
type Layer struct {
	segments []*segment
	drafted  []*draftedSegment // what the draft has of each, or nil; none without a draft
	first    int               // of the first segments, how many are the draft's first
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
	l.planned.MediaType = recipe.mediaType()
	if l.segments, err = plan(d, packages); err != nil {
		return nil, fmt.Errorf("plan the layer: %w", err)
	}
	l.keys = make([]string, len(l.segments))
	if o.Cache == nil && o.Draft == nil {
		return l, nil
	}
	var keys keyWriter
	for i, s := range l.segments {
		l.keys[i] = keys.key(s, recipe)
		o.Cache.Note(cache.Segments, l.keys[i]) // also where the layer turns out to be known as a whole
	}
	if o.Draft != nil {
		l.drafted, l.first = o.Draft.match(l.keys)
	}
	if o.Cache == nil {
		clear(l.keys)
	}
	return l, nil
}

// GoesOn reports whether the layer begins with all that the draft has written, so that Write may be given the draft's file, to which it
// adds the rest.
func (l *Layer) GoesOn() bool {
	d := l.options.Draft
	switch {
	case d == nil:
		return false
	case l.first == 0:
		return d.packed.size == 0
	}
	return d.endsWith(l.drafted[l.first-1])
}

// Write writes the layer, compressed, to w, which may be the file of the draft if [Layer.GoesOn]. Each package that the layer needs and
// that is not drafted as it is staged is read once more and verified again.
//
// w is written from one goroutine at a time, but not always the same. After an error,
// which may be ctx's,
// w has received part of a layer and no goroutine is left running.
func (l *Layer) Write(ctx context.Context, w io.Writer) (*Result, error) {
	result := l.planned
	lw := newLayerWriter(ctx, w, l)
	defer lw.close()
	if d := l.options.Draft; d != nil && d.unwritten != nil {
		return nil, fmt.Errorf("write layer: %w", d.unwritten)
	} else if d != nil && w == io.Writer(d.file) {
		if lw.written = l.first; !l.GoesOn() {
			return nil, errors.New("write layer: the draft is not its beginning")
		}
	}
	defer lw.fail(nil)
	if err := lw.run(l.segments); err != nil {
		return nil, fmt.Errorf("write layer: %w", err)
	}
	result.DiffID = digest.NewDigest(digest.SHA256, lw.plainSum.hash)
	result.Digest = digest.NewDigest(digest.SHA256, lw.packedSum.hash)
	result.UncompressedSize, result.Size = lw.plainSum.size, lw.packedSum.size
	result.Reused = int(lw.reused.Load())
	if r, isWhole := lw.packedSum.hash.(*hashparts.Recorder); isWhole {
		r.Keep(l.options.Cache, result.Digest)
	}
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
