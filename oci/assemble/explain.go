package assemble

import (
	"errors"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/suggest"
)

// UnknownPackageError means that no package has or provides a requested name.
type UnknownPackageError struct {
	Packages     []UnknownPackage // at least one
	Repositories []string         // that were searched, without credentials
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

// explain turns a solver's failure into an [UnknownPackageError] if names are
// unknown that were asked for: nothing more helpful can be said then. Any other one
// becomes an [UnsatisfiableError].
func (p *Plan) explain(err error, wanted []apk.Dependency, indexes []*apk.Index) error {
	var failure *solver.UnsatisfiableError
	if !errors.As(err, &failure) {
		return err
	}
	unknown := new(UnknownPackageError)
	for _, problem := range failure.Problems {
		asked := func(d apk.Dependency) bool { return d.Name == problem.Name }
		if problem.Kind == solver.MissingName && slices.ContainsFunc(wanted, asked) {
			unknown.Packages = append(unknown.Packages, UnknownPackage{problem.Name, nearNames(problem.Name, indexes)})
		}
	}
	if len(unknown.Packages) == 0 {
		return &UnsatisfiableError{failure, p.hints(failure, indexes)}
	}
	for _, r := range p.repositories {
		unknown.Repositories = append(unknown.Repositories, r.String())
	}
	return unknown
}

// nearNames looks for a mistyped name in indexes.
func nearNames(name string, indexes []*apk.Index) []string {
	return suggest.Near(name, func(yield func(string) bool) {
		for _, index := range indexes {
			for _, pkg := range index.Packages {
				if !yield(pkg.Name) {
					return
				}
			}
		}
	})
}
