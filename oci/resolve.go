package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Docker's media types, which skopeo and others keep when they copy an image into a layout. The documents and
// layers are the same as OCI's.
const (
	mediaTypeDockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	mediaTypeDockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	mediaTypeDockerConfig   = "application/vnd.docker.container.image.v1+json"
	mediaTypeDockerGzip     = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	mediaTypeDockerTar      = "application/vnd.docker.image.rootfs.diff.tar"
	mediaTypeDockerZstd     = "application/vnd.docker.image.rootfs.diff.tar.zstd"
)

// Resolve returns the descriptor of the image manifest that tag and platform choose.
//
// An empty tag selects the only name in the store, @N the entry at N, a zero platform the only platform. Several entries of one name, and
// nested indexes, are alternatives for different platforms; the first one for the platform is used
// (image-spec image-index.md). Entries that are not images, such as attestations, are skipped. The error for a
// missing tag or platform lists the available ones. The descriptor returned has its Platform set.
func Resolve(ctx context.Context, store Store, tag string, platform Platform) (v1.Descriptor, error) {
	s, err := find(ctx, store, tag)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return s.choose(platform)
}

// Images returns the descriptors of all image manifests that a tag has, as [Resolve] finds them, for all platforms.
// There is at least one.
func Images(ctx context.Context, store Store, tag string) ([]v1.Descriptor, error) {
	s, err := find(ctx, store, tag)
	if err != nil {
		return nil, err
	}
	if len(s.images) == 0 {
		_, err = s.choose(Platform{})
	}
	return s.images, err
}

// Platforms returns the platforms of all image manifests that a tag has, each once.
func Platforms(ctx context.Context, store Store, tag string) ([]Platform, error) {
	images, err := Images(ctx, store, tag)
	if err != nil {
		return nil, err
	}
	var platforms []Platform
	for _, image := range images {
		if platform := PlatformOf(*image.Platform); !slices.Contains(platforms, platform) {
			platforms = append(platforms, platform)
		}
	}
	return platforms, nil
}

func find(ctx context.Context, store Store, tag string) (*search, error) {
	index, err := store.Index(ctx)
	if err != nil {
		return nil, err
	}
	roots, err := tagged(index, tag)
	if err != nil {
		return nil, err
	}
	s := &search{store: store, seen: map[digest.Digest]bool{}}
	return s, s.visit(ctx, roots, 0)
}

// tagged returns the entries of a name, or the one of a place.
func tagged(index v1.Index, tag string) ([]v1.Descriptor, error) {
	if n, isIndex, err := SourceIndex(tag); err != nil {
		return nil, err
	} else if isIndex {
		return placed(index, n)
	}
	var names []string
	var found []v1.Descriptor
	for _, entry := range index.Manifests {
		if isReferrerEntry(entry) {
			continue
		}
		name := entry.Annotations[v1.AnnotationRefName]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		if name == tag {
			found = append(found, entry)
		}
	}
	switch {
	case len(names) == 0:
		return nil, errors.New("no image: index.json has no entries")
	case tag == "" && len(names) == 1:
		return slices.DeleteFunc(slices.Clone(index.Manifests), isReferrerEntry), nil
	case tag == "":
		return nil, fmt.Errorf("no tag given and several images to choose from: %s", quoted(names))
	case len(found) == 0:
		return nil, fmt.Errorf("no tag %q; available: %s", tag, quoted(names))
	}
	return found, nil
}

// placed returns the entry at n.
func placed(index v1.Index, n int) ([]v1.Descriptor, error) {
	if n >= len(index.Manifests) {
		return nil, fmt.Errorf("no image @%d; the list has %d, from @0", n, len(index.Manifests))
	}
	if isReferrerEntry(index.Manifests[n]) {
		return nil, fmt.Errorf("@%d is not an image, but a referrer of one", n)
	}
	return index.Manifests[n : n+1], nil
}

// A search collects the image manifests under some index entries, in order.
type search struct {
	store  Store
	images []v1.Descriptor // Platform is set
	others []string        // media types passed over
	seen   map[digest.Digest]bool
}

// Limits on the documents read for a hostile index. A real one nests once and lists some ten platforms.
const (
	maxIndexDepth     = 8
	maxDocumentsTried = 1000
)

