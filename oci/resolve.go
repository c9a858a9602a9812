package oci

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// Docker's media types, which skopeo and others keep when they copy an image into a layout. The documents and
// layers are the same as OCI's. Package imagedoc has those of manifests and indexes.
const (
	mediaTypeDockerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	mediaTypeDockerTar  = "application/vnd.docker.image.rootfs.diff.tar"
	mediaTypeDockerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"
)

// resolveTag returns the descriptor of the image manifest that tag and platform choose.
//
// An empty tag selects the only name in the store, @N the entry at N, a zero platform the only platform. Several entries of
// one name, and nested indexes, are alternatives for different platforms; the first one for the platform is used
// (image-spec image-index.md). Entries that are not images, such as attestations, are skipped. Without an image for the
// very platform, one without a variant selects the only variant of its architecture, except on arm. The error for a
// missing tag or platform lists the available ones. The descriptor returned has its Platform set.
func resolveTag(ctx context.Context, store Store, tag string, platform Platform) (v1.Descriptor, error) {
	s, err := find(ctx, store, tag)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return s.choose(ctx, platform)
}

// Platforms returns the platforms of all image manifests that a tag has, each once.
func Platforms(ctx context.Context, store Store, tag string) ([]Platform, error) {
	s, err := find(ctx, store, tag)
	if err == nil && len(s.images) == 0 {
		_, err = s.choose(ctx, Platform{})
	}
	if err != nil {
		return nil, err
	}
	var platforms []Platform
	for _, image := range s.images {
		if platform := platformOf(*image.Platform); !slices.Contains(platforms, platform) {
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
	roots, err := tagged(ctx, store, index, tag)
	if err != nil {
		return nil, err
	}
	s := newSearch(store)
	return s, s.visit(ctx, roots, 0)
}

// tagged returns the entries of a name, or the one of a place.
func tagged(ctx context.Context, store Store, index v1.Index, tag string) ([]v1.Descriptor, error) {
	read := readFrom(ctx, store)
	if n, isIndex, err := imagedoc.SourceIndex(tag); err != nil {
		return nil, err
	} else if isIndex {
		return placed(index, n, func(entry v1.Descriptor) bool { return imagedoc.IsReferrer(entry, read) })
	}
	byName := make(map[string][]v1.Descriptor)
	var names []string
	for _, entry := range index.Manifests {
		if imagedoc.IsReferrer(entry, read) {
			continue
		}
		name := entry.Annotations[v1.AnnotationRefName]
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], entry)
	}
	if tag != "" && byName[tag] == nil {
		byName[tag] = withFullName(index.Manifests, tag)
	}
	if tag == "" && len(names) > 1 {
		images := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return isAccessory(name, byName[name], read) })
		if len(images) == 1 || byName[""] == nil && isOneImage(images, byName) {
			tag = images[0]
		}
	} else if tag == "" && len(names) == 1 {
		tag = names[0]
	}
	found := byName[tag]
	switch {
	case len(names) == 0 && len(index.Manifests) > 0:
		return nil, errors.New("contains no image, only artifacts")
	case len(names) == 0:
		return nil, errors.New("contains no image")
	case found == nil && tag == "":
		return nil, hint.Errorf("no tag given and several images to choose from: %s", quoted(names)).With(
			"add the tag to the reference, or a position in the list: @0, @1, …")
	case found == nil:
		return nil, hint.Errorf("no tag %q; available: %s", tag, quoted(names)).With("give one of the tags that are available")
	}
	return found, checkOneImage(tag, found)
}

// isOneImage reports whether all of some names are those of one image.
func isOneImage(names []string, byName map[string][]v1.Descriptor) bool {
	for _, name := range names {
		for _, entry := range byName[name] {
			if entry.Digest != byName[names[0]][0].Digest {
				return false
			}
		}
	}
	return len(names) > 0
}

// annotationImageName is where containerd and docker keep the whole name of an image: docker save writes entries of two
// images under the same org.opencontainers.image.ref.name, which is the tag alone.
const annotationImageName = "io.containerd.image.name"

func withFullName(entries []v1.Descriptor, name string) []v1.Descriptor {
	var found []v1.Descriptor
	for _, entry := range entries {
		if full := entry.Annotations[annotationImageName]; full != "" && FullName(full) == FullName(name) {
			found = append(found, entry)
		}
	}
	return found
}

