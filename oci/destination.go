package oci

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/outputfile"
)

// A Destination is an image being written to an [Output]. NewBlob, Put and Copy may be used concurrently; Commit or Abort
// comes after them.
//
// Blobs are gathered in a hidden directory, .lamina-*, and become visible with Commit. Files and directories get modes
// 0644 and 0755 less the umask.
type Destination struct {
	output  Output
	staging Staging
	staged  Staged
	hidden  *tempdir.Dir // that blobs are gathered in; nil before it is made
	cache   *cache.Directory

	mu      sync.Mutex // guards the rest, and staged.Blobs
	writers map[*BlobWriter]bool
	count   int  // files in the hidden directory, for their names
	isDone  bool // committed or aborted
}

// NewDestination starts an image at output, and fails early if it cannot be written. It creates missing directories.
// The cache, which may be nil, lets several processors verify a large blob that another layout has. Defer Abort.
func NewDestination(ctx context.Context, output Output, directory *cache.Directory) (*Destination, error) {
	d := &Destination{output: output, cache: directory, writers: map[*BlobWriter]bool{}, staged: Staged{Blobs: map[digest.Digest]StagedBlob{}}}
	if err := d.open(ctx); err != nil {
		d.Abort()
		return nil, fmt.Errorf("open output %s: %w", output, err)
	}
	return d, nil
}

// maxOpens bounds how often the directory of an output is made again after other builds, which fail, have removed it.
const maxOpens = 100

func (d *Destination) open(ctx context.Context) error {
	for opens := 1; ; opens++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if d.staging, err = d.output.Stage(); err != nil {
			return err
		}
		dir := d.staging.Dir
		if err := d.makeDirectories(dir); err != nil {
			return outputfile.Hint(err)
		}
		d.hidden, err = tempdir.Make(dir, outputfile.HiddenPrefix, 0o755)
		if err == nil {
			d.staged.Dir = d.hidden.Path()
			return nil
		}
		// Another build that had made the directory may just have failed and removed it.
		if !errors.Is(err, fs.ErrNotExist) || opens == maxOpens {
			return outputfile.Hint(fmt.Errorf("%s: is not writable: %w", dir, diskio.Reason(err)))
		}
	}
}

// NewBlob starts a blob. End it with Commit or Abort of the writer.
func (d *Destination) NewBlob(ctx context.Context) (*BlobWriter, error) {
	w, err := d.newBlob(ctx)
	if err == nil {
		w.hash = digest.SHA256.Digester()
	}
	return w, err
}

// NewDescribedBlob starts a blob whose writer knows its digest. End it with CommitAs or Abort of the writer.
func (d *Destination) NewDescribedBlob(ctx context.Context) (*BlobWriter, error) {
	return d.newBlob(ctx)
}

func (d *Destination) newBlob(ctx context.Context) (*BlobWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.isDone {
		return nil, fmt.Errorf("output %s: already closed", d.output)
	}
	file, err := outputfile.Create(filepath.Join(d.staged.Dir, strconv.Itoa(d.count)))
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", d.output, diskio.Reason(err))
	}
	d.count++
	w := &BlobWriter{ctx: ctx, destination: d, file: file, path: file.Name()}
	d.writers[w] = true
	return w, nil
}

// makeDirectories makes dir and what is missing above it, and remembers what it made.
func (d *Destination) makeDirectories(dir string) error {
	missing, err := diskio.MissingDirectories(dir)
	if err != nil {
		return err
	}
	for _, path := range slices.Backward(missing) {
		err := os.Mkdir(path, 0o755)
		switch {
		case err == nil:
			d.staged.Made = append(d.staged.Made, path)
		case !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: cannot be created: %w", path, diskio.Reason(err))
		}
	}
	return nil
}

// Put adds a blob that is in memory: a config, manifest or index.
func (d *Destination) Put(ctx context.Context, mediaType string, data []byte) (v1.Descriptor, error) {
	w, err := d.NewBlob(ctx)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		return v1.Descriptor{}, err
	}
	return w.Commit(mediaType)
}

