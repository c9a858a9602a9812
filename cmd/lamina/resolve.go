package main

import (
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
)

func resolveCommand() *cobra.Command {
	var o options
	var asJSON, scripts bool
	var why []string
	cmd := &cobra.Command{
		Use:        "resolve [PACKAGE... | CONTEXT]",
		SuggestFor: []string{"why", "plan"},
		Short:      "Print what build would install, upgrade and remove, in order",
		Long: `Print what build would do to the base, one package per line, in apk's words and order.
Nothing is built.

Packages of steps or of a Dockerfile follow, with the command before its lines. To find
them, the packages are fetched and the commands run, as in a build.

With --why, print instead why a package is installed in the end, or whatever provides a
name: the chain from the world to it, with one dependency and its provider per line.

With --scripts, print instead the results of scripts of packages and commands: which of them
run, are skipped or are refused, and the programs that do nothing, with their lines. To find
out, the packages are fetched and the scripts run, as in a build. If something is refused,
the exit code is 1.

For several platforms, each one's name precedes its lines, and --json prints a list of
objects.

With --json, print one object: base, platform, arch, world (a list of items) and changes,
each with action, name, oldVersion, newVersion, arch, identity, size (of the package file,
in bytes), repository and tag as far as they apply; with --why also why, a list of names
with chains, each a list of steps from the world on with dependant (absent for the world),
dependency, installIf and provider; with --scripts also scripts: see docs/results.md. What
steps install is in transactions, a list with command, root (if apk --root names another),
world and changes, or failure. If nothing can be resolved, the object has error and problems
instead, each with kind ("package", "virtual" for a name that is only provided, or
"missing"), name, version and facts, which have apk's label and items; and hints.`,
		Example: `  lamina resolve -f lamina.yaml
  lamina resolve -f lamina.yaml --why so:libz.so.1
  lamina resolve -f Dockerfile --why so:libz.so.1 .
  lamina resolve --base rootfs:alpine-minirootfs.tar.gz --json nginx`,
		RunE: func(cmd *cobra.Command, packages []string) error {
			if !asJSON {
				if err := usage.AtMostOne(cmd, "why", "scripts"); err != nil {
					return err
				}
			}
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
			if err := report.WritePlans(cmd.Context(), cmd.OutOrStdout(), plan.Platforms, why, scripts, asJSON); err != nil {
				return reportFailure(cmd, err, asJSON)
			}
			o.publish(cmd, j.env)
			return nil
		},
	}
	o.register(cmd)
	o.registerLock(cmd)
	o.shares.register(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&scripts, "scripts", false, "print which scripts run")
	cmd.Flags().StringArrayVar(&why, "why", nil, "print why the package or provider `NAME` is installed (repeatable)")
	return cmd
}
