package lock

import (
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
)

// Renew solves twice. First as "apk add -u" of the names would on a system that has all
// the packages of the lock, to learn which packages are needed; then for the
// base, which the question is about, from indexes that have only these.
func (l *Platform) Renew(
	question solver.Request, wanted []apk.Dependency, names []string, solve func(solver.Request) (*solver.Solution, error),
) (*solver.Solution, error) {
	then := question
	var err error
	if then.Installed, err = l.afterwards(question.Installed, question.Generation); err != nil {
		return nil, err
	}
	then.Add(wanted, 0)
	for _, name := range names {
		if then.Installed.Find(name) == nil {
			return nil, hint.Errorf("package %s: is neither in the lock nor in the base", name).With("check the name; a package that was added to the spec comes with a whole new lock: lamina lock")
		}
		then.NameFlags = append(then.NameFlags, solver.NameFlags{Name: name, Flags: solver.Upgrade})
	}
	chosen, err := solve(then)
	if err != nil {
		return nil, err
	}
	question.Repositories = l.only(question.Repositories, chosen)
	question.Add(wanted, 0)
	return solve(question)
}

// afterwards returns the installed packages after the changes are applied to a base.
func (l *Platform) afterwards(base *apk.Installed, g apk.Generation) (*apk.Installed, error) {
	db := new(apk.Installed)
	changed := make(map[string]bool)
	for i := range l.Changes {
		c := &l.Changes[i]
		if c.Action == solver.Purging || c.brings() {
			changed[c.Name] = true
		}
		if !c.brings() {
			continue
		}
		pkg, err := c.unlock()
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

// only returns the repositories reduced to the chosen packages. A locked package that
// its repository no longer has keeps its place.
func (l *Platform) only(repositories []solver.Repository, chosen *solver.Solution) []solver.Repository {
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
		if !c.brings() || c.Repository >= len(list) {
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
