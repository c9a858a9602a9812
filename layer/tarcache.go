package layer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/lamina-oci/lamina/internal/cache"
)

// The diffID of a layer is one hash over its whole tar: behind the first segment that has
// changed, all must be hashed again, and for that be inflated. The further back a segment stands in
// its layer, the more often that is, so of those in the second half the cache has the tar as well. It
// is never needed, only read faster than inflated.
//
// A tar is written before its segment's key is known. So its own key is random, and the segment's entry has it.

// Tars are kept of segments of so many bytes, and of one layer so many in all.
const minTar, maxTars = 128 << 10, 1 << 30

// tarKey names a tar in the cache; the zero key names none.
type tarKey [tarKeySize]byte

const tarKeySize = 16

func (k tarKey) String() string { return hex.EncodeToString(k[:]) }

// worthTar says of which segments the tar is kept, by their sizes.
func worthTar(sizes []int64) []bool {
	var all, behind int64
	for _, size := range sizes {
		all += size
	}
	worth := make([]bool, len(sizes))
	for i, size := range slices.Backward(sizes) {
		behind += size
		worth[i] = size >= minTar && behind <= min(all/2, maxTars)
	}
	return worth
}

// keptTar writes the tar of a segment to where it goes and to the cache.
type keptTar struct {
	to    io.Writer
	entry *cache.Writer
	key   tarKey
}

func newKeptTar(directory *cache.Directory, to io.Writer) *keptTar {
	k := &keptTar{to: to}
	rand.Read(k.key[:])
	k.entry = directory.Create(cache.Tars, k.key.String())
	return k
}

func (k *keptTar) Write(p []byte) (int, error) {
	k.entry.Write(p)
	return k.to.Write(p)
}

// commit returns the key of the tar, which is empty for a nil keptTar.
func (k *keptTar) commit() tarKey {
	if k == nil {
		return tarKey{}
	}
	k.entry.Commit()
	return k.key
}

// abort removes a tar that was not committed.
func (k *keptTar) abort() {
	if k != nil {
		k.entry.Abort()
	}
}

// copyTar writes a segment's tar of that size to w as far as the cache has it intact, which
// may be not at all. It returns how many bytes that is.
func (lw *layerWriter) copyTar(w io.Writer, tar tarKey, size int64) (done int64, err error) {
	if tar == (tarKey{}) {
		return 0, nil
	}
	key := tar.String()
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
