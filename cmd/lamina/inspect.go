package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/oci/build"
	"github.com/lamina-oci/lamina/oci/inspect"
	"github.com/lamina-oci/lamina/oci/inspect/page"
)

func inspectCommand() *cobra.Command {
	var platform, html string
	var asJSON bool
	sources := new(options)
	cmd := &cobra.Command{
		Use:   "inspect REF",
		Short: "Show layers, packages and largest files of an image",
		Long: `Show what an image is made of: its layers and what built them, the packages in it
and which layer brought each, scripts that were left out, and its largest files.

With --json, print one object: reference, platform, manifest, created, size (of all
layers as stored, in bytes), base, annotations, config, world (a list of items);
layers, each with digest, diffID, mediaType, size, createdBy, comment,
skippedScripts, packages (how many it brought) and removed; packages, each with
name, version, arch, license, origin, description, identity, installedSize (bytes),
layer (from 1), files, size (of them), wanted (world asks for it), needs, neededBy and installIf;
files, the largest, each with path, size, package and layer; folders, each with path,
size and added (by the last layer); and of the last layer others (files that are from
no package), users and groups that it made.`,
		Example: `  lamina inspect oci:image:latest
  lamina inspect oci:image:latest --json
  lamina inspect oci:image:latest --html image.html`,
		Args: exactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := readReport(cmd, sources, args[0], platform)
			if err != nil {
				return err
			}
			if html != "" {
				if err := build.ReplaceFile(html, func(w io.Writer) error { return page.Write(w, report) }); err != nil {
					return fmt.Errorf("write page: %w", err)
				}
				return nil
			}
			if asJSON {
				return encodeJSON(cmd.OutOrStdout(), report)
			}
			return printReport(cmd.OutOrStdout(), report)
		},
	}
	sources.registerSources(cmd)
	cmd.Flags().StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of the image, if it has several")
	cmd.Flags().StringVar(&html, "html", "", "write a page with maps and tables into `FILE`, which needs nothing else")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func readReport(cmd *cobra.Command, sources *options, text, platform string) (*inspect.Report, error) {
	image, err := sources.openImage(cmd, text, platform)
	if err != nil {
		return nil, err
	}
	defer image.Close()
	report, err := inspect.Read(cmd.Context(), image)
	if err != nil {
		return nil, &build.Error{Part: build.PartImage, Err: err}
	}
	return report, nil
}

// printReport prints what a reader wants to know first, first.
func printReport(w io.Writer, r *inspect.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintf(w, "%s (%s)\n", r.Reference, r.Platform); err != nil {
		return err
	}
	if r.Manifest != "" {
		fmt.Fprintf(t, "manifest\t%s\n", r.Manifest)
	}
	if r.Base != "" {
		fmt.Fprintf(t, "base\t%s\n", r.Base)
	}
	if r.Created != nil {
		fmt.Fprintf(t, "created\t%s\n", r.Created.Format("2006-01-02 15:04:05 MST"))
	}
	printSettings(t, r)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t, "\nLAYER\tSIZE\tPACKAGES\tCREATED BY\n")
	for i, l := range r.Layers {
		fmt.Fprintf(t, "%d\t%s\t%d\t%s\n", i+1, bytesOf(l.Size), l.Packages, oneLine(cmp.Or(l.CreatedBy, l.Comment)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, l := range r.Layers {
		for _, script := range l.SkippedScripts {
			fmt.Fprintf(t, "layer %d: script left out: %s\n", i+1, script)
		}
		for _, name := range l.Removed {
			fmt.Fprintf(t, "layer %d: package removed: %s\n", i+1, name)
		}
	}
	printList(t, "user made", r.Users)
	printList(t, "group made", r.Groups)
	fmt.Fprintf(t, "\nPACKAGE\tVERSION\tINSTALLED\tLAYER\tLICENSE\tWHY\n")
	for _, p := range r.Packages {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", p.Name, p.Version, bytesOf(int64(p.InstalledSize)), p.Layer, p.License, why(&p))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t, "\nLARGEST FILE\tSIZE\tLAYER\tPACKAGE\n")
	for _, f := range r.Files {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", oneLine(f.Path), bytesOf(f.Size), f.Layer, f.Package)
	}
	return t.Flush()
}

func printList(w io.Writer, what string, names []string) {
	for _, name := range names {
		fmt.Fprintf(w, "%s: %s\n", what, oneLine(name))
	}
}

// why says in a few words why a package is there.
func why(p *inspect.Package) string {
	const most = 3
	var reasons []string
	if p.Wanted {
		reasons = append(reasons, "world")
	}
	if n := len(p.NeededBy); n > 0 {
		names := strings.Join(p.NeededBy[:min(n, most)], ", ")
		if n > most {
			names += fmt.Sprintf(" and %d more", n-most)
		}
		reasons = append(reasons, "needed by "+names)
	}
	if len(p.InstallIf) > 0 {
		reasons = append(reasons, "comes with "+strings.Join(p.InstallIf, ", "))
	}
	return strings.Join(reasons, "; ")
}

func printSettings(w io.Writer, r *inspect.Report) {
	c := r.Config
	line := func(name string, words ...string) {
		if len(words) > 0 && words[0] != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, oneLine(strings.Join(words, " ")))
		}
	}
	fmt.Fprintf(w, "size\t%s in %d layers\n", bytesOf(r.Size), len(r.Layers))
	line("entrypoint", c.Entrypoint...)
	line("cmd", c.Cmd...)
	line("user", c.User)
	line("ports", sortedKeys(c.ExposedPorts)...)
	line("volumes", sortedKeys(c.Volumes)...)
	line("world", r.World...)
}

// oneLine makes control characters visible: names are as strangers have written them.
func oneLine(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		s = fmt.Sprintf("%q", s)
	}
	return s
}

// bytesOf prints a size in the units of SI, as docker and podman do.
func bytesOf(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for ; value >= 999.5 && unit < 4; unit++ {
		value /= 1000
	}
	return fmt.Sprintf("%.3g %cB", value, " kMGT"[unit])
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
