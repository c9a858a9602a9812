package page

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// Most rows that tables have: browsers get slow.
const (
	maxPackages    = 5000
	maxDirectories = 300
)

// column is one of a table: n in its class is for numbers, wide for what narrow screens leave out.
type column struct{ title, class string }

// begin begins a section with a table, whose rows can be filtered and sorted if it has columns with titles.
func (w *writer) begin(id, title, note string, columns ...column) {
	w.put(`<section aria-labelledby="%" id="%"><div class="head"><h2 id="%">%</h2>`, id+"-title", id, id+"-title", title)
	sortable := ""
	if len(columns) > 0 {
		sortable = " data-sortable"
		w.put(`<input type="search" data-filter="%" aria-label="%" placeholder="Filter" hidden>`, id+"-table", "Filter: "+title)
	}
	w.raw("</div>\n")
	if note != "" {
		w.put("<p class=\"note\">%</p>\n", note)
	}
	w.put(`<div class="scroll"><table id="%"`+sortable+`><caption>%</caption>`, id+"-table", title)
	if len(columns) > 0 {
		w.raw("<thead><tr>")
		for _, c := range columns {
			w.put(`<th scope="col" class="%">%</th>`, c.class, c.title)
		}
		w.raw("</tr></thead>")
	}
	w.raw("\n<tbody>\n")
}

func (w *writer) end() { w.raw("</tbody></table></div>\n</section>\n") }

// sizeCell writes a size with a line under it that is as long as its part of the most there is.
func (w *writer) sizeCell(n, most int64) {
	w.put(`<td class="n bar" data-value="%" style="--part:%">%</td>`, strconv.FormatInt(n, 10), percent(n, most), terminal.FormatBytes(n))
}

func percent(n, most int64) string {
	if most <= 0 {
		return "0%"
	}
	return strconv.FormatFloat(100*float64(n)/float64(most), 'f', 1, 64) + "%"
}

// more is a note on a list that was cut; "" if it was not.
func more(listed, all int, what string) string {
	if listed >= all {
		return ""
	}
	return fmt.Sprintf("The %d largest of %d %s.", listed, all, what)
}

func (w *writer) packages(r *inspect.Report) {
	list := r.Packages
	if len(list) > maxPackages {
		list = slices.Clone(list)
		sort.SliceStable(list, func(i, j int) bool { return list[i].Size > list[j].Size })
		list = list[:maxPackages]
	}
	var most int64
	for _, p := range list {
		most = max(most, p.Size)
	}
	w.begin("packages", "Packages", more(len(list), len(r.Packages), "packages"), column{"Name", ""}, column{"Version", ""}, column{"Size", "n"},
		column{"Files", "n wide"}, column{"Layer", "n wide"}, column{"Licence", "wide"}, column{"Why", "wide"})
	for _, p := range list {
		w.put(`<tr><td><a href="#needs" data-name="%"><i class="%"></i>%</a></td><td class="version">%</td>`, p.Name, dot(r, p), p.Name, p.Version)
		w.sizeCell(p.Size, most)
		w.put(`<td class="n wide">%</td><td class="n wide">%</td><td class="wide">%</td><td class="wide">%</td></tr>`+"\n",
			strconv.Itoa(p.Files), strconv.Itoa(p.Layer), p.License, p.Reason())
	}
	w.end()
}

// dot is the class of a package's mark, which has the colour of its tile.
func dot(r *inspect.Report, p inspect.Package) string {
	return strings.TrimSpace("dot " + packageKind(r, p))
}

