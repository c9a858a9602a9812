package layout

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// dockerArchive is what docker save and skopeo write as docker-archive, open for reading as a [oci.Store]: a tar with
// manifest.json, a config for each image and its layers, mostly uncompressed. It has no manifests; here each
// image gets the one that it would have in a layout.
type dockerArchive struct {
	path    string
	file    *archiveFile
	files   map[string]section // by cleaned names
	links   map[string]string  // of symbolic links, as docker writes them for layers that images share
	index   v1.Index
	blobs   map[digest.Digest]section
	digests map[section]digest.Digest // of files that are compressed
	// documents are the manifests, which are in no file.
	documents map[digest.Digest][]byte
}

// dockerImage is an item of manifest.json (the image specification of moby, 1.2).
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string // bottom first
}

const dockerManifest = "manifest.json"

// maxDockerImages bounds the images of an archive, each of which has a config of up to 16 MiB.
const maxDockerImages = 1000

// openDockerArchive opens an archive in which the image that is asked for, if a name is given, goes by that name.
func openDockerArchive(ctx context.Context, ref oci.Reference) (*dockerArchive, error) {
	f, err := openArchiveFile(ctx, ref.Path)
	if err != nil {
		return nil, err
	}
	a := &dockerArchive{
		path: ref.Path, file: f, files: map[string]section{}, links: map[string]string{},
		blobs: map[digest.Digest]section{}, digests: map[section]digest.Digest{}, documents: map[digest.Digest][]byte{},
	}
	if err = a.scan(ctx); err == nil {
		err = a.readImages(ctx, ref.Name)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", ref.Path, err)
	}
	return a, nil
}

func (a *dockerArchive) Close() error { return a.file.Close() }

func (a *dockerArchive) Index(ctx context.Context) (v1.Index, error) { return a.index, ctx.Err() }

func (a *dockerArchive) Open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	if err := verify.Descriptor(desc); err != nil {
		return nil, err
	}
	if data, ok := a.documents[desc.Digest]; ok {
		return verify.NewReader(ctx, bytes.NewReader(data), io.NopCloser(nil), desc), nil
	}
	blob, ok := a.blobs[desc.Digest]
	if !ok {
		return nil, &oci.MissingBlobError{Digest: desc.Digest, Store: "archive " + a.path}
	}
	return verify.NewReader(ctx, io.NewSectionReader(a.file, blob.offset, blob.size), io.NopCloser(nil), desc), nil
}

// scan notes where the files are.
func (a *dockerArchive) scan(ctx context.Context) error {
	return scanTar(ctx, a.file.File, func(name string, header *tar.Header, where section) error {
		switch header.Typeflag {
		case tar.TypeReg:
			a.files[name] = where
		case tar.TypeSymlink:
			a.links[name] = path.Join(path.Dir("/"+name), header.Linkname)[1:]
		}
		if len(a.files)+len(a.links) > maxArchiveBlobs {
			return fmt.Errorf("more than %d files", maxArchiveBlobs)
		}
		return nil
	})
}

// find returns where a file is that manifest.json names.
func (a *dockerArchive) find(name string) (section, error) {
	clean := path.Clean("/" + name)[1:]
	for range 8 { // links to links are rare
		if where, ok := a.files[clean]; ok {
			return where, nil
		}
		target, ok := a.links[clean]
		if !ok {
			break
		}
		clean = target
	}
	return section{}, fmt.Errorf("has no file %q, which its %s lists", name, dockerManifest)
}

func (a *dockerArchive) read(where section) ([]byte, error) {
	return imagedoc.Read(io.NewSectionReader(a.file, where.offset, where.size))
}

func (a *dockerArchive) readImages(ctx context.Context, asked string) error {
	where, ok := a.files[dockerManifest]
	if !ok {
		return hint.Errorf("is not a docker-archive: it has no file %s", dockerManifest).With(howToFind)
	}
	data, err := a.read(where)
	if err != nil {
		return fmt.Errorf("%s: %w", dockerManifest, err)
	}
	var images []dockerImage
	if err := jsontext.Unmarshal(data, &images); err != nil {
		return fmt.Errorf("%s: %w", dockerManifest, err)
	}
	_, isIndex, err := imagedoc.SourceIndex(asked)
	if err != nil {
		return err
	}
	if len(images) > maxDockerImages {
		return fmt.Errorf("%s: more than %d images", dockerManifest, maxDockerImages)
	}
	for i, image := range images {
		desc, err := a.addImage(ctx, image)
		if err != nil {
			return fmt.Errorf("image %d: %w", i+1, err)
		}
		if isIndex { // places are those of images, which may have several names
			a.index.Manifests = append(a.index.Manifests, desc)
			continue
		}
		tags := image.RepoTags
		if len(tags) == 0 {
			tags = []string{""}
		}
		for _, tag := range tags {
			if asked != "" && oci.FullName(tag) == oci.FullName(asked) {
				tag = asked
			}
			named := desc
			if tag != "" {
				named.Annotations = map[string]string{v1.AnnotationRefName: tag}
			}
			a.index.Manifests = append(a.index.Manifests, named)
		}
	}
	return nil
}

