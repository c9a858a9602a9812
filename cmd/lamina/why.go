package main

import (
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// reason is why a name is there: what --why prints, and a part of --json.
type reason struct {
	Name   string   `json:"name"`
	Chains [][]step `json:"chains"` // shortest ones, from the world on

	steps [][]solver.Step // the same for printing
}

type step struct {
	Dependant  string `json:"dependant,omitempty"` // "name-version"; absent for the world
	Dependency string `json:"dependency"`          // what it asks for, such as "so:libz.so.1"
	InstallIf  bool   `json:"installIf,omitempty"` // the other way round: a condition of provider's install_if, which dependant meets
	Provider   string `json:"provider"`            // "name-version" of the package that was chosen for it
}

// findReasons asks for each name; one that is not part of the solution is an error.
func findReasons(plan *assemble.Plan, names []string) ([]reason, error) {
	var list []reason
	for _, name := range names {
		chains := plan.Explain(name)
		if len(chains) == 0 {
			return nil, fmt.Errorf("why %s: nothing of that name is part of the result", name)
		}
		r := reason{Name: name, steps: chains}
		for _, chain := range chains {
			r.Chains = append(r.Chains, steps(chain))
		}
		list = append(list, r)
	}
	return list, nil
}

func steps(chain []solver.Step) []step {
	list := make([]step, len(chain))
	for i, s := range chain {
		list[i] = step{Dependency: s.Dependency.String(), InstallIf: s.InstallIf, Provider: s.Provider.ID()}
		if s.Package != nil {
			list[i].Dependant = s.Package.ID()
		}
	}
	return list
}

// printReasons prints a line for each step and an empty one between chains.
func printReasons(w io.Writer, reasons []reason) error {
	first := true
	for _, r := range reasons {
		for _, chain := range r.steps {
			if !first {
				if _, err := fmt.Fprintln(w); err != nil {
					return err
				}
			}
			first = false
			for _, s := range chain {
				if _, err := fmt.Fprintln(w, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
