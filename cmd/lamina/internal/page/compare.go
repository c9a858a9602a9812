package page

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// maxChanges is how many changed files a page lists.
const maxChanges = 5000

// WriteComparison writes the page of two images side by side: a and b are what they hold, and d is what differs from a to b.
func WriteComparison(out io.Writer, a, b *inspect.Report, d *diff.Report) error {
	w := &writer{out: out}
	w.begins(a.Reference + " and " + b.Reference)
	w.comparedFacts(a, b, d)
	c := comparison{a, b, make(map[string]diff.PackageChange)}
	for _, p := range d.Packages {
		c.packages[p.Name] = p
	}
	w.comparedMaps(&c)
	w.comparedPackages(&c)
	w.comparedFiles(d.Files)
	w.comparedDirectories(&c)
	w.comparedValues("settings", "Settings", d.Config)
	w.comparedValues("annotations", "Annotations", d.Annotations)
	w.comparedLayers(d)
	w.ends("lamina diff", []packageData{})
	return w.err
}

type comparison struct {
	a, b     *inspect.Report
	packages map[string]diff.PackageChange // those that differ, by name
}

// kindOf is the colour of a package.
func (c *comparison) kindOf(p inspect.Package) string {
	change, differs := c.packages[p.Name]
	switch {
	case !differs:
		return ""
	case change.Change == diff.Added:
		return "added"
	case change.Change == diff.Removed:
		return "gone"
	}
	return "changed"
}

// directoryKind is the colour of a directory of one image, given that of the same path in the other.
func directoryKind(other []inspect.Directory, only string) func(inspect.Directory) string {
	sizes := make(map[string]int64)
	for _, f := range other {
		sizes[f.Path] = f.Size
	}
	return func(f inspect.Directory) string {
		size, ok := sizes[f.Path]
		switch {
		case !ok:
			return only
		case size != f.Size:
			return "changed"
		}
		return ""
	}
}

// grown is a difference of sizes with its sign.
func grown(from, to int64) string {
	switch {
	case to > from:
		return "+" + terminal.FormatBytes(to-from)
	case to < from:
		return "−" + terminal.FormatBytes(from-to)
	}
	return "the same"
}

func (w *writer) comparedFacts(a, b *inspect.Report, d *diff.Report) {
	w.put("<header>\n<h1>% → %</h1>\n<p class=\"sub\">%</p>\n<p class=\"sub mono\">%</p>\n<p class=\"sub mono\">%</p>\n<dl class=\"facts\">\n",
		a.Reference, b.Reference, b.Platform, a.Manifest.String(), b.Manifest.String())
	fact := func(name, value, more string) {
		w.put("<div><dt>%</dt><dd>% <small>%</small></dd></div>\n", name, value, more)
	}
	fact("To download", terminal.FormatBytes(b.Size), grown(a.Size, b.Size))
	fact("Unpacked", terminal.FormatBytes(b.FileSize), grown(a.FileSize, b.FileSize))
	kinds := make(map[string]int)
	for _, p := range d.Packages {
		kinds[p.Change]++
	}
	var parts []string
	for _, kind := range [...]string{diff.Added, diff.Removed, diff.Upgraded, diff.Downgraded, diff.Rebuilt} {
		if kinds[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", kinds[kind], kind))
		}
	}
	fact("Packages", strconv.Itoa(len(b.Packages)), cmp.Or(strings.Join(parts, ", "), "the same"))
	fact("Files that differ", strconv.Itoa(len(d.Files)), "")
	fact("Layers that differ", strconv.Itoa(len(d.Layers)), fmt.Sprintf("of %d", len(b.Layers)))
	w.raw("</dl>\n</header>\n")
	if d.Identical {
		w.raw("<p class=\"note\">It is the same image: the manifests are equal.</p>\n")
	}
}

func (w *writer) comparedMaps(c *comparison) {
	w.raw(`<section aria-labelledby="where">
<div class="head">
<h2 id="where">Where the bytes are</h2>
<span class="key"><span><i style="background:var(--gone)"></i>only in the first</span><span><i style="background:var(--added)"></i>only in the second</span><span><i style="background:var(--changed)"></i>different</span><span><i style="background:var(--base)"></i>the same</span></span>
<span class="switch" data-needs-script hidden><button type="button" data-map="packages" aria-pressed="true">Packages</button><button type="button" data-map="directories" aria-pressed="false">Directories</button></span>
</div>
<div class="pair">
`)
	side := func(r *inspect.Report, directories func(inspect.Directory) string) {
		w.put("<div><h3>%</h3>\n<div class=\"map\" data-kind=\"packages\">\n", r.Reference)
		w.spans(packageTiles(r, c.kindOf))
		w.raw("</div>\n<div class=\"map\" data-kind=\"directories\" hidden>\n")
		w.spans(directoryTiles(r, directories))
		w.raw("</div></div>\n")
	}
	side(c.a, directoryKind(c.b.Directories, "gone"))
	side(c.b, directoryKind(c.a.Directories, "added"))
	w.raw("</div>\n</section>\n")
}

