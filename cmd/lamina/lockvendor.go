package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
	"github.com/lamina-oci/lamina/oci/vendor"
)

// checkVendorOutput refuses a place for vendored packages that cannot be one, before anything is resolved.
func checkVendorOutput(place string) error {
	if !vendor.IsReference(place) {
		return nil
	}
	ref, err := vendor.ParseReference(place)
	if err == nil {
		err = transport.CheckOutput(ref, transport.Options{})
	}
	if err != nil {
		return fmt.Errorf("--vendor: %w", err)
	}
	return nil
}

// vendorFrom returns a directory or a reference as a lock in dir has it.
func vendorFrom(dir, place string) (string, error) {
	if !vendor.IsReference(place) {
		return relativeTo(dir, place)
	}
	ref, err := vendor.ParseReference(place)
	if err == nil && ref.Path != "" {
		ref.Path, err = relativeTo(dir, ref.Path)
	}
	return ref.String(), err
}

// vendorAt is the place that a lock in dir names.
func vendorAt(dir, place string) string {
	if ref, err := vendor.ParseReference(place); err == nil && vendor.IsReference(place) {
		if ref.Path != "" && !filepath.IsAbs(filepath.FromSlash(ref.Path)) {
			ref.Path = filepath.Join(dir, filepath.FromSlash(ref.Path))
		}
		return ref.String()
	}
	return filepath.Join(dir, filepath.FromSlash(place))
}

// vendorPlans stores the packages where a lock in dir says, and gives it the digest of an artifact.
func vendorPlans(ctx context.Context, plans []*assemble.Plan, pinned *lock.Lock, dir string) error {
	if pinned.Vendor == "" {
		return nil
	}
	place := vendorAt(dir, pinned.Vendor)
	if !vendor.IsReference(place) {
		return assemble.VendorPlans(ctx, plans, place)
	}
	ref, err := vendor.ParseReference(place)
	if err == nil {
		pinned.VendorDigest, err = assemble.VendorArtifact(ctx, plans, ref)
	}
	return err
}

// vendorOf returns the artifact of a lock; "" for none.
func vendorOf(pinned *lock.Lock) string {
	if pinned.VendorDigest == "" {
		return ""
	}
	return pinned.Vendor + "@" + pinned.VendorDigest.String()
}
