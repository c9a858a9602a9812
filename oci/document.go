package oci

import (
	"context"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// ReadBlob returns the whole, verified content of a manifest, index or config; one over 16 MiB is an error.
func ReadBlob(ctx context.Context, store Store, desc v1.Descriptor) ([]byte, error) {
	if desc.Size > imagedoc.MaxSize {
		return nil, fmt.Errorf("blob %s: %d bytes, more than the limit of %d for a document", desc.Digest, desc.Size, imagedoc.MaxSize)
	}
	blob, err := store.Open(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return io.ReadAll(blob)
}

// ParseManifest reads an image manifest (image-spec manifest.md) and refuses one that could also be read as an index.
func ParseManifest(data []byte) (v1.Manifest, error) { return imagedoc.ParseManifest(data) }

// Describe returns the descriptor of a document.
func Describe(mediaType string, data []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: mediaType, Digest: digest.SHA256.FromBytes(data), Size: int64(len(data))}
}
