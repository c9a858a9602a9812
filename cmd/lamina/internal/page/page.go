// Package page renders a report of package inspect, or two of them side by side, as a self-contained HTML page: it loads nothing,
// and equal reports give equal pages.
package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/terminal"
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

// raw writes text as it is, unless an error has come before. It is not inlined, which saves space.
//
//go:noinline
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

// Write writes the page of an image.
func Write(out io.Writer, r *inspect.Report) error {
	w := &writer{out: out}
	w.begins(r.Reference)
	w.header(r)
	w.maps(r)
	w.needs(r)
	w.packages(r)
	w.effects(r)
	w.directories(r)
	w.files(r)
	w.layers(r)
	w.settings("settings", "Settings", "", settingsOf(r))
	w.settings("record", "How it was made", recordNote(r), recordOf(r))
	w.ends("lamina inspect", dataOf(r.Packages))
	return w.err
}

// begins writes what stands before the content.
func (w *writer) begins(title string) {
	// Only this very script runs, whatever else should have got into the page.
	sum := sha256.Sum256([]byte(pageScript))
	w.put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%</title>
<style>`, base64.StdEncoding.EncodeToString(sum[:]), title)
	w.raw(pageStyle + "</style>\n</head>\n<body>\n<main>\n")
}

// ends writes what stands after it.
func (w *writer) ends(command string, packages []packageData) {
	data, err := json.Marshal(packages) // which escapes what would end a script
	if err != nil && w.err == nil {
		w.err = err
	}
	w.put("<footer>Made by %. The page is self-contained: it loads nothing.</footer>\n</main>\n", command)
	w.raw(`<script type="application/json" id="packages-data">` + string(data) + "</script>\n<script>" + pageScript + "</script>\n</body>\n</html>\n")
}

// packageData is what the script knows of a package.
type packageData struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	Description string   `json:"description,omitempty"`
	License     string   `json:"license,omitempty"`
	Website     string   `json:"website,omitempty"` // http or https
	Size        string   `json:"size"`
	Compressed  string   `json:"compressed,omitempty"` // size of the package file
	Layer       int      `json:"layer"`
	Wanted      bool     `json:"wanted,omitempty"`
	InstallIf   []string `json:"installIf,omitempty"`
	Needs       []string `json:"needs,omitempty"`
	NeededBy    []string `json:"neededBy,omitempty"`
}

func dataOf(packages []inspect.Package) []packageData {
	all := make([]packageData, 0, len(packages))
	for _, p := range packages {
		d := packageData{Name: p.Name, Version: p.Version, Description: p.Description, License: p.License, Size: terminal.FormatBytes(p.Size),
			Layer: p.Layer, Wanted: p.Wanted, InstallIf: p.InstallIf, Needs: p.Needs, NeededBy: p.NeededBy}
		if strings.HasPrefix(p.Website, "https://") || strings.HasPrefix(p.Website, "http://") { // and nothing that a browser would run
			d.Website = p.Website
		}
		if p.PackageSize > 0 {
			d.Compressed = terminal.FormatBytes(int64(min(p.PackageSize, math.MaxInt64)))
		}
		all = append(all, d)
	}
	return all
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
	var added int64
	addedPackages := 0
	for _, p := range r.Packages {
		if isAdded(r, p.Layer) {
			added += p.Size
			addedPackages++
		}
	}
	fact("To download", terminal.FormatBytes(r.Size), "")
	fact("Unpacked", terminal.FormatBytes(r.FileSize), "in "+terminal.Count(r.FileCount, "file"))
	fact("Layers", strconv.Itoa(len(r.Layers)), "")
	fact("Packages", strconv.Itoa(len(r.Packages)), "")
	if addedPackages > 0 {
		fact("By the last layer", strconv.Itoa(addedPackages), "packages, "+terminal.FormatBytes(added))
	}
	w.raw("</dl>\n</header>\n")
}

// isAdded says whether a layer is the last of several: the one that a build has added.
func isAdded(r *inspect.Report, layer int) bool { return layer == len(r.Layers) && layer > 1 }

func (w *writer) maps(r *inspect.Report) {
	w.raw(`<section aria-labelledby="where">
<div class="head">
<h2 id="where">Where the bytes are</h2>
`)
	w.key(r)
	w.raw(`<span class="switch" data-needs-script hidden><button type="button" data-map="map-packages" aria-pressed="true">Packages</button><button type="button" data-map="map-directories" aria-pressed="false">Directories</button></span>
</div>
<div class="map" id="map-packages">
`)
	for _, t := range packageTiles(r, func(p inspect.Package) string { return packageKind(r, p) }) {
		form := `<a href="#needs" data-name="%" class="%" title="%" style="%"><b><span>%</span><small>%</small></b></a>` + "\n"
		if t.isRest {
			form = `<span data-rest="%" class="%" title="%" style="%"><b><span>%</span><small>%</small></b></span>` + "\n"
		}
		w.put(form, t.Name, t.class(), t.Title+", "+terminal.FormatBytes(t.Size), t.style(), t.Name, terminal.FormatBytes(t.Size))
	}
	w.raw("</div>\n<div class=\"map\" id=\"map-directories\" hidden>\n")
	w.spans(directoryTiles(r, func(f inspect.Directory) string { return addedIf(f.Added*2 > f.Size && len(r.Layers) > 1) }))
	w.raw("</div>\n</section>\n")
}

// packageKind says of a package of the last layer whether etc/apk/world asks for it.
func packageKind(r *inspect.Report, p inspect.Package) string {
	if isAdded(r, p.Layer) && !p.Wanted {
		return "added brought"
	}
	return addedIf(isAdded(r, p.Layer))
}

// spans writes tiles that lead nowhere.
func (w *writer) spans(tiles []tile) {
	for _, t := range tiles {
		w.put(`<span class="%" title="%" style="%"><b><span>%</span><small>%</small></b></span>`+"\n",
			t.class(), t.Title+", "+terminal.FormatBytes(t.Size), t.style(), t.Name, terminal.FormatBytes(t.Size))
	}
}

// key says what the colours mean.
func (w *writer) key(r *inspect.Report) {
	if len(r.Layers) > 1 {
		w.raw(`<span class="key"><span><i style="background:var(--added)"></i>last layer, asked for</span>` +
			`<span><i style="background:var(--bar)"></i>needed by that</span>` +
			`<span><i style="background:var(--base)"></i>below it</span></span>` + "\n")
	}
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
	list = add(list, "Working directory", c.WorkingDir)
	list = add(list, "Ports", slices.Sorted(maps.Keys(c.ExposedPorts))...)
	list = add(list, "Volumes", slices.Sorted(maps.Keys(c.Volumes))...)
	list = add(list, "Stop signal", c.StopSignal)
	for _, e := range c.Env {
		list = add(list, "Env", e)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		list = add(list, "Label "+name, c.Labels[name])
	}
	return list
}

// recordNote says what a record is worth.
func recordNote(r *inspect.Report) string {
	if r.Provenance == nil {
		return ""
	}
	return "From the record stored with the image. Only lamina verify, which rebuilds the image, proves it."
}

func recordOf(r *inspect.Report) []setting {
	var list []setting
	base := r.Base
	if p := r.Provenance; p != nil {
		list = add(list, "Built by", p.Builder)
		if base == "" {
			base = strings.Trim(p.Base+"@"+p.BaseDigest.String(), "@")
		}
		list = add(list, "Asked for", p.Packages...)
		list = add(list, "Files of the spec", p.Files...)
		list = add(list, "Scripts skipped for", p.SkipScripts...)
		list = add(list, "Repositories", p.Repositories...)
		if p.SourceDateEpoch != nil {
			list = add(list, "SOURCE_DATE_EPOCH", strconv.FormatInt(*p.SourceDateEpoch, 10))
		}
		list = add(list, "Inputs", fmt.Sprintf("%d, with their digests", p.Inputs))
		list = add(list, "Recipe", p.Recipe)
	}
	list = add(list, "Base", base)
	list = add(list, "World", r.World...)
	for _, f := range r.Referrers {
		list = add(list, "Referrer", f.ArtifactType+", "+terminal.FormatBytes(f.Size)+", "+f.Digest.String())
	}
	for _, name := range slices.Sorted(maps.Keys(r.Annotations)) {
		list = add(list, name, r.Annotations[name])
	}
	return list
}
