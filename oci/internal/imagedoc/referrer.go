package imagedoc

import (
	"cmp"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// IsReferrer tells a referrer, which has no name in a layout, from an image that has no name either. The artifact type of
// an image's entry is its config's media type (image-spec descriptor.md), which go-containerregistry writes and others
// leave out. Other programs' referrers may have no artifact type there, or that of an image; then read reads the manifest.
func IsReferrer(entry v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	return entry.Annotations[v1.AnnotationRefName] == "" && IsArtifact(entry, read)
}

// IsArtifact tells an entry that is no image: another type than an image config's, or a subject that it is about.
func IsArtifact(entry v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	if entry.ArtifactType != "" && !IsImageConfig(entry.ArtifactType) {
		return true
	}
	if entry.MediaType != v1.MediaTypeImageManifest {
		return false
	}
	data, err := read(entry)
	if err != nil {
		return false
	}
	manifest, err := ParseManifest(data)
	return err == nil && (manifest.Subject != nil || !IsImageConfig(ArtifactTypeOf(manifest)))
}

// ArtifactTypeOf is what a referrer says of itself; what registries say of it is not always that.
func ArtifactTypeOf(m v1.Manifest) string { return cmp.Or(m.ArtifactType, m.Config.MediaType) }

// IsImageConfig reports whether a media type is that of an image's config.
func IsImageConfig(mediaType string) bool {
	return mediaType == v1.MediaTypeImageConfig || mediaType == "application/vnd.docker.container.image.v1+json"
}
