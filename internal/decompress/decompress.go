// Package decompress reads files that are compressed, which their first bytes say.
package decompress

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"

	"github.com/lamina-oci/lamina/internal/deflate"
	"github.com/lamina-oci/lamina/internal/hint"
)

// Format is a format of compressed files, by the name of its program.
type Format string

const (
	None  Format = ""
	Gzip  Format = "gzip"
	Zstd  Format = "zstd"
	Bzip2 Format = "bzip2"
	Xz    Format = "xz"
	Zip   Format = "zip" // an archive, which has no stream to read
)

// MagicSize is how many bytes of a file tell its format.
const MagicSize = 8

// FormatOf returns the format of a file that begins with these bytes: MagicSize of them, or all that the file has.
func FormatOf(first []byte) Format {
	switch {
	case bytes.HasPrefix(first, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(first, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippableFrame(first):
		return Zstd
	case bytes.HasPrefix(first, []byte("\xfd7zXZ")):
		return Xz
	case bytes.HasPrefix(first, []byte("BZh")):
		return Bzip2
	case bytes.HasPrefix(first, []byte("PK\x03\x04")):
		return Zip
	}
	return None
}

// isSkippableFrame reports whether a zstd file begins with a frame that has no content (RFC 8878, 3.1.2).
func isSkippableFrame(first []byte) bool {
	return len(first) >= 4 && first[0]&0xf0 == 0x50 && first[1] == 0x2a && first[2] == 0x4d && first[3] == 0x18
}

// maxWindow bounds the memory for the window of a format that lets a file choose it, in bytes. For zstd it is what the program accepts
// without being asked (--long=27), and for xz what its highest level uses.
const (
	maxZstdWindow = 128 << 20
	maxXzWindow   = 64 << 20
)

// Detect returns the content of a file, and the format that it is in. Closing the content does not close r. A zip is an error.
func Detect(r io.Reader) (io.ReadCloser, Format, error) {
	buffered := bufio.NewReader(r)
	first, err := buffered.Peek(MagicSize)
	if err != nil && err != io.EOF {
		return nil, None, err
	}
	format := FormatOf(first)
	content, err := NewReader(buffered, format)
	return content, format, err
}

// NewReader returns the content of a file in a format. Closing the content does not close r.
func NewReader(r io.Reader, format Format) (io.ReadCloser, error) {
	switch format {
	case None:
		return io.NopCloser(r), nil
	case Gzip:
		content, err := deflate.NewReader(r)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(content), nil
	case Zstd:
		content, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return content.IOReadCloser(), nil
	case Bzip2:
		return io.NopCloser(bzip2.NewReader(r)), nil
	case Xz:
		content, err := xz.NewReader(r, maxXzWindow)
		if err != nil {
			return nil, fmt.Errorf("xz: %w", err)
		}
		return io.NopCloser(content), nil
	}
	return nil, hint.With(errors.New("is a zip, which is not supported here"), "make a tar of what is in it")
}
