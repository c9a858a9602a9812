package recorded

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// findContents looks through a layer for files with the hashes.
func findContents(ctx context.Context, l oci.BaseLayer, wanted map[string]tree.Content) error {
	content, err := l.OpenTar(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	files := tar.NewReader(content)
	stream := &layerStream{l}
	hash := sha256.New()
	for i := 0; ; i++ {
		header, err := files.Next()
		if err == io.EOF {
			_, err = io.Copy(io.Discard, content) // to its end, where its digest is checked
			return err
		}
		if err != nil {
			return fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		hash.Reset()
		if _, err := io.Copy(hash, files); err != nil {
			return fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
		}
		sum := hex.EncodeToString(hash.Sum(nil))
		if known, ok := wanted[sum]; ok && known == nil {
			wanted[sum] = layerFile{stream, i}
		}
	}
}

// layerFile is the content of one entry of a layer.
type layerFile struct {
	stream *layerStream
	entry  int // counted from 0
}

// Open implements tree.Content.
func (f layerFile) Open() (io.ReadCloser, error) {
	files, content, err := f.stream.open()
	if err != nil {
		return nil, err
	}
	for range f.entry + 1 {
		if _, err := files.Next(); err != nil {
			content.Close()
			return nil, fmt.Errorf("layer %s: %w", f.stream.layer.Descriptor.Digest, err)
		}
	}
	return struct {
		io.Reader
		io.Closer
	}{files, content}, nil
}

// Stream implements [tree.Streamed].
func (f layerFile) Stream() (tree.Stream, int) { return f.stream, f.entry }

// layerStream is a layer that contents are read from.
type layerStream struct{ layer oci.BaseLayer }

func (s *layerStream) open() (*tar.Reader, io.ReadCloser, error) {
	content, err := s.layer.OpenTar(context.Background())
	if err != nil {
		return nil, nil, err
	}
	return tar.NewReader(content), content, nil
}

// Each implements [tree.Stream].
func (s *layerStream) Each(wanted []int, read func(i int, r io.Reader) error) error {
	files, content, err := s.open()
	if err != nil {
		return err
	}
	defer content.Close()
	for i := 0; len(wanted) > 0; i++ {
		_, err := files.Next()
		if err == nil && i == wanted[0] {
			err = read(i, files)
			wanted = wanted[1:]
		}
		if err != nil {
			return fmt.Errorf("layer %s: %w", s.layer.Descriptor.Digest, bounded.UnexpectedEOF(err))
		}
	}
	return nil
}
