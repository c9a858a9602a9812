package page

import (
	"fmt"

	"github.com/lamina-oci/lamina/oci/inspect"
)

// maxDrawn is how many packages are drawn with what they need. The panel has the neighbours of each, however many there are.
const maxDrawn = 400

// needs writes the drawing: a band for each level, so that what a package needs is below it.
func (w *writer) needs(r *inspect.Report) {
	if len(r.Packages) == 0 {
		return
	}
	w.raw(`<section aria-labelledby="needs-title" id="needs">
<div class="head">
<h2 id="needs-title">What needs what</h2>
`)
	w.key(r)
	w.raw("</div>\n<div class=\"panel\" id=\"panel\" aria-live=\"polite\" hidden></div>\n")
	if len(r.Packages) > maxDrawn {
		w.put("<p class=\"note\">% packages are too many to draw. Choose one in the map or the table.</p>\n</section>\n", fmt.Sprint(len(r.Packages)))
		return
	}
	w.raw(`<div class="head"><p class="note">Each package needs some of those below it; the lowest need nothing. Choose one.</p>
<span class="switch" data-needs-script hidden><button type="button" data-scope="all" aria-pressed="true">All</button><button type="button" data-scope="near" aria-pressed="false">Only those of the chosen one</button></span>
</div>
<div class="bands" id="bands">
`)
	bands := levels(r.Packages)
	for i := len(bands) - 1; i >= 0; i-- {
		w.raw("<ul class=\"band\">")
		for _, at := range bands[i] {
			p := &r.Packages[at]
			w.put(`<li><a href="#needs" class="node" data-name="%"><i class="%"></i>%</a></li>`, p.Name, dot(r, *p), p.Name)
		}
		w.raw("</ul>\n")
	}
	w.raw("</div>\n</section>\n")
}

// levels puts packages, by index, on levels: 0 are those that need nothing, and each is above all that it needs. Of
// packages that need each other, one need is passed over, which depends on their order alone.
func levels(packages []inspect.Package) [][]int {
	index := make(map[string]int, len(packages))
	for i, p := range packages {
		index[p.Name] = i
	}
	const unknown, onTheWay = -1, -2
	level := make([]int, len(packages))
	for i := range level {
		level[i] = unknown
	}
	var visit func(at int) int
	visit = func(at int) int {
		if level[at] != unknown {
			return level[at]
		}
		level[at] = onTheWay
		highest := -1
		for _, name := range packages[at].Needs {
			if need, ok := index[name]; ok {
				highest = max(highest, visit(need))
			}
		}
		level[at] = highest + 1
		return level[at]
	}
	var bands [][]int
	for i := range packages {
		visit(i)
	}
	for i, at := range level {
		for len(bands) <= at {
			bands = append(bands, nil)
		}
		bands[at] = append(bands[at], i)
	}
	return bands
}
