package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/assemble"
)

func resolveCommand() *cobra.Command {
	var o options
	var asJSON bool
	var why []string
	cmd := &cobra.Command{
		Use:   "resolve [PACKAGE...]",
		Short: "Print what build would install, upgrade and remove, in order",
		Long: `Print what build would do to the base, one package per line, in apk's words and order.
Nothing is built.

With --why, print instead why a package is installed, or whatever provides a name: the chain
from the world to it, with one dependency and its provider per line.

For several platforms, each one's name precedes its lines, and --json prints a list of
objects.

With --json, print one object: base, platform, arch, world (a list of items) and changes,
each with action, name, oldVersion, newVersion, arch, identity, size (of the package file,
in bytes), repository and tag as far as they apply; with --why also why, a list of names
with chains, each a list of steps from the world on with dependant (absent for the world),
dependency, installIf and provider. If nothing can be resolved, the object has error and
problems instead, each with kind ("package", "virtual" for a name that is only provided, or
"missing"), name, version and facts, which have apk's label and items; and hints.`,
		Example: `  lamina resolve -f lamina.yaml
  lamina resolve -f lamina.yaml --why so:libz.so.1
  lamina resolve --base rootfs:alpine-minirootfs.tar.gz --json nginx`,
		RunE: func(cmd *cobra.Command, packages []string) error {
			j, err := o.load(cmd, packages)
			if err != nil {
				return err
			}
			defer j.close()
			plan, err := j.resolve(cmd.Context())
			if err != nil {
				return reportFailure(cmd, err, asJSON)
			}
			defer plan.Close()
			return printPlans(cmd.OutOrStdout(), plan.Platforms, why, asJSON)
		},
	}
	o.register(cmd)
	o.registerLock(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().StringArrayVar(&why, "why", nil, "print why the package or provider `NAME` is installed (repeatable)")
	return cmd
}

// printPlans prints one plan after the other.
func printPlans(w io.Writer, plans []*assemble.Plan, why []string, asJSON bool) error {
	var objects []resolution
	for i, plan := range plans {
		reasons, err := findReasons(plan, why)
		if err != nil {
			return err
		}
		if asJSON {
			objects = append(objects, describePlan(plan, reasons))
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
		if len(why) > 0 {
			err = printReasons(w, reasons)
		} else {
			err = printChanges(w, plan)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case !asJSON:
		return nil
	case len(objects) == 1:
		return jsontext.Write(w, objects[0])
	}
	return jsontext.Write(w, objects)
}

// printChanges prints apk's own lines.
func printChanges(w io.Writer, plan *assemble.Plan) error {
	var lines []string
	for _, c := range plan.Solution.Changes {
		if c.Kind != solver.Unchanged {
			lines = append(lines, c.String())
		}
	}
	for i, line := range lines {
		if _, err := fmt.Fprintf(w, "(%d/%d) %s\n", i+1, len(lines), line); err != nil {
			return err
		}
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(w, "nothing to do: everything is already installed")
		return err
	}
	return nil
}

// resolution is what --json prints. Fields may be added, never changed.
type resolution struct {
	Base     string       `json:"base"`
	Platform string       `json:"platform"`
	Arch     string       `json:"arch"`
	World    []string     `json:"world"`   // etc/apk/world afterwards
	Changes  []jsonChange `json:"changes"` // in order, without unchanged packages
	Why      []reason     `json:"why,omitempty"`
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

func describePlan(plan *assemble.Plan, reasons []reason) resolution {
	out := resolution{
		Why:      reasons,
		Base:     plan.Base.Reference.String(),
		Platform: plan.Base.Platform.String(),
		Arch:     plan.Arch,
		World:    []string{},
		Changes:  []jsonChange{},
	}
	for _, d := range plan.Solution.World {
		out.World = append(out.World, d.String())
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
		out.Changes = append(out.Changes, j)
	}
	return out
}