// checkOneImage refuses entries of one tag that are images of different names.
func checkOneImage(tag string, entries []v1.Descriptor) error {
	var names []string
	for _, entry := range entries {
		name := entry.Annotations[annotationImageName]
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	isOther := func(entry v1.Descriptor) bool { return entry.Digest != entries[0].Digest }
	if len(names) > 1 && slices.ContainsFunc(entries, isOther) {
		return hint.Errorf("tag %q is that of several images: %s", tag, quoted(names)).With("give the full name instead of the tag")
	}
	return nil
}

// placed returns the entry at n.
func placed(index v1.Index, n int, isArtifact func(v1.Descriptor) bool) ([]v1.Descriptor, error) {
	if n >= len(index.Manifests) {
		return nil, fmt.Errorf("no image @%d; the list has %d, from @0", n, len(index.Manifests))
	}
	if isArtifact(index.Manifests[n]) {
		return nil, fmt.Errorf("@%d is not an image, but a referrer of one", n)
	}
	return index.Manifests[n : n+1], nil
}

// choose returns the first image for a platform.
func (s *search) choose(ctx context.Context, want Platform) (v1.Descriptor, error) {
	if len(s.images) == 0 {
		return v1.Descriptor{}, s.noImage()
	}
	if want == (Platform{}) || want.Architecture == "arm" {
		if err := s.findVariants(ctx); err != nil {
			return v1.Descriptor{}, err
		}
	}
	var platforms []string
	for _, image := range s.images {
		if name := platformOf(*image.Platform).String(); !slices.Contains(platforms, name) {
			platforms = append(platforms, name)
		}
	}
	if want == (Platform{}) && len(platforms) > 1 {
		return v1.Descriptor{}, hint.With(&noPlatformError{"no platform given and several to choose from: " + listed(platforms)},
			"choose one of them: --platform OS/ARCHITECTURE")
	}
	for _, image := range s.images {
		if want.Matches(platformOf(*image.Platform)) {
			return image, nil
		}
	}
	if image, ok, err := s.chooseVariant(ctx, want); ok || err != nil {
		return image, err
	}
	if slices.ContainsFunc(s.absent, func(image v1.Descriptor) bool { return want.Matches(platformOf(*image.Platform)) }) {
		err := fmt.Errorf("the index lists an image for %s, but only the one for %s is present", want, listed(platforms))
		return v1.Descriptor{}, hint.With(err, howToCopyAll)
	}
	return v1.Descriptor{}, hint.Errorf("no image for %s; available: %s", want, listed(platforms)).With(
		"give another --platform, or an image that is for this one")
}

// chooseVariant returns the image that is for the platform if its variant is left open: by the image, which may name
// none, or by the request.
func (s *search) chooseVariant(ctx context.Context, want Platform) (v1.Descriptor, bool, error) {
	var found []v1.Descriptor
	for _, image := range s.images {
		have := renamedPlatform(*image.Platform)
		isSame := have.OS == want.OS && have.Architecture == want.Architecture
		switch {
		case have.Architecture == "":
			found = append(found, image)
		case isSame && want.Architecture != "arm" && want.Variant == "":
			found = append(found, image)
		case isSame && want.Architecture == "arm" && have.Variant == "":
			found = append(found, image)
		case isSame && want.Architecture == "arm":
			config, isImage, err := s.readConfig(ctx, image)
			if err != nil {
				return v1.Descriptor{}, false, err
			}
			if isImage && want.Matches(platformOf(config.Platform)) {
				image.Platform = &config.Platform
				found = append(found, image)
			}
		}
	}
	if len(found) != 1 {
		return v1.Descriptor{}, false, nil
	}
	return found[0], true, nil
}

func (s *search) noImage() error {
	for _, t := range s.others {
		if strings.HasPrefix(t, "application/vnd.docker.distribution.manifest.v1+") {
			return hint.With(errors.New("a manifest of the obsolete Docker schema 1"), "convert it: skopeo copy --format oci …")
		}
	}
	if len(s.absent) > 0 {
		var platforms []string
		for _, image := range s.absent {
			platforms = append(platforms, platformOf(*image.Platform).String())
		}
		return hint.Errorf("the index lists images for %s, but none is present", listed(platforms)).With(howToCopyAll)
	}
	return hint.Errorf("no image manifest; media types found: %s", quoted(s.others)).With("give an image, not an artifact such as a signature, an SBOM or vendored packages")
}

func readManifest(ctx context.Context, store Store, desc v1.Descriptor) ([]byte, v1.Manifest, error) {
	data, err := ReadBlob(ctx, store, desc)
	if err != nil {
		return nil, v1.Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	manifest, err := imagedoc.ParseManifest(data)
	if err != nil {
		return nil, v1.Manifest{}, fmt.Errorf("manifest %s: %w", desc.Digest, err)
	}
	return data, manifest, nil
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
