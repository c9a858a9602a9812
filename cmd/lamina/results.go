package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// result is one output of a build, and how long it took.
type result struct {
	image *lamina.Image
	took  time.Duration
}

// printResults says on stderr what was built, in a line for people unless they want no progress, and on stdout the digests.
func printResults(cmd *cobra.Command, results []result, progress *console.Progress, asJSON bool) error {
	printSummaries(results, progress)
	var images []*lamina.Image
	for _, r := range results {
		images = append(images, r.image)
	}
	if asJSON {
		return jsontext.Write(cmd.OutOrStdout(), report.DescribeImages(report.StatusBuilt, images))
	}
	for _, r := range results {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), r.image.Reference.At(r.image.Descriptor.Digest)); err != nil {
			return err
		}
	}
	return nil
}

// printSummaries says on stderr what was built, unless no progress is wanted.
func printSummaries(results []result, progress *console.Progress) {
	for _, r := range results {
		if !progress.IsSilent() {
			fmt.Fprintf(progress, console.MessagePrefix+"%s\n", report.Summary(r.image, r.took))
		}
	}
}

// partly is for an output that could not be written: it says which others were, as the results tell.
func partly(results []result, outputs []oci.Reference, progress *console.Progress, err error) error {
	if len(results) == 0 {
		return err
	}
	progress.End()
	printSummaries(results, progress)
	list := func(outputs []oci.Reference) string {
		names := make([]string, len(outputs))
		for i, output := range outputs {
			names[i] = output.String()
		}
		return strings.Join(names, " ")
	}
	n := len(results)
	state := "written: " + list(outputs[:n]) + "; left unchanged: " + list(outputs[n:])
	return &exit.PartialError{State: state, Err: err}
}

// reportSkipped says which scripts and programs were left out, and for which platform if there are several.
func reportSkipped(cmd *cobra.Command, results []*assemble.Result) {
	for _, r := range results {
		for _, s := range r.Skipped {
			where := ""
			if len(results) > 1 {
				where = fmt.Sprintf(" for %s", r.Platform)
			}
			switch {
			case s.Program == "":
				fmt.Fprintf(cmd.ErrOrStderr(), console.MessagePrefix+"skipped %s of %s%s\n", s.Type, s.Package, where)
			case s.Package == "":
				fmt.Fprintf(cmd.ErrOrStderr(), console.MessagePrefix+"left out %s in a command%s: %s\n", s.Program, where, s.Reason)
			default:
				fmt.Fprintf(cmd.ErrOrStderr(), console.MessagePrefix+"left out %s in %s of %s%s: %s\n", s.Program, s.Type, s.Package, where, s.Reason)
			}
		}
	}
}

// reportFailure prints, of a request that cannot be satisfied, apk's own report or
// the same for programs, and returns the error.
func reportFailure(cmd *cobra.Command, err error, asJSON bool) error {
	if asJSON {
		if out := report.DescribeFailure(err); out != nil {
			if err := jsontext.Write(cmd.OutOrStdout(), out); err != nil {
				return err
			}
		}
		return err
	}
	if unsatisfiable := (*solver.UnsatisfiableError)(nil); errors.As(err, &unsatisfiable) {
		fmt.Fprintln(cmd.ErrOrStderr(), unsatisfiable.Report(80))
	}
	return err
}
