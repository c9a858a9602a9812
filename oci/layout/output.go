package layout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/filelock"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/outputfile"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

const layoutMarker = `{"imageLayoutVersion":"` + v1.ImageLayoutVersion + `"}`

// OutputOptions configure how an image is written. They do not affect its content.
type OutputOptions struct {
	Warn   func(string) // is told when writing must wait for another process; may be nil
	Memory *Memory      // of many images that are written; nil for none

	// Cache, if not nil, lets several processors verify a large blob that the layout already has.
	Cache *cache.Directory
}

// NewOutput returns the output that an oci:, oci-archive: or docker-archive: reference names.
func NewOutput(ref oci.Reference, o OutputOptions) (oci.Output, error) {
	switch ref.Transport {
	case oci.TransportLayout:
		return &layoutOutput{ref: ref, options: o}, nil
	case oci.TransportArchive:
		return &archiveOutput{ref, writeArchive}, nil
	case oci.TransportDockerArchive:
		return &archiveOutput{ref, writeDockerArchive}, nil
	}
	return nil, hint.Errorf("%s cannot be written", ref.Transport).With(
		"give oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker://HOST/NAME[:TAG]")
}

// A layoutOutput is a layout that an image is written to.
//
// Commit moves the blobs to their place and then replaces index.json, all under an exclusive lock on the file oci-layout.
// So other builds may write to the same layout at the same time:
//
//   - A blob reaches its final name only under the lock, complete and synced.
//   - A Commit that fails removes, before it releases the lock, the blobs that it has put there itself. Every other build
//     checks under the same lock that the blobs it counts on are there, so no build can rely on them.
//   - Nothing else is ever removed. An existing blob is kept, and replaced only when its content does not match its name.
type layoutOutput struct {
	ref     oci.Reference
	options OutputOptions
	// isNew says that the layout had no file oci-layout to begin with.
	isNew bool
}

// String returns the reference.
func (o *layoutOutput) String() string { return o.ref.String() }

// Stage implements [oci.Output].
func (o *layoutOutput) Stage() (oci.Staging, error) {
	if err := checkLayoutTarget(o.ref.Path, o.options.Memory); err != nil {
		return oci.Staging{}, outputfile.Hint(err)
	}
	_, err := os.Stat(filepath.Join(o.ref.Path, v1.ImageLayoutFile))
	o.isNew = err != nil
	return oci.Staging{Dir: o.ref.Path, Sync: true}, nil
}

// Has implements [oci.Output]. The file is read and verified: a digest in a file name proves nothing about an output that is
// years old.
func (o *layoutOutput) Has(ctx context.Context, desc v1.Descriptor) (string, bool, error) {
	isStable, err := o.isStable(ctx, desc)
	if err != nil || !isStable {
		return "", false, err
	}
	path := blobPath(o.ref.Path, desc.Digest)
	isIntact := o.options.Memory.isIntact(ctx, o.ref.Path, desc, o.options.Cache)
	return path, isIntact, ctx.Err()
}

// Defer implements [oci.Output]: a layout has all blobs staged.
func (o *layoutOutput) Defer(context.Context, oci.BlobSource, v1.Descriptor) (bool, error) {
	return false, nil
}

// Publish moves the blobs into the layout and replaces index.json, under the layout's lock. Replacing index.json is the
// last step that can fail.
func (o *layoutOutput) Publish(ctx context.Context, staged *oci.Staged, desc v1.Descriptor, referrers []v1.Descriptor) error {
	c := &layoutCommit{o, staged}
	lock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.release()
	if err := c.publish(ctx, desc, referrers, lock); err != nil {
		lock.rollBack()
		return err
	}
	return nil
}

// A layoutCommit is one call of Publish.
type layoutCommit struct {
	*layoutOutput
	staged *oci.Staged
}

func (c *layoutCommit) publish(ctx context.Context, desc v1.Descriptor, referrers []v1.Descriptor, lock *layoutLock) error {
	dir := c.ref.Path
	index, err := c.options.Memory.read(dir)
	if err != nil {
		return err
	}
	read := readBlobs(func(d digest.Digest) string {
		if blob := c.staged.Blobs[d]; blob.Path != "" {
			return blob.Path
		}
		return blobPath(dir, d)
	})
	if c.options.Memory != nil {
		index = index.Learn(read)
	}
	next, err := index.With(c.ref.Name, desc, referrers, read)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, v1.ImageIndexFile), err)
	}
	changed := map[string]bool{}
	for _, dgst := range slices.Sorted(maps.Keys(c.staged.Blobs)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.placeBlob(dgst, lock, changed); err != nil {
			return err
		}
	}
	for _, dir := range c.staged.Made {
		changed[filepath.Dir(dir)] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(changed)) {
		if err := outputfile.SyncDirectory(dir); err != nil {
			return err
		}
	}
	if !bytes.Equal(index.Bytes(), next.Bytes()) {
		if err := c.replaceIndex(ctx, next.Bytes()); err != nil {
			return err
		}
	}
	c.options.Memory.put(dir, next)
	return nil
}

