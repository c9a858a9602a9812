package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// failure is what resolve --json prints where nothing can be resolved.
type failure struct {
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

// reportFailure prints, of a request that cannot be satisfied, apk's own report or
// the same for programs, and returns the error.
func reportFailure(cmd *cobra.Command, err error, asJSON bool) error {
	out := failure{Error: err.Error()}
	var unsatisfiable *assemble.UnsatisfiableError
	var unknown *assemble.UnknownPackageError
	switch {
	case errors.As(err, &unsatisfiable):
		out.Hints = unsatisfiable.Hints
		for _, p := range unsatisfiable.Problems {
			out.Problems = append(out.Problems, problemFrom(p))
		}
		if !asJSON {
			fmt.Fprintln(cmd.ErrOrStderr(), unsatisfiable.Report(80))
		}
	case errors.As(err, &unknown):
		for _, p := range unknown.Packages {
			out.Problems = append(out.Problems, problem{Kind: "missing", Name: p.Name, Near: p.Near})
		}
	}
	if asJSON && out.Problems != nil {
		if err := jsontext.Write(cmd.OutOrStdout(), out); err != nil {
			return err
		}
	}
	return err
}

func problemFrom(p solver.Problem) problem {
	out := problem{Name: p.Name}
	switch p.Kind {
	case solver.MissingName:
		out.Kind = "missing"
	case solver.VirtualName:
		out.Kind = "virtual"
	default:
		out.Kind = "package"
	}
	if p.Package != nil {
		out.Version = p.Package.Version
	}
	for _, f := range p.Facts {
		items := make([]string, len(f.Items))
		for i, item := range f.Items {
			items[i] = item.String()
		}
		out.Facts = append(out.Facts, fact{Label: string(f.Label), Items: items})
	}
	return out
}