// effects lists what the last layer did in addition to its packages' files; of an image of one layer that would be all.
func (w *writer) effects(r *inspect.Report) {
	skipped := 0
	for _, l := range r.Layers {
		skipped += len(l.SkippedScripts) + len(l.Removed)
	}
	e := &r.Effects
	if len(r.Layers) < 2 {
		e = new(inspect.Effects)
	}
	if skipped+len(e.Users)+len(e.Groups)+e.OtherCount+e.ChangedCount+e.RemovedCount == 0 {
		return
	}
	note := ""
	for _, cut := range []string{
		more(len(e.Changed), e.ChangedCount, "changed files"), more(len(e.Others), e.OtherCount, "files from no package"),
	} {
		note = strings.TrimSpace(note + " " + cut)
	}
	if n := e.RemovedCount - len(e.Removed); n > 0 {
		note = strings.TrimSpace(fmt.Sprintf("%s %d more files were removed.", note, n))
	}
	w.begin("effects", "Outside packages", note, column{"What", ""}, column{"Which", ""}, column{"Size", "n"}, column{"Package", "wide"})
	row := func(what, which, pkg string) {
		w.put(`<tr><td class="what">%</td><td class="path mono">%</td><td class="n"></td><td class="wide">%</td></tr>`+"\n", what, which, pkg)
	}
	file := func(what string, f inspect.File) {
		w.put(`<tr><td class="what">%</td><td class="path mono">%</td><td class="n" data-value="%">%</td><td class="wide">%</td></tr>`+"\n",
			what, f.Path, strconv.FormatInt(f.Size, 10), terminal.FormatBytes(f.Size), f.Package)
	}
	for _, name := range e.Users {
		row("user added", name, "")
	}
	for _, name := range e.Groups {
		row("group added", name, "")
	}
	for i, l := range r.Layers {
		for _, script := range l.SkippedScripts {
			row(fmt.Sprintf("script skipped in layer %d", i+1), script, "")
		}
		for _, name := range l.Removed {
			row(fmt.Sprintf("package removed by layer %d", i+1), name, "")
		}
	}
	for _, f := range e.Changed {
		file("file changed", f)
	}
	for _, f := range e.Others {
		file("file from no package", f)
	}
	for _, path := range e.Removed {
		row("file removed", path, "")
	}
	w.end()
}

func (w *writer) directories(r *inspect.Report) {
	list := slices.Clone(r.Directories)
	sort.SliceStable(list, func(i, j int) bool { return list[i].Size > list[j].Size })
	list = list[:min(len(list), maxDirectories)]
	if len(list) == 0 {
		return
	}
	w.begin("directories", "Directories", more(len(list), len(r.Directories), "directories"), column{"Path", ""}, column{"Size", "n"}, column{"By the last layer", "n"})
	for _, f := range list {
		w.put(`<tr><td class="path mono">%</td>`, f.Path)
		w.sizeCell(f.Size, list[0].Size)
		w.put(`<td class="n" data-value="%">%</td></tr>`+"\n", strconv.FormatInt(f.Added, 10), terminal.FormatBytes(f.Added))
	}
	w.end()
}

func (w *writer) files(r *inspect.Report) {
	var most int64
	for _, f := range r.Files {
		most = max(most, f.Size)
	}
	w.begin("files", "Files", more(len(r.Files), r.FileCount, "files"), column{"Path", ""}, column{"Size", "n"}, column{"Package", ""},
		column{"Layer", "n wide"})
	for _, f := range r.Files {
		w.put(`<tr><td class="path mono">%</td>`, f.Path)
		w.sizeCell(f.Size, most)
		w.put(`<td>%</td><td class="n wide">%</td></tr>`+"\n", f.Package, strconv.Itoa(f.Layer))
	}
	w.end()
}

func (w *writer) layers(r *inspect.Report) {
	w.begin("layers", "Layers", "", column{"Layer", "n"}, column{"Size", "n"}, column{"Packages", "n"}, column{"Made by", ""}, column{"Digest", "wide"})
	for i, l := range r.Layers {
		w.put(`<tr><td class="n">%</td><td class="n" data-value="%">%</td><td class="n">%</td><td class="path">%</td><td class="path mono wide">%</td></tr>`+"\n",
			strconv.Itoa(i+1), strconv.FormatInt(l.Size, 10), terminal.FormatBytes(l.Size), strconv.Itoa(l.Packages),
			cmp.Or(l.CreatedBy, l.Comment), l.Digest.String())
	}
	w.end()
}

type setting struct{ name, value string }

func (w *writer) settings(id, title, note string, list []setting) {
	if len(list) == 0 {
		return
	}
	w.begin(id, title, note)
	for _, s := range list {
		w.put(`<tr><th scope="row">%</th><td class="path mono">%</td></tr>`+"\n", s.name, s.value)
	}
	w.end()
}
