package adb

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/bounded"
)

// Schema names what a file holds: four bytes.
type Schema string

const (
	SchemaPackage Schema = "pckg"
	SchemaIndex   Schema = "indx"
)

// maxMetadata bounds the metadata of a file, in bytes. Values could refer to 256 MiB; the largest index of Alpine would have 5 MB.
const maxMetadata = 64 << 20

// Limits of signatures: Alpine's have less than 1 KiB, and a file has one or two.
const (
	maxSignature  = 2048 // bytes of a block's payload
	maxSignatures = 64
)

// Reader reads a file as a stream: [Reader.Metadata], then [Reader.Signatures], then [Reader.NextData] until io.EOF. Each
// of them reads what comes before it.
type Reader struct {
	raw        *bufio.Reader
	in         io.Reader // decompressed
	schema     Schema
	metadata   []byte
	signatures []Signature
	next       header // that was read, of a block whose payload was not
	hasNext    bool
	left       int64 // of the payload of the data block
	padding    int64 // behind it
	inData     bool
	err        error
}

// NewReader reads a file from its first byte.
func NewReader(r io.Reader) *Reader {
	return &Reader{raw: bufio.NewReaderSize(r, 64<<10)}
}

// Close releases memory. It does not close the underlying reader.
func (r *Reader) Close() error {
	if c, ok := r.in.(io.Closer); ok {
		r.in = nil
		return c.Close()
	}
	return nil
}

// Types of blocks.
const (
	blockMetadata = iota
	blockSignature
	blockData
	blockExtended // marks a long header
)

// header is that of a block. Headers and padding are not part of its size.
type header struct {
	typ     uint32
	size    int64
	padding int64
}

// header reads the next block's header; io.EOF means that there is no other block.
func (r *Reader) header() (header, error) {
	var b [16]byte
	if _, err := io.ReadFull(r.in, b[:4]); err != nil {
		return header{}, err
	}
	word := binary.LittleEndian.Uint32(b[:])
	h := header{typ: word >> 30}
	raw, length := uint64(word&(1<<30-1)), uint64(4)
	if h.typ == blockExtended {
		if _, err := io.ReadFull(r.in, b[4:]); err != nil {
			return header{}, bounded.UnexpectedEOF(err)
		}
		h.typ, raw, length = word&(1<<30-1), binary.LittleEndian.Uint64(b[8:]), 16
	}
	switch {
	case raw < length:
		return header{}, fmt.Errorf("block of %d bytes, fewer than its header has", raw)
	case raw > maxBlock:
		return header{}, fmt.Errorf("block of %d bytes, more than %d", raw, int64(maxBlock))
	case h.typ > blockData:
		return header{}, fmt.Errorf("block of unknown type %d", h.typ)
	}
	h.size, h.padding = int64(raw-length), int64(-raw&7)
	return h, nil
}

// maxBlock bounds a block, in bytes.
const maxBlock = 1 << 56

// Metadata reads the metadata of a file with that schema.
func (r *Reader) Metadata(want Schema) ([]byte, error) {
	if r.err == nil && r.metadata == nil {
		r.err = r.readMetadata(want)
	}
	if r.metadata == nil {
		return nil, r.err
	}
	return r.metadata, nil
}

func (r *Reader) readMetadata(want Schema) error {
	var err error
	if r.in, err = openStream(r.raw); err != nil {
		return err
	}
	var start [8]byte
	if _, err := io.ReadFull(r.in, start[:]); err != nil {
		return bounded.UnexpectedEOF(err)
	}
	if string(start[:4]) != Magic+"." {
		return fmt.Errorf("the decompressed data begins with %q, want %q", start[:4], Magic+".")
	}
	if r.schema = Schema(start[4:]); r.schema != want {
		return fmt.Errorf("has the schema %q, want %q", string(r.schema), string(want))
	}
	h, err := r.header()
	if err != nil {
		return bounded.UnexpectedEOF(err)
	}
	switch {
	case h.typ != blockMetadata:
		return errors.New("the first block is not metadata")
	case h.size < minMetadata || h.size > maxMetadata:
		return fmt.Errorf("metadata of %d bytes, want %d to %d", h.size, minMetadata, maxMetadata)
	}
	var payload bytes.Buffer // grows with what is there, not with what is announced
	if _, err := io.CopyN(&payload, r.in, h.size); err != nil {
		return fmt.Errorf("metadata: %w", bounded.UnexpectedEOF(err))
	}
	if err := r.skip(h.padding); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	if compat := payload.Bytes()[0]; compat != 0 {
		return fmt.Errorf("metadata of the incompatible version %d", compat)
	}
	r.metadata = payload.Bytes()
	return nil
}

