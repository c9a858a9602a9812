package transport

import (
	"context"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/outputfile"
	"github.com/lamina-oci/lamina/oci/layout"
	"github.com/lamina-oci/lamina/oci/registry"
)

// OpenStore opens the layout, archive or registry that ref names for reading. Registries may be nil.
func OpenStore(ctx context.Context, ref oci.Reference, registries *registry.Registries) (oci.Store, error) {
	if ref.Transport == oci.TransportRegistry {
		return registries.OpenStore(ref)
	}
	return layout.OpenStore(ctx, ref)
}

// Options configure how an image is read or written. They do not affect its content.
type Options struct {
	// Cache, if not nil, saves inflating layers that were read before: see [oci.BaseLayer.ReadInto]. A root file system is
	// hashed, unless Rootfs has its digest. Large blobs of a layout, and those pulled, are verified by several processors.
	Cache *cache.Directory

	Rootfs *oci.RootfsMemory // of root file systems that were opened in this process; nil for none

	Registries *registry.Registries // may be nil

	Warn func(string) // is told when an output must wait for another process; may be nil

	Layouts *layout.Memory // of many images that are written in this process; nil for none
}

// OpenBase opens the image that ref names for a platform. The zero Platform selects the only platform present; it is an
// error if there are several, and for scratch, which has none. A root file system is for the platform that its
// etc/apk/arch names. Manifest and config are read and verified; layers are verified when they are opened. A root file
// system is read once, for its digests and its files.
func OpenBase(ctx context.Context, ref oci.Reference, platform oci.Platform, o Options) (*oci.Base, error) {
	base, err := openBase(ctx, ref, platform, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ref, err)
	}
	base.Reference = ref
	return base, nil
}

func openBase(ctx context.Context, ref oci.Reference, platform oci.Platform, o Options) (*oci.Base, error) {
	switch ref.Transport {
	case oci.TransportScratch:
		return oci.Scratch(platform)
	case oci.TransportRootfs:
		return oci.OpenRootfs(ctx, ref.Path, platform, o.Cache, o.Rootfs)
	}
	store, err := OpenStore(ctx, ref, o.Registries)
	if err != nil {
		return nil, err
	}
	return oci.OpenImage(ctx, store, ref, platform, o.Cache)
}

// Create starts an output at ref: see [oci.NewDestination].
func Create(ctx context.Context, ref oci.Reference, o Options) (*oci.Destination, error) {
	output, err := openOutput(ctx, ref, o)
	if err != nil {
		return nil, fmt.Errorf("open output %s: %w", ref, err)
	}
	return oci.NewDestination(ctx, output, o.Cache)
}

// CheckOutput returns the error that Create would return for ref itself. It writes nothing and contacts no registry.
func CheckOutput(ref oci.Reference, o Options) error {
	err := checkName(ref)
	var output oci.Output
	switch {
	case err != nil:
	case ref.Transport == oci.TransportRegistry:
		_, err = registry.CheckOutput(ref)
	default:
		var staging oci.Staging
		if output, err = layout.NewOutput(ref, layout.OutputOptions{Memory: o.Layouts}); err == nil {
			staging, err = output.Stage()
		}
		if err == nil {
			err = outputfile.CheckDirectory(staging.Dir)
		}
	}
	if err != nil {
		return fmt.Errorf("open output %s: %w", ref, err)
	}
	return nil
}

func openOutput(ctx context.Context, ref oci.Reference, o Options) (oci.Output, error) {
	if err := checkName(ref); err != nil {
		return nil, err
	}
	if ref.Transport == oci.TransportRegistry {
		return o.Registries.OpenOutput(ctx, ref)
	}
	return layout.NewOutput(ref, layout.OutputOptions{Warn: o.Warn, Memory: o.Layouts, Cache: o.Cache})
}

// checkName refuses @N as the name of an output.
func checkName(ref oci.Reference) error {
	if strings.HasPrefix(ref.Name, "@") {
		return fmt.Errorf("%s can only be read: to write an image, give a tag or no name", ref.Name)
	}
	return nil
}
