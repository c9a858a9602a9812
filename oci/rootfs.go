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
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// howToFindBase is the remedy where a base is missing, or is something else.
const howToFindBase = "Alpine's minirootfs is at https://alpinelinux.org/downloads/; an image is at docker://docker.io/library/alpine:TAG"

// Scratch returns a base without layers. The platform is required.
func Scratch(platform Platform) (*Base, error) {
	base, err := newBase(platform, nil)
	if err == nil {
		base.Reference = Reference{Transport: TransportScratch}
	}
	return base, err
}

// newBase makes a base that comes without a config: from scratch with no layer, or over a root file system.
func newBase(platform Platform, layer *BaseLayer) (*Base, error) {
	if platform == (Platform{}) {
		return nil, hint.With(&noPlatformError{"no platform given, and this base does not specify one"}, howToSetPlatform)
	}
	platform = platform.normalized()
	base := &Base{Platform: platform, Config: v1.Image{
		Platform: platform.OCI(),
		Config:   v1.ImageConfig{Env: []string{"PATH=" + imagedoc.DefaultPath}},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{}},
	}}
	if layer != nil {
		base.Layers = []BaseLayer{*layer}
		base.Config.RootFS.DiffIDs = []digest.Digest{layer.DiffID}
		// No history: umoci needs the time of an entry, and there is no time to give.
	}
	var err error
	if base.RawConfig, err = json.Marshal(base.Config); err != nil || layer == nil {
		return base, err
	}
	manifest := imagedoc.NewManifest(imagedoc.Describe(v1.MediaTypeImageConfig, base.RawConfig), layer.Descriptor)
	if base.RawManifest, err = jsontext.Marshal(manifest); err != nil {
		return nil, err
	}
	base.Manifest = imagedoc.Describe(v1.MediaTypeImageManifest, base.RawManifest)
	base.Manifest.Platform = &base.Config.Platform
	return base, nil
}

// OpenRootfs opens a root file system, a tar file, as a base of one layer: the file itself. The zero Platform stands for the
// one in its etc/apk/arch. Without a cache, one pass computes digest, diffID, size and files.
// With one, the file is hashed first, unless the memory, which may be nil, has its digest, and read again only if that digest is not
// cached.
func OpenRootfs(ctx context.Context, path string, platform Platform, directory *cache.Directory, memory *RootfsMemory) (*Base, error) {
	file, err := diskio.OpenRegular(path)
	if err != nil {
		return nil, hint.With(diskio.Reason(err), howToFindBase) // the reference names the file
	}
	layer, err := measureRootfs(ctx, file, directory, memory)
	if err == nil && platform == (Platform{}) {
		platform, err = ownPlatform(layer)
	}
	if err == nil {
		var base *Base
		if base, err = newBase(platform, layer); err == nil {
			base.Reference, base.close = Reference{Transport: TransportRootfs, Path: path}, file.Close
			return base, nil
		}
	}
	file.Close()
	return nil, err
}

// ownPlatform returns what a root file system says that it is made for: Alpine's have etc/apk/arch. Zero if it does not.
func ownPlatform(layer *BaseLayer) (Platform, error) {
	text, ok := layer.scanned.Find("etc/apk/arch")
	if !ok || len(text) > 1024 {
		return Platform{}, nil
	}
	arch, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	platform, ok := platformOfAlpine(arch)
	if !ok {
		return Platform{}, fmt.Errorf("its etc/apk/arch says %.40q, which is not an Alpine architecture", arch)
	}
	return platform, nil
}

func measureRootfs(ctx context.Context, file *os.File, directory *cache.Directory, memory *RootfsMemory) (*BaseLayer, error) {
	magic := make([]byte, decompress.MagicSize)
	n, err := file.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	layer := &BaseLayer{isMeasured: true, cache: directory, check: &layerCheck{isDone: true}}
	if layer.Descriptor.MediaType, err = sniff(magic[:n]); err != nil {
		return nil, err
	}
	if directory != nil {
		var isHashed bool
		if layer.Descriptor.Digest, layer.Descriptor.Size, isHashed, err = memory.digest(ctx, file); err != nil {
			return nil, err
		}
		layer.check.isDone = isHashed
		layer.scanned, layer.DiffID, _ = layer.kept()
	}
	if layer.scanned == nil {
		if err := layer.unpackRootfs(ctx, file); err != nil {
			return nil, err
		}
		layer.check.isDone = true
		layer.keep(layer.scanned)
	}
	desc := layer.Descriptor
	layer.open = func(ctx context.Context) (io.ReadCloser, error) {
		blob := verify.NewReader(ctx, io.NewSectionReader(file, 0, desc.Size+1), io.NopCloser(nil), desc)
		blob.File = file // never linked: its owner may write to it later
		return blob, nil
	}
	return layer, nil
}

