// Package imagedoc reads manifests, indexes and configs with bounds, and refuses those that programs could read in two ways.
package imagedoc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/jsontext"
)

// Media types of Docker's manifests, which stand for those of image-spec.
const (
	DockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

// DefaultPath is what images without a PATH get, as by docker, which gives it to one built FROM scratch.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// MaxSize bounds manifests, indexes and configs, in bytes. Registries accept 4 MiB.
const MaxSize = 16 << 20

// Read reads a document that has no descriptor.
func Read(r io.Reader) ([]byte, error) {
	return bounded.ReadAll(r, MaxSize)
}

// ParseIndex reads index.json or a nested index (image-spec image-index.md).
func ParseIndex(data []byte) (v1.Index, error) {
	var index v1.Index
	if err := check(data, v1.MediaTypeImageIndex, DockerList); err != nil {
		return index, err
	}
	err := jsontext.Unmarshal(data, &index)
	return index, err
}

// ParseManifest reads an image manifest (image-spec manifest.md).
func ParseManifest(data []byte) (v1.Manifest, error) {
	var manifest v1.Manifest
	if err := check(data, v1.MediaTypeImageManifest, DockerManifest); err != nil {
		return manifest, err
	}
	err := jsontext.Unmarshal(data, &manifest)
	return manifest, err
}

// check refuses what could be read as a manifest by one program and as an index by another: a media type
// that is not one of want, or the fields of both (image-spec manifest.md, mediaType).
func check(data []byte, want ...string) error {
	var document struct {
		SchemaVersion             int
		MediaType                 string
		Manifests, Config, Layers json.RawMessage
	}
	if err := jsontext.Unmarshal(data, &document); err != nil {
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

// ReadFile reads a regular file of at most 16 MiB.
func ReadFile(path string) ([]byte, error) {
	file, err := diskio.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// IsManifest reports whether a media type is that of a manifest or index, which registries serve separately from blobs.
func IsManifest(mediaType string) bool {
	return slices.Contains([]string{v1.MediaTypeImageManifest, v1.MediaTypeImageIndex, DockerManifest, DockerList}, mediaType)
}
