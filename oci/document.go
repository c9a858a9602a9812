package oci

import (
	"context"
	"fmt"
	"io"

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
