package ocitest

import (
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/oci"
)

// Images opens all images that a tag has, one for each platform, in the order of the index. They need the store.
func Images(ctx context.Context, store oci.Store, tag string) ([]*oci.Base, error) {
	platforms, err := oci.Platforms(ctx, store, tag)
	if err != nil {
		return nil, err
	}
	var images []*oci.Base
	for _, platform := range platforms {
		image, err := oci.OpenImage(ctx, store, oci.Reference{Name: tag}, platform, nil)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return images, nil
}

// Referrers reads the documents of an artifact type about an image.
func Referrers(ctx context.Context, store oci.Store, subject digest.Digest, artifactType string) ([]oci.Referrer, error) {
	listed, err := oci.ListReferrers(ctx, store, subject, artifactType)
	if err != nil {
		return nil, err
	}
	var found []oci.Referrer
	for _, l := range listed {
		data, err := oci.ReadBlob(ctx, store, l.Document)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", artifactType, err)
		}
		found = append(found, oci.Referrer{Subject: l.Subject, ArtifactType: artifactType, Data: data, Annotations: l.Annotations})
	}
	return found, nil
}
