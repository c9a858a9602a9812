package oci

import (
	"context"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Store is where an image's blobs are read from: a layout or an archive (package layout), or a registry (package registry). It may be used concurrently.
type Store interface {
	// Index returns index.json: the entry point, whose entries carry the tags.
	Index(ctx context.Context) (v1.Index, error)
	// Open returns the blob that desc names. Reading it gives an error instead of io.EOF when its digest or size are not
	// desc's, and when ctx is done. Bytes read before that are not verified.
	Open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error)
	// Close releases the store. Blobs that are open stay readable from a layout, not from an archive.
	Close() error
}

// A MissingBlobError says that a layout or an archive lacks a blob.
type MissingBlobError struct {
	Digest digest.Digest
	Store  string // "layout DIR", "archive FILE"
}

func (e *MissingBlobError) Error() string {
	return fmt.Sprintf("blob %s: not in the %s", e.Digest, e.Store)
}

// howToCopyAll is the remedy for an index of which not all is here.
const howToCopyAll = "copy the whole image (skopeo copy --all), or save one platform of it (docker save --platform)"

// Hint returns the remedy.
func (e *MissingBlobError) Hint() string { return howToCopyAll }
