package oci

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gofrs/flock"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Destination is an output in the making, a layout (oci:), an archive (oci-archive:, docker-archive:) or an image in a registry
// (docker://). NewBlob, Put and Copy may be used concurrently; Commit or Abort comes after them.
//
// Blobs are gathered in a hidden directory, .lamina-*, inside the layout or beside the archive. Commit moves them to
// their place and then replaces index.json, all under an exclusive lock on the file oci-layout; an archive is
// renamed into place in one step, in place of a file that was there. So other builds may write to the same
// layout at the same time:
//
//   - A blob reaches its final name only under the lock, complete and synced.
//   - A Commit that fails removes, before it gives the lock back, the blobs that it has put there itself. Every other
//     build looks under the same lock whether the blobs it counts on are there, so none can have come to rely on them.
//   - Nothing else is ever removed. A blob that is there already is kept, and replaced only when its content is not
//     what its name says.
//
// Files and directories get modes 0644 and 0755 less the umask.
//
// To a registry, nothing is sent before Commit; see [Destination.Commit].
type Destination struct {
	ref Reference
	// staging is the hidden directory, and alive the lock in it, which is held as long as the process lives.
	staging string
	alive   *flock.Flock
	// isNewLayout says that there was no file oci-layout to begin with.
	isNewLayout bool
	registry    *registryTarget // nil for all but registries
	// made has the directories that did not exist before, outermost first.
	made []string

	mu      sync.Mutex
	blobs   map[digest.Digest]addedBlob
	writers map[*BlobWriter]bool
	count   int  // files in staging, for their names
	isDone  bool // committed or aborted
}

// An addedBlob is part of the output: in the staging directory, or in the layout already.
type addedBlob struct {
	size int64
	// path is the file in staging, "" for a blob that the layout has and that is intact, and for one that the
	// registry has or gets from its source.
	path string
}

// OpenDestination begins an output at ref and fails early when it cannot be
// written: a file where the layout should be, a directory that is no layout, no permission, a registry that does not answer. Directories that are
// missing are made. Defer Abort. Registries may be nil.
func OpenDestination(ctx context.Context, ref Reference, registries *Registries) (*Destination, error) {
	d := &Destination{ref: ref, blobs: map[digest.Digest]addedBlob{}, writers: map[*BlobWriter]bool{}}
	if ref.Transport == TransportRegistry {
		var err error
		if d.registry, err = openRegistryTarget(ctx, ref, registries); err != nil {
			return nil, fmt.Errorf("open output %s: %w", ref, err)
		}
	}
	if err := d.open(ctx); err != nil {
		d.Abort()
		return nil, fmt.Errorf("open output %s: %w", ref, err)
	}
	return d, nil
}

// CheckDestination says early what OpenDestination would refuse, and writes nothing. It asks no registry.
func CheckDestination(ref Reference) error {
	d := &Destination{ref: ref}
	_, check, err := d.target()
	if err == nil {
		err = check()
	}
	if err != nil {
		return fmt.Errorf("open output %s: %w", ref, err)
	}
	return nil
}

// target returns the directory that the output is in or is, and what finds a reason
// not to write it.
func (d *Destination) target() (dir string, check func() error, err error) {
	if strings.HasPrefix(d.ref.Name, "@") {
		return "", nil, fmt.Errorf("%s is a place to read an image from; an image that is written has a tag, or no name", d.ref.Name)
	}
	switch d.ref.Transport {
	case TransportLayout:
		return d.ref.Path, func() error { return checkLayoutTarget(d.ref.Path) }, nil
	case TransportArchive, TransportDockerArchive:
		return filepath.Dir(d.ref.Path), func() error { return checkArchiveTarget(d.ref.Path) }, nil
	case TransportRegistry:
		return os.TempDir(), func() error { _, err := registryTargetName(d.ref); return err }, nil
	}
	return "", nil, fmt.Errorf("%s cannot be written; want oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker://HOST/NAME[:TAG]", d.ref.Transport)
}

func (d *Destination) open(ctx context.Context) error {
	dir, check, err := d.target()
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := check(); err != nil {
			return err
		}
		if err := d.makeDirectories(dir); err != nil {
			return err
		}
		sweep(dir)
		staging := filepath.Join(dir, stagingPrefix+rand.Text())
		err := os.Mkdir(staging, 0o755)
		if err == nil {
			d.staging = staging
			d.alive = flock.New(filepath.Join(staging, stagingLock))
			d.alive.TryLock() // without, the directory is old when it is swept away
			_, err := os.Stat(filepath.Join(dir, v1.ImageLayoutFile))
			d.isNewLayout = err != nil
			return nil
		}
		// Another build that had made the directory may just have failed and removed it.
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: cannot be written to: %w", dir, reason(err))
		}
	}
}

// NewBlob begins a blob. End it with Commit or Abort of the writer.
func (d *Destination) NewBlob(ctx context.Context) (*BlobWriter, error) {
	w, err := d.newBlob(ctx)
	if err == nil {
		w.hash = digest.SHA256.Digester()
	}
	return w, err
}

// NewDescribedBlob begins a blob whose maker knows its digest. End it with CommitAs or Abort of the writer.
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
		return nil, fmt.Errorf("output %s: already closed", d.ref)
	}
	file, err := createFile(filepath.Join(d.staging, strconv.Itoa(d.count)))
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", d.ref, reason(err))
	}
	d.count++
	w := &BlobWriter{ctx: ctx, destination: d, file: file, path: file.Name()}
	d.writers[w] = true
	return w, nil
}

