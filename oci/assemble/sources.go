package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vouch"
)

// errNoPlace says that no repository or vendor directory is known for a locked package.
func errNoPlace(p *apk.Package) error {
	return hint.With(fmt.Errorf("package %s: no repository or vendor directory to fetch it from", p.ID()),
		"give a repository that has it (--repository) or a directory of vendored packages (--vendor)")
}

// wantedFiles are the package files that changes need.
type wantedFiles struct {
	list   []repository.Wanted
	places []int // the number of each one's change
}

// placed returns the package file of each change, nil for one without a file.
func (p *PackagePlan) placed(w *wantedFiles, fetching *repository.Fetching) []*repository.Source {
	all := make([]*repository.Source, len(p.Solution.Changes))
	for i, pkg := range fetching.Packages {
		all[w.places[i]] = pkg
	}
	return all
}

// wantedFiles lists the package files that the changes need. Files of which nothing is installed are needed only for what they say of
// themselves: with all, they are in the list, too. Those that an artifact has are in its directory then.
func (p *PackagePlan) wantedFiles(ctx context.Context, all bool) (*wantedFiles, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, in(PartKey, err)
	}
	out := new(wantedFiles)
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
			return nil, err
		}
		w := repository.Wanted{Package: c.New, Generation: p.Generation, Keys: keys, Repositories: p.places(c.Repository)}
		if p.locked != nil {
			w.SHA256 = p.locked.Changes[i].SHA256
		}
		if len(w.Repositories) == 0 {
			return nil, errNoPlace(c.New)
		}
		out.list = append(out.list, w)
		out.places = append(out.places, i)
	}
	return out, p.vendored.FetchPackages(ctx, p.env.Client, out.list, p.Arch)
}

// fetchAll fetches the package files, and returns one for each change.
func (p *PackagePlan) fetchAll(ctx context.Context, w *wantedFiles) ([]*repository.Source, error) {
	fetching := p.env.Client.Fetch(ctx, w.list, p.Arch)
	return p.placed(w, fetching), fetching.Wait()
}

// whileFetching calls carryOut with the changes while their packages are being fetched: each opens once it is here and, with a lock, a
// trusted key vouches for it. The first of them that fails ends the others, and is the error.
func (p *PackagePlan) whileFetching(ctx context.Context, w *wantedFiles, carryOut func(context.Context, []stage.Change) error) error {
	outer := ctx
	ctx, end := context.WithCancel(ctx)
	fetching := p.env.Client.Fetch(ctx, w.list, p.Arch)
	defer fetching.Wait()
	defer end()
	if p.env.Client.Offline { // all that is missing is named at once
		if err := fetching.Wait(); err != nil {
			return in(PartPackage, err)
		}
	}
	p.packages = p.placed(w, fetching)
	changes := stageChanges(p, p.packages)
	check, err := p.vouch(ctx, end)
	if err != nil {
		return err
	}
	if check != nil {
		changes = stageChanges(p, check.Packages)
	}
	if err = carryOut(ctx, changes); err != nil {
		end()
	}
	vouchErr := p.vouched(check)
	fetchErr := fetching.Wait()
	// The first failure cancels the rest, whose errors wrap it or say that they were cancelled: report the first.
	cause := fetchErr
	if vouchErr != nil && (cause == nil || errors.Is(cause, context.Canceled)) {
		cause = vouchErr
	}
	switch {
	case cause == nil, err != nil && !errors.Is(err, cause) && (!errors.Is(err, context.Canceled) || outer.Err() != nil):
		return err
	case errors.As(cause, new(*vouch.AlteredError)):
		return in(PartLock, cause)
	}
	return in(PartPackage, cause)
}

// places returns the repositories to fetch a package from. With a lock these are all of them, the
// one it was locked from first: the hash identifies the package.
func (p *PackagePlan) places(index int) []repository.Repository {
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
