package assemble

import (
	"context"

	"github.com/lamina-oci/lamina/oci/lock"
)

// VendorPlans copies the package files of the plans unchanged, with their signatures,
// into dir and writes an index of them for each architecture: a repository that is
// enough for a build with a lock. The index is not signed; such a build does not read
// it. Other files in dir stay. Files are written atomically.
func VendorPlans(ctx context.Context, plans []*Plan, dir string) error {
	for _, p := range plans {
		if err := p.vendor(ctx, dir); err != nil {
			return in(PartPackage, err)
		}
	}
	return nil
}

func (p *Plan) vendor(ctx context.Context, dir string) error {
	sources, err := p.sources(ctx)
	if err != nil {
		return err
	}
	var packages []lock.VendoredPackage
	for i, c := range p.Solution.Changes {
		if sources[i] != nil {
			packages = append(packages, lock.VendoredPackage{Package: c.New, Open: sources[i].Open})
		}
	}
	return lock.WriteVendored(dir, p.Arch, p.Generation, p.created(), packages)
}
