package assemble

import (
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
	record.Annotate(all, recipe.String(), locked)
	return all
}

// record makes the referrer with the statement about an image.
func (p *Plan) record(image v1.Descriptor, locked lock.Platform, staged *tree.Tree) (oci.Referrer, error) {
	recordedSpec := *p.spec
	if p.newestSource > 0 {
		recordedSpec.Created = p.created() // stages and images are not built again from a record
	}
	request, err := recorded.Request(&recordedSpec, p.Base.Platform, p.root.Tree, staged)
	if err != nil {
		return oci.Referrer{}, err
	}
	p.hideDirectories(&locked)
	locked.Stages = slices.Clone(locked.Stages)
	for i, stage := range p.stagesOf(&locked) {
		stage.hideDirectories(&locked.Stages[i].Platform)
	}
	plan := record.Plan{Recipe: p.recipe().String(), Lock: locked, BaseManifest: p.Base.RawManifest, BaseConfig: p.Base.RawConfig}
	s := record.NewStatement(image.Digest, request, plan, p.dependencies(request.AllFiles(), &locked, record.ReadDistro(staged)))
	return s.Referrer(image)
}

// stagesOf returns the plans of the entry's stages. Those of a record were not built.
func (p *Plan) stagesOf(locked *lock.Platform) []*Plan {
	return p.stages.plans[:min(len(p.stages.plans), len(locked.Stages))]
}

// hideDirectories takes from a lock's entry the repositories that are directories of this machine.
func (p *Plan) hideDirectories(locked *lock.Platform) {
	locked.Indexes = slices.Clone(locked.Indexes)
	for i, r := range p.repositories {
		if r.Local() && i < len(locked.Indexes) {
			locked.Indexes[i].Repository = ""
		}
	}
	locked.Transactions = slices.Clone(locked.Transactions)
	for i, t := range p.later {
		indexes := slices.Clone(locked.Transactions[i].Indexes)
		for j, r := range t.repositories {
			if r.Local() && j < len(indexes) {
				indexes[j].Repository = ""
			}
		}
		locked.Transactions[i].Indexes = indexes
	}
}

// dependencies lists every input with its digest.
func (p *Plan) dependencies(files []record.File, locked *lock.Platform, distro record.Distro) []record.ResourceDescriptor {
	inputs := recorded.Inputs{Distro: distro}
	uri := ""
	if p.spec.Base.Transport == oci.TransportRegistry {
		uri = p.spec.Base.String()
	}
	inputs.AddBase("base", uri, p.Base.Manifest.Digest)
	for i, l := range p.Base.Layers {
		inputs.AddBase(fmt.Sprintf("base layer %d", i+1), "", l.Descriptor.Digest)
	}
	p.addInputs(&inputs, locked)
	for i, stage := range p.stagesOf(locked) {
		inputs.AddBase("base of stage "+locked.Stages[i].Name, "", stage.Base.Manifest.Digest)
		stage.addInputs(&inputs, &locked.Stages[i].Platform)
	}
	inputs.AddFiles(files)
	return inputs.All
}

// addInputs lists the packages, with their indexes, and the downloads of a lock's entry.
func (p *Plan) addInputs(inputs *recorded.Inputs, locked *lock.Platform) {
	p.addPackages(inputs, locked.Indexes, locked.Changes)
	for i, t := range p.later {
		t.addPackages(inputs, locked.Transactions[i].Indexes, locked.Transactions[i].Changes)
	}
	inputs.AddDownloads(locked.Downloads)
}

// addPackages lists the indexes that were read for the plan's own transaction, and the packages that it brings.
func (p *PackagePlan) addPackages(inputs *recorded.Inputs, indexes []lock.Index, changes []lock.Change) {
	if p.locked != nil {
		indexes = p.read // the lock's own were not
	}
	inputs.AddIndexes(indexes)
	inputs.AddPackages(changes, p.vouchers, p.Arch)
}
