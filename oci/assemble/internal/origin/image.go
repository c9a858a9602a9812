package origin

import (
	"context"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Image is an image that files come from.
type Image struct {
	Locked lock.Image
	Files  *tree.Tree
	Base   *oci.Base // to be closed by the caller

	// Newest is the build time of the newest package in it, in Unix seconds; 0 for none, also where its database cannot be read.
	Newest int64
}

// LockError says that an image is not the one of the lock.
type LockError struct{ err error }

func (e *LockError) Error() string { return e.err.Error() }
func (e *LockError) Unwrap() error { return e.err }

// OpenImage opens an image for a platform. With a lock, whose entry is want, it is the one that the lock has, and may be a vendored one.
func OpenImage(ctx context.Context, text string, want *lock.Image, platform oci.Platform, from *vendored.Source, o transport.Options) (*Image, error) {
	ref, err := oci.ParseReference(text)
	if err != nil {
		return nil, err
	}
	var base *oci.Base
	if want != nil {
		if base, err = from.OpenImage(ctx, ref, want.Digest, platform, o.Cache); err != nil {
			return nil, err
		}
		if ref.Transport == oci.TransportRegistry && !strings.Contains(ref.Name, "@") {
			ref.Name += "@" + want.Digest.String()
		}
	}
	if base == nil {
		if base, err = transport.OpenBase(ctx, ref, platform, o); err != nil {
			return nil, err
		}
	}
	image := &Image{Locked: lock.Image{Digest: base.Manifest.Digest}, Files: tree.New(), Base: base}
	if err = image.read(ctx, text, want); err != nil {
		base.Close()
		return nil, err
	}
	return image, nil
}

func (i *Image) read(ctx context.Context, text string, want *lock.Image) error {
	if want != nil && want.Digest != i.Locked.Digest {
		return &LockError{fmt.Errorf("the image %s is %s, but the lock was made for %s", text, i.Locked.Digest, want.Digest)}
	}
	for n, l := range i.Base.Layers {
		if err := l.ReadInto(ctx, i.Files); err != nil {
			return fmt.Errorf("image %s: layer %d: %w", text, n+1, err)
		}
	}
	if db, err := stage.ReadInstalled(i.Files, apk.V3); err == nil {
		i.Newest = db.NewestBuild()
	}
	return nil
}
