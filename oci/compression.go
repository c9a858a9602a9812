package oci

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
)

// magicSize is how many bytes of a layer [LayerMediaType] looks at.
const magicSize = 8

// LayerMediaType returns the media type of a layer that begins with these bytes, 4 or more unless it is shorter: gzip,
// zstd or, for all else, a plain tar.
func LayerMediaType(first []byte) string {
	switch {
	case bytes.HasPrefix(first, []byte{0x1f, 0x8b}):
		return v1.MediaTypeImageLayerGzip
	case bytes.HasPrefix(first, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippableFrame(first):
		return v1.MediaTypeImageLayerZstd
	}
	return v1.MediaTypeImageLayer
}

// isSkippableFrame reports whether a zstd file begins with a frame that has no content (RFC 8878, 3.1.2).
func isSkippableFrame(first []byte) bool {
	return len(first) >= 4 && first[0]&0xf0 == 0x50 && first[1] == 0x2a && first[2] == 0x4d && first[3] == 0x18
}

// foreignCompression returns the compressor that a file begins with, of those that image-spec does not have, or "".
func foreignCompression(first []byte) string {
	switch {
	case bytes.HasPrefix(first, []byte("\xfd7zXZ")):
		return "xz"
	case bytes.HasPrefix(first, []byte("BZh")):
		return "bzip2"
	}
	return ""
}

// decompress reads a layer blob's tar. Closing it does not close the blob.
func decompress(blob io.Reader, mediaType string) (io.ReadCloser, error) {
	switch mediaType {
	case v1.MediaTypeImageLayerGzip:
		r, err := gzip.NewReader(blob)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return r, nil
	case v1.MediaTypeImageLayerZstd:
		// A window of 128 MiB is what zstd itself accepts without being asked (--long=27).
		r, err := zstd.NewReader(blob, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return r.IOReadCloser(), nil
	}
	return io.NopCloser(blob), nil
}

// Decompress returns the content of a file that users have, which its first bytes say to be compressed with gzip, zstd or bzip2, or
// else is plain. isPacked says whether it was compressed. Closing the content does not close r.
func Decompress(r io.Reader) (content io.ReadCloser, isPacked bool, err error) {
	buffered := bufio.NewReader(r)
	first, err := buffered.Peek(magicSize)
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	switch name := foreignCompression(first); {
	case name == "bzip2":
		return io.NopCloser(bzip2.NewReader(buffered)), true, nil
	case bytes.HasPrefix(first, []byte("PK\x03\x04")):
		return nil, true, hint.With(errors.New("is a zip, which is not supported"), "make a tar of what is in it")
	case name != "":
		return nil, true, hint.With(fmt.Errorf("is compressed with %s, which is not supported", name), "unpack it: "+name+" --decompress")
	}
	mediaType := LayerMediaType(first)
	content, err = decompress(buffered, mediaType)
	return content, mediaType != v1.MediaTypeImageLayer, err
}