// sizePair writes two sizes and what lies between them.
func (w *writer) sizePair(from, to int64) {
	for _, n := range [...]int64{from, to} {
		w.put(`<td class="n wide" data-value="%">%</td>`, strconv.FormatInt(n, 10), terminal.FormatBytes(n))
	}
	w.put(`<td class="n" data-value="%">%</td>`, strconv.FormatInt(to-from, 10), grown(from, to))
}

func (w *writer) comparedPackages(c *comparison) {
	if len(c.packages) == 0 {
		return
	}
	sizes := func(r *inspect.Report) map[string]int64 {
		all := make(map[string]int64)
		for _, p := range r.Packages {
			all[p.Name] = p.Size
		}
		return all
	}
	from, to := sizes(c.a), sizes(c.b)
	w.begin("packages", "Packages that differ", "",
		column{"Name", ""}, column{"What", ""}, column{"From", ""}, column{"To", ""},
		column{"Size before", "n wide"}, column{"Size after", "n wide"}, column{"Change", "n"})
	names := make([]string, 0, len(c.packages))
	for name := range c.packages {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := c.packages[name]
		w.put(`<tr><td><i class="%"></i>%</td><td class="what">%</td><td class="version">%</td><td class="version">%</td>`,
			"dot "+c.kindOf(inspect.Package{Name: name}), name, p.Change, p.From, p.To)
		w.sizePair(from[name], to[name])
		w.raw("</tr>\n")
	}
	w.end()
}

func (w *writer) comparedFiles(files []diff.FileChange) {
	if len(files) == 0 {
		return
	}
	note := ""
	if len(files) > maxChanges {
		note = fmt.Sprintf("The first %d of %d files.", maxChanges, len(files))
	}
	w.begin("files", "Files that differ", note, column{"Path", ""}, column{"What", ""}, column{"In what", "wide"}, column{"Package", ""})
	for _, f := range files[:min(len(files), maxChanges)] {
		var fields []string
		for _, field := range f.Fields {
			fields = append(fields, field.Name)
		}
		w.put(`<tr><td class="path mono">%</td><td class="what">%</td><td class="wide">%</td><td>%</td></tr>`+"\n",
			f.Path, f.Change, strings.Join(fields, ", "), f.Package)
	}
	w.end()
}

// comparedDirectories lists the directories whose sizes differ, those with the greatest difference first.
func (w *writer) comparedDirectories(c *comparison) {
	type pair struct{ from, to int64 }
	sizes := make(map[string]pair)
	for _, f := range c.a.Directories {
		sizes[f.Path] = pair{from: f.Size}
	}
	for _, f := range c.b.Directories {
		sizes[f.Path] = pair{sizes[f.Path].from, f.Size}
	}
	var paths []string
	for path, s := range sizes {
		if s.from != s.to {
			paths = append(paths, path)
		}
	}
	difference := func(path string) int64 { s := sizes[path]; return max(s.to-s.from, s.from-s.to) }
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(cmp.Compare(difference(b), difference(a)), strings.Compare(a, b))
	})
	if len(paths) == 0 {
		return
	}
	listed := paths[:min(len(paths), maxDirectories)]
	w.begin("directories", "Directories that differ", more(len(listed), len(paths), "directories"),
		column{"Path", ""}, column{"Size before", "n wide"}, column{"Size after", "n wide"}, column{"Change", "n"})
	for _, path := range listed {
		w.put(`<tr><td class="path mono">%</td>`, path)
		w.sizePair(sizes[path].from, sizes[path].to)
		w.raw("</tr>\n")
	}
	w.end()
}

func (w *writer) comparedValues(id, title string, changes []diff.ValueChange) {
	if len(changes) == 0 {
		return
	}
	w.begin(id, title, "", column{"Member", ""}, column{"From", ""}, column{"To", ""})
	for _, c := range changes {
		w.put(`<tr><td class="path mono">%</td><td class="path mono">%</td><td class="path mono">%</td></tr>`+"\n", c.Path, c.From, c.To)
	}
	w.end()
}

func (w *writer) comparedLayers(d *diff.Report) {
	if len(d.Layers) == 0 {
		return
	}
	note := ""
	if f := d.FirstByte; f != nil {
		note = fmt.Sprintf("The first difference is in layer %d, byte %d: %s.", f.Layer, f.Offset, f.What)
	}
	w.begin("layers", "Layers that differ", note, column{"Layer", "n"}, column{"From", ""}, column{"To", ""},
		column{"Size before", "n wide"}, column{"Size after", "n wide"}, column{"Change", "n"})
	describe := func(l *diff.Layer) (string, int64) {
		if l == nil {
			return "none", 0
		}
		return l.Digest.String(), l.Size
	}
	for _, l := range d.Layers {
		from, before := describe(l.From)
		to, after := describe(l.To)
		if l.SameTar {
			to += " (only the compression differs)"
		}
		w.put(`<tr><td class="n">%</td><td class="path mono">%</td><td class="path mono">%</td>`, strconv.Itoa(l.Position), from, to)
		w.sizePair(before, after)
		w.raw("</tr>\n")
	}
	w.end()
}
