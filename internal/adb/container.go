package adb

import (
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/lamina-oci/lamina/internal/bounded"
)

// Magic begins every file: "ADB." an uncompressed one, "ADBd" and "ADBc" compressed ones. apk tells the formats by it, not by the
// name of the file.
const Magic = "ADB"

// Compression is how a file is compressed as a whole.
type Compression uint8

const (
	None Compression = iota
	Deflate
	Zstd
)

// maxWindow bounds the memory of a zstd decoder, in bytes. It is what zstd itself uses at its highest level.
const maxWindow = 128 << 20

// openStream returns the decompressed stream of a file. Reading it to its end checks the end of the compressed data.
func openStream(r *bufio.Reader) (io.Reader, error) {
	var prefix [6]byte
	if _, err := io.ReadFull(r, prefix[:4]); err != nil {
		return nil, bounded.UnexpectedEOF(err)
	}
	if string(prefix[:3]) != Magic {
		return nil, fmt.Errorf("begins with %q, want %q", prefix[:4], Magic)
	}
	compression := Deflate
	switch prefix[3] {
	case '.':
		return io.MultiReader(&prefixReader{prefix[:4]}, r), nil
	case 'd':
	case 'c':
		if _, err := io.ReadFull(r, prefix[4:]); err != nil {
			return nil, bounded.UnexpectedEOF(err)
		}
		compression = Compression(prefix[4]) // the level behind it says nothing to a reader
	default:
		return nil, fmt.Errorf("begins with %q: unknown compression", prefix[:4])
	}
	switch compression {
	case None:
		return r, nil
	case Deflate:
		// Not by package deflate: of a file that is cut off, all that is there must be read (apk/repository reads beginnings of packages).
		return &deflateReader{flate.NewReader(r), r}, nil
	case Zstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return &zstdReader{d}, nil
	}
	return nil, fmt.Errorf("compression algorithm %d is unknown", compression)
}

// prefixReader gives back the bytes that told the format.
type prefixReader struct{ rest []byte }

func (p *prefixReader) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// deflateReader checks that nothing follows the compressed data.
type deflateReader struct {
	z   io.Reader
	raw *bufio.Reader
}

var errBehindEnd = errors.New("more data after the end of the compressed stream")

func (d *deflateReader) Read(b []byte) (int, error) {
	n, err := d.z.Read(b)
	if err != io.EOF {
		return n, err
	}
	switch _, err := d.raw.Peek(1); err {
	case nil:
		return n, errBehindEnd
	default:
		return n, err // io.EOF, unless the file cannot be read
	}
}

// zstdReader releases the decoder at the end.
type zstdReader struct{ d *zstd.Decoder }

func (z *zstdReader) Read(b []byte) (int, error) {
	n, err := z.d.Read(b)
	return n, err
}

func (z *zstdReader) Close() error {
	z.d.Close()
	return nil
}