// has reports whether the blob needs no writing.
func (d *Destination) has(ctx context.Context, desc v1.Descriptor) (bool, error) {
	d.mu.Lock()
	_, isAdded := d.staged.Blobs[desc.Digest]
	d.mu.Unlock()
	if isAdded {
		return true, nil
	}
	path, ok, err := d.output.Has(ctx, desc)
	if err != nil || !ok {
		return false, err
	}
	d.add(desc.Digest, StagedBlob{Size: desc.Size, Path: path, IsPlaced: true})
	return true, nil
}

// add notes a blob; of two that were written at the same time the first stays.
func (d *Destination) add(dgst digest.Digest, blob StagedBlob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, isAdded := d.staged.Blobs[dgst]; isAdded && blob.Path != "" && !blob.IsPlaced {
		os.Remove(blob.Path)
		return
	}
	d.staged.Blobs[dgst] = blob
}

// Commit makes the output visible, all of it or nothing: desc, a manifest or index that was added together with all
// that it refers to, gets the tag of the destination's reference, in place of what had that tag. Without a tag it
// replaces the entry without a name. If the layout already has all this, no byte changes.
//
// Referrers, from [Destination.PutReferrer], become visible with it. In a layout, referrers of an image that loses its tag
// are removed from index.json, and so is an earlier one of the same kind and subject.
//
// In a registry, blobs go first, those that it lacks and cannot mount from another of its repositories; then manifests,
// each after those it lists; then referrers; and the tag last. On failure the tag is unchanged, and the registry may have
// unreferenced blobs, which its garbage collection removes. Existing referrers stay.
func (d *Destination) Commit(ctx context.Context, desc v1.Descriptor, referrers ...v1.Descriptor) error {
	if d.isDone {
		return fmt.Errorf("output %s: already closed", d.output)
	}
	var err error
	for _, part := range append([]v1.Descriptor{desc}, referrers...) {
		if err == nil {
			err = d.checkComplete(ctx, part)
		}
	}
	if err == nil {
		err = d.output.Publish(ctx, &d.staged, desc, referrers)
	}
	if err != nil {
		return fmt.Errorf("write output %s: %w", d.output, err)
	}
	d.isDone = true
	// The output is complete; a leftover in the hidden directory would not make it less so.
	d.hidden.Remove()
	return nil
}

// Abort discards the output and leaves nothing behind. After Commit it does nothing.
func (d *Destination) Abort() error {
	if d.isDone {
		return nil
	}
	d.isDone = true
	for w := range d.writers {
		w.file.Close()
	}
	var err error
	if d.hidden != nil {
		err = d.hidden.Remove()
	}
	for _, dir := range slices.Backward(d.staged.Made) {
		// Fails when someone else has put something there meanwhile, which is as it should be.
		os.Remove(dir)
	}
	return err
}

// checkComplete makes sure that all that desc refers to has been added.
func (d *Destination) checkComplete(ctx context.Context, desc v1.Descriptor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	blob, ok := d.staged.Blobs[desc.Digest]
	if !ok || blob.Size != desc.Size {
		return fmt.Errorf("blob %s of %d bytes was not written", desc.Digest, desc.Size)
	}
	if desc.MediaType != v1.MediaTypeImageIndex && desc.MediaType != v1.MediaTypeImageManifest {
		return nil
	}
	data, err := imagedoc.ReadFile(blob.Path)
	if err != nil {
		return err
	}
	var document struct {
		Config            *v1.Descriptor
		Layers, Manifests []v1.Descriptor
	}
	if err := jsontext.Unmarshal(data, &document); err != nil {
		return fmt.Errorf("blob %s: %w", desc.Digest, err)
	}
	children := append(document.Layers, document.Manifests...)
	if document.Config != nil {
		children = append(children, *document.Config)
	}
	for _, child := range children {
		if err := d.checkComplete(ctx, child); err != nil {
			return err
		}
	}
	return nil
}
