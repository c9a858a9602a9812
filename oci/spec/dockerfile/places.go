package dockerfile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/lamina-oci/lamina/oci/spec"
)

// placeIn returns the place in the file of a word at an offset of the text of RUN. In a list of words it is looked for.
func (d *File) placeIn(c *instructions.RunCommand, text string, offset int, word string) spec.Place {
	location := c.Location()
	first, last := location[0].Start.Line, location[len(location)-1].End.Line
	joined, places := d.joined(first, last, len(c.Files) > 0 && c.Files[0].Chomp)
	at := -1
	switch {
	case !c.PrependShell:
		if quote := strings.Index(joined, `"`+word); quote >= 0 {
			at, offset = quote+1, 0
		}
	case len(c.Files) > 0:
		at = strings.Index(joined, "\n"+text) + 1 // a here-document alone
		if at == 0 {
			at = strings.Index(joined, text)
		}
	default:
		at = strings.LastIndex(joined, text)
	}
	if at < 0 || at+offset >= len(places) {
		return spec.Place{Line: first, Column: 1}
	}
	return places[at+offset]
}

// commandPlaces returns the function for [spec.Step.SetCommandPlace]. The step's text begins with skipped bytes that are not in the file.
func (d *File) commandPlaces(c *instructions.RunCommand, text string, skipped int) func(offset int) string {
	word := ""
	if len(c.CmdLine) > 0 {
		word = c.CmdLine[0]
	}
	return func(offset int) string {
		return fmt.Sprintf("%s:%d", d.name, d.placeIn(c, text, max(0, offset-skipped), word).Line)
	}
}

// joined returns lines of the file with continuation lines joined as the parser joins them, and the place of each byte.
func (d *File) joined(first, last int, chomp bool) (text string, places []spec.Place) {
	var b strings.Builder
	add := func(line, column int, part string) {
		for i := range len(part) {
			b.WriteByte(part[i])
			places = append(places, spec.Place{Line: line, Column: column + utf8.RuneCountInString(part[:i])})
		}
	}
	isOpen := true // in the instruction itself, not in a here-document
	for n := first; n <= last && n <= len(d.lines); n++ {
		line := strings.TrimRight(d.lines[n-1], "\r")
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case !isOpen && chomp:
			unindented := strings.TrimLeft(line, "\t")
			add(n, len(line)-len(unindented)+1, unindented+"\n")
		case !isOpen:
			add(n, 1, d.lines[n-1]+"\n")
		case n > first && (trimmed == "" || trimmed[0] == '#'):
		default:
			body := strings.TrimRight(line, " \t")
			escape := string(d.escape)
			if isOpen = strings.HasSuffix(body, escape) && !strings.HasSuffix(body, escape+escape); isOpen {
				add(n, 1, strings.TrimSuffix(body, escape))
			} else {
				add(n, 1, line+"\n")
			}
		}
	}
	return b.String(), places
}
