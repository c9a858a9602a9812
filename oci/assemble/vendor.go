package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
	"github.com/lamina-oci/lamina/oci/vendor"
)

// VendorPlans stores the packages of the plans where Vendor of their lock, which is in dir, says, and sets the digest of an artifact in
// the lock. Without Vendor it does nothing.
//
// Into a directory, the package files are copied unchanged, with their signatures, and an index of them is written for each architecture:
// a repository that is enough for a build with a lock. That index is not signed, and such a build does not need it. For packages that no
// trusted key has signed themselves, the signed indexes that list them are copied too. Other files in the directory stay. Files are written
// atomically.
//
// For an artifact, see package vendor. The images that the plans start from, and those that files come from, are part of it, so that a
// build with the lock needs nothing else. On an error, it is unchanged.
func VendorPlans(ctx context.Context, plans []*Plan, pinned *lock.Lock, dir string) error {
	if pinned.Vendor == "" {
		return nil
	}
	place := pinned.VendorPlace(dir)
	if !vendor.IsReference(place) {
		return vendorDir(ctx, plans, place)
	}
	ref, err := vendor.ParseReference(place)
	if err == nil {
		pinned.VendorDigest, err = vendorArtifact(ctx, plans, ref)
	}
	return err
}

// vendorDir writes a directory.
func vendorDir(ctx context.Context, plans []*Plan, dir string) error {
	for _, p := range plans {
		if err := p.vendor(ctx, dir); err != nil {
			return in(PartPackage, err)
		}
	}
	return nil
}

// vendorArtifact writes an artifact, and returns its digest.
func vendorArtifact(ctx context.Context, plans []*Plan, ref oci.Reference) (digest.Digest, error) {
	temp, err := tempdir.Make("", tempdir.Prefix, 0o700)
	if err != nil {
		return "", in(PartOutput, err)
	}
	defer temp.Remove()
	dir := filepath.Join(temp.Path(), "vendored")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", in(PartOutput, err)
	}
	if err := vendorDir(ctx, plans, dir); err != nil {
		return "", err
	}
	names, err := vendor.Names(dir)
	if err != nil {
		return "", in(PartOutput, err)
	}
	// The index that nobody has signed changes with each package, and a build with a lock does not read it.
	names = slices.DeleteFunc(names, func(name string) bool { return path.Base(name) == "APKINDEX.tar.gz" })
	var images []*oci.Base
	for _, p := range plans {
		for _, part := range append([]*Plan{p}, p.stages.plans...) {
			images = append(images, part.ownImages()...)
		}
	}
	env := plans[0].env
	d, err := transport.Create(ctx, ref, transport.Options{Registries: env.Registries, Warn: env.Warn})
	if err != nil {
		return "", in(PartOutput, err)
	}
	defer d.Abort()
	desc, err := vendor.Write(ctx, d, dir, names, images)
	if err == nil {
		err = d.Commit(ctx, desc)
	}
	if err != nil {
		return "", in(PartOutput, fmt.Errorf("vendor packages: %w", err))
	}
	return desc.Digest, nil
}

// ownImages are the base, and the images that files come from.
func (p *Plan) ownImages() []*oci.Base {
	var images []*oci.Base
	if p.Base.Manifest.Digest != "" {
		images = append(images, p.Base)
	}
	for _, image := range p.images {
		images = append(images, image.base)
	}
	return images
}

func (p *Plan) vendor(ctx context.Context, dir string) error {
	var packages []lock.VendoredPackage
	for _, part := range p.parts() {
		sources, err := part.sources(ctx, true)
		if err != nil {
			return err
		}
		more, err := part.vendorOwn(ctx, dir, sources)
		if err != nil {
			return err
		}
		for _, v := range more {
			if !slices.ContainsFunc(packages, func(other lock.VendoredPackage) bool { return other.Package.ID() == v.Package.ID() }) {
				packages = append(packages, v)
			}
		}
	}
	files := p.vendoredFiles()
	for _, stage := range p.stages.plans {
		files = append(files, stage.vendoredFiles()...)
	}
	if err := lock.WriteVendoredFiles(dir, files); err != nil {
		return err
	}
	return lock.WriteVendored(dir, p.Arch, p.Generation, p.created(), packages)
}

// parts returns the plan, those of its commands' transactions, and the same of its stages.
func (p *Plan) parts() []*Plan {
	parts := []*Plan{p}
	for _, t := range p.later {
		if t.Failure == "" {
			parts = append(parts, t.Plan)
		}
	}
	for _, stage := range p.stages.plans {
		parts = append(parts, stage)
		for _, t := range stage.later {
			if t.Failure == "" {
				parts = append(parts, t.Plan)
			}
		}
	}
	return parts
}

// vendorOwn returns the packages of the plan's own transaction, and copies the indexes that must vouch for some of them.
func (p *Plan) vendorOwn(ctx context.Context, dir string, sources []*repository.Source) ([]lock.VendoredPackage, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, err
	}
	var packages []lock.VendoredPackage
	needed := make(map[int]bool) // repositories whose index is
	for i, c := range p.Solution.Changes {
		if sources[i] == nil {
			continue
		}
		packages = append(packages, lock.VendoredPackage{Package: c.New, Open: sources[i].Open})
		control, _, err := sources[i].Control(ctx, keys)
		if control == nil {
			return nil, err
		}
		if err != nil {
			needed[c.Repository] = true
		}
	}
	for i := range p.repositories {
		if needed[i] {
			if err := p.vendorIndex(dir, i); err != nil {
				return nil, fmt.Errorf("vendor index %s: %w", p.indexes[i].Repository, err)
			}
		}
	}
	return packages, nil
}

// vendorIndex copies a signed index, beside the one that [lock.WriteVendored] makes.
func (p *Plan) vendorIndex(dir string, i int) error {
	from, err := p.env.Client.OpenIndex(p.repositories[i], p.Arch)
	if err != nil {
		return err
	}
	defer from.Close()
	want := p.indexes[i].Digest
	name := filepath.Join(dir, p.Arch, "APKINDEX."+want.Encoded()[:16]+".tar.gz")
	return atomicfile.Write(name, func(w io.Writer) error {
		verifier := want.Verifier()
		if _, err := io.Copy(io.MultiWriter(w, verifier), from); err != nil {
			return err
		}
		if !verifier.Verified() {
			return errors.New("it has changed since it was read: run the command again")
		}
		return nil
	})
}
