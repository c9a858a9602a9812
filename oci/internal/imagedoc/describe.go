package imagedoc

import (
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/decompress"
)

// Describe returns the descriptor of a document.
func Describe(mediaType string, data []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: mediaType, Digest: digest.SHA256.FromBytes(data), Size: int64(len(data))}
}

// NewManifest returns an image manifest without annotations.
func NewManifest(config v1.Descriptor, layers ...v1.Descriptor) v1.Manifest {
	return v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest,
		Config: config, Layers: layers,
	}
}

// LayerMediaType returns the media type of a layer that begins with these bytes, 4 or more unless it is shorter: gzip,
// zstd or, for all else, a plain tar.
func LayerMediaType(first []byte) string {
	switch decompress.FormatOf(first) {
	case decompress.Gzip:
		return v1.MediaTypeImageLayerGzip
	case decompress.Zstd:
		return v1.MediaTypeImageLayerZstd
	}
	return v1.MediaTypeImageLayer
}
