package oci

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// A BaseLayer is one layer of a base.
type BaseLayer struct {
	// Descriptor has an OCI media type: docker's names for the same bytes are replaced.
	Descriptor v1.Descriptor
	DiffID     digest.Digest
	open       func(context.Context) (io.ReadCloser, error)
	// isMeasured says that DiffID was found by unpacking the very bytes that Descriptor's digest is of: then the digest
	// vouches for it, and hashing the tar once more would tell nothing.
	isMeasured bool
	// scanned is what was found in the layer when the base was opened; nil if it was not looked into.
	scanned *tree.Layer
	cache   *cache.Directory // nil for none
	check   *layerCheck      // nil: Verify always reads
	store   Store            // that the layer is in; nil for that of a root file system
}

// NewBaseLayer returns a layer whose blob open reads. The descriptor has an OCI media type.
func NewBaseLayer(desc v1.Descriptor, diffID digest.Digest, open func(context.Context) (io.ReadCloser, error)) BaseLayer {
	return BaseLayer{Descriptor: desc, DiffID: diffID, open: open}
}

// layerCheck notes what was found out about the blob since the base was opened.
type layerCheck struct {
	mu        sync.Mutex
	isDone    bool   // the blob is what its digest says
	mediaType string // by its first bytes; "" if nobody has looked at them
}

func (l BaseLayer) noteMediaType(mediaType string) {
	if l.check != nil {
		l.check.mu.Lock()
		l.check.mediaType = mediaType
		l.check.mu.Unlock()
	}
}

// mediaType returns the media type by the first bytes, if the layer was read since the base was opened.
func (l BaseLayer) mediaType() string {
	if l.check != nil {
		l.check.mu.Lock()
		defer l.check.mu.Unlock()
		if l.check.mediaType != "" {
			return l.check.mediaType
		}
	}
	return l.Descriptor.MediaType
}

// Open returns the layer's blob as it is stored. Its digest and size have been verified when Read returns io.EOF.
func (l BaseLayer) Open(ctx context.Context) (io.ReadCloser, error) { return l.open(ctx) }

// OpenTar returns the layer's tar, uncompressed. Digest, size and diffID have been verified when Read returns io.EOF,
// so read on after the end-of-archive marker that a tar reader stops at.
func (l BaseLayer) OpenTar(ctx context.Context) (io.ReadCloser, error) {
	blob, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	// The first bytes say how the blob is compressed, as podman and containerd have it: media types are not always right.
	buffered := bufio.NewReaderSize(blob, verify.BufferSize)
	magic, _ := buffered.Peek(decompress.MagicSize) // an error comes again
	mediaType := imagedoc.LayerMediaType(magic)
	if err := checkCompression(buffered); err != nil {
		err = hint.Default(causeIn(buffered, err), howToRecompress)
		blob.Close()
		return nil, l.failed(err)
	}
	plain, err := openBlob(buffered, mediaType)
	if err != nil {
		err = causeIn(buffered, err)
		blob.Close()
		return nil, verify.Damaged(l.failed(err))
	}
	l.noteMediaType(mediaType)
	r := &layerReader{buffered: buffered, blob: blob, tar: plain, layer: l}
	if !l.isMeasured {
		r.hash = l.DiffID.Verifier()
	}
	return r, nil
}

// failed says which layer an error is about, unless it is about the layer's blob and says so.
func (l BaseLayer) failed(err error) error {
	if blob := (*verify.BlobError)(nil); errors.As(err, &blob) && blob.Digest == l.Descriptor.Digest {
		return err
	}
	return fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
}

// Verify reads the blob and compares digest and size, unless that was done since the base was opened. It does not
// unpack anything.
func (l BaseLayer) Verify(ctx context.Context) error {
	if l.check != nil {
		l.check.mu.Lock()
		defer l.check.mu.Unlock()
		if l.check.isDone {
			return nil
		}
	}
	blob, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer blob.Close()
	if err := verify.Drain(blob); err != nil {
		return l.failed(err)
	}
	if l.check != nil {
		l.check.isDone = true
	}
	return nil
}

