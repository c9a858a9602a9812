package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// Annotations of the manifest that say what the image was made of. Neither changes
// with the places that the inputs came from.
const (
	AnnotationRecipe = "io.github.lamina-oci.recipe"      // the text of a layer.Recipe
	AnnotationLock   = "io.github.lamina-oci.lock.digest" // LockedPlatform.Digest
)

// ProvenanceType is the artifact type of the record that goes along with an image.
const ProvenanceType = "application/vnd.in-toto+json"

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://slsa.dev/provenance/v1"
	buildType     = "https://github.com/lamina-oci/lamina/build/v1"
	builderID     = "https://github.com/lamina-oci/lamina"
)

// Statement is an in-toto statement v1 whose predicate is an SLSA provenance v1: what
// the image was made of and how. It says nothing of when or where, so that equal builds
// have equal records; of folders, only what was in them is recorded.
type Statement struct {
	Type          string               `json:"_type"`
	Subject       []ResourceDescriptor `json:"subject"`
	PredicateType string               `json:"predicateType"`
	Predicate     Provenance           `json:"predicate"`
}

// ResourceDescriptor is in-toto's description of something by its digest.
type ResourceDescriptor struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Provenance is the part of an SLSA provenance that is used here.
type Provenance struct {
	BuildDefinition struct {
		BuildType            string               `json:"buildType"`
		ExternalParameters   RecordedRequest      `json:"externalParameters"`
		InternalParameters   RecordedPlan         `json:"internalParameters"`
		ResolvedDependencies []ResourceDescriptor `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
	} `json:"runDetails"`
}

// RecordedRequest is the Request that an image was built for.
type RecordedRequest struct {
	Base            string            `json:"base,omitempty"` // unless it was a file or folder
	Platform        string            `json:"platform"`
	Packages        []string          `json:"packages"`
	Files           []RecordedFile    `json:"files"`
	Config          oci.ConfigChanges `json:"config"`
	Annotations     map[string]string `json:"annotations"`
	SkipScripts     []string          `json:"skipScripts"`
	SourceDateEpoch *int64            `json:"sourceDateEpoch,omitempty"` // if it was given
}

// RecordedFile is a File of the request, with its content's hash.
type RecordedFile struct {
	Path   string  `json:"path"`
	Type   string  `json:"type"` // file, directory or symlink
	Target string  `json:"target,omitempty"`
	Mode   *uint16 `json:"mode,omitempty"`
	Owner  string  `json:"owner,omitempty"`
	Size   int64   `json:"size,omitempty"`
	SHA256 string  `json:"sha256,omitempty"` // of a file, hexadecimal
}

// RecordedPlan is what the request came to.
type RecordedPlan struct {
	Recipe string         `json:"recipe"`
	Lock   LockedPlatform `json:"lock"`

	// BaseManifest and BaseConfig are the base's documents: its layers are in the
	// image, these are not.
	BaseManifest []byte `json:"baseManifest,omitempty"`
	BaseConfig   []byte `json:"baseConfig"`
}

// annotations returns the manifest's, which say what it was made of.
func (p *Plan) annotations(recipe layer.Recipe, locked *LockedPlatform) map[string]string {
	all := maps.Clone(p.request.Annotations)
	if all == nil {
		all = make(map[string]string)
	}
	all[AnnotationRecipe] = recipe.String()
	all[AnnotationLock] = locked.Digest().String()
	return all
}

// Digest identifies what a platform is locked to, whatever places it is had from:
// repositories, URLs, indexes and signatures are left out.
func (l *LockedPlatform) Digest() digest.Digest {
	what := *l
	what.Indexes = nil
	what.Changes = nil
	for _, c := range l.Changes {
		if c.LockedPackage != nil {
			pkg := *c.LockedPackage
			pkg.Repository, pkg.URL, pkg.SHA256 = 0, "", ""
			c.LockedPackage = &pkg
			c.Size = 0 // with the signature
		}
		what.Changes = append(what.Changes, c)
	}
	text, err := json.Marshal(what)
	if err != nil {
		return "" // it has nothing that cannot be encoded
	}
	return digest.FromBytes(text)
}

// record makes the statement about an image.
func (p *Plan) record(image v1.Descriptor, locked LockedPlatform) ([]byte, error) {
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
	var s Statement
	s.Type, s.PredicateType = statementType, predicateType
	s.Subject = []ResourceDescriptor{{Digest: digestSet(image.Digest)}}
	s.Predicate.RunDetails.Builder.ID = builderID
	definition := &s.Predicate.BuildDefinition
	definition.BuildType = buildType
	definition.ExternalParameters = request
	definition.InternalParameters = RecordedPlan{Recipe: p.request.recipe().String(), Lock: locked, BaseManifest: p.Base.RawManifest, BaseConfig: p.Base.RawConfig}
	definition.ResolvedDependencies = p.dependencies(request.Files, &locked)
	return json.Marshal(s)
}

// referrer is the record as it goes along with the image.
func (m *made) referrer(record []byte) oci.Referrer {
	return oci.Referrer{
		Subject: m.Manifest, ArtifactType: ProvenanceType, Data: record,
		Annotations: map[string]string{"in-toto.io/predicate-type": predicateType, "io.github.lamina-oci.record": "1"},
	}
}

func (p *Plan) recordRequest() (RecordedRequest, error) {
	r := RecordedRequest{
		Platform: p.Base.Platform.String(), Packages: orEmpty(p.request.Packages), Files: []RecordedFile{},
		Config: p.request.Config, Annotations: p.request.Annotations, SkipScripts: orEmpty(p.request.SkipScripts),
	}
	if r.Annotations == nil {
		r.Annotations = map[string]string{}
	}
	switch p.request.Base.Transport {
	case oci.TransportRegistry, oci.TransportScratch:
		r.Base = p.request.Base.String()
	}
	if !p.request.Created.IsZero() {
		seconds := p.request.Created.Unix()
		r.SourceDateEpoch = &seconds
	}
	for _, f := range p.request.Files {
		file, err := recordFile(f)
		if err != nil {
			return r, fmt.Errorf("read source of %s: %w", f.Path, err)
		}
		r.Files = append(r.Files, file)
	}
	return r, nil
}

func recordFile(f stage.File) (RecordedFile, error) {
	file := RecordedFile{Path: f.Path, Type: "file", Target: f.Target, Mode: f.Mode, Owner: f.Owner}
	switch f.Type {
	case tree.Directory:
		file.Type = "directory"
		return file, nil
	case tree.Symlink:
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
		if file.Size, err = io.Copy(hash, content); err != nil {
			return file, err
		}
	}
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return file, nil
}

// dependencies lists every input with its digest.
func (p *Plan) dependencies(files []RecordedFile, locked *LockedPlatform) []ResourceDescriptor {
	var all []ResourceDescriptor
	if d := p.Base.Manifest.Digest; d != "" {
		base := ResourceDescriptor{Name: "base", Digest: digestSet(d)}
		if p.request.Base.Transport == oci.TransportRegistry {
			base.URI = p.request.Base.String()
		}
		all = append(all, base)
	}
	for i, l := range p.Base.Layers {
		all = append(all, ResourceDescriptor{Name: fmt.Sprintf("base layer %d", i+1), Digest: digestSet(l.Descriptor.Digest)})
	}
	for _, index := range locked.Indexes {
		all = append(all, ResourceDescriptor{Name: "index", URI: index.Repository, Digest: digestSet(index.Digest)})
	}
	for _, c := range locked.Changes {
		if c.LockedPackage == nil {
			continue
		}
		r := ResourceDescriptor{Name: c.Name + "-" + c.Version, URI: packageURL(&c, p.Arch), Annotations: map[string]string{"identity": c.Identity}}
		if c.SHA256 != "" {
			r.Digest = map[string]string{"sha256": c.SHA256}
		}
		all = append(all, r)
	}
	for _, f := range files {
		if f.SHA256 != "" {
			all = append(all, ResourceDescriptor{Name: f.Path, Digest: map[string]string{"sha256": f.SHA256}})
		}
	}
	return all
}

func digestSet(d digest.Digest) map[string]string {
	return map[string]string{d.Algorithm().String(): d.Encoded()}
}

// packageURL is the purl of a package (purl-spec, type apk).
func packageURL(c *LockedChange, arch string) string {
	if c.Arch != "" {
		arch = c.Arch
	}
	return "pkg:apk/alpine/" + url.PathEscape(c.Name) + "@" + url.PathEscape(c.Version) + "?arch=" + url.QueryEscape(arch)
}

// epoch returns the time that was given for what has none.
func (r *RecordedRequest) epoch() time.Time {
	if r.SourceDateEpoch == nil {
		return time.Time{}
	}
	return time.Unix(*r.SourceDateEpoch, 0).UTC()
}

// ReadStatement reads an image's own record, which is among what goes along with it (see [oci.ListReferrers]) and says how
// Lamina made it. Nothing of it is checked. It is nil if there is none.
func ReadStatement(ctx context.Context, store oci.Store, referrers []oci.ListedReferrer) (*Statement, error) {
	for _, r := range referrers {
		if r.ArtifactType != ProvenanceType {
			continue
		}
		data, err := oci.ReadBlob(ctx, store, r.Document)
		s := new(Statement)
		if err == nil {
			err = json.Unmarshal(data, s)
		}
		if err != nil {
			return nil, fmt.Errorf("read provenance: %w", err)
		}
		if s.PredicateType == predicateType && s.Predicate.BuildDefinition.BuildType == buildType {
			return s, nil
		}
	}
	return nil, nil
}
