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
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// store is one image of a registry as a [oci.Store]: its index has one entry, the manifest or index of that name. Blobs are
// pulled once, verified, into the cache or the store's own temporary directory, and read from there.
type store struct {
	registries *Registries
	name       oci.Name
	full       string // the name as it was written
	cache      *cache.Directory
	temp       *tempdir.Dir // of a cache that goes with the store; nil if it has none

	connecting sync.Mutex
	repository *remote.Repository // nil until something must be fetched

	resolving sync.Mutex
	root      *v1.Descriptor

	mu      sync.Mutex
	pulling map[digest.Digest]*pulledBlob
}

// pulledBlob is held by who pulls a blob.
type pulledBlob struct {
	mu     sync.Mutex
	isHere bool // it was pulled, or found intact
}

// OpenStore opens the image that a reference names. It contacts no registry; r may be nil.
func (r *Registries) OpenStore(ref oci.Reference) (oci.Store, error) {
	name, err := oci.ParseName(ref.Name)
	if err != nil {
		return nil, err
	}
	s := &store{registries: r, name: name, full: ref.Name, pulling: make(map[digest.Digest]*pulledBlob)}
	if r != nil {
		s.cache = r.Cache
	}
	if s.cache == nil {
		if err := s.useTemp(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// useTemp puts a cache of the store's own in place of one that there is not, or that cannot be written to.
func (s *store) useTemp() error {
	temp, err := tempdir.Make("", tempdir.Prefix, 0o700)
	if err != nil {
		return err
	}
	s.temp, s.cache = temp, cache.Open(temp.Path(), temporarySecret)
	return nil
}

// temporarySecret seals entries of a cache that one process has for itself, in a directory that only its user can read.
func temporarySecret() ([]byte, error) { return make([]byte, cache.MinSecret), nil }

// Close removes what was pulled without a cache.
func (s *store) Close() error {
	if s.temp == nil {
		return nil
	}
	return s.temp.Remove()
}

// connect returns the client, which is not needed for what the cache has.
func (s *store) connect(ctx context.Context) (*remote.Repository, error) {
	s.connecting.Lock()
	defer s.connecting.Unlock()
	if s.repository == nil {
		repository, err := s.registries.open(ctx, s.name)
		if err != nil {
			return nil, explain(s.name, err)
		}
		s.repository = repository
	}
	return s.repository, nil
}

// Index returns an index with the manifest or index that the name stands for, under the whole name.
func (s *store) Index(ctx context.Context) (v1.Index, error) {
	s.resolving.Lock()
	defer s.resolving.Unlock()
	if s.root == nil {
		root, err := s.resolve(ctx)
		if err != nil {
			return v1.Index{}, err
		}
		root.Annotations = map[string]string{v1.AnnotationRefName: s.full}
		s.root = &root
	}
	return v1.Index{Manifests: []v1.Descriptor{*s.root}}, nil
}

// checkName is the remedy where the registry says no more than that there is nothing.
const checkName = "check the name, and the tag or digest; some registries also say this of a repository that needs a login"

// availableTags is a remedy that names tags which a repository has, those like the missing one first.
func availableTags(ctx context.Context, repository *remote.Repository, missing string) string {
	const asked, most = 1000, 10
	repository.TagListPageSize = asked
	var tags []string
	errEnough := errors.New("one page is enough")
	err := repository.Tags(ctx, "", func(page []string) error {
		tags = append(tags, page[:min(len(page), asked)]...)
		return errEnough
	})
	tags = slices.DeleteFunc(tags, oci.IsDigestTag)
	if err != nil && !errors.Is(err, errEnough) || len(tags) == 0 {
		return checkName
	}
	listed := suggest.Near(missing, slices.Values(tags))
	for _, tag := range tags {
		if len(listed) < most && !slices.Contains(listed, tag) {
			listed = append(listed, tag)
		}
	}
	text := "give one of the tags that it has: " + strings.Join(listed, ", ")
	if len(tags) > len(listed) {
		text += ", …"
	}
	return text
}

// resolve asks the registry what the name stands for, and remembers it for when there is no network.
func (s *store) resolve(ctx context.Context) (v1.Descriptor, error) {
	sum := sha256.Sum256([]byte("lamina reference 1\n" + s.name.InRegistry() + " " + s.name.Reference()))
	key := hex.EncodeToString(sum[:])
	isOffline := s.registries != nil && s.registries.Offline
	if isOffline || s.name.Digest != "" {
		var known v1.Descriptor
		text, err := s.cache.Read(cache.References, key, 4096)
		if err == nil && json.Unmarshal(text, &known) == nil && verify.Descriptor(known) == nil && (s.name.Digest == "" || s.name.Digest == known.Digest) {
			return known, nil
		}
	}
	repository, err := s.connect(ctx)
	if err != nil {
		return v1.Descriptor{}, err
	}
	var desc v1.Descriptor
	var data []byte
	err = transfer.Do(ctx, func() error {
		var body io.ReadCloser
		var err error
		if desc, body, err = repository.Manifests().FetchReference(ctx, s.name.Reference()); err != nil {
			return transfer.Permanent(err) // the policy has repeated the request
		}
		defer body.Close()
		data, err = imagedoc.Read(body)
		return err
	})
	if errors.Is(err, errdef.ErrNotFound) && s.name.Digest == "" {
		return v1.Descriptor{}, hint.Default(explain(s.name, err), availableTags(ctx, repository, s.name.Tag))
	}
	if errors.Is(err, errdef.ErrNotFound) {
		return v1.Descriptor{}, hint.Default(explain(s.name, err), checkName)
	}
	if err != nil {
		return v1.Descriptor{}, explain(s.name, err)
	}
	// The registry's own digest is compared with that of the content.
	got := desc.Digest.Algorithm().FromBytes(data)
	if got != desc.Digest || s.name.Digest != "" && got != s.name.Digest {
		want := desc.Digest
		if s.name.Digest != "" {
			want = s.name.Digest
		}
		return v1.Descriptor{}, fmt.Errorf("%s sent a manifest that is %s, not %s: do not trust it", s.name.Host, got, want)
	}
	desc = v1.Descriptor{MediaType: desc.MediaType, Digest: got, Size: int64(len(data))}
	s.cache.Write(cache.Pulled, got.Encoded(), data)
	if text, err := json.Marshal(desc); err == nil {
		s.cache.Write(cache.References, key, text)
	}
	return desc, nil
}

// Open returns a blob, manifest or index, pulling it if necessary.
func (s *store) Open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	if err := verify.Descriptor(desc); err != nil {
		return nil, err
	}
	s.mu.Lock()
	blob := s.pulling[desc.Digest]
	if blob == nil {
		blob = new(pulledBlob)
		s.pulling[desc.Digest] = blob
	}
	s.mu.Unlock()
	blob.mu.Lock()
	defer blob.mu.Unlock()
	if here, err := s.openPulled(ctx, desc, blob); here != nil || err != nil {
		return here, err
	}
	if err := s.pull(ctx, desc); err != nil {
		return nil, err
	}
	blob.isHere = true
	here, err := s.openPulled(ctx, desc, blob)
	if here != nil || err != nil || s.temp != nil {
		return here, err
	}
	// The cache does not take anything: it said so. Do without.
	if err := s.useTemp(); err != nil {
		return nil, err
	}
	if err := s.pull(ctx, desc); err != nil {
		return nil, err
	}
	if here, err = s.openPulled(ctx, desc, blob); here == nil && err == nil {
		err = fmt.Errorf("blob %s: cannot be stored in %s", desc.Digest, s.temp.Path())
	}
	return here, err
}

// openPulled opens a blob that was pulled; nil if it is missing. One that another run has pulled is read to its
// end once before it is believed.
func (s *store) openPulled(ctx context.Context, desc v1.Descriptor, blob *pulledBlob) (io.ReadCloser, error) {
	entry, err := s.cache.Open(cache.Pulled, desc.Digest.Encoded())
	if err != nil {
		return nil, nil
	}
	defer entry.Close()
	if !blob.isHere {
		err := verify.Blob(ctx, io.NewSectionReader(entry.File, 0, entry.Size), desc, s.cache)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			s.cache.Discard(cache.Pulled, desc.Digest.Encoded(), err)
			return nil, nil
		}
		blob.isHere = true
	}
	return verify.OpenFile(ctx, entry.Name(), desc)
}

// pull puts a blob into the cache.
func (s *store) pull(ctx context.Context, desc v1.Descriptor) error {
	repository, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("blob %s: %w", desc.Digest, err)
	}
	err = transfer.Do(ctx, func() error {
		var body io.ReadCloser
		var err error
		if imagedoc.IsManifest(desc.MediaType) {
			body, err = repository.Manifests().Fetch(ctx, desc)
		} else {
			body, err = repository.Blobs().Fetch(ctx, desc)
		}
		if err != nil {
			return transfer.Permanent(err)
		}
		defer body.Close()
		body = s.registries.watch(transfer.Resume(ctx, body, desc.Size), false, desc)
		w := s.cache.Create(cache.Pulled, desc.Digest.Encoded())
		defer w.Abort()
		if err := verify.Copy(ctx, w, body, desc); err != nil {
			return err
		}
		w.Commit()
		return nil
	})
	if errors.Is(err, errdef.ErrNotFound) {
		err := fmt.Errorf("%s has no blob %s in %s, which a manifest there lists: push the image again", s.name.Host, desc.Digest, s.name.Repository)
		return &requestError{Host: s.name.Host, Status: http.StatusNotFound, Err: err}
	}
	return explain(s.name, err)
}

// Repository implements [RemoteStore].
func (s *store) Repository() oci.Name { return s.name }

// Referrers returns the manifests that refer to an image, by the registry's API or the tag that stands in for it (distribution-spec,
// listing referrers).
func (s *store) Referrers(ctx context.Context, subject digest.Digest) ([]v1.Descriptor, error) {
	if s.registries != nil && s.registries.Offline {
		return nil, nil
	}
	repository, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	var found []v1.Descriptor
	err = repository.Referrers(ctx, v1.Descriptor{Digest: subject}, "", func(some []v1.Descriptor) error {
		found = append(found, some...)
		return nil
	})
	if err != nil {
		return nil, explain(s.name, err)
	}
	return found, nil
}

// pushManifest uploads a manifest or index under its digest, and under a tag unless that is "".
func pushManifest(ctx context.Context, repository *remote.Repository, desc v1.Descriptor, data []byte, tag string) error {
	ctx = auth.AppendRepositoryScope(ctx, repository.Reference, auth.ActionPull, auth.ActionPush)
	if tag != "" {
		return repository.Manifests().PushReference(ctx, desc, bytes.NewReader(data), tag)
	}
	return repository.Manifests().Push(ctx, desc, bytes.NewReader(data))
}
