package command

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// FetchedNames are the operands of fetch, each once. To apk they are names without a version.
func (c *Command) FetchedNames() (names []apk.Dependency) {
	for _, name := range c.Args {
		if !slices.ContainsFunc(names, func(d apk.Dependency) bool { return d.Name == name }) {
			names = append(names, apk.Dependency{Name: name})
		}
	}
	return names
}

// Fetch returns what fetch takes from the repositories, as changes of a root where nothing is installed: of the packages that have or provide a
// name, the one with the highest version. Names that none has are an error, in apk's words; patterns and two versions of one package are one that
// wraps [errors.ErrUnsupported].
func (c *Command) Fetch(db *Database) (*solver.Solution, error) {
	db.load()
	s := &solver.Solution{World: c.FetchedNames()}
	var missing []error
	for _, d := range s.World {
		var best *known
		for _, p := range db.names[d.Name] {
			if best == nil || db.compare(p.Version, best.Version) > 0 {
				best = p.known
			}
		}
		switch {
		case strings.Contains(d.Name, "*"):
			return nil, fmt.Errorf("patterns are not supported: %w", errors.ErrUnsupported)
		case best == nil:
			missing = append(missing, errors.New(d.Name+": unable to select package (or its dependencies)"))
			continue
		}
		has := func(r solver.Repository) bool {
			return r.Index != nil && slices.Contains(r.Index.Packages, best.Package)
		}
		change := solver.Change{Kind: solver.Installing, New: best.Package, Repository: slices.IndexFunc(db.Repositories, has), File: -1}
		if !slices.Contains(s.Changes, change) {
			s.Changes = append(s.Changes, change)
		}
	}
	sort.Slice(s.Changes, func(i, j int) bool { return nametable.Compare(s.Changes[i].New.Name, s.Changes[j].New.Name) < 0 })
	for i, change := range s.Changes {
		if i > 0 && s.Changes[i-1].New.Name == change.New.Name {
			return nil, fmt.Errorf("two versions of package %s are not supported: %w", change.New.Name, errors.ErrUnsupported)
		}
	}
	return s, errors.Join(missing...)
}
