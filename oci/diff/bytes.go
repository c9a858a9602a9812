package diff

import (
	"archive/tar"
	"bufio"
	"context"
	"fmt"
	"io"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/deflate"
	"github.com/lamina-oci/lamina/oci"
)

// FirstByte is the first byte that differs between two layers.
type FirstByte struct {
	Layer  int   `json:"layer"`  // position, from 1
	Offset int64 `json:"offset"` // in the tar, or in the blob if the tar is the same

	// Compressed says that the tar is the same and Offset is one in the blobs.
	Compressed bool `json:"compressed"`

	// What names the part that the byte belongs to, such as "header of etc/passwd" or "content of
	// etc/passwd, byte 17"; where a header differs, Fields say in what.
	What   string  `json:"what"`
	Entry  string  `json:"entry,omitempty"` // name in the tar, if it belongs to one
	Fields []Field `json:"fields,omitempty"`
}

// firstByte compares the lowest layers that differ, nil if one side has none there.
func firstByte(ctx context.Context, a, b *oci.Base, change LayerChange) (*FirstByte, error) {
	if change.From == nil || change.To == nil {
		return nil, nil
	}
	one, other := a.Layers[change.Position-1], b.Layers[change.Position-1]
	if one.Descriptor.Digest == other.Descriptor.Digest {
		return nil, nil // it is called something else
	}
	out := &FirstByte{Layer: change.Position, Compressed: change.SameTar}
	open := func(l oci.BaseLayer) (io.ReadCloser, error) { return l.OpenTar(ctx) }
	if change.SameTar {
		open = func(l oci.BaseLayer) (io.ReadCloser, error) { return l.Open(ctx) }
	}
	var err error
	if out.Offset, err = commonLength(one, other, open); err != nil {
		return nil, err
	}
	if change.SameTar {
		out.What, err = inBlob(ctx, one, out.Offset)
		return out, err
	}
	return out, out.locate(ctx, one, other)
}

// commonLength returns how many bytes at the beginning are the same.
func commonLength(one, other oci.BaseLayer, open func(oci.BaseLayer) (io.ReadCloser, error)) (int64, error) {
	var readers [2]*bufio.Reader
	for i, l := range []oci.BaseLayer{one, other} {
		content, err := open(l)
		if err != nil {
			return 0, err
		}
		defer content.Close()
		readers[i] = bufio.NewReaderSize(content, 64<<10)
	}
	for offset := int64(0); ; {
		x, errX := readers[0].Peek(4096)
		y, errY := readers[1].Peek(4096)
		for _, err := range []error{errX, errY} {
			if err != nil && err != io.EOF {
				return 0, err
			}
		}
		n := min(len(x), len(y))
		for i := range n {
			if x[i] != y[i] {
				return offset + int64(i), nil
			}
		}
		if n == 0 || len(x) != len(y) && n < 4096 {
			return offset + int64(n), nil
		}
		for _, r := range readers {
			if _, err := r.Discard(n); err != nil {
				return 0, err
			}
		}
		offset += int64(n)
	}
}

// place is what an offset in a tar belongs to.
type place struct {
	header *tar.Header // nil behind the last entry
	start  int64       // of the content
}

// locate finds out what the byte belongs to. Up to there both are the same, so that
// one tells for both.
func (out *FirstByte) locate(ctx context.Context, one, other oci.BaseLayer) error {
	x, err := find(ctx, one, out.Offset)
	if err != nil {
		return err
	}
	y, err := find(ctx, other, out.Offset)
	if err != nil {
		return err
	}
	if x.header == nil || y.header == nil {
		out.What = "end of the archive"
		switch {
		case x.header == nil && y.header != nil:
			out.What, out.Entry = "only b continues, with "+y.header.Name, y.header.Name
		case x.header != nil:
			out.What, out.Entry = "only a continues, with "+x.header.Name, x.header.Name
		}
		return nil
	}
	out.Entry = x.header.Name
	end := x.start + x.header.Size
	switch {
	case out.Offset < x.start:
		out.What = "header of " + x.header.Name
		if x.header.Name != y.header.Name {
			out.What += ", in b of " + y.header.Name
		}
		out.Fields = headerFields(x.header, y.header)
	case out.Offset < end:
		out.What = fmt.Sprintf("content of %s, byte %d", x.header.Name, out.Offset-x.start)
	default:
		out.What = "padding behind " + x.header.Name
	}
	return nil
}

