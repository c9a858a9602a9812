package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/oci/lock"
)

// VendorPlans copies the package files of the plans unchanged, with their signatures,
// into dir and writes an index of them for each architecture: a repository that is
// enough for a build with a lock. That index is not signed, and such a build does not need
// it. For packages that no trusted key has signed themselves, the signed indexes that list them are copied too. Other files in
// dir stay. Files are written atomically.
func VendorPlans(ctx context.Context, plans []*Plan, dir string) error {
	for _, p := range plans {
		if err := p.vendor(ctx, dir); err != nil {
			return in(PartPackage, err)
		}
	}
	return nil
}

func (p *Plan) vendor(ctx context.Context, dir string) error {
	var packages []lock.VendoredPackage
	for _, part := range p.parts() {
		sources, err := part.sources(ctx, true)
		if err != nil {
			return err
		}
		more, err := part.vendored(ctx, dir, sources)
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

// vendored returns the packages of the plan's own transaction, and copies the indexes that must vouch for some of them.
func (p *Plan) vendored(ctx context.Context, dir string, sources []*repository.Source) ([]lock.VendoredPackage, error) {
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
