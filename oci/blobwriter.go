package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// A BlobWriter is a blob of a [Destination] being written. It is for one goroutine.
type BlobWriter struct {
	ctx         context.Context
	destination *Destination
	file        *os.File
	path        string          // of the file in staging
	hash        digest.Digester // nil if it is known from elsewhere
	size        int64
	begun       int64 // bytes of it that beginSync was told of
	err         error // the first error, or that the blob is closed
}

var errBlobClosed = errors.New("blob is already committed or aborted")

// Write appends to the blob. After an error, or when the context of NewBlob is done, it keeps failing.
func (w *BlobWriter) Write(p []byte) (int, error) {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.file.Write(p)
	if w.hash != nil {
		w.hash.Hash().Write(p[:n])
	}
	w.wrote(int64(n))
	if err != nil {
		w.err = fmt.Errorf("output %s: %w", w.destination.output, diskio.Reason(err))
	}
	return n, w.err
}

// ReadFrom appends the content of r. If both are files, the operating system copies.
func (w *BlobWriter) ReadFrom(r io.Reader) (int64, error) {
	if w.hash != nil {
		return io.Copy(struct{ io.Writer }{w}, r)
	}
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.file.ReadFrom(r)
	w.wrote(n)
	if err != nil {
		w.err = fmt.Errorf("output %s: %w", w.destination.output, diskio.Reason(err))
	}
	return n, w.err
}

// ReadAt reads what was written, also while more is.
func (w *BlobWriter) ReadAt(p []byte, offset int64) (int, error) { return w.file.ReadAt(p, offset) }

// wrote counts bytes, and has the system begin to put them on the disk: at the end less is
// left to wait for.
func (w *BlobWriter) wrote(n int64) {
	const step = 16 << 20
	w.size += n
	if w.size-w.begun >= step && w.destination.staging.Sync {
		diskio.BeginSync(w.file, w.begun, w.size-w.begun)
		w.begun = w.size
	}
}

// Commit ends the blob, syncs it to disk and returns its descriptor. It becomes visible with
// [Destination.Commit]. A blob that a layout already has intact is not written again.
func (w *BlobWriter) Commit(mediaType string) (v1.Descriptor, error) {
	return w.commit(v1.Descriptor{MediaType: mediaType, Digest: w.hash.Digest(), Size: w.size})
}

// CommitAs is Commit for a blob of [Destination.NewDescribedBlob].
func (w *BlobWriter) CommitAs(desc v1.Descriptor) error {
	if w.err == nil {
		w.err = verify.Descriptor(desc)
	}
	if w.err == nil && desc.Size != w.size {
		w.err = fmt.Errorf("blob %s: has %d bytes, not %d", desc.Digest, w.size, desc.Size)
	}
	_, err := w.commit(desc)
	return err
}

func (w *BlobWriter) commit(desc v1.Descriptor) (v1.Descriptor, error) {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		err := w.err
		w.Abort()
		return v1.Descriptor{}, err
	}
	has, err := w.destination.has(w.ctx, desc)
	if has || err != nil {
		w.Abort()
		return desc, err
	}
	if err := w.add(desc); err != nil {
		return v1.Descriptor{}, err
	}
	return desc, nil
}

// add makes the file, which is what desc says, a part of the output.
func (w *BlobWriter) add(desc v1.Descriptor) error {
	d := w.destination
	var err error
	// An archive syncs the one file that it copies its blobs to.
	if d.staging.Sync {
		err = w.file.Sync()
	}
	if err = errors.Join(err, w.close()); err != nil {
		os.Remove(w.path)
		return fmt.Errorf("output %s: %w", d.output, diskio.Reason(err))
	}
	d.add(desc.Digest, StagedBlob{Size: desc.Size, Path: w.path})
	return nil
}

// Abort discards the blob. After Commit it does nothing.
func (w *BlobWriter) Abort() error {
	if errors.Is(w.err, errBlobClosed) {
		return nil
	}
	return errors.Join(w.close(), os.Remove(w.path))
}

func (w *BlobWriter) close() error {
	w.err = errBlobClosed
	w.destination.mu.Lock()
	delete(w.destination.writers, w)
	w.destination.mu.Unlock()
	return w.file.Close()
}
