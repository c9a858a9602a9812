package assemble

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

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
	request, err := p.recordRequest()
	if err != nil {
		return nil, err
	}
	locked.Indexes = slices.Clone(locked.Indexes)
	for i, r := range p.repositories {
		if r.Local() && i < len(locked.Indexes) {
			locked.Indexes[i].Repository = ""
		}
	}
	plan := record.Plan{Recipe: p.recipe().String(), Lock: locked, BaseManifest: p.Base.RawManifest, BaseConfig: p.Base.RawConfig}
	s := record.NewStatement(image.Digest, request, plan, p.dependencies(slices.Concat(request.Before, request.Files), &locked, record.ReadDistro(staged)))
	return json.Marshal(s)
}

func (p *Plan) recordRequest() (record.Request, error) {
	r := record.Request{
		Platform: p.Base.Platform.String(), Packages: orEmpty(p.spec.Packages), Files: []record.File{},
		Config: p.spec.Config, Annotations: p.spec.Annotations, SkipScripts: orEmpty(p.spec.SkipScripts),
	}
	for _, k := range p.spec.Keys {
		r.Keys = append(r.Keys, record.Key{Name: k.Name, PEM: string(k.PEM)})
	}
	slices.SortFunc(r.Keys, func(a, b record.Key) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.PEM, b.PEM)) })
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
	r.Groups, r.Users, r.Run, r.Remove = p.spec.Groups, p.spec.Users, p.spec.Run, p.spec.Remove
	var err error
	if r.Before, err = recordFiles(r.Before, p.spec.Before, true); err != nil {
		return r, err
	}
	// What runs or is removed afterwards may change or remove them.
	r.Files, err = recordFiles(r.Files, p.spec.Files, len(r.Run)+len(r.Remove) > 0)
	return r, err
}

func recordFiles(list []record.File, files []stage.File, mayChange bool) ([]record.File, error) {
	for _, f := range files {
		file, err := recordFile(f, mayChange)
		if err != nil {
			return nil, fmt.Errorf("read source of %s: %w", f.Path, err)
		}
		list = append(list, file)
	}
	return list, nil
}

// maxRecordedContent bounds the content of a file that a record has, in bytes.
const maxRecordedContent = 64 << 10

func recordFile(f stage.File, mayChange bool) (record.File, error) {
	file := record.File{Path: f.Path, Type: "file", Target: f.Target, Mode: f.Mode, ModeText: f.ModeText, Recursive: f.Recursive, Owner: f.Owner}
	switch {
	case f.Action == stage.Append:
		file.Type, mayChange = "append", true
	case f.Action == stage.SetPermissions:
		file.Type = "permissions"
		return file, nil
	case f.Action == stage.Delete:
		file.Type = "absent"
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
		if mayChange && f.Size <= maxRecordedContent {
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
	indexes := locked.Indexes
	if p.locked != nil {
		indexes = p.read // the lock's own were not
	}
	for _, index := range indexes {
		all = append(all, record.ResourceDescriptor{Name: "index", URI: index.Repository, Digest: record.DigestSet(index.Digest)})
	}
	for i, c := range locked.Changes {
		if c.Package == nil {
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
	for _, f := range files {
		if f.SHA256 != "" {
			all = append(all, record.ResourceDescriptor{Name: f.Path, Digest: map[string]string{"sha256": f.SHA256}})
		}
	}
	return all
}
