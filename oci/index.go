package oci

import (
	"fmt"

	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// ComposeIndex returns an image index over images of several platforms, in the order given, and its descriptor.
func ComposeIndex(images []*Image, annotations map[string]string) ([]byte, v1.Descriptor, error) {
	index := v1.Index{
		Versioned:   specs.Versioned{SchemaVersion: 2},
		MediaType:   v1.MediaTypeImageIndex,
		Manifests:   []v1.Descriptor{},
		Annotations: annotations,
	}
	for _, image := range images {
		index.Manifests = append(index.Manifests, image.ManifestDescriptor)
	}
	data, err := jsontext.Marshal(index)
	if err != nil {
		return nil, v1.Descriptor{}, fmt.Errorf("compose index: %w", err)
	}
	return data, imagedoc.Describe(v1.MediaTypeImageIndex, data), nil
}
