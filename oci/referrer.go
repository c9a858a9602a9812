package oci

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// A Referrer is a document that is stored with an image: a provenance, an SBOM (image-spec manifest.md,
// subject). In a layout it is an entry of index.json that has an artifact type and no name.
type Referrer struct {
	// Subject is the image manifest that it is about.
	Subject v1.Descriptor
	// ArtifactType is the type of Data.
	ArtifactType string
	Data         []byte
	// Annotations are the referrer manifest's; its entry in index.json has them too.
	Annotations map[string]string
}

// PutReferrer adds a referrer to an output and returns its manifest's descriptor, for [Destination.Commit].
func (d *Destination) PutReferrer(ctx context.Context, r Referrer) (v1.Descriptor, error) {
	subject := v1.Descriptor{MediaType: r.Subject.MediaType, Digest: r.Subject.Digest, Size: r.Subject.Size}
	content, err := d.Put(ctx, r.ArtifactType, r.Data)
	if err != nil {
		return v1.Descriptor{}, err
	}
	empty, err := d.Put(ctx, v1.MediaTypeEmptyJSON, v1.DescriptorEmptyJSON.Data)
	if err != nil {
		return v1.Descriptor{}, err
	}
	manifest := imagedoc.NewManifest(empty, content)
	manifest.ArtifactType, manifest.Subject, manifest.Annotations = r.ArtifactType, &subject, r.Annotations
	data, err := jsontext.Marshal(manifest)
	if err != nil {
		return v1.Descriptor{}, err
	}
	desc, err := d.Put(ctx, v1.MediaTypeImageManifest, data)
	desc.ArtifactType, desc.Annotations = r.ArtifactType, r.Annotations
	return desc, err
}

// A ListedReferrer is a referrer of an image without its document.
type ListedReferrer struct {
	Manifest     v1.Descriptor // of the referrer itself
	Subject      v1.Descriptor // the image, as the referrer names it
	ArtifactType string
	Document     v1.Descriptor
	Annotations  map[string]string // of the manifest
}

// ListReferrers returns the referrers of an image, of an artifact type or, for "", of any, in the order of index.json or
// of the registry. Entries that do not really refer to it, or have no document, are left out.
func ListReferrers(ctx context.Context, store Store, subject digest.Digest, artifactType string) ([]ListedReferrer, error) {
	entries, err := referrerEntries(ctx, store, subject)
	if err != nil {
		return nil, err
	}
	_, isRemote := store.(remoteStore) // whose word on types is not always that of the manifests
	var found []ListedReferrer
	for _, entry := range entries {
		if artifactType != "" && !isRemote && entry.ArtifactType != "" && entry.ArtifactType != artifactType {
			continue
		}
		_, manifest, err := readManifest(ctx, store, entry)
		if err != nil {
			return nil, fmt.Errorf("referrer: %w", err)
		}
		is := imagedoc.ArtifactTypeOf(manifest)
		if manifest.Subject != nil && manifest.Subject.Digest == subject && len(manifest.Layers) > 0 && (artifactType == "" || is == artifactType) {
			found = append(found, ListedReferrer{entry, *manifest.Subject, is, manifest.Layers[0], manifest.Annotations})
		}
	}
	return found, nil
}

// referrerEntries returns what may be a referrer of the image.
func referrerEntries(ctx context.Context, store Store, subject digest.Digest) ([]v1.Descriptor, error) {
	if remote, ok := store.(remoteStore); ok {
		return remote.Referrers(ctx, subject)
	}
	index, err := store.Index(ctx)
	read := readFrom(ctx, store)
	var found []v1.Descriptor
	for _, entry := range index.Manifests {
		if imagedoc.IsReferrer(entry, read) {
			found = append(found, entry)
		}
	}
	return found, err
}

// readFrom returns a function that reads a document of a store.
func readFrom(ctx context.Context, store Store) func(v1.Descriptor) ([]byte, error) {
	return func(desc v1.Descriptor) ([]byte, error) { return ReadBlob(ctx, store, desc) }
}

// digestTag matches tags made of a digest, under which cosign and older registries keep signatures, SBOMs and lists of
// referrers (distribution-spec, referrers tag schema).
var digestTag = regexp.MustCompile(`^sha256-[0-9a-f]{64}(\..+)?$`)

// IsDigestTag reports whether a tag is made of a digest, and so names what belongs to an image rather than one.
func IsDigestTag(tag string) bool { return digestTag.MatchString(tag) }

// isAccessory reports whether the entries of a name are no image that somebody would mean without naming it.
func isAccessory(name string, entries []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	return IsDigestTag(name) || !slices.ContainsFunc(entries, func(entry v1.Descriptor) bool { return !imagedoc.IsArtifact(entry, read) })
}

// hasImageConfig reports whether a manifest is that of an image. Docker's older clients and registries wrote other types for its config
// (distribution issue 1621), which Docker still takes.
func hasImageConfig(m v1.Manifest) bool {
	old := []string{"", "application/octet-stream", "application/json", "text/html"}
	return m.MediaType == imagedoc.DockerManifest && slices.Contains(old, m.Config.MediaType) || imagedoc.IsImageConfig(m.Config.MediaType)
}
