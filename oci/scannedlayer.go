package oci

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// scan returns what the layer holds, from the cache if that has it.
func (l BaseLayer) scan(ctx context.Context) (*tree.Layer, error) {
	if l.scanned != nil {
		return l.scanned, nil
	}
	if scanned, diffID, mediaType := l.kept(); scanned != nil && diffID == l.DiffID {
		l.noteMediaType(mediaType)
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

// keep puts what the layer was found to hold into the cache, together with the diffID, which must have been verified, and
// the media type by its first bytes.
func (l BaseLayer) keep(scanned *tree.Layer) {
	if l.cache != nil {
		l.cache.Write(cache.Trees, l.cacheKey(), scanned.Encode(fmt.Sprintf("%s%s %s", l.cacheLabel(), l.DiffID, l.mediaType())))
	}
}

// maxKept bounds what is read of the cache for one layer, in bytes.
const maxKept = 256 << 20

// kept returns what the cache has of the layer, with the diffID and the media type; nil if it has nothing.
func (l BaseLayer) kept() (*tree.Layer, digest.Digest, string) {
	text, err := l.cache.Read(cache.Trees, l.cacheKey(), maxKept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", ""
	}
	var scanned *tree.Layer
	var label string
	if err == nil {
		scanned, label, err = tree.ParseLayer(text)
	}
	found, isOurs := strings.CutPrefix(label, l.cacheLabel())
	diffID, mediaType, _ := strings.Cut(found, " ")
	if err == nil && (!isOurs || verify.Digest(digest.Digest(diffID)) != nil || !slices.Contains(layerMediaTypes, mediaType)) {
		err = errors.New("the cached entry is of another layer")
	}
	if err != nil {
		l.cache.Discard(cache.Trees, l.cacheKey(), fmt.Errorf("files of layer %s: %w", l.Descriptor.Digest, err))
		return nil, "", ""
	}
	return scanned, digest.Digest(diffID), mediaType
}

var layerMediaTypes = []string{v1.MediaTypeImageLayer, v1.MediaTypeImageLayerGzip, v1.MediaTypeImageLayerZstd}

// cacheLabel is what is kept with a layer, in front of its diffID and media type.
func (l BaseLayer) cacheLabel() string { return l.Descriptor.Digest.String() + " " }

func (l BaseLayer) cacheKey() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(tree.LayerFormat+l.cacheLabel())))
}
