package oci

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
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
func PutReferrer(ctx context.Context, d *Destination, r Referrer) (v1.Descriptor, error) {
	subject := v1.Descriptor{MediaType: r.Subject.MediaType, Digest: r.Subject.Digest, Size: r.Subject.Size}
	content, err := d.Put(ctx, r.ArtifactType, r.Data)
	if err != nil {
		return v1.Descriptor{}, err
	}
	empty, err := d.Put(ctx, v1.MediaTypeEmptyJSON, v1.DescriptorEmptyJSON.Data)
	if err != nil {
		return v1.Descriptor{}, err
	}
	manifest := NewManifest(empty, content)
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
	_, isRemote := store.(RemoteStore) // whose word on types is not always that of the manifests
	var found []ListedReferrer
	for _, entry := range entries {
		if artifactType != "" && !isRemote && entry.ArtifactType != "" && entry.ArtifactType != artifactType {
			continue
		}
		_, manifest, err := readManifest(ctx, store, entry)
		if err != nil {
			return nil, fmt.Errorf("referrer: %w", err)
		}
		is := artifactTypeOf(manifest)
		if manifest.Subject != nil && manifest.Subject.Digest == subject && len(manifest.Layers) > 0 && (artifactType == "" || is == artifactType) {
			found = append(found, ListedReferrer{entry, *manifest.Subject, is, manifest.Layers[0], manifest.Annotations})
		}
	}
	return found, nil
}

// Referrers returns the documents of an artifact type about an image, in the order of [ListReferrers].
func Referrers(ctx context.Context, store Store, subject digest.Digest, artifactType string) ([]Referrer, error) {
	listed, err := ListReferrers(ctx, store, subject, artifactType)
	if err != nil {
		return nil, err
	}
	var found []Referrer
	for _, l := range listed {
		data, err := ReadBlob(ctx, store, l.Document)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", artifactType, err)
		}
		found = append(found, Referrer{Subject: l.Subject, ArtifactType: artifactType, Data: data, Annotations: l.Annotations})
	}
	return found, nil
}

// referrerEntries returns what may be a referrer of the image.
func referrerEntries(ctx context.Context, store Store, subject digest.Digest) ([]v1.Descriptor, error) {
	if remote, ok := store.(RemoteStore); ok {
		return remote.Referrers(ctx, subject)
	}
	index, err := store.Index(ctx)
	read := readFrom(ctx, store)
	return slices.DeleteFunc(index.Manifests, func(entry v1.Descriptor) bool { return !isReferrer(entry, read) }), err
}

// artifactTypeOf is what a referrer says of itself; what registries say of it is not always that.
func artifactTypeOf(m v1.Manifest) string { return cmp.Or(m.ArtifactType, m.Config.MediaType) }

// isReferrer tells a referrer, which has no name in a layout, from an image that has no name either. The artifact type of
// an image's entry is its config's media type (image-spec descriptor.md), which go-containerregistry writes and others
// leave out. Other programs' referrers may have no artifact type there, or that of an image; then read reads the manifest.
func isReferrer(entry v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	return entry.Annotations[v1.AnnotationRefName] == "" && isArtifact(entry, read)
}

