package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/sharedcache"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// sharedCache is a repository as a [sharedcache.Store]. A list is an artifact with a tag: its first layer is the list, and the others are the blobs
// that the list names, so that the registry keeps them as long as the tag. Tags are PREFIX-HASH; the prefix is the tag of the reference,
// or "lamina". Only one manifest is read for a build, which registries count, and not one for each entry.
type sharedCache struct {
	registries *Registries
	name       oci.Name
	prefix     string

	connecting sync.Mutex
	repository *remote.Repository // nil until it is needed
}

// Media types of a list and its artifact.
const (
	sharedArtifact = "application/vnd.lamina.cache.v1"
	sharedList     = "application/vnd.lamina.cache.list.v1"
	sharedBlob     = "application/octet-stream"
)

// maxSharedManifest is the size, in bytes, of manifests that registries accept (distribution-spec, pushing manifests).
const maxSharedManifest = 4 << 20

// OpenSharedCache returns the store in the repository of a name. It contacts no registry.
func (r *Registries) OpenSharedCache(text string) (sharedcache.Store, error) {
	name, err := oci.ParseName(text)
	if err != nil {
		return nil, err
	}
	if name.Digest != "" {
		return nil, fmt.Errorf("%s: a shared cache has no digest: give a repository, or a tag as the prefix of its tags", text)
	}
	prefix := name.Tag
	if oci.TaggedName(text) != text { // a tag that was not given
		prefix = "lamina"
	}
	return &sharedCache{registries: r, name: name, prefix: prefix}, nil
}

// String implements [sharedcache.Store].
func (s *sharedCache) String() string { return "docker://" + s.name.Host + "/" + s.name.Repository }

func (s *sharedCache) tag(name string) string {
	sum := sha256.Sum256([]byte(name))
	return s.prefix[:min(len(s.prefix), 80)] + "-" + hex.EncodeToString(sum[:20])
}

// connect returns the client.
func (s *sharedCache) connect(ctx context.Context) (*remote.Repository, error) {
	s.connecting.Lock()
	defer s.connecting.Unlock()
	if s.repository == nil {
		repository, err := s.registries.open(ctx, s.name)
		if err != nil {
			return nil, err
		}
		s.repository = repository
	}
	return s.repository, nil
}

// failed explains an error; that something is missing is fs.ErrNotExist. The client has repeated the request, if that was worth it.
func (s *sharedCache) failed(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errdef.ErrNotFound) {
		return fs.ErrNotExist
	}
	return transfer.Permanent(explain(s.name, err))
}

// List implements [sharedcache.Store].
func (s *sharedCache) List(ctx context.Context, name string, limit int64) ([]byte, error) {
	repository, err := s.connect(ctx)
	if err != nil {
		return nil, s.failed(err)
	}
	_, body, err := repository.Manifests().FetchReference(ctx, s.tag(name))
	if err != nil {
		return nil, s.failed(err)
	}
	defer body.Close()
	text, err := bounded.ReadAll(body, maxSharedManifest)
	if err != nil {
		return nil, s.failed(err)
	}
	var manifest v1.Manifest
	isShared := json.Unmarshal(text, &manifest) == nil && manifest.ArtifactType == sharedArtifact
	if !isShared || len(manifest.Layers) == 0 || manifest.Layers[0].MediaType != sharedList {
		return nil, fmt.Errorf("%s has another artifact than a shared cache under the tag %s", s, s.tag(name))
	}
	list := manifest.Layers[0]
	if err := verify.Descriptor(list); err != nil || list.Size > limit {
		return nil, fmt.Errorf("%s: the list of entries is larger than the limit of %d bytes, or its digest is malformed", s, limit)
	}
	blob, err := repository.Blobs().Fetch(ctx, list)
	if err != nil {
		return nil, s.failed(err)
	}
	defer blob.Close()
	var content bytes.Buffer
	if err := verify.Copy(ctx, &content, blob, list); err != nil {
		return nil, s.failed(err)
	}
	return content.Bytes(), nil
}

// Open implements [sharedcache.Store].
func (s *sharedCache) Open(ctx context.Context, sum string, size int64) (io.ReadCloser, error) {
	repository, err := s.connect(ctx)
	if err != nil {
		return nil, s.failed(err)
	}
	blob, err := repository.Blobs().Fetch(ctx, blobDescriptor(sum, size))
	return blob, s.failed(err)
}

// Has implements [sharedcache.Store].
func (s *sharedCache) Has(ctx context.Context, sum string, size int64) (bool, error) {
	repository, err := s.connect(ctx)
	if err != nil {
		return false, s.failed(err)
	}
	ok, err := repository.Blobs().Exists(ctx, blobDescriptor(sum, size))
	return ok, s.failed(err)
}

// Put implements [sharedcache.Store].
func (s *sharedCache) Put(ctx context.Context, sum string, size int64, open func() (io.ReadCloser, error)) error {
	repository, err := s.connect(ctx)
	if err != nil {
		return s.failed(err)
	}
	return transfer.Do(ctx, func() error {
		blob, err := open()
		if err != nil {
			return err
		}
		defer blob.Close()
		err = retryUpload(repository.Blobs().Push(ctx, blobDescriptor(sum, size), blob))
		if transfer.IsTransient(err) {
			return err
		}
		return s.failed(err)
	})
}

// PutList implements [sharedcache.Store].
func (s *sharedCache) PutList(ctx context.Context, name string, list []byte, items []sharedcache.Item) error {
	sum := sha256.Sum256(list)
	described := blobDescriptor(hex.EncodeToString(sum[:]), int64(len(list)))
	described.MediaType = sharedList
	manifest := imagedoc.NewManifest(v1.DescriptorEmptyJSON, described)
	manifest.ArtifactType = sharedArtifact
	listed := make(map[string]bool)
	for _, i := range items {
		if i.IsBlob() && !listed[i.Sum] {
			listed[i.Sum] = true
			manifest.Layers = append(manifest.Layers, blobDescriptor(i.Sum, i.Size))
		}
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if len(text) > maxSharedManifest {
		return fmt.Errorf("the manifest is larger than the limit of %d bytes", maxSharedManifest)
	}
	repository, err := s.connect(ctx)
	if err != nil {
		return s.failed(err)
	}
	for _, blob := range []struct {
		desc v1.Descriptor
		data []byte
	}{{v1.DescriptorEmptyJSON, v1.DescriptorEmptyJSON.Data}, {described, list}} {
		ok, err := repository.Blobs().Exists(ctx, blob.desc)
		if err == nil && !ok {
			err = repository.Blobs().Push(ctx, blob.desc, bytes.NewReader(blob.data))
		}
		if err != nil {
			return s.failed(err)
		}
	}
	desc := v1.Descriptor{MediaType: v1.MediaTypeImageManifest, Digest: digest.FromBytes(text), Size: int64(len(text))}
	return s.failed(pushManifest(ctx, repository, desc, text, s.tag(name)))
}

func blobDescriptor(sum string, size int64) v1.Descriptor {
	return v1.Descriptor{MediaType: sharedBlob, Digest: digest.NewDigestFromEncoded(digest.SHA256, sum), Size: size}
}
