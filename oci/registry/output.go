package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
)

// Output is an image being written to a registry. New blobs stay in the destination's hidden directory
// until Publish; others are read from their source if the registry needs them.
type Output struct {
	ref        oci.Reference
	name       oci.Name
	repository *remote.Repository
	registries *Registries

	mu      sync.Mutex
	sources map[digest.Digest]oci.BlobSource // of blobs that are not in staging; none for what the registry has
}

// CheckOutput returns the name of an output and refuses a digest: an image is written under a tag.
func CheckOutput(ref oci.Reference) (oci.Name, error) {
	name, err := oci.ParseName(ref.Name)
	if err == nil && name.Digest != "" {
		err = errors.New("an image cannot be written under a digest, which follows from its content: give a tag")
	}
	return name, err
}

func OpenOutput(ctx context.Context, ref oci.Reference, registries *Registries) (*Output, error) {
	name, err := CheckOutput(ref)
	if err != nil {
		return nil, err
	}
	if registries != nil && registries.Offline {
		return nil, errors.New("cannot write to a registry with --offline")
	}
	t := &Output{ref: ref, name: name, registries: registries, sources: make(map[digest.Digest]oci.BlobSource)}
	if t.repository, err = registries.open(ctx, name); err == nil {
		// The smallest thing that can be asked for tells whether anybody is there, and lets us in.
		_, err = t.repository.Blobs().Exists(ctx, v1.DescriptorEmptyJSON)
	}
	if err != nil {
		return nil, explain(name, err)
	}
	return t, nil
}

// String returns the reference.
func (t *Output) String() string { return t.ref.String() }

// Stage implements [oci.Output].
func (t *Output) Stage() (oci.Staging, error) { return oci.Staging{Dir: os.TempDir()}, nil }

// Has implements [oci.Output]. Manifests are sent in any case.
func (t *Output) Has(ctx context.Context, desc v1.Descriptor) (path string, ok bool, err error) {
	if oci.IsManifest(desc.MediaType) {
		return "", false, nil
	}
	if ok, err = t.repository.Blobs().Exists(ctx, desc); err != nil {
		return "", false, explain(t.name, err)
	}
	return "", ok, nil
}

// Defer implements [oci.Output]: a registry takes a blob from its source when the output is committed.
func (t *Output) Defer(ctx context.Context, source oci.BlobSource, desc v1.Descriptor) (bool, error) {
	if r := source.Repository; r != nil && (r.Host != t.name.Host || r.Repository == t.name.Repository) {
		source.Repository = nil
	}
	if !source.IsRemote {
		blob, err := source.Open(ctx) // is it there?
		if err != nil {
			return false, &oci.SourceError{Err: err}
		}
		blob.Close()
	}
	t.mu.Lock()
	t.sources[desc.Digest] = source
	t.mu.Unlock()
	return true, nil
}

// Publish uploads the image: first the blobs that the registry lacks and cannot mount from another of its repositories;
// then manifests, each after those it lists; then referrers; and the tag last. On failure the tag is unchanged, and
// the registry may have unreferenced blobs, which its garbage collection removes. Existing referrers stay.
func (t *Output) Publish(ctx context.Context, staged *oci.Staged, desc v1.Descriptor, referrers []v1.Descriptor) error {
	documents, err := t.documents(staged, append([]v1.Descriptor{desc}, referrers...))
	if err != nil {
		return err
	}
	if err := t.sendBlobs(ctx, staged, documents); err != nil {
		return err
	}
	// Referrers come last in documents, and so after what they are about.
	for _, document := range documents {
		if err := pushManifest(ctx, t.repository, document.desc, document.data, ""); err != nil {
			return fmt.Errorf("manifest %s: %w", document.desc.Digest, explain(t.name, err))
		}
	}
	for _, document := range documents {
		if document.desc.Digest == desc.Digest {
			return explain(t.name, pushManifest(ctx, t.repository, document.desc, document.data, t.name.Tag))
		}
	}
	return nil
}

// document is a manifest or index.
type document struct {
	desc v1.Descriptor
	data []byte
}

// documents returns manifests and indexes, each once and after those that it lists.
func (t *Output) documents(staged *oci.Staged, roots []v1.Descriptor) ([]document, error) {
	var found []document
	seen := make(map[digest.Digest]bool)
	var visit func(desc v1.Descriptor) error
	visit = func(desc v1.Descriptor) error {
		if seen[desc.Digest] || !oci.IsManifest(desc.MediaType) {
			return nil
		}
		seen[desc.Digest] = true
		data, err := oci.ReadDocument(staged.Blobs[desc.Digest].Path)
		if err != nil {
			return err
		}
		var list struct{ Manifests []v1.Descriptor }
		if err := json.Unmarshal(data, &list); err != nil {
			return fmt.Errorf("blob %s: %w", desc.Digest, err)
		}
		for _, child := range list.Manifests {
			if err := visit(child); err != nil {
				return err
			}
		}
		found = append(found, document{v1.Descriptor{MediaType: desc.MediaType, Digest: desc.Digest, Size: desc.Size}, data})
		return nil
	}
	for _, root := range roots {
		if err := visit(root); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// sendBlobs sends all that is no document, several at once.
func (t *Output) sendBlobs(ctx context.Context, staged *oci.Staged, documents []document) error {
	isDocument := make(map[digest.Digest]bool)
	for _, document := range documents {
		isDocument[document.desc.Digest] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for _, dgst := range slices.Sorted(maps.Keys(staged.Blobs)) {
		blob, source := staged.Blobs[dgst], t.sources[dgst]
		if isDocument[dgst] || blob.Path == "" && source.Open == nil {
			continue
		}
		desc := v1.Descriptor{MediaType: "application/octet-stream", Digest: dgst, Size: blob.Size}
		if blob.Path != "" {
			source.Open = func(ctx context.Context) (io.ReadCloser, error) {
				return oci.OpenBlobFile(ctx, blob.Path, desc)
			}
		}
		group.Go(func() error {
			if err := t.send(ctx, desc, source); err != nil {
				return fmt.Errorf("blob %s: %w", dgst, explain(t.name, err))
			}
			return nil
		})
	}
	return group.Wait()
}

// send uploads a blob, or has the registry take it from another repository.
func (t *Output) send(ctx context.Context, desc v1.Descriptor, source oci.BlobSource) error {
	return transfer.Do(ctx, func() error {
		if source.Repository != nil {
			err := t.repository.Mount(ctx, desc, source.Repository.Repository, func() (io.ReadCloser, error) {
				blob, err := source.Open(ctx)
				if err != nil {
					return nil, err
				}
				return t.registries.watch(blob, true, desc), nil
			})
			if answer := (*errcode.ErrorResponse)(nil); !errors.As(err, &answer) || answer.Method == "PUT" {
				return retryUpload(err)
			}
			// Some registries refuse to mount rather than to begin an upload.
		}
		blob, err := source.Open(ctx)
		if err != nil {
			return err
		}
		defer blob.Close()
		return retryUpload(t.repository.Blobs().Push(ctx, desc, t.registries.watch(blob, true, desc)))
	})
}
