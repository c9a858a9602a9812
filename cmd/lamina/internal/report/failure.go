package report

import (
	"errors"

	"github.com/lamina-oci/lamina/apk/solver"
)

// Failure is what resolve --json prints where nothing can be resolved.
type Failure struct {
	Error    string    `json:"error"`
	Problems []problem `json:"problems"`
	Hints    []string  `json:"hints,omitempty"`
}

type problem struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Version string   `json:"version,omitempty"` // of a package
	Facts   []fact   `json:"facts,omitempty"`
	Near    []string `json:"near,omitempty"` // names that are like a missing one
}

type fact struct {
	Label string   `json:"label"` // apk's word
	Items []string `json:"items"`
}

// DescribeFailure returns, of a request that cannot be satisfied, what is wrong; nil for other errors.
func DescribeFailure(err error) *Failure {
	out := Failure{Error: err.Error()}
	var unsatisfiable *solver.UnsatisfiableError
	var unknown *solver.UnknownPackageError
	switch {
	case errors.As(err, &unsatisfiable):
		out.Hints = unsatisfiable.Hints
		for _, p := range unsatisfiable.Problems {
			out.Problems = append(out.Problems, problemFrom(p))
		}
	case errors.As(err, &unknown):
		for _, p := range unknown.Packages {
			out.Problems = append(out.Problems, problem{Kind: "missing", Name: p.Name, Near: p.Near})
		}
	}
	if out.Problems == nil {
		return nil
	}
	return &out
}

func problemFrom(p solver.Problem) problem {
	out := problem{Kind: p.Kind(), Name: p.Name}
	if p.Package != nil {
		out.Version = p.Package.Version
	}
	for _, f := range p.Facts {
		items := make([]string, len(f.Items))
		for i, item := range f.Items {
			items[i] = item.String()
		}
		out.Facts = append(out.Facts, fact{Label: f.Label, Items: items})
	}
	return out
}
