package lock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
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
		err = ReplaceFile(name, func(w io.Writer) error { return apk.WriteIndexArchive(w, index, created, g) })
	}
	if err != nil {
		return fmt.Errorf("vendor index: %w", err)
	}
	return nil
}

func copyFile(name string, open func() (io.ReadCloser, error)) error {
	return ReplaceFile(name, func(w io.Writer) error {
		from, err := open()
		if err != nil {
			return err
		}
		defer from.Close()
		_, err = io.Copy(w, from)
		return err
	})
}

// ReplaceFile writes a file under a temporary name and renames it. It creates missing directories.
func ReplaceFile(name string, write func(io.Writer) error) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".lamina-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
