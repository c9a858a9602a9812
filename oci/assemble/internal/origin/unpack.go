package origin

import (
	"archive/tar"
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Unpack returns what an archive holds: a tar, plain or compressed, or a zip. Its contents are read once, since a compressed one can
// only be read from its beginning, and kept in the spool.
func Unpack(content tree.Content, kept *spool.Spool) (*tree.Tree, error) {
	if content == nil {
		return nil, errors.New("is empty")
	}
	packed, err := content.Open()
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	var plain io.ReadCloser
	first := make([]byte, decompress.MagicSize)
	n, err := io.ReadFull(packed, first)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, err
	}
	if decompress.FormatOf(first[:n]) == decompress.Zip {
		plain, err = tarOfZip(content, kept)
	} else {
		var again io.ReadCloser
		if again, err = content.Open(); err != nil {
			return nil, err
		}
		defer again.Close()
		plain, _, err = decompress.Detect(again)
	}
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	files := tree.New()
	return files, files.ReadLayerContents(plain, func(_ *tar.Header, r io.Reader) (tree.Content, error) { return kept.Keep(r) })
}

// tarOfZip returns a zip as a tar: the archives of everything that follows are tars.
func tarOfZip(content tree.Content, kept *spool.Spool) (io.ReadCloser, error) {
	packed, err := content.Open()
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	whole, err := kept.Keep(packed) // a zip is read from its end
	if err != nil {
		return nil, err
	}
	file, err := whole.Open()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(file.(io.ReaderAt), whole.Size())
	if err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeTar(w, archive)) }()
	return r, nil
}

// writeTar writes what a zip has as a tar.
func writeTar(w io.Writer, archive *zip.Reader) error {
	out := tar.NewWriter(w)
	for _, f := range archive.File {
		if err := writeEntry(out, f); err != nil {
			return fmt.Errorf("zip: %s: %w", f.Name, err)
		}
	}
	return out.Close()
}

func writeEntry(out *tar.Writer, f *zip.File) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	target := ""
	if f.Mode()&fs.ModeSymlink != 0 {
		text, err := io.ReadAll(io.LimitReader(content, maxTarget))
		if err != nil {
			return err
		}
		target = string(text)
	}
	h, err := tar.FileInfoHeader(f.FileInfo(), target)
	if err != nil {
		return err
	}
	h.Name = f.Name
	if err := out.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	_, err = io.Copy(out, content)
	return err
}

// maxTarget bounds the target of a symbolic link in a zip, in bytes (PATH_MAX).
const maxTarget = 4096
