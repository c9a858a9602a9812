package layout

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/outputfile"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// An archiveOutput is an archive, in the form that Write gives it.
type archiveOutput struct {
	ref   oci.Reference
	write func(ctx context.Context, file *os.File, ref oci.Reference, staged *oci.Staged, desc v1.Descriptor, referrers []v1.Descriptor) error
}

// String returns the reference.
func (o *archiveOutput) String() string { return o.ref.String() }

// Stage implements [oci.Output].
func (o *archiveOutput) Stage() (oci.Staging, error) {
	return oci.Staging{Dir: filepath.Dir(o.ref.Path)}, outputfile.Hint(checkArchiveTarget(o.ref.Path))
}

// Has implements [oci.Output]: an archive is always written whole.
func (o *archiveOutput) Has(context.Context, v1.Descriptor) (string, bool, error) {
	return "", false, nil
}

// Defer implements [oci.Output]: an archive has all blobs staged.
func (o *archiveOutput) Defer(context.Context, oci.BlobSource, v1.Descriptor) (bool, error) {
	return false, nil
}

// Publish writes the archive beside its name and renames it. Its bytes depend on its content alone.
func (o *archiveOutput) Publish(ctx context.Context, staged *oci.Staged, desc v1.Descriptor, referrers []v1.Descriptor) error {
	// Not by internal/atomicfile: the staging directory, which a later build sweeps if this one is killed, has the temporary file.
	file, err := outputfile.Create(filepath.Join(staged.Dir, "archive"))
	if err != nil {
		return err
	}
	err = o.write(ctx, file, o.ref, staged, desc, referrers)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// As Stage has it, in the directory of the staged file: without "." and ".." and what is before it.
	if err := os.Rename(file.Name(), filepath.Clean(o.ref.Path)); err != nil {
		return err
	}
	outputfile.SyncDirectory(filepath.Dir(o.ref.Path))
	return nil
}

// writeArchive writes an oci-archive: entries sorted by name, no owner, no time.
func writeArchive(ctx context.Context, w *os.File, ref oci.Reference, staged *oci.Staged, desc v1.Descriptor, referrers []v1.Descriptor) error {
	index, err := new(layoutIndex).With(ref.Name, desc, referrers, readBlobs(func(d digest.Digest) string { return staged.Blobs[d].Path }))
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: v1.ImageBlobsDir + "/", Mode: 0o755}); err != nil {
		return err
	}
	algorithm := ""
	for _, dgst := range slices.Sorted(maps.Keys(staged.Blobs)) {
		if next := dgst.Algorithm().String(); next != algorithm {
			algorithm = next
			name := path.Join(v1.ImageBlobsDir, algorithm) + "/"
			if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}); err != nil {
				return err
			}
		}
		if err := writeArchiveBlob(ctx, out, staged.Blobs[dgst], dgst); err != nil {
			return err
		}
	}
	for _, document := range [][2]string{{v1.ImageIndexFile, string(index.Bytes())}, {v1.ImageLayoutFile, layoutMarker}} {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: document[0], Size: int64(len(document[1])), Mode: 0o644}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(out, strings.NewReader(document[1])); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeArchiveBlob(ctx context.Context, out *tar.Writer, blob oci.StagedBlob, dgst digest.Digest) error {
	file, err := os.Open(blob.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	name := path.Join(v1.ImageBlobsDir, dgst.Algorithm().String(), dgst.Encoded())
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: blob.Size, Mode: 0o644}); err != nil {
		return err
	}
	desc := v1.Descriptor{Digest: dgst, Size: blob.Size}
	return verify.Copy(ctx, out, file, desc)
}
