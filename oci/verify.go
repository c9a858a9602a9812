package oci

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
)

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

// VerifyReader returns a reader of blob that returns io.EOF only if size and digest match desc, and an error
// otherwise. Bytes read before that are not verified. Closing it closes closer. Desc must have passed
// [CheckDescriptor].
func VerifyReader(ctx context.Context, blob io.Reader, closer io.Closer, desc v1.Descriptor) io.ReadCloser {
	return verified(ctx, blob, closer, desc)
}

// CopyBlob writes the blob to w and verifies it. It may return an error after writing all bytes.
func CopyBlob(ctx context.Context, w io.Writer, blob io.Reader, desc v1.Descriptor) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, verified(ctx, blob, nil, desc), make([]byte, copyBuffer))
	return err
}

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
		r.err = damaged(fmt.Errorf("blob %s: longer than the %d bytes its descriptor says", r.desc.Digest, r.desc.Size))
		return 0, r.err
	}
	r.hash.Write(p[:n])
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		r.err = fmt.Errorf("blob %s: %w", r.desc.Digest, err)
	case r.read < r.desc.Size:
		r.err = damaged(fmt.Errorf("blob %s: truncated: %d bytes, its descriptor says %d", r.desc.Digest, r.read, r.desc.Size))
	case !r.hash.Verified():
		r.err = damaged(fmt.Errorf("blob %s: content does not match the digest", r.desc.Digest))
	default:
		r.err = io.EOF
	}
	return n, r.err
}

// damaged adds the remedy for content that is not what it should be.
func damaged(err error) error {
	return hint.With(err, "the image is damaged: pull, copy or build it again")
}

func (r *verifiedReader) Close() error { return r.closer.Close() }

// copyBuffer is how much of a blob is read at once, in bytes.
const copyBuffer = 256 << 10

// drain reads what is left. What io.Discard does takes more, smaller steps.
func drain(r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, copyBuffer))
	return err
}
