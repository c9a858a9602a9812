package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
)

// maxDocumentSize bounds manifests, indexes and configs, in bytes. Registries accept 4 MiB.
const maxDocumentSize = 16 << 20

// ReadBlob returns the whole, verified content of a manifest, index or config; one over 16 MiB is an error.
func ReadBlob(ctx context.Context, store Store, desc v1.Descriptor) ([]byte, error) {
	if desc.Size > maxDocumentSize {
		return nil, fmt.Errorf("blob %s: %d bytes, more than the limit of %d for a document", desc.Digest, desc.Size, maxDocumentSize)
	}
	blob, err := store.Open(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return io.ReadAll(blob)
}

// ReadBounded reads a document that has no descriptor.
func ReadBounded(r io.Reader) ([]byte, error) {
	return bounded.ReadAll(r, maxDocumentSize)
}

// ParseIndex reads index.json or a nested index (image-spec image-index.md).
func ParseIndex(data []byte) (v1.Index, error) {
	var index v1.Index
	if err := checkDocument(data, v1.MediaTypeImageIndex, mediaTypeDockerList); err != nil {
		return index, err
	}
	err := json.Unmarshal(data, &index)
	return index, err
}

// ParseManifest reads an image manifest (image-spec manifest.md).
func ParseManifest(data []byte) (v1.Manifest, error) {
	var manifest v1.Manifest
	if err := checkDocument(data, v1.MediaTypeImageManifest, mediaTypeDockerManifest); err != nil {
		return manifest, err
	}
	err := json.Unmarshal(data, &manifest)
	return manifest, err
}

// checkDocument refuses what could be read as a manifest by one program and as an index by another: a media type
// that is not one of want, or the fields of both (image-spec manifest.md, mediaType).
func checkDocument(data []byte, want ...string) error {
	var document struct {
		SchemaVersion             int
		MediaType                 string
		Manifests, Config, Layers json.RawMessage
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return err
	}
	if document.SchemaVersion != 2 {
		return fmt.Errorf("schemaVersion %d; only 2 is supported", document.SchemaVersion)
	}
	if document.MediaType != "" && document.MediaType != want[0] && document.MediaType != want[1] {
		return fmt.Errorf("mediaType %q, want %q", document.MediaType, want[0])
	}
	if document.Manifests != nil && (document.Config != nil || document.Layers != nil) {
		return errors.New("has the fields of both a manifest and an index")
	}
	return nil
}

// ReadDocument reads a regular file of at most 16 MiB.
func ReadDocument(path string) ([]byte, error) {
	file, err := diskio.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := ReadBounded(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// Describe returns the descriptor of a document.
func Describe(mediaType string, data []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: mediaType, Digest: digest.SHA256.FromBytes(data), Size: int64(len(data))}
}

// IsManifest reports whether a media type is that of a manifest or index, which registries serve separately from blobs.
func IsManifest(mediaType string) bool {
	return slices.Contains([]string{v1.MediaTypeImageManifest, v1.MediaTypeImageIndex, mediaTypeDockerManifest, mediaTypeDockerList}, mediaType)
}
