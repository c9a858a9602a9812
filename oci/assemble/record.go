package assemble

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"sort"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
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
	request, err := p.recordRequest(p.contentsInLayer(staged))
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

// contentsInLayer returns the contents that a rebuild finds in the layer, and that a record need not have for that reason.
func (p *Plan) contentsInLayer(staged *tree.Tree) map[tree.Content]bool {
	contents := make(map[tree.Content]bool)
	for name, n := range staged.All() {
		if n.Type != tree.Regular || n.Content == nil || !reflect.TypeOf(n.Content).Comparable() {
			continue
		}
		// A file that the base has just so is not in the layer.
		if below, err := p.root.tree.Lstat(name); err != nil || below.Size != n.Size {
			contents[n.Content] = true
		}
	}
	return contents
}

func (p *Plan) recordRequest(inLayer map[tree.Content]bool) (record.Request, error) {
	r := record.Request{
		Platform: p.Base.Platform.String(), Packages: orEmpty(slices.Sorted(slices.Values(p.spec.Packages))), Upgrade: p.spec.Upgrade, Files: []record.File{},
		Config: p.spec.Config, Annotations: p.spec.Annotations, SkipScripts: orEmpty(p.spec.SkippedOn(p.Base.Platform)), StepsOnly: p.spec.SkipsAPK(),
	}
	r.LeaveOut = slices.Sorted(slices.Values(p.spec.LeaveOut))
	for _, k := range p.spec.Keys {
		r.Keys = append(r.Keys, record.Key{Name: k.Name, PEM: string(k.PEM)})
	}
	sort.Slice(r.Keys, func(i, j int) bool {
		return cmp.Or(cmp.Compare(r.Keys[i].Name, r.Keys[j].Name), cmp.Compare(r.Keys[i].PEM, r.Keys[j].PEM)) < 0
	})
	r.Keys = slices.Compact(r.Keys)
	if r.Annotations == nil {
		r.Annotations = map[string]string{}
	}
	switch p.spec.Base.Transport {
	case oci.TransportRegistry, oci.TransportScratch:
		r.Base = p.spec.Base.String()
	}
	if !p.spec.Created.IsZero() {
		seconds := p.spec.Created.Unix()
		r.SourceDateEpoch = &seconds
	}
	r.OSRelease = p.spec.OSRelease
	r.Groups, r.Users, r.Run, r.Remove = p.spec.Groups, p.spec.Users, p.spec.Run, p.spec.Remove
	var err error
	files := fileRecorder{inLayer: inLayer, left: maxRecordedContents}
	if r.Before, err = files.add(r.Before, p.spec.Before); err != nil {
		return r, err
	}
	if r.Files, err = files.add(r.Files, p.spec.Files); err != nil {
		return r, err
	}
	for i := range p.spec.Steps {
		s := &p.spec.Steps[i]
		added, err := files.add(nil, s.Files)
		if err != nil {
			return r, err
		}
		r.Steps = append(r.Steps, record.Step{Packages: s.Packages, Upgrade: s.Upgrade, Groups: s.Groups, Users: s.Users, Files: added, Run: s.Run, Remove: s.Remove, Env: s.Env, User: s.User, Dir: s.Dir, Mounts: s.Mounts})
	}
	return r, nil
}

// A fileRecorder describes files for a record, with the contents of those that something has changed or removed since.
type fileRecorder struct {
	inLayer map[tree.Content]bool
	left    int64 // bytes of contents that may follow
}

func (r *fileRecorder) add(list []record.File, files []stage.File) ([]record.File, error) {
	for _, f := range files {
		file, err := r.file(f)
		if err != nil {
			return nil, fmt.Errorf("read source of %s: %w", f.Path, err)
		}
		list = append(list, file)
	}
	return list, nil
}

// Bounds of the contents that a record has, in bytes: of a file and of all. An image that needs more cannot be rebuilt from its record
// alone.
const (
	maxRecordedContent  = 64 << 10
	maxRecordedContents = 8 << 20
)

func (r *fileRecorder) file(f stage.File) (record.File, error) {
	file := record.File{Path: f.Path, Name: f.Name, Type: "file", Target: f.Target, Mode: f.Mode, ModeText: f.ModeText, Recursive: f.Recursive, IfMissing: f.IfMissing, Owner: f.Owner}
	switch {
	case f.Action == stage.Append:
		file.Type = "append"
	case f.Action == stage.SetPermissions:
		file.Type = "permissions"
		return file, nil
	case f.Action == stage.Delete:
		file.Type = "absent"
		return file, nil
	case f.Action == stage.Link:
		file.Type = "hardlink"
		return file, nil
	case f.Type == tree.Directory:
		file.Type = "directory"
		return file, nil
	case f.Type == tree.Symlink:
		file.Type = "symlink"
		return file, nil
	}
	hash := sha256.New()
	if f.Content != nil {
		content, err := f.Content.Open()
		if err != nil {
			return file, err
		}
		defer content.Close()
		var kept bytes.Buffer
		to := io.Writer(hash)
		isInLayer := f.Action != stage.Append && reflect.TypeOf(f.Content).Comparable() && r.inLayer[f.Content]
		if !isInLayer && f.Size <= min(maxRecordedContent, r.left) {
			r.left -= f.Size
			to = io.MultiWriter(hash, &kept)
		}
		if file.Size, err = io.Copy(to, content); err != nil {
			return file, err
		}
		file.Content = kept.Bytes()
	}
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return file, nil
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

// sboms returns the documents about an image that was made, as referrers to it: what sbom.Read would find in it, without
// reading the new layer.
func (p *Plan) sboms(ctx context.Context, m *made, formats []record.Format) ([]oci.Referrer, error) {
	if len(formats) == 0 {
		return nil, nil
	}
	c := new(record.Collector)
	t := tree.New()
	for i, l := range p.Base.Layers {
		err := l.ReadInto(ctx, t)
		if err == nil {
			err = c.Add(t, l.Descriptor.Digest)
		}
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	if err := c.Add(m.tree, m.Layer.Digest); err != nil {
		return nil, err
	}
	var config v1.Image
	if err := json.Unmarshal(m.image.Config, &config); err != nil {
		return nil, err
	}
	image := c.Image(m.Manifest.Digest, m.image.Manifest, m.Platform, config.Created)
	var referrers []oci.Referrer
	for _, format := range formats {
		var document bytes.Buffer
		if err := image.Write(&document, format, record.SBOMOptions{}); err != nil {
			return nil, err
		}
		referrers = append(referrers, oci.Referrer{Subject: m.Manifest, ArtifactType: format.ArtifactType(), Data: document.Bytes()})
	}
	return referrers, nil
}
