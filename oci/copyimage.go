package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// CopyImage copies a tagged image from a store to an output: an image or, for several platforms, an index with all that
// it lists, and their referrers. It returns the arguments of [Destination.Commit]. Bytes, and so digests and signatures,
// are unchanged. Several entries of index.json for different platforms, as apko writes them, become an index. Of an index of
// which only one image is here, as docker save leaves it, that image is copied, and warn is told.
func (d *Destination) CopyImage(ctx context.Context, store Store, tag string, warn func(string)) (root v1.Descriptor, referrers []v1.Descriptor, err error) {
	index, err := store.Index(ctx)
	if err != nil {
		return root, nil, err
	}
	roots, err := tagged(ctx, store, index, tag)
	if err == nil {
		roots, err = imagesAmong(ctx, store, roots)
	}
	if err == nil && len(roots) == 1 {
		roots[0], err = onlyImage(ctx, store, roots[0], warn)
	}
	if err != nil {
		return root, nil, err
	}
	c := &imageCopy{ctx: ctx, d: d, store: store, seen: make(map[digest.Digest]bool)}
	for _, entry := range roots {
		if err := c.document(entry, 0); err != nil {
			return root, nil, err
		}
	}
	root = v1.Descriptor{MediaType: roots[0].MediaType, Digest: roots[0].Digest, Size: roots[0].Size, Platform: roots[0].Platform}
	if len(roots) > 1 {
		if root, err = c.index(roots); err != nil {
			return root, nil, err
		}
	}
	if err := c.referrers(); err != nil {
		return root, nil, err
	}
	return root, c.found, nil
}

// imagesAmong returns the entries that are images or indexes, each once. Several must be images for different platforms.
func imagesAmong(ctx context.Context, store Store, entries []v1.Descriptor) ([]v1.Descriptor, error) {
	var found []v1.Descriptor
	seen := make(map[digest.Digest]bool)
	for _, entry := range entries {
		if !seen[entry.Digest] {
			found = append(found, entry)
		}
		seen[entry.Digest] = true
	}
	if len(found) == 1 {
		return found, nil
	}
	platforms := make(map[Platform]bool)
	var images []v1.Descriptor
	for _, entry := range found {
		s := newSearch(store)
		if err := s.visit(ctx, []v1.Descriptor{entry}, 0); err != nil {
			return nil, err
		}
		if len(s.images) == 0 {
			continue // signatures, as cosign save writes them
		}
		if entry.MediaType == v1.MediaTypeImageManifest || entry.MediaType == imagedoc.DockerManifest {
			entry.Platform = s.images[0].Platform
			platforms[platformOf(*entry.Platform)] = true
		}
		images = append(images, entry)
	}
	if len(images) == 0 {
		return found[:1], nil
	}
	if len(images) > 1 && len(platforms) != len(images) {
		return nil, hint.With(errors.New("index.json has several images of that name"),
			"give each a tag, put them into an index, or give a position: @0, @1, …")
	}
	return images, nil
}

// onlyImage returns the only image that is here of an index that lists more, and else the entry.
func onlyImage(ctx context.Context, store Store, entry v1.Descriptor, warn func(string)) (v1.Descriptor, error) {
	if _, isRemote := store.(remoteStore); isRemote || entry.MediaType != v1.MediaTypeImageIndex && entry.MediaType != imagedoc.DockerList {
		return entry, nil
	}
	s := newSearch(store)
	if err := s.visit(ctx, []v1.Descriptor{entry}, 0); err != nil || len(s.images) != 1 || len(s.absent) == 0 {
		return entry, err
	}
	if warn != nil {
		warn(fmt.Sprintf("only the image for %s is present of those that index %s lists: copying it alone, as %s",
			platformOf(*s.images[0].Platform), entry.Digest, s.images[0].Digest))
	}
	return s.images[0], nil
}

// imageCopy is one call of CopyImage.
type imageCopy struct {
	ctx   context.Context
	d     *Destination
	store Store
	seen  map[digest.Digest]bool
	order []digest.Digest // manifests and indexes, in the order in which they were found
	found []v1.Descriptor // referrers
}

// document copies a manifest or index with all that it lists.
func (c *imageCopy) document(desc v1.Descriptor, depth int) error {
	if c.seen[desc.Digest] {
		return nil
	}
	c.seen[desc.Digest] = true
	if depth > maxIndexDepth || len(c.seen) > maxDocumentsTried {
		return fmt.Errorf("index %s: nested more than %d deep, or more than %d documents", desc.Digest, maxIndexDepth, maxDocumentsTried)
	}
	if !imagedoc.IsManifest(desc.MediaType) {
		return fmt.Errorf("blob %s: media type %q is neither a manifest nor an index", desc.Digest, desc.MediaType)
	}
	data, err := ReadBlob(c.ctx, c.store, desc)
	if err != nil {
		return err
	}
	var children struct {
		Config            *v1.Descriptor
		Layers, Manifests []v1.Descriptor
		Annotations       map[string]string
	}
	if err := jsontext.Unmarshal(data, &children); err != nil {
		return fmt.Errorf("manifest %s: %w", desc.Digest, err)
	}
	for _, child := range children.Manifests {
		if err := c.document(child, depth+1); err != nil {
			return err
		}
	}
	blobs := children.Layers
	if children.Config != nil {
		blobs = append(blobs, *children.Config)
	}
	var base *Name // where layers have come from, by the image's own account
	if name, err := ParseName(children.Annotations[v1.AnnotationBaseImageName]); err == nil {
		base = &name
	}
	for _, blob := range blobs {
		source := sourceIn(c.store, func(ctx context.Context) (io.ReadCloser, error) { return c.store.Open(ctx, blob) })
		if source.Repository == nil {
			source.Repository = base
		}
		if err := c.d.copyFrom(c.ctx, source, blob); err != nil {
			return err
		}
	}
	c.order = append(c.order, desc.Digest)
	_, err = c.d.Put(c.ctx, desc.MediaType, data)
	return err
}

// index adds an index over several images.
func (c *imageCopy) index(images []v1.Descriptor) (v1.Descriptor, error) {
	list := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex}
	for _, image := range images {
		list.Manifests = append(list.Manifests, v1.Descriptor{MediaType: image.MediaType, Digest: image.Digest, Size: image.Size, Platform: image.Platform})
	}
	data, err := jsontext.Marshal(list)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return c.d.Put(c.ctx, v1.MediaTypeImageIndex, data)
}

// referrers copies what refers to the documents, and to that in turn.
func (c *imageCopy) referrers() error {
	for i := 0; i < len(c.order); i++ {
		entries, err := referrerEntries(c.ctx, c.store, c.order[i])
		if err != nil {
			return err
		}
		for _, entry := range entries {
			_, manifest, err := readManifest(c.ctx, c.store, entry)
			if err != nil {
				return err
			}
			isAbout := manifest.Subject != nil && manifest.Subject.Digest == c.order[i]
			entry.ArtifactType, entry.Annotations = imagedoc.ArtifactTypeOf(manifest), manifest.Annotations
			if !isAbout || slices.ContainsFunc(c.found, func(f v1.Descriptor) bool { return f.Digest == entry.Digest }) {
				continue
			}
			if err := c.document(entry, 0); err != nil {
				return err
			}
			c.found = append(c.found, entry)
		}
	}
	return nil
}
