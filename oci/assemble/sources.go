package assemble

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
)

// errNoPlace says that no repository or vendor directory is known for a locked package.
func errNoPlace(p *apk.Package) error {
	return hint.With(fmt.Errorf("package %s: no repository or vendor directory to fetch it from", p.ID()),
		"give a repository that has it (--repository) or a directory of vendored packages (--vendor)")
}

// sources fetches the package files that the changes need, with an item for each
// change, nil for one without a file. Files of which nothing is installed are needed only for what they say of
// themselves: with all, they are fetched too.
func (p *Plan) sources(ctx context.Context, all bool) ([]*repository.Source, error) {
	wanted, places, err := p.wantedFiles(ctx, all)
	if err != nil {
		return nil, err
	}
	found, err := p.env.Client.Packages(ctx, wanted, p.Arch)
	if err != nil {
		return nil, err
	}
	return p.placed(found, places), nil
}

// placed gives each change its source.
func (p *Plan) placed(found []repository.Source, places []int) []*repository.Source {
	sources := make([]*repository.Source, len(p.Solution.Changes))
	for i, source := range found {
		sources[places[i]] = &source
	}
	return sources
}

// wantedFiles lists the package files of sources, with the numbers of their changes. Those that an artifact has are in its directory then.
func (p *Plan) wantedFiles(ctx context.Context, all bool) (wanted []repository.Wanted, places []int, err error) {
	keys, err := p.keys()
	if err != nil {
		return nil, nil, in(PartKey, err)
	}
	for i, c := range p.Solution.Changes {
		switch {
		case c.Kind == solver.Unchanged, c.Kind == solver.UpdatingPinning, c.Kind == solver.Purging:
			continue
		case c.File >= 0, c.IsSkipped():
			continue // virtual, or left as it is
		case c.New.InstalledSize == 0 && !all: // nothing is read of it
			continue
		}
		if err := c.CheckSource(); err != nil {
			return nil, nil, err
		}
		w := repository.Wanted{Package: c.New, Generation: p.Generation, Keys: keys, Repositories: p.places(c.Repository)}
		if p.locked != nil {
			w.SHA256 = p.locked.Changes[i].SHA256
		}
		if len(w.Repositories) == 0 {
			return nil, nil, errNoPlace(c.New)
		}
		wanted = append(wanted, w)
		places = append(places, i)
	}
	return wanted, places, p.vendored.FetchPackages(ctx, p.env.Client, wanted, p.Arch)
}

// places returns the repositories to fetch a package from. With a lock these are all of them, the
// one it was locked from first: the hash identifies the package.
func (p *Plan) places(index int) []repository.Repository {
	if p.locked == nil {
		return p.repositories[index : index+1]
	}
	var list []repository.Repository
	add := func(r repository.Repository) {
		if r.Tag = ""; !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	if p.vendored != nil {
		add(repository.Repository{URL: p.vendored.Dir})
	}
	if len(p.repositories) == len(p.locked.Indexes) {
		add(p.repositories[index])
	}
	for _, r := range p.repositories {
		add(r)
	}
	return list
}