// ReadInto puts the layer on top of a file tree. Small contents are kept in memory, others are read from the layer on
// demand.
//
// With a cache, a layer that was read before is not read again: its file list was cached under its digest after digest
// and diffID had been verified. The current blob is verified before its content is used: contents are read after
// [BaseLayer.Verify], and [Destination.Copy] verifies.
func (l BaseLayer) ReadInto(ctx context.Context, t *tree.Tree) error {
	scanned, err := l.scan(ctx)
	if err != nil {
		return err
	}
	err = scanned.Apply(t, func() (io.ReadCloser, error) {
		if err := l.Verify(ctx); err != nil {
			return nil, err
		}
		known := l
		known.isMeasured = true // or it could not be in the tree
		return known.OpenTar(ctx)
	})
	return hint.Default(err, howToMendLayer)
}

const howToMendLayer = "the layer is not a valid tar archive of files: build or pull the image again, or choose another one"

// ReadContentsInto is ReadInto with a function for contents, and without a cache: see [tree.Tree.ReadLayerContents].
func (l BaseLayer) ReadContentsInto(ctx context.Context, t *tree.Tree, content func(*tar.Header, io.Reader) (tree.Content, error)) error {
	return l.read(ctx, func(r io.Reader) error { return t.ReadLayerContents(r, content) })
}

// read calls read with the tar, which it must read to its end, and verifies all of it.
func (l BaseLayer) read(ctx context.Context, read func(io.Reader) error) error {
	content, err := l.OpenTar(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	if err := read(content); err != nil {
		// A layer that is not what its digest says is the cause of all else in it.
		if _, cause := io.Copy(io.Discard, content); cause != nil {
			return cause
		}
		return hint.Default(err, howToMendLayer)
	}
	if l.check != nil {
		l.check.mu.Lock()
		defer l.check.mu.Unlock()
		l.check.isDone = true
	}
	return nil
}

const howToRecompress = "compress the image's layers with gzip or zstd: skopeo copy --dest-compress-format gzip"

// checkCompression refuses compressors that image-spec does not have. A tar whose first file has such a name is accepted.
func checkCompression(blob *bufio.Reader) error {
	const blockSize = 512
	block, _ := blob.Peek(blockSize) // an error comes again
	isTar := len(block) == blockSize && isTarHeader(block)
	if name := foreignCompression(block); name != "" && !isTar {
		return fmt.Errorf("is compressed with %s, which is not supported; want a tar, plain or with gzip or zstd", name)
	}
	return nil
}

// A layerReader reads a layer's tar and verifies, at its end, the diffID and what is left of the blob.
type layerReader struct {
	blob     io.Closer
	buffered io.Reader // of the blob
	tar      io.ReadCloser
	layer    BaseLayer
	hash     digest.Verifier // of the tar; nil when the blob's digest is enough
	err      error
}

func (r *layerReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.tar.Read(p)
	if r.hash != nil {
		r.hash.Write(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		err = r.verify()
	case err != nil:
		err = causeIn(r.buffered, err)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.layer.failed(err)
	}
	r.err = err
	return n, err
}

// causeIn returns why a blob cannot be decompressed: if it is not what its digest
// says, that is it.
func causeIn(blob io.Reader, err error) error {
	if _, cause := io.Copy(io.Discard, blob); cause != nil {
		return cause
	}
	return err
}

func (r *layerReader) verify() error {
	if _, err := io.Copy(io.Discard, r.buffered); err != nil {
		return err
	}
	if r.hash != nil && !r.hash.Verified() {
		return verify.Damaged(fmt.Errorf("uncompressed content does not match the diffID %s", r.layer.DiffID))
	}
	return io.EOF
}

func (r *layerReader) Close() error {
	return errors.Join(r.tar.Close(), r.blob.Close())
}
