package lock

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/atomicfile"
)

// VendoredPackage is a package and its file.
type VendoredPackage struct {
	Package *apk.Package
	Open    func() (io.ReadCloser, error)
}

// WriteVendored puts package files into dir and writes an index of them for an architecture. Files are written
// atomically and replace existing ones.
func WriteVendored(dir, arch string, g apk.Generation, created time.Time, packages []VendoredPackage) error {
	vendored := repository.Repository{URL: dir}
	index := new(apk.Index)
	for _, p := range packages {
		name, err := vendored.PackageURL(p.Package, arch)
		if err == nil {
			err = copyFile(name, p.Open)
		}
		if err != nil {
			return fmt.Errorf("vendor package %s: %w", p.Package.ID(), err)
		}
		index.Packages = append(index.Packages, p.Package)
	}
	slices.SortFunc(index.Packages, func(a, b *apk.Package) int { return strings.Compare(a.ID(), b.ID()) })
	name, err := vendored.IndexURL(arch)
	if err == nil {
		err = atomicfile.Write(name, func(w io.Writer) error { return apk.WriteIndexArchive(w, index, created, g) })
	}
	if err != nil {
		return fmt.Errorf("vendor index: %w", err)
	}
	return nil
}

func copyFile(name string, open func() (io.ReadCloser, error)) error {
	return atomicfile.Write(name, func(w io.Writer) error {
		from, err := open()
		if err != nil {
			return err
		}
		defer from.Close()
		_, err = io.Copy(w, from)
		return err
	})
}