// unpackRootfs finds digest, size, diffID and files in one pass.
func (l *BaseLayer) unpackRootfs(ctx context.Context, file *os.File) error {
	// The bytes as they are read from the file, counted and hashed before anything looks at them.
	stored := newCountingHash(ctx, file)
	buffered := bufio.NewReaderSize(stored, verify.BufferSize)
	content, err := openBlob(io.NopCloser(buffered), l.Descriptor.MediaType)
	if err != nil {
		return err
	}
	defer content.Close()
	diffID := digest.SHA256.Digester()
	plain := bufio.NewReaderSize(io.TeeReader(content, diffID.Hash()), verify.BufferSize)

	first, err := plain.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return errDamaged(ctx, err)
	}
	if len(first) < 512 || !isTarHeader(first) {
		return hint.With(errors.New("is not a tar file, plain or compressed with gzip or zstd"), howToFindBase)
	}
	scanned, notScanned := tree.ScanLayer(plain)
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return errDamaged(ctx, err) // and whatever else was wrong comes from that
	}
	if notScanned != nil {
		return hint.With(notScanned, "the file is not a valid tar archive of files: download it again, or choose another base")
	}
	// Bytes behind the compressed stream belong to the blob all the same.
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return err
	}
	l.Descriptor.Digest, l.Descriptor.Size = stored.hash.Digest(), stored.count
	l.DiffID, l.scanned = diffID.Digest(), scanned
	return nil
}

func errDamaged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return hint.Errorf("truncated or damaged: %w", err).With("download the file again")
}

// sniff tells a root file system's media type by its first bytes.
func sniff(magic []byte) (string, error) {
	switch {
	case len(magic) == 0:
		return "", hint.With(errors.New("is empty"), howToFindBase)
	case foreignCompression(magic) != "":
		return "", hint.With(errors.New("is compressed with xz or bzip2, which no container runtime accepts for a layer"),
			"compress it with gzip or zstd, or not at all")
	}
	return imagedoc.LayerMediaType(magic), nil
}

// isTarHeader looks at the first block of a tar: a header with a right checksum, or zeros in one that has no entries.
func isTarHeader(block []byte) bool {
	_, err := tar.NewReader(bytes.NewReader(block)).Next()
	// io.ErrUnexpectedEOF: an extended header, whose records come after the block.
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// A countingHash counts and hashes what is read of a file, from its first byte on.
type countingHash struct {
	ctx    context.Context
	reader io.Reader
	hash   digest.Digester
	count  int64
}

func newCountingHash(ctx context.Context, file *os.File) *countingHash {
	return &countingHash{ctx: ctx, reader: io.NewSectionReader(file, 0, math.MaxInt64), hash: digest.SHA256.Digester()}
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

// RootfsMemory remembers the digests of root file systems, for many images over one. A file is hashed again when its size or time has
// changed; where it has changed without that, [BaseLayer.Verify] and the readers of the layer find it. The zero value is
// empty; it may be used concurrently. A nil one remembers nothing.
type RootfsMemory struct {
	mu    sync.Mutex
	known map[string]measuredFile // by path
}

type measuredFile struct {
	info   fs.FileInfo
	digest digest.Digest
	size   int64
}

// maxRootfs bounds the files that a memory has.
const maxRootfs = 64

// digest returns a file's digest and size, and whether it was read for that.
func (m *RootfsMemory) digest(ctx context.Context, file *os.File) (dgst digest.Digest, size int64, isRead bool, err error) {
	info, err := file.Stat()
	if err != nil {
		return "", 0, false, err
	}
	if m != nil {
		m.mu.Lock()
		known, ok := m.known[file.Name()]
		m.mu.Unlock()
		if ok && os.SameFile(known.info, info) && known.info.Size() == info.Size() && known.info.ModTime().Equal(info.ModTime()) {
			return known.digest, known.size, false, nil
		}
	}
	stored := newCountingHash(ctx, file)
	if err := verify.Drain(stored); err != nil {
		return "", 0, false, err
	}
	dgst, size = stored.hash.Digest(), stored.count
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.known == nil || len(m.known) >= maxRootfs {
			m.known = make(map[string]measuredFile)
		}
		m.known[file.Name()] = measuredFile{info, dgst, size}
	}
	return dgst, size, true, nil
}
