package oci

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// scan returns what the layer holds, from the cache if that has it.
func (l BaseLayer) scan(ctx context.Context) (*tree.Layer, error) {
	if l.scanned != nil {
		return l.scanned, nil
	}
	if scanned, diffID := l.kept(); scanned != nil && diffID == l.DiffID {
		return scanned, nil
	}
	var scanned *tree.Layer
	err := l.read(ctx, func(content io.Reader) (err error) {
		scanned, err = tree.ScanLayer(content)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.keep(scanned)
	return scanned, nil
}

// keep puts what the layer was found to hold into the cache, together with the diffID. Both must have been verified.
func (l BaseLayer) keep(scanned *tree.Layer) {
	if l.cache != nil {
		l.cache.Write(cache.Trees, l.cacheKey(), scanned.Encode(l.cacheLabel()+l.DiffID.String()))
	}
}

// maxKept bounds what is read of the cache for one layer, in bytes.
const maxKept = 256 << 20

// kept returns what the cache has of the layer, with the diffID; nil if it has nothing.
func (l BaseLayer) kept() (*tree.Layer, digest.Digest) {
	text, err := l.cache.Read(cache.Trees, l.cacheKey(), maxKept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ""
	}
	var scanned *tree.Layer
	var label string
	if err == nil {
		scanned, label, err = tree.ParseLayer(text)
	}
	diffID, isOurs := strings.CutPrefix(label, l.cacheLabel())
	if err == nil && (!isOurs || CheckDigest(digest.Digest(diffID)) != nil) {
		err = errors.New("the cached entry is of another layer")
	}
	if err != nil {
		l.cache.Discard(cache.Trees, l.cacheKey(), fmt.Errorf("files of layer %s: %w", l.Descriptor.Digest, err))
		return nil, ""
	}
	return scanned, digest.Digest(diffID)
}

// cacheLabel is what is kept with a layer, in front of its diffID. The media type says how the digest's bytes were
// unpacked.
func (l BaseLayer) cacheLabel() string {
	return fmt.Sprintf("%s %s ", l.Descriptor.MediaType, l.Descriptor.Digest)
}

func (l BaseLayer) cacheKey() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(tree.LayerFormat+l.cacheLabel())))
}
