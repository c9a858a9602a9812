package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// CopyImage copies a tagged image from a store to an output: an image or, for several platforms, an index with all that
// it lists, and their referrers. It returns the arguments of [Destination.Commit]. Bytes, and so digests and signatures,
// are unchanged.
func CopyImage(ctx context.Context, d *Destination, store Store, tag string) (root v1.Descriptor, referrers []v1.Descriptor, err error) {
	index, err := store.Index(ctx)
	if err != nil {
		return root, nil, err
	}
	roots, err := tagged(index, tag)
	if err != nil {
		return root, nil, err
	}
	if len(roots) > 1 {
		return root, nil, errors.New("index.json has several images of that name: give each a tag, or put them into an index")
	}
	c := &imageCopy{ctx: ctx, d: d, store: store, seen: make(map[digest.Digest]bool)}
	if err := c.document(roots[0], 0); err != nil {
		return root, nil, err
	}
	if err := c.referrers(); err != nil {
		return root, nil, err
	}
	root = v1.Descriptor{MediaType: roots[0].MediaType, Digest: roots[0].Digest, Size: roots[0].Size, Platform: roots[0].Platform}
	return root, c.found, nil
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
	if !IsManifest(desc.MediaType) {
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
	if err := json.Unmarshal(data, &children); err != nil {
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
			entry.ArtifactType, entry.Annotations = artifactTypeOf(manifest), manifest.Annotations
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
