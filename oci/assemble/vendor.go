package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

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
	sources, err := p.sources(ctx, true)
	if err != nil {
		return err
	}
	keys, err := p.keys()
	if err != nil {
		return err
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
			return err
		}
		if err != nil {
			needed[c.Repository] = true
		}
	}
	if err := lock.WriteVendored(dir, p.Arch, p.Generation, p.created(), packages); err != nil {
		return err
	}
	for i := range p.repositories {
		if needed[i] {
			if err := p.vendorIndex(dir, i); err != nil {
				return fmt.Errorf("vendor index %s: %w", p.indexes[i].Repository, err)
			}
		}
	}
	return nil
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
