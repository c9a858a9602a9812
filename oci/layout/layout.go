package layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// OpenStore opens what an oci:, oci-archive: or docker-archive: reference names for reading.
func OpenStore(ctx context.Context, ref oci.Reference) (oci.Store, error) {
	switch ref.Transport {
	case oci.TransportLayout:
		return openLayout(ref.Path)
	case oci.TransportArchive:
		return openArchive(ctx, ref.Path)
	case oci.TransportDockerArchive:
		return openDockerArchive(ctx, ref)
	}
	return nil, hint.Errorf("%s is not the transport of an image", ref.Transport).With(howToFind)
}

// A layoutDir is an OCI image layout in a directory, open for reading (image-spec image-layout.md).
// It holds nothing open and sees what others add to the directory.
type layoutDir struct {
	dir string
}

// openLayout opens the layout in dir, whose oci-layout file must be of version 1.0.0.
func openLayout(dir string) (*layoutDir, error) {
	data, err := imagedoc.ReadFile(filepath.Join(dir, v1.ImageLayoutFile))
	if err != nil {
		return nil, errNoLayout(dir, err)
	}
	if err := checkLayoutMarker(data); err != nil {
		return nil, verify.Damaged(fmt.Errorf("%s: %w", dir, err))
	}
	return &layoutDir{dir: dir}, nil
}

// howToFind is the remedy where there is no layout or archive.
const howToFind = "give an existing image: docker://HOST/NAME:TAG, oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE"

// errNoLayout says what is at dir instead of a layout whose oci-layout can be read.
func errNoLayout(dir string, cause error) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hint.Errorf("%s: no such directory", dir).With(howToFind)
	case err == nil && !info.IsDir():
		return hint.Errorf("%s: is a file, not the directory of a layout", dir).With("for an archive write oci-archive:" + dir)
	case err == nil && errors.Is(cause, fs.ErrNotExist):
		return hint.Errorf("%s: is not an OCI layout: it has no file %s", dir, v1.ImageLayoutFile).With(howToFind)
	}
	return cause
}

// Index returns index.json.
func (l *layoutDir) Index(ctx context.Context) (v1.Index, error) {
	if err := ctx.Err(); err != nil {
		return v1.Index{}, err
	}
	path := filepath.Join(l.dir, v1.ImageIndexFile)
	data, err := imagedoc.ReadFile(path)
	if err != nil {
		return v1.Index{}, verify.Damaged(fmt.Errorf("%s: %w", path, diskio.Reason(err)))
	}
	index, err := imagedoc.ParseIndex(data)
	if err != nil {
		return v1.Index{}, verify.Damaged(fmt.Errorf("%s: %w", path, err))
	}
	return index, nil
}

// Open returns the blob that desc names; see [oci.Store].
func (l *layoutDir) Open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	if err := verify.Descriptor(desc); err != nil {
		return nil, err
	}
	blob, err := verify.OpenFile(ctx, blobPath(l.dir, desc.Digest), desc)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &oci.MissingBlobError{Digest: desc.Digest, Store: "layout " + l.dir}
	}
	if err != nil {
		return nil, err
	}
	return blob, nil
}

// Close does nothing: a layout holds no file open.
func (l *layoutDir) Close() error { return nil }

// blobPath is where a layout keeps a blob. The digest must have passed CheckDigest.
func blobPath(dir string, dgst digest.Digest) string {
	return filepath.Join(dir, v1.ImageBlobsDir, dgst.Algorithm().String(), dgst.Encoded())
}

// checkLayoutMarker checks the content of the file oci-layout.
func checkLayoutMarker(data []byte) error {
	var marker v1.ImageLayout
	if err := jsontext.Unmarshal(data, &marker); err != nil {
		return fmt.Errorf("%s: %w", v1.ImageLayoutFile, err)
	}
	if marker.Version != v1.ImageLayoutVersion {
		return fmt.Errorf("%s: version %q; only %s is supported", v1.ImageLayoutFile, marker.Version, v1.ImageLayoutVersion)
	}
	return nil
}
