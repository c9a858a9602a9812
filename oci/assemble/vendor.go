package assemble

import (
	"context"
	"slices"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Vendor stores the packages of the plans where Vendor of their lock, which is in dir, says, and sets the digest of an artifact in
// the lock. Without Vendor it does nothing.
//
// Into a directory, the package files are copied unchanged, with their signatures, and an index of them is written for each architecture:
// a repository that is enough for a build with a lock. That index is not signed, and such a build does not need it. For packages that no
// trusted key has signed themselves, the signed indexes that list them are copied too. Other files in the directory stay. Files are written
// atomically.
//
// For an artifact, see [lock.ParseVendor]. The images that the plans start from, and those that files come from, are part of it, so that a
// build with the lock needs nothing else. On an error, it is unchanged.
func (plans Plans) Vendor(ctx context.Context, pinned *lock.Lock, dir string) error {
	if pinned.Vendor == "" {
		return nil
	}
	var all []vendored.Contents
	var images []*oci.Base
	for _, p := range plans {
		contents, err := p.vendorContents(ctx)
		if err != nil {
			return in(PartPackage, err)
		}
		all = append(all, contents)
		for _, part := range append([]*Plan{p}, p.stages.plans...) {
			images = append(images, part.ownImages()...)
		}
	}
	env, place := plans[0].env, pinned.VendorPlace(dir)
	ref, isArtifact, err := lock.ParseVendor(place)
	if !isArtifact {
		return in(PartPackage, vendored.Write(place, all, env.Client))
	}
	if err == nil {
		pinned.VendorDigest, err = vendored.WriteArtifact(ctx, ref, all, images, env.Client, transport.Options{Registries: env.Registries, Warn: env.Warn})
	}
	return in(PartOutput, err)
}

// ownImages are the base, and the images that files come from.
func (p *Plan) ownImages() []*oci.Base {
	var images []*oci.Base
	if p.Base.Manifest.Digest != "" {
		images = append(images, p.Base)
	}
	for _, image := range p.images {
		images = append(images, image.Base)
	}
	return images
}

// vendorContents lists what the plan needs.
func (p *Plan) vendorContents(ctx context.Context) (vendored.Contents, error) {
	c := vendored.Contents{Arch: p.Arch, Generation: p.Generation, Created: p.created(), Files: p.downloads.Files()}
	for _, part := range p.parts() {
		wanted, err := part.wantedFiles(ctx, true)
		if err != nil {
			return c, err
		}
		sources, err := wanted.Wait(ctx)
		if err != nil {
			return c, err
		}
		more, err := part.vendoredOwn(ctx, &c, sources)
		if err != nil {
			return c, err
		}
		for _, v := range more {
			if !slices.ContainsFunc(c.Packages, func(other vendored.Package) bool { return other.Package.ID() == v.Package.ID() }) {
				c.Packages = append(c.Packages, v)
			}
		}
	}
	for _, stage := range p.stages.plans {
		c.Files = append(c.Files, stage.downloads.Files()...)
	}
	return c, nil
}

// parts returns the plan of the packages that are listed, those of its commands' transactions, and the same of its stages.
func (p *Plan) parts() []*PackagePlan {
	parts := []*PackagePlan{&p.PackagePlan}
	for _, t := range p.later {
		if t.Failure == "" {
			parts = append(parts, &t.PackagePlan)
		}
	}
	for _, stage := range p.stages.plans {
		parts = append(parts, &stage.PackagePlan)
		for _, t := range stage.later {
			if t.Failure == "" {
				parts = append(parts, &t.PackagePlan)
			}
		}
	}
	return parts
}

// vendoredOwn returns the packages of the plan's own transaction, and adds the indexes that must vouch for some of them.
func (p *PackagePlan) vendoredOwn(ctx context.Context, c *vendored.Contents, sources []*repository.Source) ([]vendored.Package, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, err
	}
	var packages []vendored.Package
	needed := make(map[int]bool) // repositories whose index is
	for i, change := range p.Solution.Changes {
		if sources[i] == nil {
			continue
		}
		packages = append(packages, vendored.Package{Package: change.New, Open: sources[i].Open})
		control, _, err := sources[i].Control(ctx, keys)
		if control == nil {
			return nil, err
		}
		if err != nil {
			needed[change.Repository] = true
		}
	}
	for i := range p.repositories {
		if needed[i] {
			c.Indexes = append(c.Indexes, vendored.Index{Repository: p.repositories[i], Digest: p.indexes[i].Digest})
		}
	}
	return packages, nil
}
