package vendor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/transport"
)

// IsReference tells a reference, which may be of what cannot keep an artifact, from the name of a directory.
func IsReference(place string) bool {
	for _, t := range append([]oci.Transport{oci.TransportDockerArchive, oci.TransportRootfs}, transports...) {
		if strings.HasPrefix(place, string(t)+":") {
			return true
		}
	}
	return false
}

// transports are those that can keep an artifact.
var transports = []oci.Transport{oci.TransportRegistry, oci.TransportLayout, oci.TransportArchive}

// ParseReference reads the reference of an artifact.
func ParseReference(place string) (oci.Reference, error) {
	ref, err := oci.ParseReference(place)
	if err == nil && !slices.Contains(transports, ref.Transport) {
		err = fmt.Errorf("%s cannot keep vendored packages: give docker://HOST/NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG] or a directory", ref)
	}
	return ref, err
}

// An Artifact is what was vendored, open for reading. Its methods may be called concurrently.
type Artifact struct {
	ref    oci.Reference
	store  oci.Store
	files  map[string]v1.Descriptor
	images map[digest.Digest]v1.Descriptor

	mu  sync.Mutex
	dir *tempdir.Dir // where files are put; nil until there are some
}

// Open opens the artifact of a reference. With a digest, it is the one with it, even if the tag is that of another by now.
func Open(ctx context.Context, ref oci.Reference, want digest.Digest, o transport.Options) (*Artifact, error) {
	a := &Artifact{ref: ref, files: make(map[string]v1.Descriptor), images: make(map[digest.Digest]v1.Descriptor)}
	if want != "" && ref.Transport == oci.TransportRegistry && !strings.Contains(ref.Name, "@") {
		ref.Name += "@" + want.String()
	}
	var err error
	if a.store, err = transport.OpenStore(ctx, ref, o.Registries); err == nil {
		if err = a.read(ctx, ref.Name, want); err != nil {
			a.store.Close()
		}
	}
	if err != nil {
		return nil, hint.Default(fmt.Errorf("vendored packages in %s: %w", a.ref, err), `give what "lamina lock --vendor" has written, or run it again`)
	}
	return a, nil
}

// read reads the manifest.
func (a *Artifact) read(ctx context.Context, name string, want digest.Digest) error {
	root, err := a.root(ctx, name, want)
	if err != nil {
		return err
	}
	if root.MediaType != v1.MediaTypeImageManifest {
		return fmt.Errorf("%s is of type %q, not the manifest of vendored packages", root.Digest, root.MediaType)
	}
	data, err := oci.ReadBlob(ctx, a.store, root)
	if err != nil {
		return err
	}
	manifest, err := imagedoc.ParseManifest(data)
	if err != nil {
		return fmt.Errorf("manifest %s: %w", root.Digest, err)
	}
	if manifest.ArtifactType != ArtifactType {
		return fmt.Errorf("manifest %s is of type %q, not %s", root.Digest, manifest.ArtifactType, ArtifactType)
	}
	for _, layer := range manifest.Layers {
		switch title := layer.Annotations[v1.AnnotationTitle]; {
		case strings.HasPrefix(title, imagesPrefix):
			a.images[layer.Digest] = layer
		case title != "":
			a.files[title] = layer
		}
	}
	return nil
}

// root finds the entry of a name or, in a layout that has several, of a digest.
func (a *Artifact) root(ctx context.Context, name string, want digest.Digest) (v1.Descriptor, error) {
	index, err := a.store.Index(ctx)
	if err != nil {
		return v1.Descriptor{}, err
	}
	var named []v1.Descriptor
	for _, entry := range index.Manifests {
		if entry.Digest == want {
			return entry, nil
		}
		if entry.Annotations[v1.AnnotationRefName] == name || name == "" && len(index.Manifests) == 1 {
			named = append(named, entry)
		}
	}
	switch {
	case len(named) == 0:
		return v1.Descriptor{}, errors.New("not found")
	case want != "":
		return v1.Descriptor{}, fmt.Errorf("is %s, but the lock was made with %s", named[0].Digest, want)
	}
	return named[0], nil
}

