package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// output is an image being written to a registry. New blobs stay in the destination's hidden directory
// until Publish; others are read from their source if the registry needs them.
type output struct {
	ref        oci.Reference
	name       oci.Name
	repository *remote.Repository
	registries *Registries

	sent map[digest.Digest]bool // blobs that Publish has sent

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

// OpenOutput returns an output under the name of a reference, once the registry has let us in; r may be nil.
func (r *Registries) OpenOutput(ctx context.Context, ref oci.Reference) (oci.Output, error) {
	name, err := CheckOutput(ref)
	if err != nil {
		return nil, err
	}
	if r != nil && r.Offline {
		return nil, errors.New("cannot write to a registry with --offline")
	}
	t := &output{ref: ref, name: name, registries: r, sent: make(map[digest.Digest]bool), sources: make(map[digest.Digest]oci.BlobSource)}
	if t.repository, err = r.open(ctx, name); err == nil {
		// The smallest thing that can be asked for tells whether anybody is there, and lets us in.
		_, err = t.repository.Blobs().Exists(ctx, v1.DescriptorEmptyJSON)
	}
	if err != nil {
		return nil, explain(name, err)
	}
	return t, nil
}

// String returns the reference.
func (t *output) String() string { return t.ref.String() }

// Stage implements [oci.Output].
func (t *output) Stage() (oci.Staging, error) { return oci.Staging{Dir: os.TempDir()}, nil }

// Has implements [oci.Output]. Manifests are sent in any case.
func (t *output) Has(ctx context.Context, desc v1.Descriptor) (path string, ok bool, err error) {
	if imagedoc.IsManifest(desc.MediaType) {
		return "", false, nil
	}
	if ok, err = t.repository.Blobs().Exists(ctx, desc); err != nil {
		return "", false, explain(t.name, err)
	}
	return "", ok, nil
}

// Defer implements [oci.Output]: a registry takes a blob from its source when the output is committed.
func (t *output) Defer(ctx context.Context, source oci.BlobSource, desc v1.Descriptor) (bool, error) {
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
//
// Referrers that the registry refuses are left out, with a warning: not every registry takes artifacts, and the image is
// none the worse.
func (t *output) Publish(ctx context.Context, staged *oci.Staged, desc v1.Descriptor, referrers []v1.Descriptor) error {
	documents, err := t.documents(staged, desc)
	if err != nil {
		return err
	}
	if err := t.sendBlobs(ctx, staged, documents); err != nil {
		return err
	}
	root := documents[len(documents)-1]
	for _, document := range documents {
		isRoot := document.desc.Digest == root.desc.Digest
		if isRoot && len(referrers) == 0 {
			continue // the tag brings it
		}
		// A registry that takes a manifest under a tag alone says so below, or does not.
		if err := explain(t.name, t.put(ctx, document, "")); err != nil && !(isRoot && isRefusal(err)) {
			return fmt.Errorf("manifest %s: %w", document.desc.Digest, err)
		}
	}
	refused, err := t.publishReferrers(ctx, staged, documents, referrers)
	if err != nil {
		return err
	}
	if err := t.put(ctx, root, t.name.Tag); err != nil {
		return explain(t.name, err)
	}
	if refused != nil {
		t.registries.warn(refused.Error())
	}
	return nil
}

// publishReferrers uploads referrers, and reports those that the registry refuses.
func (t *output) publishReferrers(ctx context.Context, staged *oci.Staged, known []document, referrers []v1.Descriptor) (refused *refusedError, err error) {
	for _, referrer := range referrers {
		documents, err := t.documents(staged, referrer)
		if err != nil {
			return nil, err
		}
		isKnown := func(d document) bool {
			return slices.ContainsFunc(known, func(k document) bool { return k.desc.Digest == d.desc.Digest })
		}
		documents = slices.DeleteFunc(documents, isKnown)
		err = t.sendBlobs(ctx, staged, documents)
		for _, document := range documents {
			if err == nil {
				err = explain(t.name, t.put(ctx, document, ""))
			}
		}
		switch {
		case isRefusal(err):
			if refused == nil {
				refused = &refusedError{host: t.name.Host, err: err}
			}
			refused.add(referrer.ArtifactType)
		case err != nil:
			return nil, fmt.Errorf("referrer %s: %w", referrer.Digest, err)
		}
	}
	return refused, nil
}

// isRefusal tells the answer of a registry that does not take an artifact from one that is busy or wants a login.
func isRefusal(err error) bool {
	answer := (*requestError)(nil)
	if !errors.As(err, &answer) || answer.Status < 400 || answer.Status == http.StatusUnauthorized {
		return false
	}
	return !transfer.IsTransientStatus(answer.Status) || answer.Status == http.StatusInternalServerError
}

// refusedError says which referrers a registry has refused.
type refusedError struct {
	host  string
	types []string
	err   error // of the first
}

func (e *refusedError) add(artifactType string) {
	if !slices.Contains(e.types, artifactType) {
		e.types = append(e.types, artifactType)
	}
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("%s accepts the image but rejects its referrers (%s): %v; to build without them, use --provenance=false and no --sbom",
		e.host, strings.Join(e.types, ", "), e.err)
}

// put uploads a document under a tag or, without one, under its digest. A document that the registry has under that name already is
// not sent to a tag again: it may be one that cannot be moved.
func (t *output) put(ctx context.Context, d document, tag string) error {
	if tag != "" {
		if there, err := t.repository.Manifests().Resolve(ctx, tag); err == nil && there.Digest == d.desc.Digest {
			return nil
		}
	}
	err := pushManifest(ctx, t.repository, d.desc, d.data, tag)
	reference := cmp.Or(tag, d.desc.Digest.String())
	// The answer may also be to the list of referrers that oras-go puts under a tag.
	var answer *errcode.ErrorResponse
	if errors.As(err, &answer) && answer.Method == http.MethodPut && answer.StatusCode < 500 &&
		strings.HasSuffix(answer.URL.Path, "/"+reference) && t.has(ctx, d, reference) {
		return nil
	}
	return err
}

// has reports whether the registry has a document under a tag or digest.
func (t *output) has(ctx context.Context, d document, reference string) bool {
	there, content, err := t.repository.Manifests().FetchReference(ctx, reference)
	if err != nil {
		return false
	}
	content.Close()
	return there.Digest == d.desc.Digest
}

// document is a manifest or index.
type document struct {
	desc v1.Descriptor
	data []byte
}

// documents returns a manifest or index and all that it lists, each once and after those that it lists itself.
func (t *output) documents(staged *oci.Staged, root v1.Descriptor) ([]document, error) {
	var found []document
	seen := make(map[digest.Digest]bool)
	var visit func(desc v1.Descriptor) error
	visit = func(desc v1.Descriptor) error {
		if seen[desc.Digest] || !imagedoc.IsManifest(desc.MediaType) {
			return nil
		}
		seen[desc.Digest] = true
		data, err := imagedoc.ReadFile(staged.Blobs[desc.Digest].Path)
		if err != nil {
			return err
		}
		var list struct{ Manifests []v1.Descriptor }
		if err := jsontext.Unmarshal(data, &list); err != nil {
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
	err := visit(root)
	return found, err
}

// sendBlobs sends the configs and layers of documents that the registry needs, several at once.
func (t *output) sendBlobs(ctx context.Context, staged *oci.Staged, documents []document) error {
	wanted := make(map[digest.Digest]bool)
	for _, document := range documents {
		var lists struct {
			Config *v1.Descriptor
			Layers []v1.Descriptor
		}
		if err := jsontext.Unmarshal(document.data, &lists); err != nil {
			return fmt.Errorf("manifest %s: %w", document.desc.Digest, err)
		}
		if lists.Config != nil {
			lists.Layers = append(lists.Layers, *lists.Config)
		}
		for _, blob := range lists.Layers {
			wanted[blob.Digest] = true
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for _, dgst := range slices.Sorted(maps.Keys(wanted)) {
		blob, source := staged.Blobs[dgst], t.sources[dgst]
		if blob.Path == "" && source.Open == nil || t.sent[dgst] {
			continue
		}
		t.sent[dgst] = true
		desc := v1.Descriptor{MediaType: "application/octet-stream", Digest: dgst, Size: blob.Size}
		if blob.Path != "" {
			source.Open = func(ctx context.Context) (io.ReadCloser, error) {
				return verify.OpenFile(ctx, blob.Path, desc)
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
func (t *output) send(ctx context.Context, desc v1.Descriptor, source oci.BlobSource) error {
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
