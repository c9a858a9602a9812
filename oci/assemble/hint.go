package assemble

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// UnsatisfiableError is the solver's error with remedies.
type UnsatisfiableError struct {
	*solver.UnsatisfiableError
	Hints []string // one for each conflicting name that has a remedy
}

func (e *UnsatisfiableError) Unwrap() error { return e.UnsatisfiableError }

// hints goes through what apk reports and says of each name what there is of it.
func (p *Plan) hints(failure *solver.UnsatisfiableError, indexes []*apk.Index) []string {
	var list []string
	add := func(format string, args ...any) {
		if hint := fmt.Sprintf(format, args...); !slices.Contains(list, hint) {
			list = append(list, hint)
		}
	}
	for _, problem := range failure.Problems {
		if problem.Kind == solver.MissingName {
			add("%s is in none of the repositories: add one that has it, or remove the packages that need it", problem.Name)
			continue
		}
		for _, fact := range problem.Facts {
			switch fact.Label {
			case solver.FactBreaks:
				for _, item := range fact.Items {
					if d := item.Dependency; d != nil && d.Conflict {
						add("%s excludes %s: remove one of the two", item, d.Name)
					} else if d != nil {
						add("%s", p.versions(d.Name, indexes))
					}
				}
			case solver.FactMaskedIn:
				for _, item := range fact.Items {
					if tag, ok := strings.CutPrefix(item.Text, "@"); ok {
						add("%s is in a repository with the tag %s: request %s@%s", problem.Name, tag, problem.Name, tag)
					}
				}
			case solver.FactConflicts:
				for _, item := range fact.Items {
					if item.Package != nil {
						add("%s and %s conflict: request one of them", problem.Name, item.Package.Name)
					}
				}
			}
		}
	}
	return list
}

// versions says which versions of a name there are and where.
func (p *Plan) versions(name string, indexes []*apk.Index) string {
	var there []string
	for i, index := range indexes {
		for _, pkg := range index.Packages {
			version := pkg.Version
			if pkg.Name != name {
				at := slices.IndexFunc(pkg.Provides, func(d apk.Dependency) bool { return d.Name == name })
				if at < 0 {
					continue
				}
				if version = pkg.Provides[at].Version; version == "" {
					version = "without a version"
				}
				version += " by " + pkg.ID()
			}
			there = append(there, fmt.Sprintf("%s in %s", version, p.repositories[i]))
		}
	}
	if len(there) == 0 {
		return fmt.Sprintf("%s is not in any repository", name)
	}
	const most = 5
	more := ""
	if len(there) > most {
		more = fmt.Sprintf(" and %d more", len(there)-most)
		there = there[:most]
	}
	return fmt.Sprintf("available: %s %s%s", name, strings.Join(there, ", "), more)
}
