package oci

import (
	"context"
	_ "crypto/sha256" // go-digest finds its hashes among those linked in
	_ "crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Store is where an image's blobs are read from: a [Layout], an [Archive], or a registry. It may be used concurrently.
type Store interface {
	// Index returns index.json: the entry point, whose entries carry the tags.
	Index(ctx context.Context) (v1.Index, error)
	// Open returns the blob that desc names. Reading it gives an error instead of io.EOF when its digest or size are not
	// desc's, and when ctx is done. Bytes read before that are not verified.
	Open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error)
	// Close releases the store. Blobs that are open stay readable from a layout, not from an archive.
	Close() error
}

// OpenStore opens the layout, archive or registry that ref names for reading. Registries may be nil.
func OpenStore(ctx context.Context, ref Reference, registries *Registries) (Store, error) {
	switch ref.Transport {
	case TransportRegistry:
		return openRegistryStore(ref, registries)
	case TransportLayout:
		return OpenLayout(ref.Path)
	case TransportArchive:
		return OpenArchive(ctx, ref.Path)
	case TransportDockerArchive:
		return openDockerArchive(ctx, ref)
	}
	return nil, fmt.Errorf("%s is not an image", ref)
}

// maxDocumentSize bounds manifests, indexes and configs, in bytes. Registries accept 4 MiB.
const maxDocumentSize = 16 << 20

// ReadBlob returns the whole, verified content of a manifest, index or config; one over 16 MiB is an error.
func ReadBlob(ctx context.Context, store Store, desc v1.Descriptor) ([]byte, error) {
	if desc.Size > maxDocumentSize {
		return nil, fmt.Errorf("blob %s: %d bytes, more than the %d that a document may have", desc.Digest, desc.Size, maxDocumentSize)
	}
	blob, err := store.Open(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return io.ReadAll(blob)
}

// checkDescriptor refuses a digest that could not be a file name or not be verified. It stands before every use of
// a digest in a path.
func checkDescriptor(desc v1.Descriptor) error {
	if err := checkDigest(desc.Digest); err != nil {
		return err
	}
	if desc.Size < 0 {
		return fmt.Errorf("blob %s: negative size %d", desc.Digest, desc.Size)
	}
	return nil
}

func checkDigest(dgst digest.Digest) error {
	if err := dgst.Validate(); err != nil {
		return fmt.Errorf("digest %q: %w", dgst, err)
	}
	if a := dgst.Algorithm(); a != digest.SHA256 && a != digest.SHA512 {
		return fmt.Errorf("digest %q: only sha256 and sha512 are supported", dgst)
	}
	return nil
}

// A verifiedReader hands out io.EOF only after as many bytes as announced, with the digest announced.
type verifiedReader struct {
	ctx    context.Context
	blob   io.Reader
	closer io.Closer
	desc   v1.Descriptor
	hash   digest.Verifier
	read   int64
	err    error
	// whole is set if the blob is all of a file, and the same bytes may be had from there.
	whole *wholeFile
}

// verified wraps a blob whose descriptor has passed checkDescriptor.
func verified(ctx context.Context, blob io.Reader, closer io.Closer, desc v1.Descriptor) *verifiedReader {
	return &verifiedReader{ctx: ctx, blob: blob, closer: closer, desc: desc, hash: desc.Digest.Verifier()}
}

func (r *verifiedReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.err = r.ctx.Err(); r.err != nil {
		return 0, r.err
	}
	// One byte more than is left shows a blob that is too long.
	if left := r.desc.Size - r.read; int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	n, err := r.blob.Read(p)
	r.read += int64(n)
	if r.read > r.desc.Size {
		r.err = fmt.Errorf("blob %s: longer than the %d bytes its descriptor says", r.desc.Digest, r.desc.Size)
		return 0, r.err
	}
	r.hash.Write(p[:n])
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		r.err = fmt.Errorf("blob %s: %w", r.desc.Digest, err)
	case r.read < r.desc.Size:
		r.err = fmt.Errorf("blob %s: truncated: %d bytes, its descriptor says %d", r.desc.Digest, r.read, r.desc.Size)
	case !r.hash.Verified():
		r.err = fmt.Errorf("blob %s: content does not match the digest", r.desc.Digest)
	default:
		r.err = io.EOF
	}
	return n, r.err
}

func (r *verifiedReader) Close() error { return r.closer.Close() }

// copyBuffer is how much of a blob is read at once, in bytes.
const copyBuffer = 256 << 10

// drain reads what is left. What io.Discard does takes more, smaller steps.
func drain(r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, copyBuffer))
	return err
}

// readBounded reads a document that has no descriptor.
func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxDocumentSize+1))
	if err == nil && len(data) > maxDocumentSize {
		err = fmt.Errorf("more than the %d bytes that a document may have", maxDocumentSize)
	}
	return data, err
}

// checkLayoutMarker checks the content of the file oci-layout.
func checkLayoutMarker(data []byte) error {
	var marker v1.ImageLayout
	if err := json.Unmarshal(data, &marker); err != nil {
		return fmt.Errorf("%s: %w", v1.ImageLayoutFile, err)
	}
	if marker.Version != v1.ImageLayoutVersion {
		return fmt.Errorf("%s: version %q; only %s is known", v1.ImageLayoutFile, marker.Version, v1.ImageLayoutVersion)
	}
	return nil
}

// parseIndex reads index.json or a nested index (image-spec image-index.md).
func parseIndex(data []byte) (v1.Index, error) {
	var index v1.Index
	if err := checkDocument(data, v1.MediaTypeImageIndex, mediaTypeDockerList); err != nil {
		return index, err
	}
	err := json.Unmarshal(data, &index)
	return index, err
}

// parseManifest reads an image manifest (image-spec manifest.md).
func parseManifest(data []byte) (v1.Manifest, error) {
	var manifest v1.Manifest
	if err := checkDocument(data, v1.MediaTypeImageManifest, mediaTypeDockerManifest); err != nil {
		return manifest, err
	}
	err := json.Unmarshal(data, &manifest)
	return manifest, err
}

// checkDocument refuses what could be read as a manifest by one program and as an index by another: a media type
// that is not one of want, or the fields of both (image-spec manifest.md, mediaType).
func checkDocument(data []byte, want ...string) error {
	var document struct {
		SchemaVersion             int
		MediaType                 string
		Manifests, Config, Layers json.RawMessage
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return err
	}
	if document.SchemaVersion != 2 {
		return fmt.Errorf("schemaVersion %d; only 2 is known", document.SchemaVersion)
	}
	if document.MediaType != "" && document.MediaType != want[0] && document.MediaType != want[1] {
		return fmt.Errorf("mediaType %q, want %q", document.MediaType, want[0])
	}
	if document.Manifests != nil && (document.Config != nil || document.Layers != nil) {
		return errors.New("has the fields of both a manifest and an index")
	}
	return nil
}
