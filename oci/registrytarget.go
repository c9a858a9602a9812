package oci

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
)

// registryTarget is where a [Destination] goes that is a registry. Blobs that are new are in the destination's hidden
// directory until then; others are read from where they are when it turns out that the registry needs them.
type registryTarget struct {
	name       registryName
	repository *remote.Repository
	registries *Registries

	mu      sync.Mutex
	sources map[digest.Digest]blobSource // of blobs that are not in staging; none for what the registry has
}

// registryTargetName returns the name of an output, which must have a tag.
func registryTargetName(ref Reference) (registryName, error) {
	name, err := parseRegistryName(ref.Name)
	if err == nil && name.digest != "" {
		err = errors.New("an image cannot be written under a digest: it gets the one that it has; give a tag")
	}
	return name, err
}

func openRegistryTarget(ctx context.Context, ref Reference, registries *Registries) (*registryTarget, error) {
	name, err := registryTargetName(ref)
	if err != nil {
		return nil, err
	}
	if registries != nil && registries.Offline {
		return nil, errors.New("nothing can be sent to a registry offline")
	}
	t := &registryTarget{name: name, registries: registries, sources: make(map[digest.Digest]blobSource)}
	if t.repository, err = registries.open(ctx, name); err == nil {
		// The smallest thing that can be asked for tells whether anybody is there, and lets us in.
		_, err = t.repository.Blobs().Exists(ctx, v1.DescriptorEmptyJSON)
	}
	if err != nil {
		return nil, name.explain(err)
	}
	return t, nil
}

// has asks the registry for a blob. Manifests are sent in any case.
func (t *registryTarget) has(ctx context.Context, d *Destination, desc v1.Descriptor) (bool, error) {
	if isManifest(desc.MediaType) {
		return false, nil
	}
	has, err := t.repository.Blobs().Exists(ctx, desc)
	if err != nil {
		return false, t.name.explain(err)
	}
	if has {
		d.add(desc.Digest, addedBlob{size: desc.Size})
	}
	return has, nil
}

// copyLater notes a blob that the registry gets from elsewhere when the output is committed.
func (t *registryTarget) copyLater(ctx context.Context, d *Destination, source blobSource, desc v1.Descriptor) error {
	if r := source.repository; r != nil && (r.host != t.name.host || r.repository == t.name.repository) {
		source.repository = nil
	}
	if !source.isRemote {
		blob, err := source.open(ctx) // is it there?
		if err != nil {
			return &SourceError{err}
		}
		blob.Close()
	}
	t.mu.Lock()
	t.sources[desc.Digest] = source
	t.mu.Unlock()
	d.add(desc.Digest, addedBlob{size: desc.Size})
	return nil
}

// publish sends all of it, the tag last.
func (t *registryTarget) publish(ctx context.Context, d *Destination, desc v1.Descriptor, referrers []v1.Descriptor) error {
	documents, err := t.documents(d, append([]v1.Descriptor{desc}, referrers...))
	if err != nil {
		return err
	}
	if err := t.sendBlobs(ctx, d, documents); err != nil {
		return err
	}
	// Referrers come last in documents, and so after what they are about.
	for _, document := range documents {
		if err := pushManifest(ctx, t.repository, document.desc, document.data, ""); err != nil {
			return fmt.Errorf("manifest %s: %w", document.desc.Digest, t.name.explain(err))
		}
	}
	for _, document := range documents {
		if document.desc.Digest == desc.Digest {
			return t.name.explain(pushManifest(ctx, t.repository, document.desc, document.data, t.name.tag))
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
func (t *registryTarget) documents(d *Destination, roots []v1.Descriptor) ([]document, error) {
	var found []document
	seen := make(map[digest.Digest]bool)
	var visit func(desc v1.Descriptor) error
	visit = func(desc v1.Descriptor) error {
		if seen[desc.Digest] || !isManifest(desc.MediaType) {
			return nil
		}
		seen[desc.Digest] = true
		data, err := readDocument(d.blobs[desc.Digest].path)
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
func (t *registryTarget) sendBlobs(ctx context.Context, d *Destination, documents []document) error {
	isDocument := make(map[digest.Digest]bool)
	for _, document := range documents {
		isDocument[document.desc.Digest] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for _, dgst := range slices.Sorted(maps.Keys(d.blobs)) {
		blob, source := d.blobs[dgst], t.sources[dgst]
		if isDocument[dgst] || blob.path == "" && source.open == nil {
			continue
		}
		desc := v1.Descriptor{MediaType: "application/octet-stream", Digest: dgst, Size: blob.size}
		if blob.path != "" {
			source.open = func(ctx context.Context) (io.ReadCloser, error) {
				file, err := os.Open(blob.path)
				if err != nil {
					return nil, reason(err)
				}
				return verified(ctx, file, file, desc), nil
			}
		}
		group.Go(func() error {
			if err := t.send(ctx, desc, source); err != nil {
				return fmt.Errorf("blob %s: %w", dgst, t.name.explain(err))
			}
			return nil
		})
	}
	return group.Wait()
}

// send uploads a blob, or has the registry take it from another repository.
func (t *registryTarget) send(ctx context.Context, desc v1.Descriptor, source blobSource) error {
	return retrying(ctx, func() error {
		if source.repository != nil {
			err := t.repository.Mount(ctx, desc, source.repository.repository, func() (io.ReadCloser, error) {
				blob, err := source.open(ctx)
				if err != nil {
					return nil, err
				}
				return t.registries.watch(blob, true, desc), nil
			})
			if answer := (*errcode.ErrorResponse)(nil); !errors.As(err, &answer) || answer.Method == "PUT" {
				return err
			}
			// Some registries refuse to mount rather than to begin an upload.
		}
		blob, err := source.open(ctx)
		if err != nil {
			return err
		}
		defer blob.Close()
		return t.repository.Blobs().Push(ctx, desc, t.registries.watch(blob, true, desc))
	})
}
