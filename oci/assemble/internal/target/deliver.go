package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// PackageFile is a package file that was verified. It is read again when the layer is written, and may be another one by then.
type PackageFile struct {
	Source *repository.Source
	Known  repository.Measure
}

// Open implements [tree.Content]: with its last bytes, the file turns out to be the one that was verified, or reading fails.
func (f *PackageFile) Open() (io.ReadCloser, error) {
	in, err := f.Source.Open()
	if err != nil {
		return nil, err
	}
	return verify.NewReader(context.Background(), in, in, v1.Descriptor{Digest: digest.NewDigestFromEncoded(digest.SHA256, f.Known.SHA256), Size: f.Known.Size}), nil
}

// Deliver puts a package file where "apk fetch" wants it, and returns apk's exit status.
func (t *Target) Deliver(c *command.Command, p *apk.Package, file *PackageFile, stdout, stderr io.Writer) (int, error) {
	if c.Has("stdout") && !c.Has("simulate") {
		in, err := file.Open()
		if err != nil {
			return 0, err
		}
		defer in.Close()
		_, err = io.Copy(stdout, in)
		return 0, err
	}
	if c.Verbosity > 0 {
		fmt.Fprintln(stdout, "Downloading", p.ID())
	}
	if c.Has("simulate") {
		return 0, nil
	}
	err := t.Image.WriteContent(t.Path(path.Join(c.Value("output"), p.ID()+".apk")), file, file.Known.Size, 0o644)
	var errno tree.Errno
	if !errors.As(err, &errno) {
		return 0, err
	}
	if errno == tree.ErrNotExist {
		errno = "Bad file descriptor" // of the directory
	}
	fmt.Fprintf(stderr, "ERROR: %s: %s\n", p.ID(), errno)
	return 1, nil
}
