package oci

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// A BlobWriter is a blob of a [Destination] being written. It is for one goroutine.
type BlobWriter struct {
	ctx         context.Context
	destination *Destination
	file        *os.File
	hash        digest.Digester
	size        int64
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
	w.hash.Hash().Write(p[:n])
	w.size += int64(n)
	if err != nil {
		w.err = fmt.Errorf("output %s: %w", w.destination.ref, reason(err))
	}
	return n, w.err
}

// Commit ends the blob, makes sure that it is on the disk and returns its descriptor. It becomes visible with
// [Destination.Commit]. A blob that a layout has already, intact, is not written a second time.
func (w *BlobWriter) Commit(mediaType string) (v1.Descriptor, error) {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		err := w.err
		w.Abort()
		return v1.Descriptor{}, err
	}
	d := w.destination
	desc := v1.Descriptor{MediaType: mediaType, Digest: w.hash.Digest(), Size: w.size}
	has, err := d.has(w.ctx, desc)
	if has || err != nil {
		w.Abort()
		return desc, err
	}
	// An archive syncs the one file that it copies its blobs to.
	if d.ref.Transport == TransportLayout {
		err = w.file.Sync()
	}
	path := w.file.Name()
	if err = errors.Join(err, w.close()); err != nil {
		os.Remove(path)
		return v1.Descriptor{}, fmt.Errorf("output %s: %w", d.ref, reason(err))
	}
	d.add(desc.Digest, addedBlob{size: desc.Size, path: path})
	return desc, nil
}

// Abort drops the blob. After Commit it does nothing.
func (w *BlobWriter) Abort() error {
	if errors.Is(w.err, errBlobClosed) {
		return nil
	}
	path := w.file.Name()
	return errors.Join(w.close(), os.Remove(path))
}

func (w *BlobWriter) close() error {
	w.err = errBlobClosed
	w.destination.mu.Lock()
	delete(w.destination.writers, w)
	w.destination.mu.Unlock()
	return w.file.Close()
}
