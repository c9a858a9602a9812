package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/inspect"
	"github.com/lamina-oci/lamina/oci/inspect/page"
)

func inspectCommand() *cobra.Command {
	const pageFiles, maxFiles = 500, 5000
	var platform, html string
	var asJSON bool
	var files int
	sources := new(options)
	cmd := &cobra.Command{
		Use:   "inspect REF",
		Short: "Show layers, packages and largest files of an image",
		Long: `Show what an image is made of: layers and how they were built; packages, with the layer that
brought each and why it is installed; what the last layer has besides packages (users and
groups created; files created, changed and removed); scripts that were skipped; the largest
files; and what the record beside the image says about its build. The record is not checked
here: "lamina verify" does that.

On a terminal, tables are cut to its width. Where it is narrow, licences are left out, and packages
are grouped by their layers.

With --json, print one object: reference, platform, manifest, created, size (of all layers
as stored, in bytes), base, annotations, config, world (a list of items); layers, each with
digest, diffID, mediaType, size, createdBy, comment, skippedScripts, packages (how many it
brought) and removed; packages, each with name, version, arch, license, origin,
description, website, identity, packageSize (bytes of the compressed package file),
installedSize (bytes), layer (from 1), files, size (of its files),
added (the part of size in the last layer), wanted (in the world), needs, neededBy and
installIf; files, the largest, each with path, size, package and layer; fileCount and
fileSize (of all files); folders, each with path, size and added; for the last layer, users
and groups that it created, and files with their number: others (from no package), changed
(from a package of an earlier layer) and removed; provenance with builder, base, baseDigest,
packages, files, skipScripts, repositories, sourceDateEpoch, recipe and inputs; and
referrers, each with artifactType, manifest (its digest), digest and size of the document.

With --html, write a self-contained page: treemaps, dependency graph, and tables to sort and
filter. --html - prints it.`,
		Example: `  lamina inspect oci:image:latest
  lamina inspect oci:image:latest --json
  lamina inspect oci:image:latest --html image.html`,
		Args: exactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if files < 1 || files > maxFiles {
				return &usageError{cmd.CommandPath(), fmt.Errorf("--files %d: want a number from 1 to %d", files, maxFiles)}
			}
			if html != "" && !cmd.Flags().Changed("files") {
				files = pageFiles
			}
			report, err := readReport(cmd, sources, args[0], platform, inspect.Options{Files: files})
			if err != nil {
				return err
			}
			if html != "" {
				return writePage(cmd, html, func(w io.Writer) error { return page.Write(w, report) })
			}
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), report)
			}
			return printReport(cmd.OutOrStdout(), report, widthOf(cmd.OutOrStdout()))
		},
	}
	sources.registerSources(cmd)
	cmd.Flags().StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of the image, if it has several")
	cmd.Flags().IntVar(&files, "files", inspect.DefaultFiles, fmt.Sprintf("list the `N` largest files (default with --html: %d)", pageFiles))
	cmd.Flags().StringVar(&html, "html", "", "write a self-contained page with treemaps, graph and tables to `FILE`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// writePage writes a page to a file, or with "-" to stdout.
func writePage(cmd *cobra.Command, name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(cmd.OutOrStdout())
	}
	if err := atomicfile.Write(name, write); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

func readReport(cmd *cobra.Command, sources *options, text, platform string, options inspect.Options) (*lamina.Report, error) {
	ref, err := parseImage(cmd, text)
	if err != nil {
		return nil, err
	}
	wanted, err := parsePlatform(platform)
	if err != nil {
		return nil, err
	}
	env := sources.env(cmd)
	defer env.Close()
	return lamina.Inspect(cmd.Context(), ref, wanted, env, options)
}

// widthOf returns the width of a terminal, 0 for all else.
func widthOf(w io.Writer) int {
	if result, ok := w.(*resultWriter); ok {
		w = result.Writer
	}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// printReport prints what a reader wants to know first, first. A width of 0 cuts nothing.
func printReport(out io.Writer, r *inspect.Report, width int) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s (%s)\n", oneLine(r.Reference), r.Platform)
	printSettings(w, r, width)

	layers := table{{"LAYER", "SIZE", "PACKAGES", "CREATED BY"}}
	for i, l := range r.Layers {
		layers = append(layers, []string{strconv.Itoa(i + 1), inspect.FormatBytes(l.Size), strconv.Itoa(l.Packages), cmp.Or(l.CreatedBy, l.Comment)})
	}
	layers.print(w, width)
	printEffects(w, r)

	packages := table{{"PACKAGE", "VERSION", "INSTALLED", "LAYER", "LICENSE", "WHY"}}
	sorted := slices.Clone(r.Packages)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Layer > sorted[j].Layer })
	for _, p := range sorted {
		packages = append(packages, []string{p.Name, p.Version, inspect.FormatBytes(int64(p.InstalledSize)), strconv.Itoa(p.Layer), p.License, p.Reasons()})
	}
	if width > 0 && packages.width() > width {
		for i, row := range packages {
			if i > 0 {
				row[5] = sorted[i-1].Reason()
			}
			packages[i] = slices.Delete(row, 4, 5)
		}
		if packages.width() > width {
			packages = groupByLayer(packages)
		}
	}
	packages.print(w, width)

	files := table{{"LARGEST FILE", "SIZE", "LAYER", "PACKAGE"}}
	for _, f := range r.Files {
		files = append(files, []string{f.Path, inspect.FormatBytes(f.Size), strconv.Itoa(f.Layer), f.Package})
	}
	files.print(w, width)
	return w.Flush()
}