// addImage makes the manifest of an image.
func (a *dockerArchive) addImage(ctx context.Context, image dockerImage) (v1.Descriptor, error) {
	where, err := a.find(image.Config)
	if err != nil {
		return v1.Descriptor{}, err
	}
	data, err := a.read(where)
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("config %s: %w", image.Config, err)
	}
	var config v1.Image
	if err := jsontext.Unmarshal(data, &config); err != nil {
		return v1.Descriptor{}, fmt.Errorf("config %s: %w", image.Config, err)
	}
	if len(config.RootFS.DiffIDs) != len(image.Layers) {
		return v1.Descriptor{}, fmt.Errorf("has %d layers, but config %s has %d diff_ids", len(image.Layers), image.Config, len(config.RootFS.DiffIDs))
	}
	layers := make([]v1.Descriptor, len(image.Layers))
	for i, name := range image.Layers {
		if layers[i], err = a.addLayer(ctx, name, config.RootFS.DiffIDs[i]); err != nil {
			return v1.Descriptor{}, fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	described := imagedoc.Describe(v1.MediaTypeImageConfig, data)
	a.blobs[described.Digest] = where
	manifest, err := jsontext.Marshal(imagedoc.NewManifest(described, layers...))
	if err != nil {
		return v1.Descriptor{}, err
	}
	desc := imagedoc.Describe(v1.MediaTypeImageManifest, manifest)
	a.documents[desc.Digest] = manifest
	return desc, nil
}

// addLayer describes a layer. One that is a plain tar has its diffID for digest; others must be read for it.
func (a *dockerArchive) addLayer(ctx context.Context, name string, diffID digest.Digest) (v1.Descriptor, error) {
	where, err := a.find(name)
	if err != nil {
		return v1.Descriptor{}, err
	}
	desc := v1.Descriptor{MediaType: v1.MediaTypeImageLayer, Digest: diffID, Size: where.size}
	content := io.NewSectionReader(a.file, where.offset, where.size)
	magic := make([]byte, 8)
	n, _ := content.ReadAt(magic, 0)
	if mediaType := imagedoc.LayerMediaType(magic[:n]); mediaType != v1.MediaTypeImageLayer {
		if _, isKnown := a.digests[where]; !isKnown { // images share layers
			hash := digest.SHA256.Digester()
			if _, err := io.Copy(hash.Hash(), contextReader{ctx, content}); err != nil {
				return v1.Descriptor{}, fmt.Errorf("%s: %w", name, err)
			}
			a.digests[where] = hash.Digest()
		}
		desc.MediaType, desc.Digest = mediaType, a.digests[where]
	}
	if err := verify.Digest(desc.Digest); err != nil {
		return v1.Descriptor{}, err
	}
	a.blobs[desc.Digest] = where
	return desc, nil
}

// contextReader ends with a context.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// writeDockerArchive writes a docker-archive. Referrers have no place in it.
func writeDockerArchive(ctx context.Context, file *os.File, ref oci.Reference, staged *oci.Staged, desc v1.Descriptor, _ []v1.Descriptor) error {
	if desc.MediaType != v1.MediaTypeImageManifest {
		return hint.With(errors.New("a docker-archive holds an image for one platform"), "choose one with --platform, or write an oci-archive")
	}
	data, err := imagedoc.ReadFile(staged.Blobs[desc.Digest].Path)
	if err != nil {
		return err
	}
	manifest, err := imagedoc.ParseManifest(data)
	if err != nil {
		return err
	}
	raw, err := imagedoc.ReadFile(staged.Blobs[manifest.Config.Digest].Path)
	if err != nil {
		return err
	}
	var config v1.Image
	if err := jsontext.Unmarshal(raw, &config); err != nil {
		return err
	}
	image := dockerImage{Config: manifest.Config.Digest.Encoded() + ".json", RepoTags: []string{}}
	if ref.Name != "" {
		image.RepoTags = append(image.RepoTags, oci.TaggedName(ref.Name))
	}
	w := &seekingTar{file: file}
	for i, layer := range manifest.Layers {
		diffID := config.RootFS.DiffIDs[i]
		name := diffID.Encoded() + ".tar"
		if !slices.Contains(image.Layers, name) {
			base := oci.NewBaseLayer(layer, diffID, func(ctx context.Context) (io.ReadCloser, error) {
				return verify.OpenFile(ctx, staged.Blobs[layer.Digest].Path, layer)
			})
			plain, err := base.OpenTar(ctx)
			if err != nil {
				return err
			}
			err = w.add(name, plain)
			plain.Close()
			if err != nil {
				return err
			}
		}
		image.Layers = append(image.Layers, name)
	}
	if err := w.add(image.Config, bytes.NewReader(raw)); err != nil {
		return err
	}
	list, err := json.Marshal([]dockerImage{image})
	if err != nil {
		return err
	}
	if err := w.add(dockerManifest, bytes.NewReader(list)); err != nil {
		return err
	}
	return w.close()
}

// seekingTar writes a tar whose entries' sizes are known only when they are written.
type seekingTar struct {
	file *os.File
	at   int64
}

const tarBlock = 512

func (w *seekingTar) add(name string, content io.Reader) error {
	begin := w.at
	if _, err := w.file.Seek(begin+tarBlock, io.SeekStart); err != nil {
		return err
	}
	size, err := io.CopyBuffer(struct{ io.Writer }{w.file}, content, make([]byte, 256<<10))
	if err != nil {
		return err
	}
	var header bytes.Buffer
	// The GNU dialect has any size in the one block that was left free.
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, Format: tar.FormatGNU}
	if err := tar.NewWriter(&header).WriteHeader(h); err != nil {
		return err
	}
	if header.Len() != tarBlock {
		return fmt.Errorf("%s: its tar header takes %d bytes, not %d", name, header.Len(), tarBlock)
	}
	if _, err := w.file.WriteAt(header.Bytes(), begin); err != nil {
		return err
	}
	w.at = begin + tarBlock + (size+tarBlock-1)/tarBlock*tarBlock
	return nil
}

// close ends the archive. Bytes that were skipped are zero.
func (w *seekingTar) close() error { return w.file.Truncate(w.at + 2*tarBlock) }
