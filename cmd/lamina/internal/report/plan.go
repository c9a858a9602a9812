package report

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// WritePlans prints what resolve does: one plan after the other.
func WritePlans(ctx context.Context, w io.Writer, plans []*assemble.Plan, why []string, withScripts, asJSON bool) error {
	var objects []resolution
	var refused error
	for i, plan := range plans {
		scripts, err := new(assemble.Scripts), error(nil)
		if withScripts {
			scripts, err = plan.Scripts(ctx)
		} else {
			scripts.Transactions, err = plan.Transactions(ctx)
		}
		if err != nil {
			return err
		}
		if scripts.Refused != nil && refused == nil {
			refused = scripts.Refused
		}
		transactions := scripts.Transactions
		reasons, err := findReasons(lastOf(plan, transactions), why)
		if err != nil {
			return err
		}
		if asJSON {
			object := describePlan(plan, transactions, reasons)
			if withScripts {
				object.Scripts = describeScripts(scripts.Runs)
			}
			objects = append(objects, object)
			continue
		}
		if len(plans) > 1 {
			separator := ""
			if i > 0 {
				separator = "\n"
			}
			if _, err := fmt.Fprintf(w, "%s%s:\n", separator, plan.Base.Platform); err != nil {
				return err
			}
		}
		switch {
		case withScripts:
			err = printScripts(w, scripts.Runs)
		case len(why) > 0:
			err = printReasons(w, reasons)
		default:
			err = printChanges(w, plan, transactions)
		}
		if err != nil {
			return err
		}
	}
	err := error(nil)
	switch {
	case asJSON && len(objects) == 1:
		err = jsontext.Write(w, objects[0])
	case asJSON:
		err = jsontext.Write(w, objects)
	}
	if err == nil {
		err = refused
	}
	return err
}

// lastOf returns the plans whose solutions are what is installed in the end: in the image's own root, and in those that commands made in it.
func lastOf(plan *assemble.Plan, transactions []*assemble.Transaction) []*assemble.PackagePlan {
	last, roots := map[string]*assemble.PackagePlan{"": &plan.PackagePlan}, []string{""}
	for _, t := range transactions {
		if t.Failure != "" || t.Answer != nil || t.IsFetch {
			continue
		}
		if last[t.Root] == nil {
			roots = append(roots, t.Root)
		}
		last[t.Root] = &t.PackagePlan
	}
	var plans []*assemble.PackagePlan
	for _, root := range roots {
		plans = append(plans, last[root])
	}
	return plans
}

// printChanges prints apk's own lines, with those of each transaction after its command.
func printChanges(w io.Writer, plan *assemble.Plan, transactions []*assemble.Transaction) error {
	text := new(strings.Builder)
	write := func(s *solver.Solution) {
		lines := s.Lines()
		if len(lines) == 0 {
			lines = []string{"nothing to do: everything is already installed"}
		}
		for _, line := range lines {
			fmt.Fprintln(text, line)
		}
	}
	if len(transactions) == 0 || len(plan.Solution.Lines()) > 0 {
		write(plan.Solution)
	}
	for _, t := range transactions {
		if t.IsQuestion() {
			continue
		}
		if text.Len() > 0 {
			fmt.Fprintln(text)
		}
		fmt.Fprintf(text, "%s:\n", t.Command)
		if t.Failure != "" {
			fmt.Fprintf(text, "failed: %s\n", t.Failure)
			continue
		}
		if t.IsFetch {
			for _, c := range t.Solution.Changes {
				fmt.Fprintln(text, "Downloading", c.New.ID())
			}
			continue
		}
		write(t.Solution)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// resolution is what resolve --json prints. Fields may be added, never changed.
type resolution struct {
	Base         string            `json:"base"`
	Platform     string            `json:"platform"`
	Arch         string            `json:"arch"`
	World        []string          `json:"world"`   // etc/apk/world after these changes
	Changes      []jsonChange      `json:"changes"` // in order, without unchanged packages
	Transactions []jsonTransaction `json:"transactions,omitempty"`
	Why          []reason          `json:"why,omitempty"`
	Scripts      []scriptOutput    `json:"scripts,omitempty"`
}

// jsonTransaction is one run of apk in a command or step.
type jsonTransaction struct {
	Command string       `json:"command"`
	Root    string       `json:"root,omitempty"`    // the directory that is its root, if that is not the image's own
	Failure string       `json:"failure,omitempty"` // why it was not done; then there are no changes
	Fetched bool         `json:"fetched,omitempty"` // the packages become files and are not installed
	World   []string     `json:"world,omitempty"`
	Changes []jsonChange `json:"changes,omitempty"`
}

type jsonChange struct {
	Action     solver.Kind `json:"action"` // apk's word in lower case, such as "installing"
	Name       string      `json:"name"`
	OldVersion string      `json:"oldVersion,omitempty"`
	NewVersion string      `json:"newVersion,omitempty"`
	Arch       string      `json:"arch,omitempty"`
	Identity   string      `json:"identity,omitempty"` // C: of the index
	Size       uint64      `json:"size,omitempty"`     // bytes of the package file
	Repository string      `json:"repository,omitempty"`
	Tag        string      `json:"tag,omitempty"`
}

func describePlan(plan *assemble.Plan, transactions []*assemble.Transaction, reasons []reason) resolution {
	out := resolution{
		Why:      reasons,
		Base:     plan.Base.Reference.String(),
		Platform: plan.Base.Platform.String(),
		Arch:     plan.Arch,
	}
	out.World, out.Changes = describeSolution(&plan.PackagePlan)
	for _, t := range transactions {
		if t.IsQuestion() {
			continue
		}
		j := jsonTransaction{Command: t.Command, Root: t.Root, Failure: t.Failure, Fetched: t.IsFetch}
		if t.Failure == "" {
			j.World, j.Changes = describeSolution(&t.PackagePlan)
		}
		out.Transactions = append(out.Transactions, j)
	}
	return out
}

func describeSolution(plan *assemble.PackagePlan) (world []string, changes []jsonChange) {
	world, changes = []string{}, []jsonChange{}
	for _, d := range plan.Solution.World {
		world = append(world, d.String())
	}
	for _, c := range plan.Solution.Changes {
		if c.Kind == solver.Unchanged {
			continue
		}
		j := jsonChange{Action: c.Kind, Tag: c.NewTag}
		if c.Old != nil {
			j.Name, j.OldVersion = c.Old.Name, c.Old.Version
		}
		if c.New != nil {
			j.Name, j.NewVersion, j.Arch = c.New.Name, c.New.Version, c.New.Arch
			j.Identity, j.Size = c.New.Identity.String(), c.New.Size
			j.Repository = plan.RepositoryURL(c)
		}
		changes = append(changes, j)
	}
	return world, changes
}

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
func findReasons(plans []*assemble.PackagePlan, names []string) ([]reason, error) {
	var list []reason
	for _, name := range names {
		var chains [][]solver.Step
		for _, plan := range plans {
			chains = append(chains, plan.Explain(name)...)
		}
		if len(chains) == 0 {
			return nil, hint.Errorf("why %s: nothing of that name is part of the result", name).With("without --why, the same command lists what is")
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
