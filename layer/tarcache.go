package layer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/lamina-oci/lamina/internal/cache"
)

// The diffID of a layer is one hash over its whole tar: behind the first segment that has
// changed, all must be hashed again, and for that be inflated. The further back a segment stands in
// its layer, the more often that is, so of those in the second half the cache has the tar as well. It
// is never needed, only read faster than inflated.
const (
	tarFormat = "lamina tar 2\n" // part of the key

	// Tars are kept of segments of so many bytes, and of one layer so many in all.
	minTar, maxTars = 128 << 10, 1 << 30
)

// worthTar says of which segments the tar is kept.
func worthTar(segments []*segment) []bool {
	var all, behind int64
	for _, s := range segments {
		all += s.limit()
	}
	worth := make([]bool, len(segments))
	for i := len(segments) - 1; i >= 0; i-- {
		size := segments[i].limit()
		behind += size
		worth[i] = size >= minTar && behind <= min(all/2, maxTars)
	}
	return worth
}

func tarKey(segmentKey string) string {
	sum := sha256.Sum256([]byte(tarFormat + segmentKey))
	return hex.EncodeToString(sum[:])
}

// keptTar writes the tar of a segment to where it goes and to the cache.
type keptTar struct {
	to    io.Writer
	entry *cache.Writer
}

func newKeptTar(folder *cache.Folder, segmentKey string, to io.Writer) *keptTar {
	return &keptTar{to, folder.Create(cache.Tars, tarKey(segmentKey))}
}

func (k *keptTar) Write(p []byte) (int, error) {
	k.entry.Write(p)
	return k.to.Write(p)
}

// copyTar writes a segment's tar of that size to w as far as the cache has it intact, which
// may be not at all. It returns how many bytes that is.
func (lw *layerWriter) copyTar(w io.Writer, i int, size int64) (done int64, err error) {
	key := tarKey(lw.known[i].key)
	entry, err := lw.cache.Open(cache.Tars, key)
	if err == nil {
		defer entry.Close()
		if err = cache.ErrDamaged; entry.Size == size {
			done, err = entry.WriteTo(&contextWriter{lw.ctx, w})
		}
	}
	switch {
	case errors.Is(err, cache.ErrDamaged):
		lw.cache.Discard(cache.Tars, key, fmt.Errorf("tar of a segment: %w", err))
		err = nil
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	return done, err
}

// contextWriter fails when a context ends.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w *contextWriter) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.w.Write(p)
}