// Close removes the files that were read.
func (a *Artifact) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.store.Close()
	if a.dir != nil {
		err = errors.Join(err, a.dir.Remove())
	}
	return err
}

// Names returns the names of files that begin with a prefix and have no slash after it, in order.
func (a *Artifact) Names(prefix string) []string {
	var names []string
	for name := range a.files {
		if rest, ok := strings.CutPrefix(name, prefix); ok && !strings.Contains(rest, "/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Fetch puts files into [Artifact.Dir], if the artifact has them. Their digests are verified.
func (a *Artifact) Fetch(ctx context.Context, names ...string) error {
	dir, err := a.Dir()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParallel)
	for _, name := range names {
		desc, ok := a.files[name]
		if !ok || !filepath.IsLocal(filepath.FromSlash(name)) {
			continue
		}
		group.Go(func() error {
			if err := a.fetch(ctx, desc, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				return fmt.Errorf("%s of %s: %w", name, a.ref, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// fetch makes one file, unless it is there.
func (a *Artifact) fetch(ctx context.Context, desc v1.Descriptor, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	blob, err := a.store.Open(ctx, desc)
	if err != nil {
		return err
	}
	defer blob.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) { // named twice
		return nil
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, blob)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// Dir returns the directory that files are put into. It is removed with Close.
func (a *Artifact) Dir() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dir == nil {
		dir, err := tempdir.Make("", tempdir.Prefix, 0o700)
		if err != nil {
			return "", err
		}
		a.dir = dir
	}
	return a.dir.Path(), nil
}

// OpenImage opens one of the images by the digest of its manifest; nil if the artifact does not have it. Pinned is the digest in the
// reference of the image, if it has one: that of the manifest or of an index which lists it. The image is usable until the artifact is closed.
func (a *Artifact) OpenImage(ctx context.Context, manifest, pinned digest.Digest, platform oci.Platform, o transport.Options) (*oci.Base, error) {
	desc, ok := a.images[manifest]
	if !ok {
		return nil, nil
	}
	var base *oci.Base
	err := a.checkPinned(ctx, manifest, pinned)
	if err == nil {
		base, err = a.openImage(ctx, desc, platform, o)
	}
	if err != nil {
		return nil, fmt.Errorf("image %s in %s: %w", manifest, a.ref, err)
	}
	return base, nil
}

// checkPinned holds a manifest against the digest in a reference.
func (a *Artifact) checkPinned(ctx context.Context, manifest, pinned digest.Digest) error {
	if pinned == "" || pinned == manifest {
		return nil
	}
	desc, ok := a.images[pinned]
	if !ok {
		return fmt.Errorf("the reference of the image has the digest %s, and nothing there tells that this is the same image", pinned)
	}
	data, err := oci.ReadBlob(ctx, a.store, desc)
	if err != nil {
		return err
	}
	index, err := imagedoc.ParseIndex(data)
	if err != nil {
		return fmt.Errorf("index %s: %w", pinned, err)
	}
	if !slices.ContainsFunc(index.Manifests, func(entry v1.Descriptor) bool { return entry.Digest == manifest }) {
		return fmt.Errorf("the reference of the image has the digest %s, an index that does not list it", pinned)
	}
	return nil
}

func (a *Artifact) openImage(ctx context.Context, desc v1.Descriptor, platform oci.Platform, o transport.Options) (*oci.Base, error) {
	// The registry has the manifest as a blob. Once the store has pulled it, it knows it by its digest.
	data, err := oci.ReadBlob(ctx, a.store, desc)
	if err != nil {
		return nil, err
	}
	var document struct{ MediaType string }
	if err := jsontext.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	desc.MediaType = cmp.Or(document.MediaType, v1.MediaTypeImageManifest)
	return oci.OpenManifest(ctx, a.store, desc, platform, o.Cache)
}
