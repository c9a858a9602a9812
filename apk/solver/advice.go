package solver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/suggest"
)

// UnknownPackageError means that no package has or provides a requested name.
type UnknownPackageError struct {
	Packages     []UnknownPackage // at least one
	Repositories []string         // that were searched, without credentials
	Cause        *UnsatisfiableError
}

// UnknownPackage is a name that no repository has.
type UnknownPackage struct {
	Name string
	Near []string // names that are like it, the likeliest first; five at most
}

func (e *UnknownPackageError) Error() string {
	names := make([]string, len(e.Packages))
	for i, p := range e.Packages {
		names[i] = p.Name
	}
	text := "no such package: "
	if len(names) > 1 {
		text = "no such packages: "
	}
	text += strings.Join(names, ", ")
	if len(e.Repositories) == 0 {
		return text + ": no repository to search"
	}
	return text + ": searched " + strings.Join(e.Repositories, ", ")
}

// Advise adds to the error what may help: names that are unknown and were wanted make it an [*UnknownPackageError], for nothing more
// helpful can be said then; otherwise it gets Hints. The repositories are those of the request, each with its index.
func (e *UnsatisfiableError) Advise(wanted []apk.Dependency, repositories []Repository) error {
	unknown := &UnknownPackageError{Cause: e}
	for _, problem := range e.Problems {
		asked := func(d apk.Dependency) bool { return d.Name == problem.Name }
		if problem.kind == missingName && slices.ContainsFunc(wanted, asked) {
			unknown.Packages = append(unknown.Packages, UnknownPackage{problem.Name, nearNames(problem.Name, repositories)})
		}
	}
	if len(unknown.Packages) == 0 {
		e.Hints = e.hints(repositories)
		return e
	}
	for _, r := range repositories {
		unknown.Repositories = append(unknown.Repositories, r.Name)
	}
	return unknown
}

// Hint returns the remedy in one line.
func (e *UnsatisfiableError) Hint() string {
	const most = 5
	if len(e.Hints) > most {
		return fmt.Sprintf("%s (and %d more)", strings.Join(e.Hints[:most], "; "), len(e.Hints)-most)
	}
	if len(e.Hints) > 0 {
		return strings.Join(e.Hints, "; ")
	}
	return "request other versions, or add a repository that has matching ones (--repository)"
}

// Hint returns the remedy: names that may be meant, or a repository to add.
func (e *UnknownPackageError) Hint() string {
	if len(e.Repositories) == 0 {
		return "give a repository: --repository URL, or repositories in the spec"
	}
	var guesses []string
	for _, p := range e.Packages {
		if len(p.Near) == 0 {
			continue
		}
		guess := strings.Join(p.Near, ", ")
		if len(e.Packages) > 1 {
			guess += " for " + p.Name
		}
		guesses = append(guesses, guess)
	}
	if len(guesses) == 0 {
		return "check the name, or add the repository that has it (--repository)"
	}
	return fmt.Sprintf("did you mean %s?", strings.Join(guesses, ", and "))
}

// hints goes through what apk reports and says of each name what there is of it.
func (e *UnsatisfiableError) hints(repositories []Repository) []string {
	var list []string
	add := func(format string, args ...any) {
		if hint := fmt.Sprintf(format, args...); !slices.Contains(list, hint) {
			list = append(list, hint)
		}
	}
	for _, problem := range e.Problems {
		if problem.kind == missingName {
			add("%s is in none of the repositories: add one that has it, or remove the packages that need it", problem.Name)
			continue
		}
		for _, fact := range problem.Facts {
			switch fact.Label {
			case factBreaks:
				for _, item := range fact.Items {
					if d := item.Dependency; d != nil && d.Conflict {
						add("%s excludes %s: remove one of the two", item, d.Name)
					} else if d != nil {
						add("%s", available(d.Name, repositories))
					}
				}
			case factMaskedIn:
				for _, item := range fact.Items {
					if tag, ok := strings.CutPrefix(item.Text, "@"); ok {
						add("%s is in a repository with the tag %s: request %s@%s", problem.Name, tag, problem.Name, tag)
					}
				}
			case factConflicts:
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

// available says which versions of a name there are and where.
func available(name string, repositories []Repository) string {
	var there []string
	for _, r := range repositories {
		for _, pkg := range r.packages() {
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
			there = append(there, fmt.Sprintf("%s in %s", version, r.Name))
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

// nearNames looks for a mistyped name in the repositories.
func nearNames(name string, repositories []Repository) []string {
	return suggest.Near(name, func(yield func(string) bool) {
		for _, r := range repositories {
			for _, pkg := range r.packages() {
				if !yield(pkg.Name) {
					return
				}
			}
		}
	})
}

// packages returns those of the repository's index, if there is one.
func (r *Repository) packages() []*apk.Package {
	if r.Index == nil {
		return nil
	}
	return r.Index.Packages
}
