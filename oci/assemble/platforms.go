package assemble

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/publish"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Plans are the plans of a spec, one for each platform, in their order.
type Plans []*Plan

// ResolveAll resolves a spec for all of its platforms, some of them at once, and returns a plan for each, in their order.
// Without any, it is resolved for the base's only platform. The error is that of the first platform that fails,
// and names it.
func ResolveAll(ctx context.Context, s *spec.Spec, env *Env) (Plans, error) {
	return (&resolution{spec: s, env: env}).resolveAll(ctx)
}

func (r *resolution) resolveAll(ctx context.Context) (Plans, error) {
	platforms := r.spec.Platforms
	if len(platforms) == 0 {
		platforms = []oci.Platform{{}}
	}
	for i, platform := range platforms {
		if slices.Contains(platforms[:i], platform) {
			return nil, in(PartRequest, hint.Errorf("platform %s: given twice", platform).With("remove one of the two"))
		}
	}
	env, release := r.env.complete()
	plans := make(Plans, len(platforms))
	err := forEach(len(platforms), func(i, concurrency int) error {
		one := *r
		shared := *env
		if shared.Concurrency == 0 {
			shared.Concurrency = concurrency
		}
		one.env = &shared
		var err error
		plans[i], err = one.resolve(ctx, platforms[i])
		return about(platforms, i, err)
	})
	if err != nil {
		release()
		plans.Close()
		return nil, err
	}
	plans[0].close = append([]func() error{release}, plans[0].close...)
	return plans, nil
}

// CheckOutput returns the error that writing an image of the spec to an output would end with, as far as both tell. It writes
// nothing and contacts no registry. Env may be nil.
func CheckOutput(s *spec.Spec, output oci.Reference, env *Env) error {
	var o transport.Options
	if env != nil {
		o.Layouts = env.Layouts
	}
	err := transport.CheckOutput(output, o)
	if err == nil {
		err = s.LocatePlatforms(checkPlatforms(output, len(s.Platforms)))
	}
	return in(PartOutput, err)
}

// checkPlatforms reports whether an output can hold images for so many platforms.
func checkPlatforms(output oci.Reference, n int) error {
	if n < 2 || output.Transport != oci.TransportDockerArchive {
		return nil
	}
	return hint.Errorf("open output %s: a docker-archive holds an image for one platform, not for %d", output, n).With(
		"choose a platform (--platform OS/ARCH), or write an oci-archive: -o oci-archive:" + output.Path)
}

