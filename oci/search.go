package oci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// A search collects the image manifests under some index entries, in order.
type search struct {
	store  Store
	images []v1.Descriptor // Platform is set
	absent []v1.Descriptor // those that an index lists, but that the store does not have; Platform is set
	others []string        // media types passed over
	seen   map[digest.Digest]bool
	// nameless are images whose config has no platform. They count only where no others are.
	nameless []v1.Descriptor
}

// Limits on the documents read for a hostile index. A real one nests once and lists some ten platforms.
const (
	maxIndexDepth     = 8
	maxDocumentsTried = 1000
)

func newSearch(store Store) *search { return &search{store: store, seen: map[digest.Digest]bool{}} }

func (s *search) visit(ctx context.Context, entries []v1.Descriptor, depth int) error {
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		switch entry.MediaType {
		case v1.MediaTypeImageIndex, imagedoc.DockerList:
			err = s.visitIndex(ctx, entry, depth)
		case v1.MediaTypeImageManifest, imagedoc.DockerManifest:
			err = s.visitManifest(ctx, entry, depth)
		default:
			s.others = append(s.others, entry.MediaType)
		}
		if err != nil {
			return err
		}
	}
	if depth == 0 && len(s.images) == 0 {
		s.images = s.nameless
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
	index, err := imagedoc.ParseIndex(data)
	if err != nil {
		return fmt.Errorf("index %s: %w", desc.Digest, err)
	}
	return s.visit(ctx, index.Manifests, depth+1)
}

func (s *search) visitManifest(ctx context.Context, desc v1.Descriptor, depth int) error {
	if desc.Platform != nil && desc.Platform.Architecture == "unknown" {
		s.others = append(s.others, desc.MediaType) // an attestation, as buildkit writes them
		return nil
	}
	if depth > 0 && !s.has(ctx, desc) {
		if desc.Platform != nil {
			s.absent = append(s.absent, desc)
		}
		return nil
	}
	if desc.Platform == nil || desc.Platform.Architecture == "" || desc.Platform.OS == "" {
		// skopeo and umoci write entries without a platform; the config has it.
		if first, err := s.first(desc); !first {
			return err
		}
		config, isImage, err := s.readConfig(ctx, desc)
		if err != nil || !isImage {
			return err
		}
		desc.Platform = complete(desc.Platform, config.Platform)
	}
	switch desc.Platform.Architecture {
	case "unknown":
		s.others = append(s.others, desc.MediaType)
	case "":
		s.nameless = append(s.nameless, desc)
	default:
		s.images = append(s.images, desc)
	}
	return nil
}

// has reports whether the store holds a manifest that an index lists. docker save and docker's containerd store keep an
// index whole, but only the images that were pulled. A registry has them all.
func (s *search) has(ctx context.Context, desc v1.Descriptor) bool {
	if _, isRemote := s.store.(remoteStore); isRemote {
		return true
	}
	blob, err := s.store.Open(ctx, desc)
	if err != nil {
		return !errors.As(err, new(*MissingBlobError))
	}
	blob.Close()
	return true
}

// readConfig reads the config of a manifest; false if it is that of an artifact.
func (s *search) readConfig(ctx context.Context, desc v1.Descriptor) (config v1.Image, isImage bool, err error) {
	_, manifest, err := readManifest(ctx, s.store, desc)
	if err != nil {
		return config, false, err
	}
	if !hasImageConfig(manifest) {
		s.others = append(s.others, cmp.Or(manifest.ArtifactType, manifest.Config.MediaType))
		return config, false, nil
	}
	data, err := ReadBlob(ctx, s.store, manifest.Config)
	if err != nil {
		return config, false, fmt.Errorf("read config: %w", err)
	}
	if err := jsontext.Unmarshal(data, &config); err != nil {
		return config, false, fmt.Errorf("config %s: %w", manifest.Config.Digest, err)
	}
	if config.Architecture == "" && hasForeignLayer(manifest) {
		s.others = append(s.others, desc.MediaType) // signatures, as cosign save writes them
		return config, false, nil
	}
	return config, true, nil
}

// hasForeignLayer reports whether a manifest lists something that is no layer of a file system.
func hasForeignLayer(manifest v1.Manifest) bool {
	for _, layer := range manifest.Layers {
		if !strings.HasPrefix(layer.MediaType, "application/vnd.oci.image.layer.") &&
			!strings.HasPrefix(layer.MediaType, "application/vnd.docker.image.rootfs.") {
			return true
		}
	}
	return false
}

// findVariants completes the platforms of images for arm of which the index names no variant.
func (s *search) findVariants(ctx context.Context) error {
	for i, image := range s.images {
		if have := renamedPlatform(*image.Platform); have.Architecture != "arm" || have.Variant != "" {
			continue
		}
		config, isImage, err := s.readConfig(ctx, image)
		if err != nil {
			return err
		}
		if isImage {
			s.images[i].Platform = complete(image.Platform, config.Platform)
		}
	}
	return nil
}

// complete returns the platform that an index has for an image, with what it leaves out taken from the image's config.
func complete(listed *v1.Platform, config v1.Platform) *v1.Platform {
	if listed == nil || listed.Architecture == "" {
		return &config
	}
	whole := *listed
	if whole.OS == "" {
		whole.OS = config.OS
	}
	if whole.Variant == "" && renamedPlatform(whole).Architecture == renamedPlatform(config).Architecture {
		whole.Variant = config.Variant
	}
	return &whole
}
