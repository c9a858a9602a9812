package vendored

import (
	"context"
	"path"
	"path/filepath"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/vendor"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Source is what was vendored: a directory, or an artifact whose files are put into one as they are needed. A nil one has nothing.
type Source struct {
	Dir      string
	artifact *vendor.Artifact // nil for a directory
}

// Open opens a directory, or the artifact of a reference, which must have the digest unless that is "".
func Open(ctx context.Context, place string, want digest.Digest, registries *registry.Registries) (*Source, error) {
	if !vendor.IsReference(place) {
		return &Source{Dir: place}, nil
	}
	ref, err := vendor.ParseReference(place)
	if err != nil {
		return nil, err
	}
	artifact, err := vendor.Open(ctx, ref, want, transport.Options{Registries: registries})
	if err != nil {
		return nil, err
	}
	v := &Source{artifact: artifact}
	if v.Dir, err = artifact.Dir(); err != nil {
		artifact.Close()
		return nil, err
	}
	return v, nil
}

// Close releases an artifact.
func (v *Source) Close() error {
	if v.artifact == nil {
		return nil
	}
	return v.artifact.Close()
}

// fetch puts files of the artifact into the directory.
func (v *Source) fetch(ctx context.Context, names ...string) error {
	if v == nil || v.artifact == nil || len(names) == 0 {
		return nil
	}
	return v.artifact.Fetch(ctx, names...)
}

// FetchPackages is fetch for package files, except those in the client's cache.
func (v *Source) FetchPackages(ctx context.Context, client *repository.Client, wanted []repository.Wanted, arch string) error {
	if v == nil || v.artifact == nil {
		return nil
	}
	var names []string
	for _, w := range wanted {
		name, err := repository.Repository{}.RelativeURL(w.Package, arch)
		if err != nil {
			return err
		}
		if !client.IsHere(w, arch) {
			names = append(names, name)
		}
	}
	return v.fetch(ctx, names...)
}

// FetchIndexes is fetch for the signed indexes of an architecture.
func (v *Source) FetchIndexes(ctx context.Context, arch string) error {
	if v == nil || v.artifact == nil {
		return nil
	}
	return v.fetch(ctx, v.artifact.Names(arch+"/APKINDEX")...)
}

// Files returns the directories where a file of a URL may be by its SHA-256.
func (v *Source) Files(ctx context.Context, sum string) ([]string, error) {
	if v == nil {
		return nil, nil
	}
	return []string{filepath.Join(v.Dir, filesDirectory)}, v.fetch(ctx, path.Join(filesDirectory, sum))
}

// OpenImage opens the image that a lock has of a reference by the digest of its manifest; nil if it was not vendored.
func (v *Source) OpenImage(ctx context.Context, ref oci.Reference, manifest digest.Digest, platform oci.Platform, directory *cache.Directory) (*oci.Base, error) {
	if v == nil || v.artifact == nil || manifest == "" {
		return nil, nil
	}
	var name oci.Name
	if ref.Transport == oci.TransportRegistry {
		var err error
		if name, err = oci.ParseName(ref.Name); err != nil {
			return nil, err
		}
	}
	return v.artifact.OpenImage(ctx, manifest, name.Digest, platform, transport.Options{Cache: directory})
}
