package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/recorded"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
)

// errNoRecord means that no record of its build is stored with the image.
var errNoRecord = errors.New("the image has no record of how it was built")

// Recorded holds the inputs of an image by its record.
type Recorded struct {
	// Spec has a lock, and of the image's last layer only the files of the spec, by the hashes in the record. Its
	// repositories and Vendor may be set to where packages are to be fetched from; else that is where the record says.
	Spec *spec.Spec
	// Trusted are keys that count instead of those in the record. Without any, keys of the record are trusted in addition to
	// the base's own, and a warning says which packages only they vouch for.
	Trusted []spec.Key
	// Platform is the image's.
	Platform oci.Platform
	base     *oci.Base // the layers of the image below the last
	hidden   int       // repositories that were directories, which a record does not name
}

// ReadRecord reads the record that is stored with an image (see [WriteOptions]).
//
// The record alone proves nothing: only rebuilding the image from it shows that it is true.
func ReadRecord(ctx context.Context, store oci.Store, image *oci.Base) (*Recorded, error) {
	records, err := oci.ListReferrers(ctx, store, image.Manifest.Digest, record.ProvenanceType)
	if err != nil {
		return nil, in(PartRequest, err)
	}
	statement, err := record.ReadStatement(ctx, store, records)
	if err != nil {
		return nil, in(PartRequest, err)
	}
	if statement == nil {
		return nil, in(PartRequest, errNoRecord)
	}
	r, err := recordedIn(ctx, statement, image)
	if err != nil {
		return nil, in(PartRequest, fmt.Errorf("the image's record: %w", err))
	}
	return r, nil
}

func recordedIn(ctx context.Context, s *record.Statement, image *oci.Base) (*Recorded, error) {
	build, err := recorded.Read(ctx, s, image)
	if err != nil {
		return nil, err
	}
	return &Recorded{Spec: build.Spec, Platform: image.Platform, base: build.Base, hidden: build.Hidden}, nil
}

// Resolve is [Resolve] for the recorded request. The plan must not be used after the image is closed.
func (r *Recorded) Resolve(ctx context.Context, env *Env) (*Plan, error) {
	if len(r.Trusted) == 0 {
		return (&resolution{spec: r.Spec, env: env, opened: r.base, keysOfRecord: true}).resolve(ctx, r.Platform)
	}
	s := *r.Spec
	s.Keys = r.Trusted
	return (&resolution{spec: &s, env: env, opened: r.base}).resolve(ctx, r.Platform)
}

// Explain adds to the error of a rebuild that lacks a package what may be missing: a record does not name directories of the
// machine that built the image.
func (r *Recorded) Explain(err error) error {
	part := (*Error)(nil)
	if r.hidden == 0 || r.Spec.Vendor != "" || !errors.As(err, &part) || part.Part != PartPackage && part.Part != PartRepository {
		return err
	}
	return in(part.Part, hint.With(part.Err, "the record does not say where its local packages are: give --repository DIR, --vendor DIR or -f SPEC"))
}

// Rebuild builds the plan's image without storing it, and returns its documents.
func (p *Plan) Rebuild(ctx context.Context) (*oci.Image, *Result, error) {
	if err := p.verifyBase(ctx); err != nil {
		return nil, nil, in(PartBase, err)
	}
	m, err := p.build(ctx, nil, func(l *layer.Layer) (*layer.Result, error) {
		result, err := l.Write(ctx, io.Discard)
		return result, in(PartLayer, err)
	})
	if err != nil {
		return nil, nil, err
	}
	return m.image, m.Result, nil
}

// verifyBase makes sure, where nothing is copied, that the blobs of the base are what
// its manifest says.
func (p *Plan) verifyBase(ctx context.Context) error {
	for i, l := range p.Base.Layers {
		if err := l.Verify(ctx); err != nil {
			return fmt.Errorf("base %s: layer %d: %w", p.Base.Reference, i+1, err)
		}
	}
	return nil
}
