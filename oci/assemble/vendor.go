package assemble

import (
	"context"

	"github.com/lamina-oci/lamina/oci/lock"
)

// VendorPlans puts the package files of the plans into dir, as they are and so with
// the signatures they have, and makes an index of them for each architecture: a
// repository that a build with a lock can do with alone. Nobody has signed that index,
// which such a build does not read. Other files in dir stay. A file appears under its
// name when it is whole.
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