// readBlobs reads documents of a layout. Path says where a blob's file is.
func readBlobs(path func(digest.Digest) string) func(v1.Descriptor) ([]byte, error) {
	return func(desc v1.Descriptor) ([]byte, error) {
		if err := verify.Digest(desc.Digest); err != nil {
			return nil, err
		}
		return imagedoc.ReadFile(path(desc.Digest))
	}
}

// placeBlob gives a blob its final name, or makes sure that it still has it.
func (c *layoutCommit) placeBlob(dgst digest.Digest, lock *layoutLock, changed map[string]bool) error {
	blob := c.staged.Blobs[dgst]
	final := blobPath(c.ref.Path, dgst)
	info, err := os.Stat(final)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	isThere := err == nil
	if blob.IsPlaced {
		if !isThere || info.Size() != blob.Size {
			return fmt.Errorf("blob %s: removed from the layout during the build, by another program", dgst)
		}
		return nil
	}
	parent := filepath.Dir(final)
	for _, dir := range []string{filepath.Dir(parent), parent} {
		if err := lock.mkdir(dir); err != nil {
			return err
		}
	}
	// The existing file came from another build in the meantime, or is damaged: ours is known to be right.
	if err := os.Rename(blob.Path, final); err != nil {
		return err
	}
	if !isThere {
		lock.created = append(lock.created, final)
	}
	changed[parent], changed[filepath.Dir(parent)], changed[c.ref.Path] = true, true, true
	return nil
}

func (c *layoutCommit) replaceIndex(ctx context.Context, data []byte) error {
	// Not by internal/atomicfile: the staging directory, which a later build sweeps if this one is killed, has the temporary file.
	next := filepath.Join(c.staged.Dir, v1.ImageIndexFile)
	if err := outputfile.Write(next, data); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(next, filepath.Join(c.ref.Path, v1.ImageIndexFile)); err != nil {
		return err
	}
	// The index is in place: whether or not this reaches the disk now, the output is the new one.
	outputfile.SyncDirectory(c.ref.Path)
	return nil
}

// makeMarker makes the file oci-layout unless it is there, whole from its first moment where the file system can.
func (c *layoutCommit) makeMarker(marker string) error {
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	marked := filepath.Join(c.staged.Dir, v1.ImageLayoutFile)
	if err := outputfile.Write(marked, []byte(layoutMarker)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	err := os.Link(marked, marker)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = outputfile.Write(marker, []byte(layoutMarker)) // no hard links here
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// checkLayoutTarget refuses what Commit could not make a layout of.
func checkLayoutTarget(dir string, memory *Memory) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return hint.Errorf("%s: is a file, not the directory of a layout", dir).With("for an archive write oci-archive:" + dir)
	}
	marker, err := imagedoc.ReadFile(filepath.Join(dir, v1.ImageLayoutFile))
	// Another build may be making this very layout, or taking back what it made: the next look then sees a whole
	// layout, or an empty directory.
	for tries := 0; errors.Is(err, fs.ErrNotExist); tries++ {
		stranger, failure := findStranger(dir)
		if stranger == "" {
			return failure
		}
		if tries == 100 {
			return fmt.Errorf("%s: is neither an OCI layout nor empty: it has %s but no file %s", dir, stranger, v1.ImageLayoutFile)
		}
		marker, err = imagedoc.ReadFile(filepath.Join(dir, v1.ImageLayoutFile))
	}
	if err != nil {
		return err
	}
	if err := checkLayoutMarker(marker); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	_, err = memory.read(dir)
	return err
}

// findStranger returns the name of something in dir that is not an unfinished build.
func findStranger(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), outputfile.HiddenPrefix) {
			return entry.Name(), nil
		}
	}
	return "", err
}

func checkArchiveTarget(path string) error {
	info, err := os.Stat(filepath.Clean(path))
	switch {
	case path != "" && os.IsPathSeparator(path[len(path)-1]):
		return hint.Errorf("%s: is the name of a directory", path).With("give the name of a file; for a layout write oci:" + path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return hint.Errorf("%s: is a directory", path).With("for a layout write oci:" + path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is not a regular file", path)
	}
	return nil
}

// isStable reports whether a layout has a blob, of the right size, that no build will take away again: seen under a
// shared lock, so not in the middle of a Commit that may yet fail.
func (o *layoutOutput) isStable(ctx context.Context, desc v1.Descriptor) (bool, error) {
	path := blobPath(o.ref.Path, desc.Digest)
	hasSize := func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular() && info.Size() == desc.Size
	}
	if !hasSize() {
		return false, nil
	}
	lock := flock.New(filepath.Join(o.ref.Path, v1.ImageLayoutFile), flock.SetFlag(os.O_RDONLY))
	defer lock.Close()
	if err := filelock.Wait(ctx, lock.TryRLock, o.reportWaiting); errors.Is(err, fs.ErrNotExist) {
		return false, nil // a layout that was new, and whose build has failed
	} else if err != nil {
		return false, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	return hasSize(), nil
}

// isIntactFile reports whether a blob's file is there and is what desc says.
func isIntactFile(ctx context.Context, path string, desc v1.Descriptor, directory *cache.Directory) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != desc.Size {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	return verify.Blob(ctx, file, desc, directory) == nil
}
