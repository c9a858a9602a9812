package vendor

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
)

// ArtifactType is the type of the index, and of the manifest of its files.
const ArtifactType = "application/vnd.lamina.vendor.v1"

// fileType is the media type of all files.
const fileType = "application/octet-stream"

// maxParallel is how many files are hashed, looked for and read at once.
const maxParallel = 8

// Write adds an artifact to an output: files of a directory, which must not change, by their slash-separated names in it, and images.
// The descriptor is for [oci.Destination.Commit].
func Write(ctx context.Context, d *oci.Destination, dir string, names []string, images []*oci.Base) (v1.Descriptor, error) {
	files, err := addFiles(ctx, d, dir, names)
	if err != nil {
		return v1.Descriptor{}, err
	}
	index := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, ArtifactType: ArtifactType, Manifests: []v1.Descriptor{files}}
	seen := make(map[digest.Digest]bool)
	for _, image := range images {
		if seen[image.Manifest.Digest] {
			continue
		}
		seen[image.Manifest.Digest] = true
		desc, err := oci.CopyBase(ctx, d, image)
		if err != nil {
			return v1.Descriptor{}, fmt.Errorf("image %s: %w", image.Reference, err)
		}
		index.Manifests = append(index.Manifests, desc)
	}
	slices.SortFunc(index.Manifests[1:], func(a, b v1.Descriptor) int { return strings.Compare(string(a.Digest), string(b.Digest)) })
	data, err := jsontext.Marshal(index)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return d.Put(ctx, v1.MediaTypeImageIndex, data)
}

// addFiles adds the files and their manifest.
func addFiles(ctx context.Context, d *oci.Destination, dir string, names []string) (v1.Descriptor, error) {
	names = slices.Sorted(slices.Values(names))
	layers := make([]v1.Descriptor, len(names))
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(maxParallel)
	for i, name := range names {
		group.Go(func() error {
			path := filepath.Join(dir, filepath.FromSlash(name))
			desc, err := describe(path)
			if err != nil {
				return fmt.Errorf("file %s: %w", name, err)
			}
			desc.Annotations = map[string]string{v1.AnnotationTitle: name}
			layers[i] = desc
			open := func(ctx context.Context) (io.ReadCloser, error) { return oci.OpenBlobFile(ctx, path, desc) }
			if err := d.Copy(groupContext, desc, open); err != nil {
				return fmt.Errorf("file %s: %w", name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return v1.Descriptor{}, err
	}
	config, err := d.Put(ctx, v1.MediaTypeEmptyJSON, v1.DescriptorEmptyJSON.Data)
	if err != nil {
		return v1.Descriptor{}, err
	}
	if len(layers) == 0 {
		layers = []v1.Descriptor{config} // a manifest must have one (image-spec manifest.md)
	}
	manifest := oci.NewManifest(config, layers...)
	manifest.ArtifactType = ArtifactType
	data, err := jsontext.Marshal(manifest)
	if err != nil {
		return v1.Descriptor{}, err
	}
	desc, err := d.Put(ctx, v1.MediaTypeImageManifest, data)
	desc.ArtifactType = ArtifactType
	return desc, err
}

func describe(path string) (v1.Descriptor, error) {
	f, err := diskio.OpenRegular(path)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer f.Close()
	digester := digest.SHA256.Digester()
	size, err := io.Copy(digester.Hash(), f)
	return v1.Descriptor{MediaType: fileType, Digest: digester.Digest(), Size: size}, err
}

// Names lists the files of a directory, by their slash-separated names in it.
func Names(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}
