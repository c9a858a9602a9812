package inspect

import (
	"context"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/record"
)

// Provenance is a summary of the record that is stored with an image. It is not verified: only a rebuild with the same
// digest verifies it.
type Provenance struct {
	Builder         string        `json:"builder"`
	Base            string        `json:"base,omitempty"` // its reference, unless it was a file or directory
	BaseDigest      digest.Digest `json:"baseDigest,omitempty"`
	Packages        []string      `json:"packages"` // that were asked for
	Files           []string      `json:"files"`    // paths that the spec added
	SkipScripts     []string      `json:"skipScripts"`
	Repositories    []string      `json:"repositories"` // those that are no directories
	SourceDateEpoch *int64        `json:"sourceDateEpoch,omitempty"`
	Recipe          string        `json:"recipe"`
	Inputs          int           `json:"inputs"` // that are recorded with their digests
}

// Referrer is a document that is stored with the image.
type Referrer struct {
	ArtifactType string        `json:"artifactType"`
	Manifest     digest.Digest `json:"manifest"`
	Digest       digest.Digest `json:"digest"` // of the document
	Size         int64         `json:"size"`   // of it, in bytes
}

// ReadReferrers adds the referrers of the image from its store to the report: the record of its build, and the list
// of documents.
func (r *Report) ReadReferrers(ctx context.Context, store oci.Store) error {
	listed, err := oci.ListReferrers(ctx, store, r.Manifest, "")
	if err != nil {
		return err
	}
	statement, err := record.ReadStatement(ctx, store, listed)
	if err != nil {
		return err
	}
	if statement != nil {
		r.Provenance = summarize(statement)
	}
	for _, l := range listed {
		r.Referrers = append(r.Referrers, Referrer{l.ArtifactType, l.Manifest.Digest, l.Document.Digest, l.Document.Size})
	}
	return nil
}

func summarize(s *record.Statement) *Provenance {
	asked, plan := &s.Predicate.BuildDefinition.ExternalParameters, &s.Predicate.BuildDefinition.InternalParameters
	p := &Provenance{
		Builder: s.Predicate.RunDetails.Builder.ID, Base: asked.Base, Packages: append([]string{}, asked.Packages...),
		Files: []string{}, SkipScripts: append([]string{}, asked.SkipScripts...), Repositories: []string{},
		SourceDateEpoch: asked.SourceDateEpoch, Recipe: plan.Recipe, Inputs: len(s.Predicate.BuildDefinition.ResolvedDependencies),
	}
	for _, f := range asked.Files {
		p.Files = append(p.Files, f.Path)
	}
	for _, index := range plan.Lock.Indexes {
		if index.Repository != "" {
			p.Repositories = append(p.Repositories, index.Repository)
		}
	}
	for _, input := range s.Predicate.BuildDefinition.ResolvedDependencies {
		if sum := input.Digest[string(digest.SHA256)]; input.Name == "base" && sum != "" {
			p.BaseDigest = digest.NewDigestFromEncoded(digest.SHA256, sum)
		}
	}
	return p
}
