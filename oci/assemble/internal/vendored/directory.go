package vendored

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/atomicfile"
)

// Package is a package and its file.
type Package struct {
	Package *apk.Package
	Open    func() (io.ReadCloser, error)
}

// File is a file that was downloaded by its URL.
type File struct {
	SHA256 string // hexadecimal
	Open   func() (io.ReadCloser, error)
}

// filesDirectory is where a vendor directory and an artifact have files, by their SHA-256.
const filesDirectory = "files"

// writeFiles puts files into dir, by their SHA-256. They are written atomically.
func writeFiles(dir string, files []File) error {
	for _, f := range files {
		if err := copyFile(filepath.Join(dir, filesDirectory, f.SHA256), f.Open); err != nil {
			return fmt.Errorf("vendor file with the SHA-256 %s: %w", f.SHA256, err)
		}
	}
	return nil
}

// writePackages puts package files into dir and writes an index of them for an architecture. Files are written
// atomically and replace existing ones.
func writePackages(dir, arch string, g apk.Generation, created time.Time, packages []Package) error {
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
		err = atomicfile.Write(name, func(w io.Writer) error { return index.WriteArchive(w, created, g) })
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
