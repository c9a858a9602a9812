package oci

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// ComposeOptions describe what an image adds to its base.
type ComposeOptions struct {
	// Layer is the one new layer, with an OCI media type.
	Layer  AddedLayer
	Config ConfigChanges
	// Annotations are the manifest's. The base's digest and, of one from a registry, its name are added under
	// org.opencontainers.image.base.* unless they are here.
	Annotations map[string]string
	// Created is the time of config and history; the zero time leaves it out.
	Created time.Time
	// CreatedBy and Comment go into the layer's history.
	CreatedBy, Comment string
}

// An AddedLayer is a finished layer: its blob's descriptor and the digest of its uncompressed tar.
type AddedLayer struct {
	Descriptor v1.Descriptor
	DiffID     digest.Digest
}

// An Image is a composed image: manifest and config, with their descriptors.
type Image struct {
	Manifest []byte
	// ManifestDescriptor has the platform.
	ManifestDescriptor v1.Descriptor
	Config             []byte
	ConfigDescriptor   v1.Descriptor
}

// Compose composes an image from a base, one layer and settings. It does no I/O, and equal arguments give equal bytes.
//
// The base's config is unchanged, members unknown to image-spec included, except for settings in options and history:
// runtimes expect an entry per layer, so missing entries are added, and surplus entries at the end
// are marked as empty_layer. Its layers' media types are those that their first bytes have, if the layers were read, and
// its platform has Go's names. The base's manifest annotations describe another image and are left behind.
func (b *Base) Compose(options ComposeOptions) (*Image, error) {
	image, err := compose(b, options)
	if err != nil {
		return nil, fmt.Errorf("compose image: %w", err)
	}
	return image, nil
}

func compose(base *Base, options ComposeOptions) (*Image, error) {
	layer := options.Layer.Descriptor
	if err := checkLayer(&layer); err != nil {
		return nil, fmt.Errorf("new layer: %w", err)
	}
	if err := verify.Digest(options.Layer.DiffID); err != nil {
		return nil, fmt.Errorf("new layer: diffID: %w", err)
	}
	if err := options.Config.Validate(); err != nil {
		return nil, err
	}
	config, err := composeConfig(base, options)
	if err != nil {
		return nil, fmt.Errorf("config of the base: %w", err)
	}
	image := &Image{Config: config, ConfigDescriptor: imagedoc.Describe(v1.MediaTypeImageConfig, config)}
	manifest := imagedoc.NewManifest(image.ConfigDescriptor)
	manifest.Annotations = composeAnnotations(base, options.Annotations)
	for _, layer := range base.Layers {
		desc := layer.Descriptor
		desc.MediaType = layer.mediaType()
		manifest.Layers = append(manifest.Layers, desc)
	}
	manifest.Layers = append(manifest.Layers, layer)
	if image.Manifest, err = jsontext.Marshal(manifest); err != nil {
		return nil, err
	}
	image.ManifestDescriptor = imagedoc.Describe(v1.MediaTypeImageManifest, image.Manifest)
	platform := base.Config.Platform
	for _, s := range platformSettings(base) {
		*s.in(&platform) = s.value
	}
	image.ManifestDescriptor.Platform = &platform
	return image, nil
}

func composeAnnotations(base *Base, annotations map[string]string) map[string]string {
	all := map[string]string{}
	if base.Manifest.Digest != "" {
		all[v1.AnnotationBaseImageDigest] = base.Manifest.Digest.String()
	}
	// Where a layout lies on this machine is no name of the image, and must not change its bytes.
	if base.Reference.Transport == TransportRegistry {
		all[v1.AnnotationBaseImageName] = base.Reference.Name
	}
	for name, value := range annotations {
		all[name] = value
	}
	return all
}

func composeConfig(base *Base, options ComposeOptions) ([]byte, error) {
	object, err := jsontext.ParseObject(base.RawConfig)
	if err != nil {
		return nil, err
	}
	created := timeOrNil(options.Created)
	object.Set("created", nil)
	if created != nil {
		if err := object.SetValue("created", created); err != nil {
			return nil, fmt.Errorf("created: %w", err)
		}
	}
	if author := options.Config.Author; author != "" {
		if err := object.SetValue("author", author); err != nil {
			return nil, err
		}
	}
	for _, s := range platformSettings(base) {
		if err := object.SetValue(s.name, s.value); err != nil {
			return nil, err
		}
	}
	settingsOfConfig, err := options.Config.apply(object.Get("config"))
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	object.Set("config", settingsOfConfig)
	if err := setRootFS(&object, base, options.Layer.DiffID); err != nil {
		return nil, err
	}
	history, err := historyInStep(object.Get("history"), len(base.Layers), cmp.Or(base.Config.Created, created))
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	added, err := jsontext.Marshal(v1.History{
		Created: created, CreatedBy: options.CreatedBy, Comment: options.Comment,
	})
	if err != nil {
		return nil, err
	}
	object.Set("history", jsontext.JoinArray(append(history, added)))
	return object.Bytes()
}

