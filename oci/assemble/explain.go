package assemble

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// UnknownPackageError says that nothing is or provides names that were asked for.
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
		return text + ": there is no repository to search"
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
	return Near(name, func(yield func(string) bool) {
		for _, index := range indexes {
			for _, pkg := range index.Packages {
				if !yield(pkg.Name) {
					return
				}
			}
		}
	})
}

// Near returns up to five of the candidates that are like a mistyped word, or that
// have it in them, the likeliest first, each once.
func Near(word string, candidates iter.Seq[string]) []string {
	type candidate struct {
		name  string
		score int
	}
	var found []candidate
	seen := make(map[string]bool)
	word = strings.ToLower(word)
	limit := maxDistance(word)
	for name := range candidates {
		if seen[name] {
			continue
		}
		seen[name] = true
		lower := strings.ToLower(name)
		d := levenshtein.ComputeDistance(word, lower)
		if d == 2 && letters(word) == letters(lower) {
			d = 1 // two have changed places
		}
		switch at := strings.Index(lower, word); {
		case d <= limit:
			found = append(found, candidate{name, d})
		case len(word) > 2 && at >= 0:
			found = append(found, candidate{name, limit + 1 + min(at, 1)})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(len(a.name), len(b.name)), strings.Compare(a.name, b.name))
	})
	var names []string
	for _, c := range found[:min(len(found), 5)] {
		names = append(names, c.name)
	}
	return names
}

// maxDistance is how many letters may differ in a name that is suggested.
func maxDistance(name string) int { return max(1, len(name)/3) }

// letters are those of a word in their order.
func letters(word string) string {
	sorted := []byte(word)
	slices.Sort(sorted)
	return string(sorted)
}
