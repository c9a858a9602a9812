package lamina

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/transport"
)

// A Verification is the outcome of rebuilding an image for one platform.
type Verification struct {
	Platform    Platform
	Image       digest.Digest // of its manifest
	Rebuilt     digest.Digest // of the manifest that rebuilding it gives
	Differences *Differences  // nil if both are equal
}

// VerifyOptions say what an image is rebuilt from. The zero value stands for the record beside it.
type VerifyOptions struct {
	Platforms []Platform // none: all that the image has

	// Spec, if not nil, counts instead of the record; its platforms do not.
	Spec *Spec
	// Lock, if not nil, counts instead of the record's.
	Lock *LockFile

	// Keys are trusted in addition to the base's own. Without any, those in the record are, with a warning that names them.
	Keys []Key

	Repositories []string // where packages are fetched from, instead of the record's
	Vendor       string   // a directory that is looked into first, or the reference of an artifact in a registry, layout or archive
}

// Verify rebuilds an image for each of its platforms and compares every digest. Of the last layer nothing is trusted, and no
// part of it is taken from the cache. The error says that it could not be rebuilt, so that nothing is known.
func Verify(ctx context.Context, ref Reference, env *Env, o VerifyOptions) ([]Verification, error) {
	registries := openOptions(env).Registries
	store, err := transport.OpenStore(ctx, ref, registries)
	if err != nil {
		return nil, &Error{Part: assemble.PartImage, Err: fmt.Errorf("open %s: %w", ref, err)}
	}
	defer store.Close()
	if len(o.Platforms) == 0 {
		if o.Platforms, err = oci.Platforms(ctx, store, ref.Name); err != nil {
			return nil, &Error{Part: assemble.PartImage, Err: fmt.Errorf("open %s: %w", ref, err)}
		}
	}
	rebuilding := new(Env)
	if env != nil {
		*rebuilding = *env
	}
	rebuilding.Cache, rebuilding.Progress = nil, nil
	var all []Verification
	for _, platform := range o.Platforms {
		v, err := verify(ctx, store, ref, platform, rebuilding, o)
		if err != nil {
			return nil, err
		}
		all = append(all, *v)
	}
	return all, nil
}

func verify(ctx context.Context, store oci.Store, ref Reference, platform Platform, env *Env, o VerifyOptions) (*Verification, error) {
	image, err := transport.OpenBase(ctx, ref, platform, transport.Options{Registries: env.Registries})
	if err != nil {
		return nil, &Error{Part: assemble.PartImage, Err: err}
	}
	defer image.Close()
	plan, explain, err := o.plan(ctx, store, image, platform, env)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	rebuilt, _, err := plan.Rebuild(ctx)
	if err != nil {
		return nil, explain(err)
	}
	v := &Verification{Platform: image.Platform, Image: image.Manifest.Digest, Rebuilt: rebuilt.ManifestDescriptor.Digest}
	if v.Image != v.Rebuilt {
		v.Differences, err = findDifferences(ctx, image, plan)
	}
	return v, err
}

// plan returns the plan that should give the image, and what explains why it cannot be carried out.
func (o *VerifyOptions) plan(ctx context.Context, store oci.Store, image *oci.Base, platform Platform, env *Env) (*assemble.Plan, func(error) error, error) {
	explain := func(err error) error { return err }
	if o.Spec != nil {
		plan, err := assemble.Resolve(ctx, o.Spec, platform, env)
		return plan, explain, err
	}
	recorded, err := assemble.ReadRecord(ctx, store, image)
	if err != nil {
		return nil, nil, err
	}
	if o.Lock != nil {
		recorded.Spec.Lock = o.Lock
	}
	if len(o.Repositories) > 0 {
		recorded.Spec.Repositories = slices.Clone(o.Repositories)
	} else {
		explain = recorded.Explain
	}
	recorded.Spec.Vendor, recorded.Trusted = o.Vendor, o.Keys
	plan, err := recorded.Resolve(ctx, env)
	return plan, explain, explain(err)
}

// findDifferences builds the image once more, into a layout that can be looked into.
func findDifferences(ctx context.Context, image *oci.Base, plan *assemble.Plan) (*Differences, error) {
	temp, err := tempdir.Make("", tempdir.Prefix, 0o700)
	if err != nil {
		return nil, &Error{Part: assemble.PartOutput, Err: err}
	}
	defer temp.Remove()
	output := Reference{Transport: oci.TransportLayout, Path: filepath.Join(temp.Path(), "image"), Name: "rebuilt"}
	if _, err := plan.Write(ctx, output); err != nil {
		return nil, err
	}
	again, err := transport.OpenBase(ctx, output, Platform{}, transport.Options{})
	if err != nil {
		return nil, err
	}
	defer again.Close()
	report, err := diff.Compare(ctx, image, again, diff.Options{})
	if err != nil {
		return nil, &Error{Part: assemble.PartImage, Err: fmt.Errorf("compare %s with the rebuilt image: %w", image.Reference, err)}
	}
	report.B.Reference = "rebuilt"
	return report, nil
}
