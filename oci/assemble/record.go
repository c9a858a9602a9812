package assemble

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/recorded"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
)

// annotations returns the manifest's, which say what it was made of.
func (p *Plan) annotations(recipe layer.Recipe, locked *lock.Platform) map[string]string {
	all := maps.Clone(p.spec.Annotations)
	if all == nil {
		all = make(map[string]string)
	}
	all[record.AnnotationRecipe] = recipe.String()
	all[record.AnnotationLock] = locked.Digest().String()
	return all
}

// record makes the statement about an image.
func (p *Plan) record(image v1.Descriptor, locked lock.Platform, staged *tree.Tree) ([]byte, error) {
	request, err := recorded.Request(p.spec, p.Base.Platform, p.root.Tree, staged)
	if err != nil {
		return nil, err
	}
	p.hideFolders(&locked)
	locked.Stages = slices.Clone(locked.Stages)
	for i, stage := range p.stagesOf(&locked) {
		stage.hideFolders(&locked.Stages[i].Platform)
	}
	plan := record.Plan{Recipe: p.recipe().String(), Lock: locked, BaseManifest: p.Base.RawManifest, BaseConfig: p.Base.RawConfig}
	s := record.NewStatement(image.Digest, request, plan, p.dependencies(request.AllFiles(), &locked, record.ReadDistro(staged)))
	return json.Marshal(s)
}

// stagesOf returns the plans of the entry's stages. Those of a record were not built.
func (p *Plan) stagesOf(locked *lock.Platform) []*Plan {
	return p.stages.plans[:min(len(p.stages.plans), len(locked.Stages))]
}

// hideFolders takes from a lock's entry the repositories that are directories of this machine.
func (p *Plan) hideFolders(locked *lock.Platform) {
	locked.Indexes = slices.Clone(locked.Indexes)
	for i, r := range p.repositories {
		if r.Local() && i < len(locked.Indexes) {
			locked.Indexes[i].Repository = ""
		}
	}
	locked.Transactions = slices.Clone(locked.Transactions)
	for i, t := range p.later {
		indexes := slices.Clone(locked.Transactions[i].Indexes)
		for j, r := range t.Plan.repositories {
			if r.Local() && j < len(indexes) {
				indexes[j].Repository = ""
			}
		}
		locked.Transactions[i].Indexes = indexes
	}
}

// dependencies lists every input with its digest.
func (p *Plan) dependencies(files []record.File, locked *lock.Platform, distro record.Distro) []record.ResourceDescriptor {
	var all []record.ResourceDescriptor
	if d := p.Base.Manifest.Digest; d != "" {
		base := record.ResourceDescriptor{Name: "base", Digest: record.DigestSet(d)}
		if p.spec.Base.Transport == oci.TransportRegistry {
			base.URI = p.spec.Base.String()
		}
		all = append(all, base)
	}
	for i, l := range p.Base.Layers {
		all = append(all, record.ResourceDescriptor{Name: fmt.Sprintf("base layer %d", i+1), Digest: record.DigestSet(l.Descriptor.Digest)})
	}
	all = p.appendInputs(all, locked, distro)
	for i, stage := range p.stagesOf(locked) {
		if d := stage.Base.Manifest.Digest; d != "" {
			all = append(all, record.ResourceDescriptor{Name: "base of stage " + locked.Stages[i].Name, Digest: record.DigestSet(d)})
		}
		all = stage.appendInputs(all, &locked.Stages[i].Platform, distro)
	}
	for _, f := range files {
		if f.SHA256 != "" {
			all = append(all, record.ResourceDescriptor{Name: f.Path, Digest: map[string]string{"sha256": f.SHA256}})
		}
	}
	return all
}

// appendInputs lists the packages, with their indexes, and the downloads of a lock's entry.
func (p *Plan) appendInputs(all []record.ResourceDescriptor, locked *lock.Platform, distro record.Distro) []record.ResourceDescriptor {
	all = p.appendPackages(all, locked.Indexes, locked.Changes, distro)
	for i, t := range p.later {
		all = t.Plan.appendPackages(all, locked.Transactions[i].Indexes, locked.Transactions[i].Changes, distro)
	}
	for _, d := range locked.Downloads {
		if d.SHA256 != "" {
			all = append(all, record.ResourceDescriptor{Name: "download", URI: d.URL, Digest: map[string]string{"sha256": d.SHA256}})
		}
	}
	return all
}

// appendPackages lists the indexes that were read for the plan's own transaction, and the packages that it brings. Indexes that are
// listed already are left out.
func (p *Plan) appendPackages(all []record.ResourceDescriptor, indexes []lock.Index, changes []lock.Change, distro record.Distro) []record.ResourceDescriptor {
	if p.locked != nil {
		indexes = p.read // the lock's own were not
	}
	for _, index := range indexes {
		r := record.ResourceDescriptor{Name: "index", URI: index.Repository, Digest: record.DigestSet(index.Digest)}
		isListed := func(other record.ResourceDescriptor) bool {
			return other.Name == r.Name && other.URI == r.URI && maps.Equal(other.Digest, r.Digest)
		}
		if !slices.ContainsFunc(all, isListed) {
			all = append(all, r)
		}
	}
	for i, c := range changes {
		if c.Package == nil || c.IsVirtual() {
			continue
		}
		r := record.ResourceDescriptor{Name: c.Name + "-" + c.Version, URI: record.PackageURL(distro, c.Name, c.Version, cmp.Or(c.Arch, p.Arch), c.Origin), Annotations: map[string]string{"identity": c.Identity}}
		if key := p.vouchers[i]; key != "" {
			r.Annotations["signedBy"] = key
		}
		if c.SHA256 != "" {
			r.Digest = map[string]string{"sha256": c.SHA256}
		}
		all = append(all, r)
	}
	return all
}
