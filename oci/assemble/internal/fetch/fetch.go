// Package fetch finds out which package files changes need, and fetches them: from the repositories of the changes or, with a lock, from any
// place that has them.
package fetch

import (
	"context"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
)

// Request says which changes need their files, and where these may be.
type Request struct {
	Changes      []solver.Change
	Generation   apk.Generation
	Arch         string
	Keys         *apk.KeyRing
	Locked       *lock.Platform // nil without a lock
	Repositories []repository.Repository
	Vendored     *vendored.Source // nil for none
	Client       *repository.Client

	// All lists those files, too, of which nothing is installed. They are needed only for what they say of themselves.
	All bool
}

// Files are the package files that changes need.
type Files struct {
	List   []repository.Wanted
	Places []int // the number of each one's change

	request Request
}

// List lists the files. Those that an artifact has are in its directory then.
func List(ctx context.Context, r Request) (*Files, error) {
	out := &Files{request: r}
	for i, c := range r.Changes {
		switch {
		case c.Kind == solver.Unchanged, c.Kind == solver.UpdatingPinning, c.Kind == solver.Purging:
			continue
		case c.File >= 0, c.IsSkipped():
			continue // virtual, or left as it is
		case c.New.InstalledSize == 0 && !r.All: // nothing is read of it
			continue
		}
		if err := c.CheckSource(); err != nil {
			return nil, err
		}
		w := repository.Wanted{Package: c.New, Generation: r.Generation, Keys: r.Keys, Repositories: r.places(c.Repository)}
		if r.Locked != nil {
			w.SHA256 = r.Locked.Changes[i].SHA256
		}
		if len(w.Repositories) == 0 {
			return nil, hint.Errorf("package %s: no repository or vendor directory to fetch it from", c.New.ID()).With(
				"give a repository that has it (--repository) or a directory of vendored packages (--vendor)")
		}
		out.List = append(out.List, w)
		out.Places = append(out.Places, i)
	}
	return out, r.Vendored.FetchPackages(ctx, r.Client, out.List, r.Arch)
}

// places returns the repositories to fetch a package from. With a lock these are all of them, the one it was locked from first: the hash
// identifies the package.
func (r *Request) places(index int) []repository.Repository {
	if r.Locked == nil {
		return r.Repositories[index : index+1]
	}
	var list []repository.Repository
	add := func(r repository.Repository) {
		if r.Tag = ""; !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	if r.Vendored != nil {
		add(repository.Repository{URL: r.Vendored.Dir})
	}
	if len(r.Repositories) == len(r.Locked.Indexes) {
		add(r.Repositories[index])
	}
	for _, r := range r.Repositories {
		add(r)
	}
	return list
}

// Start begins to fetch the files. It returns the file of each change, nil for a change without one, which opens when it is here.
func (f *Files) Start(ctx context.Context) (*repository.Fetching, []*repository.Source) {
	fetching := f.request.Client.Fetch(ctx, f.List, f.request.Arch)
	all := make([]*repository.Source, len(f.request.Changes))
	for i, pkg := range fetching.Packages {
		all[f.Places[i]] = pkg
	}
	return fetching, all
}

// Wait is Start until all files are here.
func (f *Files) Wait(ctx context.Context) ([]*repository.Source, error) {
	fetching, all := f.Start(ctx)
	return all, fetching.Wait()
}

// Controls reads the control segments of some of the files, by their numbers in the list, until a call of read returns false. Read gets the number of
// the change and may be called concurrently.
func (f *Files) Controls(ctx context.Context, numbers []int, read func(change int, control *apk.Control) bool) error {
	list := make([]repository.Wanted, len(numbers))
	for i, number := range numbers {
		list[i] = f.List[number]
	}
	return f.request.Client.Controls(ctx, list, f.request.Arch, func(i int, control *apk.Control) bool {
		return read(f.Places[numbers[i]], control)
	})
}

// Missing returns the numbers of the files that must be downloaded, and of the others. Without a network, none can be.
func (f *Files) Missing() (missing, others []int) {
	if f.request.Client.Offline {
		return nil, nil
	}
	for i, one := range f.List {
		if f.request.Client.IsHere(one, f.request.Arch) {
			others = append(others, i)
		} else {
			missing = append(missing, i)
		}
	}
	return missing, others
}
