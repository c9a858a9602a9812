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

// Copy adds the blob that desc names. Its bytes come from open, unless the output already has them intact. They are
// verified on the way into the output, or in the file that becomes part of it.
//
// A blob of another layout on the same file system is not written again where a hard link is
// equivalent: where the blob has the owner and mode of a newly created file. Blobs never change in place, and
// nobody else can write to such a file. Where the file system can share the bytes of two files until one of them is
// written to, files of any kind are shared so.
//
// The error is a *[SourceError] if the source could not be read or does not match desc.
func (d *Destination) Copy(ctx context.Context, desc v1.Descriptor, open func(context.Context) (io.ReadCloser, error)) error {
	return d.copyFrom(ctx, BlobSource{Open: open}, desc)
}

// copyFrom is Copy with all that is known of the source.
func (d *Destination) copyFrom(ctx context.Context, from BlobSource, desc v1.Descriptor) error {
	if err := verify.Descriptor(desc); err != nil {
		return err
	}
	if has, err := d.has(ctx, desc); has || err != nil {
		return err
	}
	if isDeferred, err := d.output.Defer(ctx, from, desc); isDeferred || err != nil {
		if err == nil {
			d.add(desc.Digest, StagedBlob{Size: desc.Size})
		}
		return err
	}
	source, err := from.Open(ctx)
	if err != nil {
		return &SourceError{err}
	}
	defer source.Close()
	w, err := d.newBlob(ctx)
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := w.fill(source, desc); err != nil {
		return err
	}
	return w.add(desc)
}

// A SourceError is an error of the source of a copy, not of its destination. Its text is that of Err.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// LinkBlob creates a hard link called name to the file of a blob that was added but not committed yet. It is an error
// if the blob is not a file of its own, or cannot be linked.
func (d *Destination) LinkBlob(dgst digest.Digest, name string) error {
	d.mu.Lock()
	blob := d.staged.Blobs[dgst]
	d.mu.Unlock()
	if blob.Path == "" || blob.IsPlaced {
		return fmt.Errorf("blob %s: %w", dgst, errors.ErrUnsupported)
	}
	return os.Link(blob.Path, name)
}

// fill gives the blob the bytes of source, which are verified.
func (w *BlobWriter) fill(source io.ReadCloser, desc v1.Descriptor) error {
	blob, ok := source.(*verify.Reader)
	if !ok || blob.Desc.Digest != desc.Digest || blob.Desc.Size != desc.Size {
		blob = verify.NewReader(w.ctx, source, source, desc)
	}
	if blob.File != nil && (w.link(blob.Linkable) || w.clone(blob.File)) {
		// The verified file is the very one that goes into the output, whatever its other names are for.
		return w.verify(desc)
	}
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, blob, make([]byte, verify.BufferSize)) // to tell errors of either side apart
	if err != nil && w.err == nil {
		err = &SourceError{err}
	}
	return err
}

// link makes the blob another name of the file called from, if that is as good as a file of its own. Any reason not to is one to
// copy.
func (w *BlobWriter) link(from string) bool {
	if from == "" {
		return false
	}
	own, err := w.file.Stat()
	if err != nil {
		return false
	}
	if info, err := os.Lstat(from); err != nil || !diskio.IsAlike(info, own) {
		return false
	}
	linked := w.path + "-linked"
	if os.Link(from, linked) != nil {
		return false
	}
	// Now that it has a name which is ours alone, it is looked at once more.
	info, err := os.Lstat(linked)
	if err == nil && diskio.IsAlike(info, own) {
		var file *os.File
		if file, err = os.Open(linked); err == nil {
			if err = os.Rename(linked, w.path); err == nil {
				w.file.Close()
				w.file = file
				return true
			}
			file.Close()
		}
	}
	os.Remove(linked)
	return false
}

// clone makes the blob share the bytes of the file. Where that is not possible it leaves the blob empty.
func (w *BlobWriter) clone(from *os.File) bool { return diskio.CloneFile(w.file, from) == nil }

// verify reads the blob as it lies there.
func (w *BlobWriter) verify(desc v1.Descriptor) error {
	file, err := os.Open(w.path)
	if err != nil {
		return fmt.Errorf("output %s: %w", w.destination.output, diskio.Reason(err))
	}
	defer file.Close()
	if err := verify.Blob(w.ctx, file, desc, w.destination.cache); err != nil {
		return &SourceError{err}
	}
	return nil
}