// find returns the entry that an offset lies in.
func find(ctx context.Context, l oci.BaseLayer, offset int64) (place, error) {
	content, err := l.OpenTar(ctx)
	if err != nil {
		return place{}, err
	}
	defer content.Close()
	counted := &counter{r: content}
	for files := tar.NewReader(counted); ; {
		h, err := files.Next()
		if err == io.EOF {
			return place{}, nil
		}
		if err != nil {
			return place{}, fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
		}
		// Next reads no further than the header's blocks.
		p := place{header: h, start: counted.n}
		if padded := (h.Size + 511) &^ 511; offset < p.start+padded || offset < p.start {
			return p, nil
		}
	}
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// headerFields says what two headers differ in, by the names that tar gives them.
func headerFields(a, b *tar.Header) []Field {
	fields := []Field{
		{"name", a.Name, b.Name},
		{"typeflag", string(a.Typeflag), string(b.Typeflag)},
		{"linkname", a.Linkname, b.Linkname},
		{"mode", fmt.Sprintf("%04o", a.Mode), fmt.Sprintf("%04o", b.Mode)},
		{"uid", fmt.Sprint(a.Uid), fmt.Sprint(b.Uid)},
		{"gid", fmt.Sprint(a.Gid), fmt.Sprint(b.Gid)},
		{"uname", a.Uname, b.Uname},
		{"gname", a.Gname, b.Gname},
		{"size", fmt.Sprint(a.Size), fmt.Sprint(b.Size)},
		{"mtime", a.ModTime.UTC().String(), b.ModTime.UTC().String()},
		{"devmajor", fmt.Sprint(a.Devmajor), fmt.Sprint(b.Devmajor)},
		{"devminor", fmt.Sprint(a.Devminor), fmt.Sprint(b.Devminor)},
	}
	for _, name := range sortedNames(a.PAXRecords, b.PAXRecords) {
		fields = append(fields, Field{"pax " + name, a.PAXRecords[name], b.PAXRecords[name]})
	}
	all := different(fields)
	if all == nil && a.Format != b.Format {
		all = append(all, Field{"format", a.Format.String(), b.Format.String()})
	}
	return all
}

// gzipHeader names the bytes of a member's header (RFC 1952 2.3).
var gzipHeader = [...]string{"magic", "magic", "method", "flags", "time", "time", "time", "time", "extra flags", "system"}

// inBlob says what a byte of a compressed layer belongs to.
func inBlob(ctx context.Context, l oci.BaseLayer, offset int64) (string, error) {
	if l.Descriptor.MediaType != v1.MediaTypeImageLayerGzip {
		return "compressed data", nil
	}
	blob, err := l.Open(ctx)
	if err != nil {
		return "", err
	}
	defer blob.Close()
	counted := &byteCounter{r: blob}
	in := bufio.NewReader(counted)
	var m deflate.Member
	for member := 1; ; member++ {
		start := counted.n - int64(in.Buffered())
		if _, err := in.Peek(1); err == io.EOF {
			return "end of the blob", nil
		}
		err := m.Reset(in)
		if err == nil {
			_, err = io.Copy(io.Discard, &m)
		}
		if err != nil {
			return "", fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
		}
		end := counted.n - int64(in.Buffered())
		if offset >= end {
			continue
		}
		switch within := offset - start; {
		case within < int64(len(gzipHeader)):
			return fmt.Sprintf("header of gzip member %d: %s", member, gzipHeader[within]), nil
		case offset >= end-8:
			return fmt.Sprintf("trailer of gzip member %d", member), nil
		}
		return fmt.Sprintf("deflate data of gzip member %d", member), nil
	}
}

// byteCounter counts what is read.
type byteCounter struct {
	r io.Reader
	n int64
}

func (c *byteCounter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}
