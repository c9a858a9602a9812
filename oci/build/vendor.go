package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
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
	vendored := repository.Repository{URL: dir}
	index := new(apk.Index)
	for i, c := range p.Solution.Changes {
		if sources[i] == nil {
			continue
		}
		name, err := vendored.PackageURL(c.New, p.Arch)
		if err == nil {
			err = copyFile(name, sources[i].Open)
		}
		if err != nil {
			return fmt.Errorf("vendor package %s: %w", c.New.ID(), err)
		}
		index.Packages = append(index.Packages, c.New)
	}
	slices.SortFunc(index.Packages, func(a, b *apk.Package) int { return strings.Compare(a.ID(), b.ID()) })
	name, err := vendored.IndexURL(p.Arch)
	if err != nil {
		return fmt.Errorf("vendor index: %w", err)
	}
	err = ReplaceFile(name, func(w io.Writer) error {
		return apk.WriteIndexArchive(w, index, p.created(), p.Generation)
	})
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

// ReplaceFile writes a file under a temporary name and renames it. Folders are made.
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

// WriteFile writes the lock to a file, which is replaced when it is whole.
func (l *Lock) WriteFile(name string) error { return ReplaceFile(name, l.Write) }