func (s *search) visit(ctx context.Context, entries []v1.Descriptor, depth int) error {
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		switch entry.MediaType {
		case v1.MediaTypeImageIndex, mediaTypeDockerList:
			err = s.visitIndex(ctx, entry, depth)
		case v1.MediaTypeImageManifest, mediaTypeDockerManifest:
			err = s.visitManifest(ctx, entry)
		default:
			s.others = append(s.others, entry.MediaType)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// first reports whether the document has not been read before: each is read once, however often it is listed.
func (s *search) first(desc v1.Descriptor) (bool, error) {
	if s.seen[desc.Digest] {
		return false, nil
	}
	s.seen[desc.Digest] = true
	if len(s.seen) > maxDocumentsTried {
		return false, fmt.Errorf("more than %d indexes and manifests to read for one image", maxDocumentsTried)
	}
	return true, nil
}

func (s *search) visitIndex(ctx context.Context, desc v1.Descriptor, depth int) error {
	if first, err := s.first(desc); !first {
		return err
	}
	if depth == maxIndexDepth {
		return fmt.Errorf("index %s: nested more than %d deep", desc.Digest, maxIndexDepth)
	}
	data, err := ReadBlob(ctx, s.store, desc)
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	index, err := ParseIndex(data)
	if err != nil {
		return fmt.Errorf("index %s: %w", desc.Digest, err)
	}
	return s.visit(ctx, index.Manifests, depth+1)
}

func (s *search) visitManifest(ctx context.Context, desc v1.Descriptor) error {
	if desc.Platform == nil || desc.Platform.Architecture == "" {
		// skopeo and umoci write entries without a platform; the config has it.
		if first, err := s.first(desc); !first {
			return err
		}
		_, manifest, err := readManifest(ctx, s.store, desc)
		if err != nil {
			return err
		}
		if !isImageConfig(manifest.Config.MediaType) {
			s.others = append(s.others, manifest.Config.MediaType)
			return nil
		}
		data, err := ReadBlob(ctx, s.store, manifest.Config)
		if err != nil {
			return fmt.Errorf("read config: %w", err)
		}
		var config v1.Image
		if err := json.Unmarshal(data, &config); err != nil {
			return fmt.Errorf("config %s: %w", manifest.Config.Digest, err)
		}
		desc.Platform = &config.Platform
	}
	if desc.Platform.Architecture == "unknown" {
		s.others = append(s.others, desc.MediaType) // an attestation, as buildkit writes them
		return nil
	}
	s.images = append(s.images, desc)
	return nil
}

func (s *search) choose(want Platform) (v1.Descriptor, error) {
	if len(s.images) == 0 {
		for _, t := range s.others {
			if strings.HasPrefix(t, "application/vnd.docker.distribution.manifest.v1+") {
				return v1.Descriptor{}, errors.New("a manifest of the obsolete Docker schema 1; convert it: skopeo copy --format oci …")
			}
		}
		return v1.Descriptor{}, fmt.Errorf("no image manifest; media types found: %s", quoted(s.others))
	}
	var platforms []string
	for _, image := range s.images {
		if name := PlatformOf(*image.Platform).String(); !slices.Contains(platforms, name) {
			platforms = append(platforms, name)
		}
	}
	if want == (Platform{}) && len(platforms) > 1 {
		return v1.Descriptor{}, fmt.Errorf("no platform given and several to choose from: %s", listed(platforms))
	}
	for _, image := range s.images {
		if want.Matches(PlatformOf(*image.Platform)) {
			return image, nil
		}
	}
	return v1.Descriptor{}, fmt.Errorf("no image for %s; available: %s", want, listed(platforms))
}

func readManifest(ctx context.Context, store Store, desc v1.Descriptor) ([]byte, v1.Manifest, error) {
	data, err := ReadBlob(ctx, store, desc)
	if err != nil {
		return nil, v1.Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	manifest, err := ParseManifest(data)
	if err != nil {
		return nil, v1.Manifest{}, fmt.Errorf("manifest %s: %w", desc.Digest, err)
	}
	return data, manifest, nil
}

func isImageConfig(mediaType string) bool {
	return mediaType == v1.MediaTypeImageConfig || mediaType == mediaTypeDockerConfig
}

// quoted and listed keep an error to one line, however much there is.
func quoted(names []string) string {
	var all []string
	for _, name := range names {
		if name == "" {
			all = append(all, "one without a tag")
		} else {
			all = append(all, fmt.Sprintf("%q", name))
		}
	}
	return listed(all)
}

func listed(names []string) string {
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