// reason drops the path of a file in the hidden directory from an error: it tells a reader nothing.
func reason(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// createFile makes a new file. The mode that os.CreateTemp gives, 0600, would stay with the file for ever.
func createFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
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

// has reports whether the blob needs no writing. What a layout holds under the name is read and verified: a digest in
// a file name proves nothing about an output that is years old.
func (d *Destination) has(ctx context.Context, desc v1.Descriptor) (bool, error) {
	d.mu.Lock()
	_, isAdded := d.blobs[desc.Digest]
	d.mu.Unlock()
	if !isAdded && d.registry != nil {
		return d.registry.has(ctx, d, desc)
	}
	if isAdded || d.ref.Transport != TransportLayout {
		return isAdded, nil
	}
	isStable, err := d.isStable(ctx, desc)
	if err != nil || !isStable {
		return false, err
	}
	isIntact := isIntactFile(ctx, blobPath(d.ref.Path, desc.Digest), desc)
	if isIntact {
		d.add(desc.Digest, addedBlob{size: desc.Size})
	}
	return isIntact, ctx.Err()
}

// isStable reports whether a layout has a blob, of the right size, that no build will take away again: seen under a
// shared lock, so not in the middle of a Commit that may yet fail.
func (d *Destination) isStable(ctx context.Context, desc v1.Descriptor) (bool, error) {
	path := blobPath(d.ref.Path, desc.Digest)
	hasSize := func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular() && info.Size() == desc.Size
	}
	if !hasSize() {
		return false, nil
	}
	lock := flock.New(filepath.Join(d.ref.Path, v1.ImageLayoutFile), flock.SetFlag(os.O_RDONLY))
	defer lock.Close()
	if _, err := lock.TryRLockContext(ctx, lockRetry); errors.Is(err, fs.ErrNotExist) {
		return false, nil // a layout that was new, and whose build has failed
	} else if err != nil {
		return false, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	return hasSize(), nil
}

// add notes a blob; of two that were written at the same time the first stays.
func (d *Destination) add(dgst digest.Digest, blob addedBlob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, isAdded := d.blobs[dgst]; isAdded && blob.path != "" {
		os.Remove(blob.path)
		return
	}
	d.blobs[dgst] = blob
}

// Commit makes the output visible, all of it or nothing: desc, a manifest or index that was added together with all
// that it refers to, gets the tag of the destination's reference, in place of what had that tag. Without a tag it
// takes the place of the entry that has no name. When the layout says all this already, no byte changes.
//
// Referrers, from [PutReferrer], become visible with it. Those that a layout has of an image which has lost its tag
// are dropped from index.json, and so is an earlier one of the same kind and subject.
//
// To a registry, blobs go first, those that it has not and cannot take from another of its repositories; then manifests, each after what
// it refers to; then referrers; and the tag last. When that fails, the tag is what it was, and the registry may have
// blobs that nothing refers to, which it clears away in its time. It keeps referrers that it had.
func (d *Destination) Commit(ctx context.Context, desc v1.Descriptor, referrers ...v1.Descriptor) error {
	if d.isDone {
		return fmt.Errorf("output %s: already closed", d.ref)
	}
	var err error
	for _, part := range append([]v1.Descriptor{desc}, referrers...) {
		if err == nil {
			err = d.checkComplete(ctx, part)
		}
	}
	switch {
	case err != nil:
	case d.registry != nil:
		err = d.registry.publish(ctx, d, desc, referrers)
	case d.ref.Transport == TransportLayout:
		err = d.publishLayout(ctx, desc, referrers)
	case d.ref.Transport == TransportDockerArchive:
		err = d.publishDockerArchive(ctx, desc)
	default:
		err = d.publishArchive(ctx, desc, referrers)
	}
	if err != nil {
		return fmt.Errorf("write output %s: %w", d.ref, err)
	}
	d.isDone = true
	// The output is complete; a leftover in the hidden directory would not make it less so.
	d.removeStaging()
	return nil
}

// Abort ends the output without a trace, unless it was committed: then it does nothing.
func (d *Destination) Abort() error {
	if d.isDone {
		return nil
	}
	d.isDone = true
	for w := range d.writers {
		w.file.Close()
	}
	var err error
	if d.staging != "" {
		err = d.removeStaging()
	}
	for _, dir := range slices.Backward(d.made) {
		// Fails when someone else has put something there meanwhile, which is as it should be.
		os.Remove(dir)
	}
	return err
}

func (d *Destination) removeStaging() error {
	d.alive.Close()
	return os.RemoveAll(d.staging)
}

// checkComplete makes sure that all that desc refers to has been added.
func (d *Destination) checkComplete(ctx context.Context, desc v1.Descriptor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	blob, ok := d.blobs[desc.Digest]
	if !ok || blob.size != desc.Size {
		return fmt.Errorf("blob %s of %d bytes was not written", desc.Digest, desc.Size)
	}
	if desc.MediaType != v1.MediaTypeImageIndex && desc.MediaType != v1.MediaTypeImageManifest {
		return nil
	}
	path := blob.path
	if path == "" {
		path = blobPath(d.ref.Path, desc.Digest)
	}
	data, err := readDocument(path)
	if err != nil {
		return err
	}
	var document struct {
		Config            *v1.Descriptor
		Layers, Manifests []v1.Descriptor
	}
	if err := json.Unmarshal(data, &document); err != nil {
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

// isIntactFile reports whether a blob's file is there and is what desc says.
func isIntactFile(ctx context.Context, path string, desc v1.Descriptor) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != desc.Size {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	return drain(verified(ctx, file, file, desc)) == nil
}