// isArtifact tells an entry that is no image: another type than an image config's, or a subject that it is about.
func isArtifact(entry v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	if entry.ArtifactType != "" && !isImageConfig(entry.ArtifactType) {
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
	return err == nil && (manifest.Subject != nil || !isImageConfig(artifactTypeOf(manifest)))
}

// readFrom returns a function that reads a document of a store.
func readFrom(ctx context.Context, store Store) func(v1.Descriptor) ([]byte, error) {
	return func(desc v1.Descriptor) ([]byte, error) { return ReadBlob(ctx, store, desc) }
}

// digestTag matches tags made of a digest, under which cosign and older registries keep signatures, SBOMs and lists of
// referrers (distribution-spec, referrers tag schema).
var digestTag = regexp.MustCompile(`^sha256-[0-9a-f]{64}(\..+)?$`)

// isAccessory reports whether the entries of a name are no image that somebody would mean without naming it.
func isAccessory(name string, entries []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	return digestTag.MatchString(name) || !slices.ContainsFunc(entries, func(entry v1.Descriptor) bool { return !isArtifact(entry, read) })
}

func isImageConfig(mediaType string) bool {
	return mediaType == v1.MediaTypeImageConfig || mediaType == mediaTypeDockerConfig
}

// UpdateReferrers updates the referrers in a layout's index.json: it removes those of an image that index.json no
// longer names, and those of the same kind and subject as a new one, if index.json named the subject before; others, and unreadable ones,
// stay. Before and after are index.json without and with the new image.
func UpdateReferrers(before, after []byte, referrers []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) ([]byte, error) {
	index, err := jsontext.ParseObject(after)
	if err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(index.Get("manifests"), &entries); err != nil {
		return nil, err
	}
	s := &subjects{read: read}
	was, is := s.images(before), s.images(after)
	replaced := make(map[string]bool) // kinds of referrers that there may be already
	same := make(map[digest.Digest]bool)
	for _, r := range referrers {
		same[r.Digest] = true
		if was[s.of(r)] {
			replaced[s.kind(r)] = true
		}
	}
	isGone := func(image digest.Digest) bool { return was[image] && !is[image] }
	// Reading each referrer's manifest takes its time where there are many images.
	mustRead := len(replaced) > 0
	for image := range was {
		mustRead = mustRead || isGone(image)
	}
	var kept []json.RawMessage
	for _, raw := range entries {
		var entry v1.Descriptor
		if err := json.Unmarshal(raw, &entry); err != nil {
			return nil, err
		}
		if same[entry.Digest] || mustRead && isReferrer(entry, read) && (replaced[s.kind(entry)] || isGone(s.of(entry))) {
			continue
		}
		kept = append(kept, raw)
	}
	for _, r := range referrers {
		encoded, err := jsontext.Marshal(r)
		if err != nil {
			return nil, err
		}
		kept = append(kept, encoded)
	}
	index.Set("manifests", joinArray(kept))
	return index.Bytes()
}

// subjects finds out what referrers of a layout are about.
type subjects struct {
	read func(v1.Descriptor) ([]byte, error)
}

// images returns the manifests that index.json names, also those of several platforms.
func (s *subjects) images(index []byte) map[digest.Digest]bool {
	found := make(map[digest.Digest]bool)
	s.visitIndex(index, 0, found)
	return found
}

func (s *subjects) visitIndex(data []byte, depth int, found map[digest.Digest]bool) {
	var index v1.Index
	if json.Unmarshal(data, &index) == nil && depth <= maxIndexDepth {
		s.visit(index.Manifests, depth, found)
	}
}

// visit adds the images among the entries of an index.
func (s *subjects) visit(entries []v1.Descriptor, depth int, found map[digest.Digest]bool) {
	for _, entry := range entries {
		if isReferrer(entry, s.read) || found[entry.Digest] {
			continue
		}
		found[entry.Digest] = true
		if entry.MediaType == v1.MediaTypeImageIndex {
			if data, err := s.read(entry); err == nil {
				s.visitIndex(data, depth+1, found)
			}
		}
	}
}

// of returns the image that a referrer is about, "" if that cannot be told.
func (s *subjects) of(referrer v1.Descriptor) digest.Digest {
	var manifest v1.Manifest
	data, err := s.read(referrer)
	if err != nil || json.Unmarshal(data, &manifest) != nil || manifest.Subject == nil {
		return ""
	}
	return manifest.Subject.Digest
}

// kind is equal for two referrers of which the later takes the place of the earlier.
func (s *subjects) kind(referrer v1.Descriptor) string {
	annotations, err := jsontext.Marshal(referrer.Annotations)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %s %s", s.of(referrer), referrer.ArtifactType, annotations)
}