// minMetadata is how long metadata must at least be, in bytes.
const minMetadata = 16

// skip reads padding, which may be anything.
func (r *Reader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, r.in, n)
	return bounded.UnexpectedEOF(err)
}

// Signatures reads the signatures behind the metadata.
func (r *Reader) Signatures() ([]Signature, error) {
	if r.metadata == nil && r.err == nil {
		return nil, errors.New("the metadata was not read")
	}
	if r.err == nil && !r.hasNext {
		r.err = r.readSignatures()
	}
	if r.hasNext {
		return r.signatures, nil
	}
	return nil, r.err
}

// endOfFile is the type of the header that stands for the end.
const endOfFile = blockExtended

func (r *Reader) readSignatures() error {
	for n := 1; ; n++ {
		h, err := r.header()
		if err == io.EOF {
			h, err = header{typ: endOfFile}, nil
		}
		if err != nil {
			return err
		}
		if h.typ != blockSignature {
			r.next, r.hasNext = h, true
			return nil
		}
		switch {
		case h.size > maxSignature:
			return fmt.Errorf("signature of %d bytes, more than %d", h.size, maxSignature)
		case n > maxSignatures:
			return fmt.Errorf("more than %d signatures", maxSignatures)
		}
		b := make([]byte, h.size)
		if _, err := io.ReadFull(r.in, b); err != nil {
			return fmt.Errorf("signature: %w", bounded.UnexpectedEOF(err))
		}
		if err := r.skip(h.padding); err != nil {
			return fmt.Errorf("signature: %w", err)
		}
		if s, ok := parseSignature(b); ok {
			r.signatures = append(r.signatures, s)
		}
	}
}

// Data says which file of a package the next content belongs to.
type Data struct {
	Dir, File uint32 // positions in the package, from 1
	Size      int64  // bytes
}

// NextData goes to the next content, whose bytes [Reader.Read] returns. At the end io.EOF says that the file is complete.
func (r *Reader) NextData() (Data, error) {
	if _, err := r.Signatures(); err != nil {
		return Data{}, err
	}
	if r.err != nil {
		return Data{}, r.err
	}
	var d Data
	d, r.err = r.nextData()
	return d, r.err
}

func (r *Reader) nextData() (Data, error) {
	h := r.next
	if r.inData {
		if _, err := io.CopyN(io.Discard, r.in, r.left); err != nil {
			return Data{}, bounded.UnexpectedEOF(err)
		}
		if err := r.skip(r.padding); err != nil {
			return Data{}, err
		}
		r.left, r.padding = 0, 0
		var err error
		if h, err = r.header(); err == io.EOF {
			return Data{}, io.EOF
		} else if err != nil {
			return Data{}, err
		}
	}
	r.inData = true
	switch {
	case h.typ == endOfFile:
		return Data{}, io.EOF
	case h.typ != blockData:
		return Data{}, errors.New("a block of metadata or a signature is out of place")
	}
	var b [8]byte
	if h.size < int64(len(b)) {
		return Data{}, fmt.Errorf("data block of %d bytes, want at least %d", h.size, len(b))
	}
	if _, err := io.ReadFull(r.in, b[:]); err != nil {
		return Data{}, bounded.UnexpectedEOF(err)
	}
	r.left, r.padding = h.size-int64(len(b)), h.padding
	return Data{binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:]), r.left}, nil
}

// Read reads the content that NextData announced.
func (r *Reader) Read(b []byte) (int, error) {
	if r.left == 0 || r.err != nil {
		return 0, io.EOF
	}
	if int64(len(b)) > r.left {
		b = b[:r.left]
	}
	n, err := r.in.Read(b)
	r.left -= int64(n)
	if err == io.EOF {
		err = nil
		if r.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}
