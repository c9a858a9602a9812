package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// WriteImage writes what is in an image: what a reader wants to know first, first. A width of 0 cuts nothing.
func WriteImage(out io.Writer, r *inspect.Report, width int) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s (%s)\n", terminal.OneLine(r.Reference), r.Platform)
	printSettings(w, r, width)

	layers := table{{"LAYER", "SIZE", "PACKAGES", "CREATED BY"}}
	for i, l := range r.Layers {
		layers = append(layers, []string{strconv.Itoa(i + 1), terminal.FormatBytes(l.Size), strconv.Itoa(l.Packages), cmp.Or(l.CreatedBy, l.Comment)})
	}
	layers.print(w, width)
	printEffects(w, r)

	packages := table{{"PACKAGE", "VERSION", "INSTALLED", "LAYER", "LICENSE", "WHY"}}
	sorted := slices.Clone(r.Packages)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Layer > sorted[j].Layer })
	for _, p := range sorted {
		packages = append(packages, []string{p.Name, p.Version, terminal.FormatBytes(int64(p.InstalledSize)), strconv.Itoa(p.Layer), p.License, p.Reasons()})
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
		files = append(files, []string{f.Path, terminal.FormatBytes(f.Size), strconv.Itoa(f.Layer), f.Package})
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
			widths[i] = max(widths[i], utf8.RuneCountInString(terminal.OneLine(cell)))
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

// print prints the table after an empty line, if it has more than its head. The last column is cut where the width needs it, though not to nothing.
func (t table) print(w io.Writer, width int) {
	const least = 12
	if len(t) == 1 {
		return
	}
	widths := t.widths()
	last := len(widths) - 1
	if width > 0 {
		widths[last] = min(widths[last], max(least, width-(t.width()-widths[last])))
	}
	fmt.Fprintln(w)
	for _, row := range t {
		var line strings.Builder
		for i, cell := range row {
			cell = terminal.OneLine(cell)
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

// printEffects prints what layers did in addition to packages, a line each.
func printEffects(w io.Writer, r *inspect.Report) {
	for i, l := range r.Layers {
		for _, script := range l.SkippedScripts {
			fmt.Fprintf(w, "layer %d: script skipped: %s\n", i+1, terminal.OneLine(script))
		}
		for _, name := range l.Removed {
			fmt.Fprintf(w, "layer %d: package removed: %s\n", i+1, terminal.OneLine(name))
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
		name = terminal.OneLine(name)
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
			fmt.Fprintf(t, "%s\t%s\n", name, terminal.OneLine(text))
		}
	}
	line("manifest", r.Manifest.String())
	line("base", r.Base)
	if r.Created != nil {
		line("created", r.Created.Format("2006-01-02 15:04:05 MST"))
	}
	line("size", fmt.Sprintf("%s in %s; %s in %s",
		terminal.FormatBytes(r.Size), terminal.Count(len(r.Layers), "layer"), terminal.FormatBytes(r.FileSize), terminal.Count(r.FileCount, "file")))
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
		line("provenance", terminal.Count(p.Inputs, "input")+", built by "+p.Builder)
	}
	for _, f := range r.Referrers {
		line("referrer", fmt.Sprintf("%s, %s", f.ArtifactType, terminal.FormatBytes(f.Size)))
	}
	t.Flush()
}
