package recorded

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
)

// Inputs are what an image is made from, each with its digest, for its record.
type Inputs struct {
	Distro record.Distro // of the image, for the URLs of packages
	All    []record.ResourceDescriptor
}

// AddBase adds a base or one of its layers; nothing if the digest is "", as of a base that has no manifest. The reference may be "".
func (in *Inputs) AddBase(name, reference string, d digest.Digest) {
	if d != "" {
		in.All = append(in.All, record.ResourceDescriptor{Name: name, URI: reference, Digest: record.DigestSet(d)})
	}
}

// AddIndexes adds those that are not listed yet.
func (in *Inputs) AddIndexes(indexes []lock.Index) {
	for _, index := range indexes {
		r := record.ResourceDescriptor{Name: "index", URI: index.Repository, Digest: record.DigestSet(index.Digest)}
		isListed := func(other record.ResourceDescriptor) bool {
			return other.Name == r.Name && other.URI == r.URI && maps.Equal(other.Digest, r.Digest)
		}
		if !slices.ContainsFunc(in.All, isListed) {
			in.All = append(in.All, r)
		}
	}
}

// AddPackages adds those that changes bring. Vouchers has for each change the key that vouches for its package, "" for none; a package that
// does not say its architecture has arch.
func (in *Inputs) AddPackages(changes []lock.Change, vouchers []string, arch string) {
	for i, c := range changes {
		if c.Package == nil || c.IsVirtual() {
			continue
		}
		r := record.ResourceDescriptor{
			Name:        c.Name + "-" + c.Version,
			URI:         in.Distro.PackageURL(c.Name, c.Version, cmp.Or(c.Arch, arch), c.Origin),
			Annotations: map[string]string{"identity": c.Identity},
		}
		if key := vouchers[i]; key != "" {
			r.Annotations["signedBy"] = key
		}
		if c.SHA256 != "" {
			r.Digest = map[string]string{"sha256": c.SHA256}
		}
		in.All = append(in.All, r)
	}
}

// AddDownloads adds the files that URLs led to.
func (in *Inputs) AddDownloads(downloads []lock.Download) {
	for _, d := range downloads {
		if d.SHA256 != "" {
			in.All = append(in.All, record.ResourceDescriptor{Name: "download", URI: d.URL, Digest: map[string]string{"sha256": d.SHA256}})
		}
	}
}

// AddFiles adds the files of the request that have content.
func (in *Inputs) AddFiles(files []record.File) {
	for _, f := range files {
		if f.SHA256 != "" {
			in.All = append(in.All, record.ResourceDescriptor{Name: f.Path, Digest: map[string]string{"sha256": f.SHA256}})
		}
	}
}