// Close closes all plans; the list and its items may be nil.
func (plans Plans) Close() error {
	var errs []error
	for _, p := range plans {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}

// WriteOptions selects the documents to write with the image.
type WriteOptions struct {
	// Provenance puts a record of how each image was made beside it, as a referrer: an
	// in-toto statement with an SLSA provenance, from which [Verify] can build it
	// again. In a layout or archive it is a second entry of index.json, so that other
	// programs then want a tag to find the image.
	Provenance bool

	// SBOM lists the formats of the SBOM documents to write with it.
	SBOM []record.Format

	// VEX, if not nil, is put beside each image, and beside the index of several.
	VEX *record.VEX
}

// Write builds the images of the plans, some at once, and commits them to the output
// together: one plan's as it is, several under an index in the order of the plans, of
// which there is at least one. It returns the descriptor of what now has the output's
// tag. On an error, ctx's included, the output is unchanged.
func (plans Plans) Write(ctx context.Context, output oci.Reference, o WriteOptions) (v1.Descriptor, []*Result, error) {
	if len(plans) == 0 {
		return v1.Descriptor{}, nil, in(PartRequest, errors.New("no plan to write an image from"))
	}
	if err := checkPlatforms(output, len(plans)); err != nil {
		return v1.Descriptor{}, nil, in(PartOutput, err)
	}
	d, err := transport.Create(ctx, output, transport.Options{
		Cache: plans[0].env.Cache, Registries: plans[0].env.Registries, Warn: plans[0].env.Warn, Layouts: plans[0].env.Layouts,
	})
	if err != nil {
		return v1.Descriptor{}, nil, in(PartOutput, err)
	}
	defer d.Abort()
	images := make([]*made, len(plans))
	platforms := make([]oci.Platform, len(plans))
	for i, p := range plans {
		platforms[i] = p.Base.Platform
	}
	errs := make([]error, len(plans))
	err = forEach(len(plans), func(i, _ int) error {
		images[i], errs[i] = plans[i].writeTo(ctx, d, o)
		return about(platforms, i, errs[i])
	})
	if err != nil {
		return v1.Descriptor{}, nil, joinRefused(platforms, errs, err)
	}
	var results []*Result
	var published []publish.Image
	for _, m := range images {
		results = append(results, m.Result)
		published = append(published, publish.Image{Image: m.image, Referrers: m.referrers})
	}
	desc, err := publish.Commit(ctx, d, published, o.VEX)
	return desc, results, in(PartOutput, err)
}

// Unchanged returns the descriptor and the results that Write would, if all of the outputs have the very images that the plans make
// already, and no results otherwise. It builds them without storing them.
func (plans Plans) Unchanged(ctx context.Context, outputs []oci.Reference) (v1.Descriptor, []*Result, error) {
	var desc v1.Descriptor
	var images []*oci.Image
	var results []*Result
	for _, p := range plans {
		image, result, err := p.Rebuild(ctx)
		if err != nil {
			return desc, nil, err
		}
		for _, output := range outputs {
			there, err := transport.OpenBase(ctx, output, p.Base.Platform, transport.Options{Registries: p.env.Registries})
			if err != nil {
				return desc, nil, nil // it has none that could be compared, or writing says what is wrong
			}
			isSame := there.Manifest.Digest == image.ManifestDescriptor.Digest
			if err := there.Close(); err != nil || !isSame {
				return desc, nil, nil
			}
		}
		images, results = append(images, image), append(results, result)
	}
	desc, _, err := publish.Describe(images)
	if err != nil {
		return desc, nil, in(PartOutput, err)
	}
	return desc, results, nil
}

// writeTo adds the plan's image to an output. The layers of the base are copied, and with
// that verified, while the new one is made.
func (p *Plan) writeTo(ctx context.Context, d *oci.Destination, o WriteOptions) (*made, error) {
	var m *made
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error { return inCopy(d.CopyLayers(both, p.Base)) })
	group.Go(func() error {
		blob, err := d.NewDescribedBlob(both)
		if err != nil {
			return in(PartOutput, err)
		}
		defer blob.Abort()
		draft := layer.NewDraft(both, blob, p.recipe(), p.layerOptions(nil))
		defer draft.Close()
		m, err = p.build(both, draft, func(l *layer.Layer) (*layer.Result, error) {
			result, err := publish.Layer(both, d, l, blob, p.env.Cache)
			return result, inOutput(err)
		})
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if o.Provenance {
		referrer, err := p.record(m.Manifest, m.locked, m.tree)
		if err != nil {
			return nil, in(PartFile, err)
		}
		m.referrers = append(m.referrers, referrer)
	}
	documents, err := record.Documents(ctx, p.Base, m.Layer.Digest, m.tree, m.image, o.SBOM)
	if err != nil {
		return nil, in(PartBase, fmt.Errorf("SBOM: %w", err))
	}
	m.referrers = append(m.referrers, documents...)
	return m, in(PartOutput, d.WriteImage(ctx, p.Base, m.image))
}

// inOutput says whether an error of a layer that is put into the output is the layer's.
func inOutput(err error) error {
	if errors.As(err, new(*publish.LayerError)) {
		return in(PartLayer, err)
	}
	return in(PartOutput, err)
}

// inCopy says which end of a copy an error belongs to.
func inCopy(err error) error {
	if errors.As(err, new(*oci.SourceError)) {
		return in(PartBase, err)
	}
	return in(PartOutput, err)
}

// forEach calls f for each of n, some at once, with its share of the processors. The
// error is that of the first in order that failed.
func forEach(n int, f func(i, concurrency int) error) error {
	processors := runtime.GOMAXPROCS(0)
	errs := make([]error, n)
	var group errgroup.Group
	group.SetLimit(min(n, processors))
	for i := range n {
		group.Go(func() error {
			errs[i] = f(i, max(1, processors/n))
			return nil
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// about says which of several platforms an error is about.
func about(platforms []oci.Platform, i int, err error) error {
	if err == nil || len(platforms) == 1 {
		return err
	}
	part := PartRequest
	if e := new(Error); errors.As(err, &e) {
		part = e.Part
	}
	return in(part, fmt.Errorf("platform %s: %w", platforms[i], err))
}
