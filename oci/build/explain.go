package build

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// UnknownPackageError says that nothing is or provides a name that was asked for.
type UnknownPackageError struct {
	Name         string
	Near         []string // names that are like it, the likeliest first
	Repositories []string // URLs that were searched
}

func (e *UnknownPackageError) Error() string {
	if len(e.Repositories) == 0 {
		return fmt.Sprintf("no such package: %s: there are no repositories to search", e.Name)
	}
	return fmt.Sprintf("no such package: %s: searched %s", e.Name, strings.Join(e.Repositories, ", "))
}

// explain says the most helpful thing about a solver's failure.
func (p *Plan) explain(err error, wanted []apk.Dependency, indexes []*apk.Index) error {
	var failure *solver.UnsatisfiableError
	if !errors.As(err, &failure) {
		return err
	}
	for _, problem := range failure.Problems {
		if problem.Kind != solver.MissingName {
			continue
		}
		if !slices.ContainsFunc(wanted, func(d apk.Dependency) bool { return d.Name == problem.Name }) {
			continue
		}
		unknown := &UnknownPackageError{Name: problem.Name, Near: nearNames(problem.Name, indexes)}
		for _, r := range p.repositories {
			unknown.Repositories = append(unknown.Repositories, r.String())
		}
		return unknown
	}
	return err
}

// nearNames returns up to five names of packages that are like a mistyped one.
func nearNames(name string, indexes []*apk.Index) []string {
	type candidate struct {
		name  string
		score int
	}
	var found []candidate
	seen := make(map[string]bool)
	limit := max(1, len(name)/3)
	for _, index := range indexes {
		if index == nil {
			continue
		}
		for _, pkg := range index.Packages {
			if seen[pkg.Name] {
				continue
			}
			seen[pkg.Name] = true
			switch d := levenshtein.ComputeDistance(name, pkg.Name); {
			case d <= limit:
				found = append(found, candidate{pkg.Name, d})
			case len(name) > 2 && strings.HasPrefix(pkg.Name, name):
				found = append(found, candidate{pkg.Name, limit + 1})
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		if a.score != b.score {
			return a.score - b.score
		}
		if len(a.name) != len(b.name) {
			return len(a.name) - len(b.name)
		}
		return strings.Compare(a.name, b.name)
	})
	var names []string
	for _, c := range found[:min(len(found), 5)] {
		names = append(names, c.name)
	}
	return names
}
