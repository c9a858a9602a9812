// Package verify holds blobs to their descriptors while they are read.
package verify

import (
	"context"
	_ "crypto/sha256" // go-digest finds its hashes among those linked in
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
)

// A Reader hands out io.EOF only after as many bytes as announced, with the digest announced.
type Reader struct {
	Desc v1.Descriptor

	// File is set if the blob is all of a file, and the same bytes may be had from there.
	File *os.File
	// Linkable is the name of the blob in its layout; "" for a file that may be written to later.
	Linkable string

	ctx    context.Context
	blob   io.Reader
	closer io.Closer
	hash   digest.Verifier
	read   int64
	err    error
}

// NewReader returns a reader of blob that returns io.EOF only if size and digest match desc, and an error
// otherwise. Bytes read before that are not verified. Closing it closes closer. Desc must have passed [Descriptor].
func NewReader(ctx context.Context, blob io.Reader, closer io.Closer, desc v1.Descriptor) *Reader {
	return &Reader{Desc: desc, ctx: ctx, blob: blob, closer: closer, hash: desc.Digest.Verifier()}
}

// Copy writes the blob to w and verifies it. It may return an error after writing all bytes.
func Copy(ctx context.Context, w io.Writer, blob io.Reader, desc v1.Descriptor) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, NewReader(ctx, blob, nil, desc), make([]byte, BufferSize))
	return err
}

// OpenFile opens a file that should hold one blob and is never changed in place. Reading it returns an error
// instead of io.EOF if its content does not match, and a copy may hard-link it.
func OpenFile(ctx context.Context, name string, desc v1.Descriptor) (io.ReadCloser, error) {
	if err := Descriptor(desc); err != nil {
		return nil, err
	}
	file, err := diskio.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	blob := NewReader(ctx, file, file, desc)
	blob.File, blob.Linkable = file, name
	return blob, nil
}

func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.err = r.ctx.Err(); r.err != nil {
		return 0, r.err
	}
	// One byte more than is left shows a blob that is too long.
	if left := r.Desc.Size - r.read; int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	n, err := r.blob.Read(p)
	r.read += int64(n)
	if r.read > r.Desc.Size {
		r.err = r.damaged("longer than the %d bytes its descriptor says", r.Desc.Size)
		return 0, r.err
	}
	r.hash.Write(p[:n])
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		r.err = &BlobError{r.Desc.Digest, err}
	case r.read < r.Desc.Size:
		r.err = r.damaged("truncated: %d bytes, its descriptor says %d", r.read, r.Desc.Size)
	case !r.hash.Verified():
		r.err = r.damaged("content does not match the digest")
	default:
		r.err = io.EOF
	}
	return n, r.err
}

func (r *Reader) damaged(format string, args ...any) error {
	return Damaged(&BlobError{r.Desc.Digest, fmt.Errorf(format, args...)})
}

// BlobError is an error of a blob, and names it.
type BlobError struct {
	Digest digest.Digest
	Err    error
}

func (e *BlobError) Error() string { return fmt.Sprintf("blob %s: %v", e.Digest, e.Err) }
func (e *BlobError) Unwrap() error { return e.Err }

// Damaged adds the remedy for content that is not what it should be.
func Damaged(err error) error {
	return hint.With(err, "the image is damaged: pull, copy or build it again")
}

func (r *Reader) Close() error { return r.closer.Close() }

// BufferSize is how much of a blob is read at once, in bytes.
const BufferSize = 256 << 10

// Drain reads the rest. io.Discard would take more, smaller steps.
func Drain(r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, BufferSize))
	return err
}

// Digest refuses a digest that is not a safe file name or cannot be verified.
func Digest(dgst digest.Digest) error {
	if err := dgst.Validate(); err != nil {
		return fmt.Errorf("digest %q: %w", dgst, err)
	}
	if a := dgst.Algorithm(); a != digest.SHA256 && a != digest.SHA512 {
		return fmt.Errorf("digest %q: only sha256 and sha512 are supported", dgst)
	}
	return nil
}

// Descriptor refuses a descriptor with such a digest, or a negative size. Call it before using a digest in a path.
func Descriptor(desc v1.Descriptor) error {
	if err := Digest(desc.Digest); err != nil {
		return err
	}
	if desc.Size < 0 {
		return &BlobError{desc.Digest, fmt.Errorf("negative size %d", desc.Size)}
	}
	return nil
}
