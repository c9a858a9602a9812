package oci

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
)

// publishArchive writes the tar next to the target and renames it. Its bytes depend on its content alone: entries
// sorted by name, no owner, no time.
func (d *Destination) publishArchive(ctx context.Context, desc v1.Descriptor, referrers []v1.Descriptor) error {
	index, err := d.nextIndex(nil, desc, referrers)
	if err != nil {
		return err
	}
	return d.replaceArchive(ctx, func(file *os.File) error { return d.writeArchive(ctx, file, index) })
}

// replaceArchive puts the file that write writes in place of the target.
func (d *Destination) replaceArchive(ctx context.Context, write func(*os.File) error) error {
	file, err := createFile(filepath.Join(d.staging, "archive"))
	if err != nil {
		return err
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), d.ref.Path); err != nil {
		return err
	}
	syncDirectory(filepath.Dir(d.ref.Path))
	return nil
}

func (d *Destination) writeArchive(ctx context.Context, w io.Writer, index []byte) error {
	out := tar.NewWriter(w)
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: v1.ImageBlobsDir + "/", Mode: 0o755}); err != nil {
		return err
	}
	algorithm := ""
	for _, dgst := range slices.Sorted(maps.Keys(d.blobs)) {
		if next := dgst.Algorithm().String(); next != algorithm {
			algorithm = next
			name := path.Join(v1.ImageBlobsDir, algorithm) + "/"
			if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}); err != nil {
				return err
			}
		}
		if err := d.writeArchiveBlob(ctx, out, dgst); err != nil {
			return err
		}
	}
	for _, document := range [][2]string{{v1.ImageIndexFile, string(index)}, {v1.ImageLayoutFile, layoutMarker}} {
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

func (d *Destination) writeArchiveBlob(ctx context.Context, out *tar.Writer, dgst digest.Digest) error {
	blob := d.blobs[dgst]
	file, err := os.Open(blob.path)
	if err != nil {
		return err
	}
	defer file.Close()
	name := path.Join(v1.ImageBlobsDir, dgst.Algorithm().String(), dgst.Encoded())
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: blob.size, Mode: 0o644}); err != nil {
		return err
	}
	desc := v1.Descriptor{Digest: dgst, Size: blob.size}
	_, err = io.Copy(out, verified(ctx, file, file, desc))
	return err
}
