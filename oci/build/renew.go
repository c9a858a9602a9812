package build

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// Renew asks for a lock's packages again, all but a few of them.
type Renew struct {
	Lock  *Lock    // whose packages are kept as far as the others allow
	Names []string // of packages of which the newest is taken
}

// renew solves twice. First as "apk add -u" of the names would on a system that has all
// the packages of the lock, which tells which packages there shall be; then for the
// base, from indexes that have only these.
func (p *Plan) renew(ctx context.Context, question solver.Request, wanted []apk.Dependency) (*solver.Solution, error) {
	r := p.request.Renew
	locked := r.Lock.platform(p.Base.Platform.String())
	switch {
	case locked == nil:
		return nil, fmt.Errorf("the lock has nothing for %s, only for %s", p.Base.Platform, strings.Join(r.Lock.platforms(), ", "))
	case locked.Base != p.Base.Manifest.Digest:
		return nil, fmt.Errorf("the base %s has changed, so that all packages have to be locked anew", p.Base.Reference)
	}
	then := question
	var err error
	if then.Installed, err = p.afterwards(locked); err != nil {
		return nil, err
	}
	then.Add(wanted, 0)
	for _, name := range r.Names {
		if then.Installed.Find(name) == nil {
			return nil, fmt.Errorf("package %s: is neither in the lock nor in the base", name)
		}
		then.NameFlags = append(then.NameFlags, solver.NameFlags{Name: name, Flags: solver.Upgrade})
	}
	chosen, err := solver.Solve(ctx, then)
	if err != nil {
		return nil, err
	}
	question.Repositories = only(question.Repositories, chosen, locked)
	question.Add(wanted, 0)
	return solver.Solve(ctx, question)
}

// afterwards returns what is installed when the lock's changes are made.
func (p *Plan) afterwards(locked *LockedPlatform) (*apk.Installed, error) {
	db := new(apk.Installed)
	changed := make(map[string]bool)
	for i := range locked.Changes {
		c := &locked.Changes[i]
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
	for _, old := range p.root.installed.Packages {
		if !changed[old.Name] {
			db.Packages = append(db.Packages, old)
		}
	}
	db.Sort(p.Generation)
	return db, nil
}

// only returns the repositories with the packages that were chosen and no others. One that
// its repository has no longer, but the lock has, is where it was.
func only(repositories []solver.Repository, chosen *solver.Solution, locked *LockedPlatform) []solver.Repository {
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
	for _, c := range locked.Changes {
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
