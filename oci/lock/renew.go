package lock

import (
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// Afterwards returns the installed packages after the changes are applied to a base.
func (l *Platform) Afterwards(base *apk.Installed, g apk.Generation) (*apk.Installed, error) {
	db := new(apk.Installed)
	changed := make(map[string]bool)
	for i := range l.Changes {
		c := &l.Changes[i]
		if c.Action == solver.Purging || c.Brings() {
			changed[c.Name] = true
		}
		if !c.Brings() {
			continue
		}
		pkg, err := c.Unlock()
		if err != nil {
			return nil, fmt.Errorf("the lock's package %s: %w", c.Name, err)
		}
		db.Packages = append(db.Packages, &apk.InstalledPackage{Package: *pkg, RepositoryTag: c.Tag})
	}
	for _, old := range base.Packages {
		if !changed[old.Name] {
			db.Packages = append(db.Packages, old)
		}
	}
	db.Sort(g)
	return db, nil
}

// Only returns the repositories reduced to the chosen packages. A locked package that
// its repository no longer has keeps its place.
func (l *Platform) Only(repositories []solver.Repository, chosen *solver.Solution) []solver.Repository {
	keep := make(map[[20]byte]*apk.Package)
	for _, c := range chosen.Changes {
		if c.New != nil {
			keep[c.New.Identity.Key()] = c.New
		}
	}
	found := make(map[[20]byte]bool)
	list := slices.Clone(repositories)
	for i, r := range list {
		index := new(apk.Index)
		for _, p := range r.Index.Packages {
			if key := p.Identity.Key(); keep[key] != nil {
				index.Packages = append(index.Packages, p)
				found[key] = true
			}
		}
		list[i].Index = index
	}
	for _, c := range l.Changes {
		if !c.Brings() || c.Repository >= len(list) {
			continue
		}
		identity, err := apk.ParseChecksum(c.Identity)
		if err != nil || keep[identity.Key()] == nil || found[identity.Key()] {
			continue
		}
		index := list[c.Repository].Index
		index.Packages = append(index.Packages, keep[identity.Key()])
	}
	return list
}