// A platformSetting is a member of a platform that the base's config lacks, or spells in another way than Go.
type platformSetting struct {
	name  string
	in    func(*v1.Platform) *string
	value string
}

func platformSettings(base *Base) []platformSetting {
	have, want := platformOf(base.Config.Platform), base.Platform
	var list []platformSetting
	if base.Config.Architecture != want.Architecture {
		list = append(list, platformSetting{"architecture", func(p *v1.Platform) *string { return &p.Architecture }, want.Architecture})
	}
	if base.Config.OS != want.OS {
		list = append(list, platformSetting{"os", func(p *v1.Platform) *string { return &p.OS }, want.OS})
	}
	if want.Variant != "" && (base.Config.Variant == "" || have.Variant != want.Variant) {
		list = append(list, platformSetting{"variant", func(p *v1.Platform) *string { return &p.Variant }, want.Variant})
	}
	return list
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func setRootFS(object *jsontext.Object, base *Base, diffID digest.Digest) error {
	rootfs := jsontext.Object{}
	if value := object.Get("rootfs"); value != nil {
		var err error
		if rootfs, err = jsontext.ParseObject(value); err != nil {
			return fmt.Errorf("rootfs: %w", err)
		}
	}
	var diffIDs []digest.Digest
	for _, layer := range base.Layers {
		diffIDs = append(diffIDs, layer.DiffID)
	}
	if err := rootfs.SetValue("type", "layers"); err != nil {
		return err
	}
	if err := rootfs.SetValue("diff_ids", append(diffIDs, diffID)); err != nil {
		return err
	}
	value, err := rootfs.Bytes()
	object.Set("rootfs", value)
	return err
}

// historyInStep returns the base's history with as many entries that made a layer as there are layers.
func historyInStep(data json.RawMessage, layers int, created *time.Time) ([]json.RawMessage, error) {
	var history []json.RawMessage
	if data != nil {
		if err := jsontext.Unmarshal(data, &history); err != nil {
			return nil, err
		}
	}
	missing := layers
	var withLayer []int
	for i, raw := range history {
		var entry v1.History
		if err := jsontext.Unmarshal(raw, &entry); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		if !entry.EmptyLayer {
			withLayer = append(withLayer, i)
			missing--
		}
	}
	for ; missing > 0; missing-- {
		entry, err := jsontext.Marshal(v1.History{Created: created, Comment: "layer of the base, which has no history"})
		if err != nil {
			return nil, err
		}
		history = append(history, entry)
	}
	for ; missing < 0; missing++ {
		i := withLayer[len(withLayer)-1]
		withLayer = withLayer[:len(withLayer)-1]
		entry, err := jsontext.ParseObject(history[i])
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		entry.Set("empty_layer", json.RawMessage("true"))
		if history[i], err = entry.Bytes(); err != nil {
			return nil, err
		}
	}
	return history, nil
}

// CopyLayers copies the base's layers to an output, byte for byte and verified. It may run while the new layer is written.
func (d *Destination) CopyLayers(ctx context.Context, base *Base) error {
	for _, layer := range base.Layers {
		if err := d.copyFrom(ctx, sourceIn(layer.store, layer.Open), layer.Descriptor); err != nil {
			return fmt.Errorf("copy layer of %s: %w", base.Reference, err)
		}
	}
	return nil
}

// WriteImage adds an image to an output: the layers of its base, config and manifest. The new layer has been written
// with [Destination.NewBlob] before. Several images, and an index over them, may go to one output; [Destination.Commit]
// then makes them visible.
func (d *Destination) WriteImage(ctx context.Context, base *Base, image *Image) error {
	if err := d.CopyLayers(ctx, base); err != nil {
		return err
	}
	if _, err := d.Put(ctx, v1.MediaTypeImageConfig, image.Config); err != nil {
		return err
	}
	_, err := d.Put(ctx, v1.MediaTypeImageManifest, image.Manifest)
	return err
}
