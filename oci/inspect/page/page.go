// Package page shows what inspect has found in an image as one page of HTML that stands alone: nothing is loaded from
// anywhere, and it is the same each time.
package page

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/oci/inspect"
)

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// writer writes HTML. Text goes through text, never through raw, which keeps the first error.
type writer struct {
	out io.Writer
	err error
}

func (w *writer) raw(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.out, s)
	}
}

// text writes what is no HTML: between elements, and within quoted attributes.
func (w *writer) text(s string) { w.raw(html.EscapeString(s)) }

// put writes a form in which each % stands for a text.
func (w *writer) put(form string, texts ...string) {
	for i, part := range strings.Split(form, "%") {
		if i > 0 {
			w.text(texts[i-1])
		}
		w.raw(part)
	}
}

// Write writes the page.
func Write(out io.Writer, r *inspect.Report) error {
	data, err := json.Marshal(r.Packages) // which escapes what would end a script
	if err != nil {
		return err
	}
	w := &writer{out: out}
	w.put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%</title>
<style>`, r.Reference)
	w.raw(pageStyle + "</style>\n</head>\n<body>\n<main>\n")
	w.header(r)
	w.maps(r)
	w.packages(r)
	w.files("files", "Largest files", r.Files)
	if len(r.Others) > 0 {
		w.files("others", "Files of the last layer that are from no package", r.Others)
	}
	w.layers(r)
	w.settings("settings", "Settings", settingsOf(r))
	w.settings("origin", "Where it is from", originOf(r))
	w.raw("<footer>Made by lamina inspect.</footer>\n</main>\n")
	w.raw(`<script type="application/json" id="packages-data">` + string(data) + "</script>\n<script>" + pageScript + "</script>\n</body>\n</html>\n")
	return w.err
}

func (w *writer) header(r *inspect.Report) {
	w.put("<header>\n<h1>%</h1>\n<p class=\"sub\">%", r.Reference, r.Platform)
	if r.Created != nil {
		w.put(" · %", r.Created.UTC().Format("2006-01-02 15:04 UTC"))
	}
	w.put("</p>\n<p class=\"sub mono\">%</p>\n<dl class=\"facts\">\n", r.Manifest.String())
	fact := func(name, value, more string) {
		w.put("<div><dt>%</dt><dd>% <small>%</small></dd></div>\n", name, value, more)
	}
	var all, added int64
	addedPackages := 0
	for _, p := range r.Packages {
		all += p.Size
		if isAdded(r, p.Layer) {
			added += p.Size
			addedPackages++
		}
	}
	fact("To download", size(r.Size), "")
	fact("Files of packages", size(all), "")
	fact("Layers", strconv.Itoa(len(r.Layers)), "")
	fact("Packages", strconv.Itoa(len(r.Packages)), "")
	if addedPackages > 0 {
		fact("By the last layer", strconv.Itoa(addedPackages), "packages, "+size(added))
	}
	w.raw("</dl>\n</header>\n")
}

// isAdded says whether a layer is the last of several: the one that a build has added.
func isAdded(r *inspect.Report, layer int) bool { return layer == len(r.Layers) && layer > 1 }

func (w *writer) maps(r *inspect.Report) {
	w.raw(`<section aria-labelledby="where">
<div class="head">
<h2 id="where">Where the bytes are</h2>
<span class="key"><span><i style="background:var(--added)"></i>last layer</span><span><i style="background:var(--base)"></i>below it</span></span>
<span class="switch" data-needs-script hidden><button type="button" data-map="map-packages" aria-pressed="true">Packages</button><button type="button" data-map="map-folders" aria-pressed="false">Folders</button></span>
</div>
<div class="map" id="map-packages">
`)
	for _, t := range packageTiles(r) {
		w.put(`<a href="#packages" data-name="%" class="%" title="%" style="%"><b>%<small>%</small></b></a>`+"\n",
			t.Name, t.class(), t.Title+", "+size(t.Size), t.style(), t.Name, size(t.Size))
	}
	w.raw("</div>\n<div class=\"map\" id=\"map-folders\" hidden>\n")
	for _, t := range folderTiles(r) {
		w.put(`<span class="%" title="%" style="%"><b>%<small>%</small></b></span>`+"\n",
			t.class(), t.Title+", "+size(t.Size), t.style(), t.Name, size(t.Size))
	}
	w.raw("</div>\n<div class=\"panel\" id=\"panel\" aria-live=\"polite\" hidden></div>\n</section>\n")
}

// column is one of a table: n in its class is for numbers, wide for what narrow screens leave out.
type column struct{ title, class string }

// begin begins a section with a table, whose rows can be filtered if it has many.
func (w *writer) begin(id, title string, isSortable bool, columns ...column) {
	w.put(`<section aria-labelledby="%" id="%"><div class="head"><h2 id="%">%</h2>`, id+"-title", id, id+"-title", title)
	sortable := ""
	if isSortable {
		sortable = " data-sortable"
		w.put(`<input type="search" data-filter="%" aria-label="%" placeholder="Filter" hidden>`, id+"-table", "Filter: "+title)
	}
	w.put(`</div>`+"\n"+`<div class="scroll"><table id="%"`+sortable+`><caption>%</caption>`, id+"-table", title)
	if len(columns) > 0 {
		w.raw("<thead><tr>")
		for _, c := range columns {
			w.put(`<th class="%">%</th>`, c.class, c.title)
		}
		w.raw("</tr></thead>")
	}
	w.raw("\n<tbody>\n")
}

func (w *writer) end() { w.raw("</tbody></table></div>\n</section>\n") }

func (w *writer) packages(r *inspect.Report) {
	w.begin("packages", "Packages", true, column{"Name", ""}, column{"Version", ""}, column{"Size", "n"}, column{"Files", "n wide"},
		column{"Layer", "n"}, column{"Licence", "wide"}, column{"Why", "wide"})
	for _, p := range r.Packages {
		reason := ""
		switch {
		case p.Wanted:
			reason = "world"
		case len(p.NeededBy) > 0:
			reason = fmt.Sprintf("needed by %d", len(p.NeededBy))
		case len(p.InstallIf) > 0:
			reason = "comes with " + strings.Join(p.InstallIf, " ")
		}
		w.put(`<tr><td><a href="#packages" data-name="%">%</a></td><td>%</td><td class="n" data-value="%">%</td><td class="n wide">%</td><td class="n">%</td><td class="wide">%</td><td class="wide">%</td></tr>`+"\n",
			p.Name, p.Name, p.Version, strconv.FormatInt(p.Size, 10), size(p.Size), strconv.Itoa(p.Files), strconv.Itoa(p.Layer), p.License, reason)
	}
	w.end()
}

func (w *writer) files(id, title string, files []inspect.File) {
	w.begin(id, title, true, column{"Path", ""}, column{"Size", "n"}, column{"Package", ""}, column{"Layer", "n"})
	for _, f := range files {
		w.put(`<tr><td class="path mono">%</td><td class="n" data-value="%">%</td><td>%</td><td class="n">%</td></tr>`+"\n",
			f.Path, strconv.FormatInt(f.Size, 10), size(f.Size), f.Package, strconv.Itoa(f.Layer))
	}
	w.end()
}

func (w *writer) layers(r *inspect.Report) {
	w.begin("layers", "Layers", false, column{"Layer", "n"}, column{"Size", "n"}, column{"Packages", "n"}, column{"Made by", ""}, column{"Digest", "wide"})
	for i, l := range r.Layers {
		w.put(`<tr><td class="n">%</td><td class="n">%</td><td class="n">%</td><td class="path">%`, strconv.Itoa(i+1), size(l.Size), strconv.Itoa(l.Packages), l.CreatedBy)
		for _, script := range l.SkippedScripts {
			w.put("<br>script left out: %", script)
		}
		for _, name := range l.Removed {
			w.put("<br>removed: %", name)
		}
		w.put(`</td><td class="path mono wide">%</td></tr>`+"\n", l.Digest.String())
	}
	w.end()
}

type setting struct{ name, value string }

func (w *writer) settings(id, title string, list []setting) {
	if len(list) == 0 {
		return
	}
	w.begin(id, title, false)
	for _, s := range list {
		w.put(`<tr><th scope="row">%</th><td class="path mono">%</td></tr>`+"\n", s.name, s.value)
	}
	w.end()
}

// add appends a setting that is not empty.
func add(list []setting, name string, words ...string) []setting {
	if text := strings.Join(words, " "); text != "" {
		list = append(list, setting{name, text})
	}
	return list
}

func settingsOf(r *inspect.Report) []setting {
	c := r.Config
	var list []setting
	list = add(list, "Entrypoint", c.Entrypoint...)
	list = add(list, "Cmd", c.Cmd...)
	list = add(list, "User", c.User)
	list = add(list, "Working folder", c.WorkingDir)
	list = add(list, "Ports", slices.Sorted(maps.Keys(c.ExposedPorts))...)
	list = add(list, "Volumes", slices.Sorted(maps.Keys(c.Volumes))...)
	list = add(list, "Stop signal", c.StopSignal)
	for _, e := range c.Env {
		list = add(list, "Env", e)
	}
	return list
}

func originOf(r *inspect.Report) []setting {
	var list []setting
	list = add(list, "Base", r.Base)
	list = add(list, "World", r.World...)
	list = add(list, "Users made", r.Users...)
	list = add(list, "Groups made", r.Groups...)
	for _, name := range slices.Sorted(maps.Keys(r.Annotations)) {
		list = add(list, name, r.Annotations[name])
	}
	return list
}

// tile is a rectangle of a map.
type tile struct {
	Name, Title string
	Size        int64
	IsAdded     bool // by the last layer
	rect
}

func (t tile) class() string {
	if t.IsAdded {
		return "tile added"
	}
	return "tile"
}

// maxTiles is how many tiles a map has; the rest is one.
const maxTiles = 60

func packageTiles(r *inspect.Report) []tile {
	var tiles []tile
	for _, p := range r.Packages {
		tiles = append(tiles, tile{Name: p.Name, Title: p.Name + " " + p.Version, Size: p.Size, IsAdded: isAdded(r, p.Layer)})
	}
	return layOut(tiles)
}

// folderTiles are those of the folders that have no more than a third of everything, or nothing below them that is listed.
func folderTiles(r *inspect.Report) []tile {
	var all int64
	for _, f := range r.Folders {
		if strings.Count(f.Path, "/") == 1 {
			all += f.Size
		}
	}
	var tiles []tile
	var visit func(path string, f inspect.Folder)
	visit = func(path string, f inspect.Folder) {
		rest := f
		if f.Size*3 > all {
			for _, below := range r.Folders {
				if strings.HasPrefix(below.Path, path+"/") && strings.Count(below.Path, "/") == strings.Count(path, "/")+1 {
					visit(below.Path, below)
					rest.Size -= below.Size
					rest.Added -= below.Added
				}
			}
		}
		if rest.Size > 0 {
			tiles = append(tiles, tile{Name: path, Title: path, Size: rest.Size, IsAdded: rest.Added*2 > rest.Size && len(r.Layers) > 1})
		}
	}
	for _, f := range r.Folders {
		if strings.Count(f.Path, "/") == 1 {
			visit(f.Path, f)
		}
	}
	return layOut(tiles)
}

// layOut gives each tile its place.
func layOut(tiles []tile) []tile {
	tiles = slices.DeleteFunc(tiles, func(t tile) bool { return t.Size <= 0 })
	slices.SortStableFunc(tiles, func(a, b tile) int { return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Name, b.Name)) })
	if len(tiles) > maxTiles {
		rest := tile{}
		for _, t := range tiles[maxTiles-1:] {
			rest.Size += t.Size
		}
		rest.Name = fmt.Sprintf("%d more", len(tiles)-maxTiles+1)
		rest.Title = rest.Name
		tiles = append(tiles[:maxTiles-1], rest)
		slices.SortStableFunc(tiles, func(a, b tile) int { return cmp.Compare(b.Size, a.Size) })
	}
	sizes := make([]float64, len(tiles))
	for i, t := range tiles {
		sizes[i] = float64(t.Size)
	}
	for i, place := range squarify(sizes) {
		tiles[i].rect = place
	}
	return tiles
}

func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for ; value >= 999.5 && unit < 4; unit++ {
		value /= 1000
	}
	return fmt.Sprintf("%.3g %cB", value, " kMGT"[unit])
}
