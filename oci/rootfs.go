package oci

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// defaultPath is the environment that docker gives an image built FROM scratch.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// newBase makes a base that comes without a config: from scratch with no layer, or over a root file system.
func newBase(platform Platform, layer *BaseLayer) (*Base, error) {
	if platform == (Platform{}) {
		return nil, errors.New("no platform given, and this base has none of its own")
	}
	platform = platform.normalized()
	base := &Base{Platform: platform, Config: v1.Image{
		Platform: platform.OCI(),
		Config:   v1.ImageConfig{Env: []string{defaultPath}},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{}},
	}}
	if layer != nil {
		base.Layers = []BaseLayer{*layer}
		base.Config.RootFS.DiffIDs = []digest.Digest{layer.DiffID}
		// No history: an entry would need a time, which umoci does not do without.
	}
	var err error
	if base.RawConfig, err = json.Marshal(base.Config); err != nil || layer == nil {
		return base, err
	}
	manifest := newManifest(describe(v1.MediaTypeImageConfig, base.RawConfig), layer.Descriptor)
	if base.RawManifest, err = encodeJSON(manifest); err != nil {
		return nil, err
	}
	base.Manifest = describe(v1.MediaTypeImageManifest, base.RawManifest)
	base.Manifest.Platform = &base.Config.Platform
	return base, nil
}

// openRootfs makes a base of one layer, the file itself: one pass finds digest, diffID and size.
func openRootfs(ctx context.Context, path string, platform Platform) (*Base, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	layer, err := measureRootfs(ctx, file)
	if err == nil && platform == (Platform{}) {
		platform, err = ownPlatform(ctx, layer)
	}
	if err == nil {
		var base *Base
		if base, err = newBase(platform, layer); err == nil {
			base.close = file.Close
			return base, nil
		}
	}
	file.Close()
	return nil, err
}

// ownPlatform returns what a root file system says that it is made for: Alpine's have etc/apk/arch. Zero if it does not.
func ownPlatform(ctx context.Context, layer *BaseLayer) (Platform, error) {
	content, err := layer.OpenTar(ctx)
	if err != nil {
		return Platform{}, err
	}
	defer content.Close()
	for files := tar.NewReader(content); ; {
		header, err := files.Next()
		if err == io.EOF {
			return Platform{}, nil
		}
		if err != nil {
			return Platform{}, errDamaged(ctx, err)
		}
		if strings.TrimLeft(header.Name, "./") != "etc/apk/arch" || header.Size > 1024 {
			continue
		}
		text, err := io.ReadAll(files)
		if err != nil {
			return Platform{}, errDamaged(ctx, err)
		}
		arch, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		platform, ok := PlatformOfAlpine(arch)
		if !ok {
			return Platform{}, fmt.Errorf("etc/apk/arch in it says %.40q, which is no architecture of Alpine", arch)
		}
		return platform, nil
	}
}

func measureRootfs(ctx context.Context, file *os.File) (*BaseLayer, error) {
	// The bytes as they are read from the file, counted and hashed before anything looks at them.
	stored := &countingHash{ctx: ctx, reader: file, hash: digest.SHA256.Digester()}
	buffered := bufio.NewReaderSize(stored, 64<<10)
	magic, _ := buffered.Peek(8)
	mediaType, err := sniff(magic)
	if err != nil {
		return nil, err
	}
	content, err := decompress(io.NopCloser(buffered), mediaType)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	diffID := digest.SHA256.Digester()
	plain := io.TeeReader(content, diffID.Hash())

	var first bytes.Buffer
	if _, err := io.CopyN(&first, plain, 512); err != nil && !errors.Is(err, io.EOF) {
		return nil, errDamaged(ctx, err)
	}
	if first.Len() < 512 || !isTarHeader(first.Bytes()) {
		return nil, errors.New("is not a tar file, plain or compressed with gzip or zstd")
	}
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return nil, errDamaged(ctx, err)
	}
	// What follows the compressed stream belongs to the blob all the same.
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return nil, err
	}
	desc := v1.Descriptor{MediaType: mediaType, Digest: stored.hash.Digest(), Size: stored.count}
	open := func(ctx context.Context) (io.ReadCloser, error) {
		return verified(ctx, io.NewSectionReader(file, 0, desc.Size+1), io.NopCloser(nil), desc), nil
	}
	return &BaseLayer{Descriptor: desc, DiffID: diffID.Digest(), open: open, isMeasured: true}, nil
}

func errDamaged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("truncated or damaged: %w", err)
}

// sniff tells a root file system's media type by its first bytes.
func sniff(magic []byte) (string, error) {
	switch {
	case len(magic) == 0:
		return "", errors.New("is empty")
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return v1.MediaTypeImageLayerGzip, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return v1.MediaTypeImageLayerZstd, nil
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ")), bytes.HasPrefix(magic, []byte("BZh")):
		return "", errors.New("is compressed with xz or bzip2, which no container runtime takes for a layer; use gzip, zstd or none")
	}
	return v1.MediaTypeImageLayer, nil
}

// isTarHeader looks at the first block of a tar: a header with a right checksum, or zeros in one that has no entries.
func isTarHeader(block []byte) bool {
	_, err := tar.NewReader(bytes.NewReader(block)).Next()
	// io.ErrUnexpectedEOF: an extended header, whose records come after the block.
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
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

// A layerReader reads a layer's tar and verifies, at its end, the diffID and what is left of the blob.
type layerReader struct {
	blob  io.ReadCloser
	tar   io.ReadCloser
	layer BaseLayer
	hash  digest.Verifier // of the tar; nil when the blob's digest is enough
	err   error
}

func (r *layerReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.tar.Read(p)
	if r.hash != nil {
		r.hash.Write(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		err = r.verify()
	case err != nil:
		err = causeIn(r.blob, err)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("layer %s: %w", r.layer.Descriptor.Digest, err)
	}
	r.err = err
	return n, err
}

// causeIn returns why a blob cannot be decompressed: if it is not what its digest
// says, that is it.
func causeIn(blob io.Reader, err error) error {
	if _, cause := io.Copy(io.Discard, blob); cause != nil {
		return cause
	}
	return err
}

func (r *layerReader) verify() error {
	if _, err := io.Copy(io.Discard, r.blob); err != nil {
		return err
	}
	if r.hash != nil && !r.hash.Verified() {
		return fmt.Errorf("uncompressed content does not match the diffID %s", r.layer.DiffID)
	}
	return io.EOF
}

func (r *layerReader) Close() error {
	return errors.Join(r.tar.Close(), r.blob.Close())
}

// A countingHash counts and hashes what is read through it.
type countingHash struct {
	ctx    context.Context
	reader io.Reader
	hash   digest.Digester
	count  int64
}

func (c *countingHash) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.reader.Read(p)
	c.hash.Hash().Write(p[:n])
	c.count += int64(n)
	return n, err
}