// groupByLayer puts a line above the packages of each layer in place of a column, which leaves more of the last one.
func groupByLayer(packages table) table {
	const layer = 3
	grouped, at := table{slices.Delete(slices.Clone(packages[0]), layer, layer+1)}, ""
	for _, row := range packages[1:] {
		if row[layer] != at {
			at = row[layer]
			grouped = append(grouped, []string{"layer " + at + ":", "", "", ""})
		}
		grouped = append(grouped, slices.Delete(slices.Clone(row), layer, layer+1))
	}
	return grouped
}

// table is rows of text, the first of which is its head.
type table [][]string

// widths are those of the columns.
func (t table) widths() []int {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(oneLine(cell)))
		}
	}
	return widths
}

// width is that of a whole line.
func (t table) width() int {
	all := 2 * (len(t[0]) - 1)
	for _, n := range t.widths() {
		all += n
	}
	return all
}

// print prints the table after an empty line. The last column is cut where the width needs it, though not to nothing.
func (t table) print(w io.Writer, width int) {
	const least = 12
	widths := t.widths()
	last := len(widths) - 1
	if width > 0 {
		widths[last] = min(widths[last], max(least, width-(t.width()-widths[last])))
	}
	fmt.Fprintln(w)
	for _, row := range t {
		var line strings.Builder
		for i, cell := range row {
			cell = oneLine(cell)
			if i == last {
				line.WriteString(cut(cell, widths[i]))
			} else {
				line.WriteString(cell + strings.Repeat(" ", widths[i]+2-utf8.RuneCountInString(cell)))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// cut shortens a text to as many characters.
func cut(s string, width int) string {
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return s
}

// printEffects prints what layers did besides packages, a line each.
func printEffects(w io.Writer, r *inspect.Report) {
	for i, l := range r.Layers {
		for _, script := range l.SkippedScripts {
			fmt.Fprintf(w, "layer %d: script skipped: %s\n", i+1, oneLine(script))
		}
		for _, name := range l.Removed {
			fmt.Fprintf(w, "layer %d: package removed: %s\n", i+1, oneLine(name))
		}
	}
	if len(r.Layers) < 2 { // everything is new
		return
	}
	line := func(what string, names []string, count int) {
		if count > 0 {
			fmt.Fprintf(w, "layer %d: %s: %s\n", len(r.Layers), what, enumerate(names, count))
		}
	}
	line("users created", r.Users, len(r.Users))
	line("groups created", r.Groups, len(r.Groups))
	line("files changed", pathsOf(r.Changed), r.ChangedCount)
	line("files from no package", pathsOf(r.Others), r.OtherCount)
	line("files removed", r.Removed, r.RemovedCount)
}

func pathsOf(files []inspect.File) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}

// enumerate lists the first of as many names, as far as a line has room.
func enumerate(names []string, count int) string {
	const room = 56
	text := ""
	for i, name := range names {
		name = oneLine(name)
		if i > 0 && len(text)+len(name) > room {
			return fmt.Sprintf("%s and %d more", text, count-i)
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	if more := count - len(names); more > 0 {
		return fmt.Sprintf("%s and %d more", text, more)
	}
	return text
}

func printSettings(w io.Writer, r *inspect.Report, width int) {
	c := r.Config
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name string, words ...string) {
		if text := strings.Join(words, " "); text != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, oneLine(text))
		}
	}
	line("manifest", r.Manifest.String())
	line("base", r.Base)
	if r.Created != nil {
		line("created", r.Created.Format("2006-01-02 15:04:05 MST"))
	}
	line("size", fmt.Sprintf("%s in %d layers; %s in %d files", inspect.FormatBytes(r.Size), len(r.Layers), inspect.FormatBytes(r.FileSize), r.FileCount))
	line("entrypoint", c.Entrypoint...)
	line("cmd", c.Cmd...)
	line("user", c.User)
	line("ports", sortedKeys(c.ExposedPorts)...)
	line("volumes", sortedKeys(c.Volumes)...)
	world := strings.Join(r.World, " ")
	if width > 0 {
		world = cut(world, max(width-len("entrypoint  "), 12)) // it can be of hundreds
	}
	line("world", world)
	if p := r.Provenance; p != nil {
		line("provenance", fmt.Sprintf("%d inputs, built by %s", p.Inputs, p.Builder))
	}
	for _, f := range r.Referrers {
		line("referrer", fmt.Sprintf("%s, %s", f.ArtifactType, inspect.FormatBytes(f.Size)))
	}
	t.Flush()
}

// oneLine makes control characters visible: names are as strangers have written them.
func oneLine(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		s = fmt.Sprintf("%q", s)
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
