package layer

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
)

// layerRecord is what the cache has of a whole layer: by what names to look for it.
type layerRecord struct {
	Digest           digest.Digest `json:"digest"`
	Size             int64         `json:"size"`
	DiffID           digest.Digest `json:"diffID"`
	UncompressedSize int64         `json:"uncompressedSize"`
	Chain            string        `json:"chain,omitempty"` // key of the last state of the digest's hash, for a shared cache
}

const maxLayerRecord = 4096 // bytes

// Known returns the result of Write if the cache has a record of the same layer, and nil
// otherwise. If the output still has a blob of that digest, Write is not needed.
func (l *Layer) Known(ctx context.Context) (*Result, error) {
	if !l.isKeyed() || l.tarChain().known < len(l.keys)-1 {
		return nil, nil // not even all before the last segment was there before
	}
	last, err := l.sumOfLast(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what the layer holds: %w", err)
	}
	key := l.recordKey(last)
	text, err := l.options.Cache.Read(cache.Layers, key, maxLayerRecord)
	var known layerRecord
	if err == nil && json.Unmarshal(text, &known) != nil {
		err = cache.ErrDamaged
	}
	if errors.Is(err, cache.ErrDamaged) {
		l.options.Cache.Discard(cache.Layers, key, errors.New("record of a layer: damaged"))
	}
	if err != nil {
		return nil, nil
	}
	l.options.Cache.Note(cache.Chains, known.Chain)
	result := l.planned
	result.Digest, result.Size, result.DiffID, result.UncompressedSize = known.Digest, known.Size, known.DiffID, known.UncompressedSize
	result.Reused = len(l.keys)
	return &result, nil
}

// remember puts a record of the layer into the cache.
func (l *Layer) remember(r *Result, last, link []byte) {
	known := layerRecord{Digest: r.Digest, Size: r.Size, DiffID: r.DiffID, UncompressedSize: r.UncompressedSize, Chain: hex.EncodeToString(link)}
	if text, err := json.Marshal(known); err == nil {
		l.options.Cache.Write(cache.Layers, l.recordKey(last), text)
	}
}

// isKeyed says whether all that the layer depends on is known before it is made: all
// segments but the last have keys, and of the last the tar can be hashed.
func (l *Layer) isKeyed() bool {
	return l.options.Cache != nil && !slices.Contains(l.keys[:len(l.keys)-1], "")
}

func (l *Layer) recordKey(last []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "lamina layer 3\n%s\n%q\n%x", l.recipe, l.keys, last)
	return hex.EncodeToString(h.Sum(nil))
}

// tarChain is the hash of the tar as far as it is known.
func (l *Layer) tarChain() *chain {
	keyed := l.keys
	if i := slices.Index(keyed, ""); i >= 0 {
		keyed = keyed[:i]
	}
	return newChain(l.options.Cache, "tar", keyed)
}

// sumOfLast returns the SHA-256 of the last segment's tar.
func (l *Layer) sumOfLast(ctx context.Context) ([]byte, error) {
	h := sha256.New()
	w := segmentWriter{
		ctx: ctx, fail: func(error) {}, progress: func(int) {}, buffer: make([]byte, copySize),
		split: splitWriter{plain: h, fresh: io.Discard},
	}
	w.out = bufio.NewWriter(&w.split)
	w.tar = tar.NewWriter(w.out)
	s := l.segments[len(l.segments)-1]
	err := w.flushed(func() error { return w.all(s) })
	return h.Sum(nil), err
}
