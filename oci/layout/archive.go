package layout

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// An archive is an OCI image layout in one tar file, open for reading. The tar's headers are read once, blobs are then read
// where they lie. A tar within gzip or zstd is unpacked into a temporary file.
type archive struct {
	path  string
	file  *archiveFile
	blobs map[digest.Digest]section
	index v1.Index
}

// A section is where an entry's content lies in the tar file, in bytes.
type section struct{ offset, size int64 }

// maxArchiveBlobs bounds what a hostile archive of empty entries can make us remember.
const maxArchiveBlobs = 1 << 17

// openArchive opens the oci-archive in file. It reads headers, oci-layout and index.json; blobs are verified when
// they are read.
func openArchive(ctx context.Context, file string) (*archive, error) {
	f, err := openArchiveFile(ctx, file)
	if err != nil {
		return nil, err
	}
	a := &archive{path: file, file: f, blobs: map[digest.Digest]section{}}
	if err := a.scan(ctx); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

// Index returns index.json.
func (a *archive) Index(ctx context.Context) (v1.Index, error) { return a.index, ctx.Err() }

// Open returns the blob that desc names; see [oci.Store].
func (a *archive) Open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	if err := verify.Descriptor(desc); err != nil {
		return nil, err
	}
	blob, ok := a.blobs[desc.Digest]
	if !ok {
		return nil, &oci.MissingBlobError{Digest: desc.Digest, Store: "archive " + a.path}
	}
	return verify.NewReader(ctx, io.NewSectionReader(a.file, blob.offset, blob.size), io.NopCloser(nil), desc), nil
}

// Close closes the file.
func (a *archive) Close() error { return a.file.Close() }

// scan notes where the blobs are and reads the two documents. Names are only ever compared, never opened, and only
// regular entries count: a link cannot lead anywhere. Of entries of one name the last counts, as when unpacked.
func (a *archive) scan(ctx context.Context) error {
	documents := map[string]section{}
	err := scanTar(ctx, a.file.File, func(name string, header *tar.Header, where section) error {
		if header.Typeflag != tar.TypeReg {
			return nil
		}
		if name == v1.ImageLayoutFile || name == v1.ImageIndexFile || name == dockerManifest {
			documents[name] = where
		} else if dgst, ok := blobDigest(name); ok {
			a.blobs[dgst] = where
		}
		if len(a.blobs) > maxArchiveBlobs {
			return fmt.Errorf("more than %d blobs", maxArchiveBlobs)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.readDocuments(documents)
}

// scanTar calls f with each entry of a plain tar, but for those whose bytes in the file are not their content: its
// cleaned name, without a slash at the beginning, and where its content is.
func scanTar(ctx context.Context, file *os.File, f func(name string, header *tar.Header, where section) error) error {
	entries := tar.NewReader(file)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return hint.Errorf("is not a readable tar: %s", strings.TrimPrefix(err.Error(), "archive/tar: ")).With("save the image again, or give another file")
		}
		// tar.Reader does not read ahead: the file stands at the entry's first byte.
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if isSparse(header) {
			continue
		}
		if err := f(path.Clean("/" + header.Name)[1:], header, section{offset, header.Size}); err != nil {
			return err
		}
	}
}

func (a *archive) readDocuments(documents map[string]section) error {
	read := func(name string) ([]byte, error) {
		where, ok := documents[name]
		if !ok {
			return nil, hint.Errorf("is not an oci-archive: it has no file %s", name).With(howToFind)
		}
		data, err := imagedoc.Read(io.NewSectionReader(a.file, where.offset, where.size))
		if err == nil && int64(len(data)) != where.size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return data, nil
	}
	marker, err := read(v1.ImageLayoutFile)
	if _, isDocker := documents[dockerManifest]; err != nil && isDocker {
		return hint.With(errors.New("is not an oci-archive but looks like a docker-archive"), "write docker-archive:"+a.path)
	}
	if err != nil {
		return err
	}
	if err := checkLayoutMarker(marker); err != nil {
		return err
	}
	index, err := read(v1.ImageIndexFile)
	if err != nil {
		return err
	}
	if a.index, err = imagedoc.ParseIndex(index); err != nil {
		return fmt.Errorf("%s: %w", v1.ImageIndexFile, err)
	}
	return nil
}

// isSparse reports entries whose bytes in the file are not their content.
func isSparse(header *tar.Header) bool {
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return header.Typeflag == tar.TypeGNUSparse
}

// blobDigest returns the digest that blobs/ALGORITHM/HEX stands for.
func blobDigest(name string) (digest.Digest, bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 3 || parts[0] != v1.ImageBlobsDir {
		return "", false
	}
	dgst := digest.NewDigestFromEncoded(digest.Algorithm(parts[1]), parts[2])
	return dgst, verify.Digest(dgst) == nil
}
