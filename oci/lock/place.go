package lock

import (
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/vendor"
)

// A lock names directories from its own, so that it is the same wherever the project lies.

// ParseVendor returns the reference of the artifact that keeps vendored packages; isArtifact is false if place is a directory.
func ParseVendor(place string) (ref oci.Reference, isArtifact bool, err error) {
	if !vendor.IsReference(place) {
		return oci.Reference{}, false, nil
	}
	ref, err = vendor.ParseReference(place)
	return ref, true, err
}

// SetVendor sets Vendor of a lock in dir to a place: a directory, from the working directory, or the reference of an artifact.
func (l *Lock) SetVendor(dir, place string) (err error) {
	ref, isArtifact, err := ParseVendor(place)
	if !isArtifact {
		l.Vendor, err = relativeTo(dir, place)
		return err
	}
	if err == nil && ref.Path != "" {
		ref.Path, err = relativeTo(dir, ref.Path)
	}
	l.Vendor = ref.String()
	return err
}

// VendorPlace returns the place that Vendor of a lock in dir names: a directory or a reference.
func (l *Lock) VendorPlace(dir string) string {
	if ref, isArtifact, err := ParseVendor(l.Vendor); isArtifact && err == nil {
		if ref.Path != "" && !filepath.IsAbs(filepath.FromSlash(ref.Path)) {
			ref.Path = filepath.Join(dir, filepath.FromSlash(ref.Path))
		}
		return ref.String()
	}
	return filepath.Join(dir, filepath.FromSlash(l.Vendor))
}

// PlaceIndexes names the directories that indexes come from as a lock in dir does. They start from the working directory before.
func (l *Lock) PlaceIndexes(dir string) {
	for i := range l.Platforms {
		l.Platforms[i].placeIndexes(dir)
		for k := range l.Platforms[i].Stages {
			l.Platforms[i].Stages[k].placeIndexes(dir)
		}
	}
}

func (l *Platform) placeIndexes(dir string) {
	placeEach(l.Indexes, dir)
	for _, t := range l.Transactions {
		placeEach(t.Indexes, dir)
	}
}

func placeEach(indexes []Index, dir string) {
	for i, index := range indexes {
		if strings.Contains(index.Repository, "://") {
			continue
		}
		if relative, err := relativeTo(dir, index.Repository); err == nil {
			indexes[i].Repository = relative
		}
	}
}

// relativeTo returns a path as a lock in dir has it: with slashes.
func relativeTo(dir, path string) (string, error) {
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	relative, err := filepath.Rel(from, to)
	return filepath.ToSlash(relative), err
}
