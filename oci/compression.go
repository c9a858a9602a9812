package oci

import (
	"io"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/decompress"
)

// foreignCompression returns the compressor that a file begins with, of those that image-spec does not have, or "".
func foreignCompression(first []byte) string {
	switch format := decompress.FormatOf(first); format {
	case decompress.Bzip2, decompress.Xz:
		return string(format)
	}
	return ""
}

// openBlob reads a layer blob's tar. Closing it does not close the blob.
func openBlob(blob io.Reader, mediaType string) (io.ReadCloser, error) {
	switch mediaType {
	case v1.MediaTypeImageLayerGzip:
		return decompress.NewReader(blob, decompress.Gzip)
	case v1.MediaTypeImageLayerZstd:
		return decompress.NewReader(blob, decompress.Zstd)
	}
	return decompress.NewReader(blob, decompress.None)
}
