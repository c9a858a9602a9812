package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// A Base is an image opened for one platform, as the base of a build or for inspection.
// It may be used concurrently until Close.
type Base struct {
	Reference Reference
	Platform  Platform
	// Manifest is the manifest's descriptor as its index has it. A root file system has that of an image which is
	// nothing but it, as other programs would make one; scratch has none: Digest is "".
	Manifest v1.Descriptor
	// RawManifest is the manifest that Manifest describes.
	RawManifest []byte
	// Config is RawConfig decoded. RawConfig may say more than Config has fields for.
	Config    v1.Image
	RawConfig []byte
	Layers    []BaseLayer // bottom first
	store     Store       // nil for a root file system and scratch
	close     func() error
	// isOpen says that neither the request nor the image decides the architecture, or the variant of arm: the root file
	// system does. Platform is then the default.
	isOpen bool
}

// Annotations returns the manifest's.
func (b *Base) Annotations() (map[string]string, error) {
	if b.RawManifest == nil {
		return nil, nil
	}
	manifest, err := imagedoc.ParseManifest(b.RawManifest)
	return manifest.Annotations, err
}

// Store returns the store that holds the image; nil for a root file system and scratch. Close closes it too.
func (b *Base) Store() Store { return b.store }

// Close releases the files behind the layers.
func (b *Base) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close()
}

// OpenImage opens the image of a store that ref's name and platform choose. The zero Platform selects the only platform
// present; it is an error if there are several. Manifest and config are read and verified, layers when they are opened. The
// store is closed with the base, and at once if there is an error. Directory may be nil: see [BaseLayer.ReadInto].
func OpenImage(ctx context.Context, store Store, ref Reference, platform Platform, directory *cache.Directory) (*Base, error) {
	base, err := openImage(ctx, store, ref.Name, platform, directory)
	if err != nil {
		store.Close()
		return nil, err
	}
	base.Reference, base.store, base.close = ref, store, store.Close
	return base, nil
}

func openImage(ctx context.Context, store Store, tag string, platform Platform, directory *cache.Directory) (*Base, error) {
	desc, err := resolveTag(ctx, store, tag, platform)
	if err != nil {
		return nil, err
	}
	return openManifest(ctx, store, desc, platform, directory)
}

// OpenManifest is [OpenImage] for the image of one manifest, whose descriptor has a platform. The store stays open when the base is closed.
func OpenManifest(ctx context.Context, store Store, desc v1.Descriptor, platform Platform, directory *cache.Directory) (*Base, error) {
	if desc.Platform == nil {
		return nil, fmt.Errorf("manifest %s: it is listed without a platform", desc.Digest)
	}
	base, err := openManifest(ctx, store, desc, platform, directory)
	if err == nil {
		base.store = store
	}
	return base, err
}

func openManifest(ctx context.Context, store Store, desc v1.Descriptor, platform Platform, directory *cache.Directory) (*Base, error) {
	raw, manifest, err := readManifest(ctx, store, desc)
	if err != nil {
		return nil, err
	}
	base := &Base{Manifest: desc, RawManifest: raw}
	if base.RawConfig, err = ReadBlob(ctx, store, manifest.Config); err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	if err := base.setConfig(desc, manifest, platform); err != nil {
		return nil, fmt.Errorf("manifest %s: %w", desc.Digest, err)
	}
	for i, layer := range manifest.Layers {
		if err := checkLayer(&layer); err != nil {
			return nil, fmt.Errorf("manifest %s: layer %d: %w", desc.Digest, i+1, err)
		}
		base.Layers = append(base.Layers, BaseLayer{
			Descriptor: layer,
			DiffID:     base.Config.RootFS.DiffIDs[i],
			open:       func(ctx context.Context) (io.ReadCloser, error) { return store.Open(ctx, layer) },
			cache:      directory,
			check:      new(layerCheck),
			store:      store,
		})
	}
	return base, nil
}

// Below returns the base that an image was built on, from the documents that a record of the build kept: its layers are
// all but the last of the image and must match the manifest. No manifest stands for scratch. Ref is the
// base's own reference. The base is usable until the image is closed.
func (b *Base) Below(ref Reference, manifest, config []byte) (*Base, error) {
	if len(b.Layers) == 0 {
		return nil, errors.New("the image has no layers")
	}
	below := &Base{Reference: ref, RawManifest: manifest, RawConfig: config, Layers: b.Layers[:len(b.Layers)-1]}
	if err := jsontext.Unmarshal(config, &below.Config); err != nil {
		return nil, fmt.Errorf("config of the base: %w", err)
	}
	below.Platform = b.Platform
	var layers []v1.Descriptor
	if manifest != nil {
		parsed, err := imagedoc.ParseManifest(manifest)
		if err != nil {
			return nil, fmt.Errorf("manifest of the base: %w", err)
		}
		if got := digest.FromBytes(config); parsed.Config.Digest != got {
			return nil, fmt.Errorf("config of the base: is %s, but its manifest says %s", got, parsed.Config.Digest)
		}
		below.Manifest = imagedoc.Describe(v1.MediaTypeImageManifest, manifest)
		layers = parsed.Layers
	}
	isSame := func(l BaseLayer, d v1.Descriptor) bool { return l.Descriptor.Digest == d.Digest }
	if !slices.EqualFunc(below.Layers, layers, isSame) {
		return nil, errors.New("the layers below the last are not those of the base")
	}
	return below, nil
}

// setConfig decodes the config and holds it against manifest and platform.
func (b *Base) setConfig(desc v1.Descriptor, manifest v1.Manifest, want Platform) error {
	if !hasImageConfig(manifest) {
		return fmt.Errorf("config of media type %q: not an image", manifest.Config.MediaType)
	}
	if err := jsontext.Unmarshal(b.RawConfig, &b.Config); err != nil {
		return fmt.Errorf("config %s: %w", manifest.Config.Digest, err)
	}
	diffIDs := b.Config.RootFS.DiffIDs
	if len(diffIDs) != len(manifest.Layers) {
		return fmt.Errorf("has %d layers, but config %s has %d diff_ids", len(manifest.Layers), manifest.Config.Digest, len(diffIDs))
	}
	for i, diffID := range diffIDs {
		if err := verify.Digest(diffID); err != nil {
			return fmt.Errorf("config %s: diff_ids: entry %d: %w", manifest.Config.Digest, i+1, err)
		}
	}
	return b.setPlatform(*desc.Platform, manifest.Config.Digest, want)
}

// checkLayer checks a base layer's descriptor and gives it its OCI media type. Annotations, which
// describe the bytes, stay; urls and data, which are other places of them, go.
func checkLayer(layer *v1.Descriptor) error {
	if err := verify.Descriptor(*layer); err != nil {
		return err
	}
	mediaType := layer.MediaType
	switch mediaType {
	case v1.MediaTypeImageLayer, v1.MediaTypeImageLayerGzip, v1.MediaTypeImageLayerZstd:
	case mediaTypeDockerTar:
		mediaType = v1.MediaTypeImageLayer
	case mediaTypeDockerGzip:
		mediaType = v1.MediaTypeImageLayerGzip
	case mediaTypeDockerZstd:
		mediaType = v1.MediaTypeImageLayerZstd
	default:
		return fmt.Errorf("blob %s: media type %q is not supported; want a tar, plain or with gzip or zstd", layer.Digest, mediaType)
	}
	*layer = v1.Descriptor{MediaType: mediaType, Digest: layer.Digest, Size: layer.Size, Annotations: layer.Annotations}
	return nil
}
