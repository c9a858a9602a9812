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
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// ArtifactType is the type of the manifest.
const ArtifactType = "application/vnd.lamina.vendor.v1"

// fileType is the media type of all blobs: registries must not take those of images for images.
const fileType = "application/octet-stream"

// maxParallel is how many files are hashed, looked for and read at once.
const maxParallel = 8

// Write adds an artifact to an output: files of a directory, which must not change, by their slash-separated names in it, and images.
// The descriptor is for [oci.Destination.Commit].
func Write(ctx context.Context, d *oci.Destination, dir string, names []string, images []*oci.Base) (v1.Descriptor, error) {
	layers, err := addFiles(ctx, d, dir, names)
	if err != nil {
		return v1.Descriptor{}, err
	}
	seen := make(map[digest.Digest]bool)
	byDigest := func(a, b *oci.Base) int { return strings.Compare(string(a.Manifest.Digest), string(b.Manifest.Digest)) }
	for _, image := range slices.SortedFunc(slices.Values(images), byDigest) {
		blobs, err := addImage(ctx, d, image)
		if err != nil {
			return v1.Descriptor{}, fmt.Errorf("image %s: %w", image.Reference, err)
		}
		for _, blob := range blobs {
			if !seen[blob.Digest] {
				seen[blob.Digest] = true
				layers = append(layers, blob)
			}
		}
	}
	config, err := d.Put(ctx, v1.MediaTypeEmptyJSON, v1.DescriptorEmptyJSON.Data)
	if err != nil {
		return v1.Descriptor{}, err
	}
	if len(layers) == 0 {
		layers = []v1.Descriptor{config} // a manifest must have one
	}
	manifest := imagedoc.NewManifest(config, layers...)
	manifest.ArtifactType = ArtifactType
	data, err := jsontext.Marshal(manifest)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return d.Put(ctx, v1.MediaTypeImageManifest, data)
}

// imagesPrefix begins the names of manifests of images.
const imagesPrefix = "images/"

// addImage adds the blobs of an image, and describes them: first its manifest.
func addImage(ctx context.Context, d *oci.Destination, image *oci.Base) ([]v1.Descriptor, error) {
	platform := image.Platform.OCI()
	manifest, err := addDocument(ctx, d, image.RawManifest)
	if err != nil {
		return nil, err
	}
	manifest.Platform = &platform
	config, err := d.Put(ctx, fileType, image.RawConfig)
	if err != nil {
		return nil, err
	}
	blobs := []v1.Descriptor{manifest, config}
	index, err := indexOf(ctx, image)
	if err != nil {
		return nil, err
	}
	if index != nil {
		desc, err := addDocument(ctx, d, index)
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, desc)
	}
	for _, l := range image.Layers {
		blobs = append(blobs, v1.Descriptor{MediaType: fileType, Digest: l.Descriptor.Digest, Size: l.Descriptor.Size})
	}
	return blobs, d.CopyLayers(ctx, image)
}

// addDocument adds a manifest or an index of an image.
func addDocument(ctx context.Context, d *oci.Destination, data []byte) (v1.Descriptor, error) {
	desc, err := d.Put(ctx, fileType, data)
	desc.Annotations = map[string]string{v1.AnnotationTitle: imagesPrefix + desc.Digest.Encoded() + ".json"}
	return desc, err
}

// indexOf returns the index of a registry that an image was chosen from, whose digest a spec may give; nil for none.
func indexOf(ctx context.Context, image *oci.Base) ([]byte, error) {
	if image.Store() == nil || image.Reference.Transport != oci.TransportRegistry {
		return nil, nil
	}
	index, err := image.Store().Index(ctx)
	if err != nil || len(index.Manifests) != 1 || index.Manifests[0].Digest == image.Manifest.Digest {
		return nil, err
	}
	return oci.ReadBlob(ctx, image.Store(), index.Manifests[0])
}

// addFiles adds the files and describes them, in the order of their names.
func addFiles(ctx context.Context, d *oci.Destination, dir string, names []string) ([]v1.Descriptor, error) {
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
			open := func(ctx context.Context) (io.ReadCloser, error) { return verify.OpenFile(ctx, path, desc) }
			if err := d.Copy(groupContext, desc, open); err != nil {
				return fmt.Errorf("file %s: %w", name, err)
			}
			return nil
		})
	}
	return layers, group.Wait()
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
