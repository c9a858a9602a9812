package layout

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/tempdir"
)

// maxUnpacked bounds what a compressed archive may unpack to, in bytes: 64 GiB.
const maxUnpacked = 64 << 30

// An archiveFile is the plain tar of an archive. For an archive within gzip, bzip2 or zstd (docker save | gzip) it is a temporary
// file, since blobs are read where they lie.
type archiveFile struct {
	*os.File
	io.Closer // of the file, and of what must be removed with it
}

// Close closes the file and removes a temporary one.
func (f *archiveFile) Close() error { return f.Closer.Close() }

// openArchiveFile opens an archive. A compressed one is unpacked into os.TempDir.
func openArchiveFile(ctx context.Context, path string) (*archiveFile, error) {
	f, err := diskio.OpenRegular(path)
	if err != nil {
		return nil, hint.With(diskio.Reason(err), howToFind) // the reference names the file
	}
	content, format, err := decompress.Detect(io.NewSectionReader(f, 0, math.MaxInt64))
	if err == nil && format == decompress.None {
		return &archiveFile{f, f}, nil
	}
	defer f.Close()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer content.Close()
	plain, err := unpack(ctx, content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plain, nil
}

func unpack(ctx context.Context, content io.Reader) (*archiveFile, error) {
	temp, err := tempdir.CreateFile()
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(temp, contextReader{ctx, io.LimitReader(content, maxUnpacked+1)})
	if err == nil && n > maxUnpacked {
		err = fmt.Errorf("larger than the limit of %d bytes", int64(maxUnpacked))
	}
	if err == nil {
		_, err = temp.Seek(0, io.SeekStart)
	}
	if err != nil {
		temp.Close()
		return nil, hint.Errorf("unpack: %w", err).With("the file is truncated or damaged: save or download it again")
	}
	return &archiveFile{temp.File, temp}, nil
}
