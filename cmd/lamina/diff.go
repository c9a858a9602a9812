package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/page"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/inspect"
)

func diffCommand() *cobra.Command {
	var platform, html string
	var o diff.Options
	var asJSON, onlyStatus bool
	var shown report.Views
	sources := new(options)
	cmd := &cobra.Command{
		Use:   "diff REF REF",
		Short: "Show the differences between two images",
		Long: `Show the differences between two images, from the first to the second: packages; files by
package, with what changed in each (type, mode, owner, time, size, content, target, links,
device, attributes); config; annotations; layers; and the first byte that differs, with what
it belongs to. Images for several platforms are compared platform by platform.

With --json, print a list with an object for each platform: a and b (reference, platform,
manifest), identical, packages (name, change, from, to), files (path, package, change, type,
fields, text), config and annotations (path, from, to), layers (position, from, to, sameTar)
and firstByte (layer, offset, compressed, what, entry, fields). For a platform that only one
image has, only that image's reference is given.

With --html, write a page like that of "lamina inspect", with both images side by side: maps of
packages and directories, and tables of what differs. Of images for several platforms it shows the
one that --platform names. --html - prints it.

--ignore-times leaves out times of files, of the config and its history, and layers and the first
byte, which differ with them: so an image of "docker build" can be compared with Lamina's.

--packages shows the packages alone, --summary how many things of each kind differ, and
--exit-code-only nothing, so that only the exit status tells.

Exit status: 0 equal, 1 something differs, 2 wrong usage, 3 the images could not be compared.`,
		Example: `  lamina diff oci:image:latest oci:image:before
  lamina diff oci:image:latest oci-archive:image.tar:latest --text`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage.Wrongf(cmd, "want two image REFs, got %s", terminal.Count(len(args), "argument"))
			}
			return usage.AtMostOne(cmd, "json", "html", "packages", "summary", "exit-code-only")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := report.CheckFile("--html", html); err != nil {
				return &exit.UnknownError{Err: err}
			}
			reports, err := diffImages(cmd, sources, args, platform, o)
			switch {
			case err != nil || onlyStatus:
			case html != "":
				err = writeComparison(cmd, sources, args, html, reports)
			case asJSON:
				err = jsontext.Write(cmd.OutOrStdout(), reports)
			default:
				err = shown.WriteDifferences(cmd.OutOrStdout(), reports)
			}
			if err != nil {
				return &exit.UnknownError{Err: err}
			}
			if slices.ContainsFunc(reports, func(r *diff.Report) bool { return !r.Equal() }) {
				return &exit.DiffersError{}
			}
			return nil
		},
	}
	sources.registerSources(cmd)
	f := cmd.Flags()
	f.StringVar(&platform, "platform", "", "compare only this `OS/ARCH[/VARIANT]`")
	f.BoolVar(&o.Text, "text", false, "show the changed lines of text files")
	f.BoolVar(&o.IgnoreTimes, "ignore-times", false, "compare what images hold, without times of files, history and config, and without layers")
	f.BoolVar(&asJSON, "json", false, "print a JSON list")
	f.StringVar(&html, "html", "", "write a self-contained page of both images side by side to `FILE`")
	f.BoolVar(&shown.Packages, "packages", false, "show only packages that differ")
	f.BoolVar(&shown.Summary, "summary", false, "show only how many things of each kind differ")
	f.BoolVar(&onlyStatus, "exit-code-only", false, "print nothing, and tell by the exit status")
	return cmd
}

func diffImages(cmd *cobra.Command, sources *options, texts []string, platform string, o diff.Options) ([]*lamina.Differences, error) {
	a, err := parseImage(cmd, texts[0])
	if err != nil {
		return nil, err
	}
	b, wanted, err := parseImageFor(cmd, texts[1], platform)
	if err != nil {
		return nil, err
	}
	env := sources.env(cmd)
	defer env.Close()
	env.Cache = nil // what is compared is what the images hold, not what is remembered of it
	return lamina.Diff(cmd.Context(), a, b, wanted, env, o)
}

// writeComparison writes the page of two images.
func writeComparison(cmd *cobra.Command, sources *options, refs []string, name string, reports []*diff.Report) error {
	if len(reports) != 1 {
		return hint.Errorf("%s and %s have %d platforms, and a page shows one", refs[0], refs[1], len(reports)).With("choose one: --platform OS/ARCH")
	}
	d := reports[0]
	if d.A.Reference == "" || d.B.Reference == "" {
		return fmt.Errorf("only one of %s and %s has the platform", refs[0], refs[1])
	}
	var both [2]*lamina.Report
	for i, image := range [...]diff.Image{d.A, d.B} {
		var err error
		if both[i], err = readReport(cmd, sources, refs[i], image.Platform, inspect.Options{}); err != nil {
			return err
		}
	}
	return writePage(cmd, name, func(w io.Writer) error { return page.WriteComparison(w, both[0], both[1], d) })
}
