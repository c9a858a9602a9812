// Package publish puts images that were made into an output: their layers, the documents about them, and what has the output's tag.
package publish

import (
	"context"
	"errors"
	"io"
	"io/fs"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/verify"
	"github.com/lamina-oci/lamina/oci/record"
)

// LayerError is an error of a layer, not of the output.
type LayerError struct{ Err error }

func (e *LayerError) Error() string { return e.Err.Error() }
func (e *LayerError) Unwrap() error { return e.Err }

// Layer adds a layer's blob to an output, without making it if it is where it was written to before: in the output, or in the cache, which may be
// nil. The blob is where the layer was drafted. An error may be a *[LayerError].
func Layer(ctx context.Context, d *oci.Destination, l *layer.Layer, drafted *oci.BlobWriter, directory *cache.Directory) (*layer.Result, error) {
	const keptBlobs = 4
	known, err := l.Known(ctx)
	if err != nil {
		return nil, &LayerError{err}
	}
	if known != nil {
		isThere, err := putKnown(ctx, d, BlobOf(known), directory)
		if isThere || err != nil {
			return known, err
		}
	}
	blob := drafted
	if !l.GoesOn() {
		if blob, err = d.NewDescribedBlob(ctx); err != nil {
			return nil, err
		}
		defer blob.Abort()
	}
	result, err := l.Write(ctx, blob)
	if err != nil {
		return nil, &LayerError{err}
	}
	if err := blob.CommitAs(BlobOf(result)); err != nil {
		return nil, err
	}
	directory.Link(cache.Blobs, result.Digest.Encoded(), keptBlobs, func(name string) error { return d.LinkBlob(result.Digest, name) })
	return result, nil
}

// BlobOf describes the blob of a layer.
func BlobOf(l *layer.Result) v1.Descriptor {
	return v1.Descriptor{MediaType: l.MediaType, Digest: l.Digest, Size: l.Size}
}

// putKnown adds a blob that the output or the cache has, and says whether one of them had it.
func putKnown(ctx context.Context, d *oci.Destination, desc v1.Descriptor, directory *cache.Directory) (bool, error) {
	err := d.Copy(ctx, desc, func(ctx context.Context) (io.ReadCloser, error) {
		entry, err := directory.Open(cache.Blobs, desc.Digest.Encoded())
		if err != nil {
			return nil, err
		}
		defer entry.Close()
		return verify.OpenFile(ctx, entry.Name(), desc)
	})
	source := new(oci.SourceError)
	if err == nil || ctx.Err() != nil || !errors.As(err, &source) {
		return err == nil, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		directory.Discard(cache.Blobs, desc.Digest.Encoded(), source.Err)
	}
	return false, nil
}

// Image is an image whose layers and config are in the output.
type Image struct {
	*oci.Image
	Referrers []oci.Referrer // records and documents beside it
}

// Commit makes images visible, with the documents about them: one as it is, several under an index. It returns the descriptor of what has the
// output's tag. A VEX document, which may be nil, is put beside each image, and beside the index.
func Commit(ctx context.Context, d *oci.Destination, images []Image, vex *record.VEX) (v1.Descriptor, error) {
	var list []*oci.Image
	var referrers []oci.Referrer
	for _, m := range images {
		list = append(list, m.Image)
		referrers = append(referrers, m.Referrers...)
	}
	desc, index, err := Describe(list)
	if err == nil && index != nil {
		_, err = d.Put(ctx, v1.MediaTypeImageIndex, index)
	}
	if err != nil {
		return desc, err
	}
	if vex != nil {
		// Scanners look for referrers of what the tag names, which is the index if there are several images.
		subjects := []v1.Descriptor{desc}
		for _, m := range images {
			if m.ManifestDescriptor.Digest != desc.Digest {
				subjects = append(subjects, m.ManifestDescriptor)
			}
		}
		for _, subject := range subjects {
			r, err := vex.Referrer(subject)
			if err != nil {
				return desc, err
			}
			referrers = append(referrers, r)
		}
	}
	var records []v1.Descriptor
	for _, r := range referrers {
		described, err := d.PutReferrer(ctx, r)
		if err != nil {
			return desc, err
		}
		records = append(records, described)
	}
	return desc, d.Commit(ctx, desc, records...)
}

// Describe returns what has the output's tag: the manifest of one image, or the index of several and its text.
func Describe(images []*oci.Image) (v1.Descriptor, []byte, error) {
	if len(images) == 1 {
		return images[0].ManifestDescriptor, nil, nil
	}
	index, desc, err := oci.ComposeIndex(images, nil)
	return desc, index, err
}
