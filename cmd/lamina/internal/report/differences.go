package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/diff"
)

// maxListed is how many files of one package are printed.
const maxListed = 20

// Views say what of a report is written; without any, all of it is.
type Views struct{ Packages, Summary bool }

// WriteDifferences writes what images differ in, a report for each platform.
func (v Views) WriteDifferences(w io.Writer, reports []*diff.Report) error {
	for i, r := range reports {
		p := &printer{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0), views: v}
		if i > 0 {
			p.line("")
		}
		if len(reports) > 1 {
			platform := r.A.Platform
			if platform == "" {
				platform = r.B.Platform
			}
			p.line("%s", platform)
		}
		p.report(r)
		if err := p.w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// printer prints a report, whose columns are aligned within a section.
type printer struct {
	w     *tabwriter.Writer
	views Views
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// section begins a part with its name.
func (p *printer) section(name string) {
	p.w.Flush()
	p.line("%s", name)
}

func (p *printer) report(r *diff.Report) {
	switch {
	case r.A.Reference == "":
		p.line("only in %s", r.B.Reference)
		return
	case r.B.Reference == "":
		p.line("only in %s", r.A.Reference)
		return
	case r.Identical:
		p.line("identical %s", r.A.Manifest)
		return
	}
	p.line("a\t%s\t%s", r.A.Reference, r.A.Manifest)
	p.line("b\t%s\t%s", r.B.Reference, r.B.Manifest)
	if r.Equal() {
		p.line("equal")
		return
	}
	if p.views.Summary {
		p.summary(r)
		return
	}
	if len(r.Packages) > 0 {
		p.section("packages")
		for _, c := range r.Packages {
			p.line("  %s\t%s\t%s", c.Change, c.Name, fromTo(c.From, c.To))
		}
	}
	if p.views.Packages {
		return
	}
	p.files(r.Files)
	p.values("config", r.Config)
	p.values("annotations", r.Annotations)
	p.layers(r)
}

// summary counts what differs, by kind and change.
func (p *printer) summary(r *diff.Report) {
	p.section("differences")
	packages, files := make(map[string]int), make(map[string]int)
	for _, c := range r.Packages {
		packages[c.Change]++
	}
	for _, f := range r.Files {
		files[f.Change]++
	}
	p.counts("packages", packages)
	p.counts("files", files)
	for _, kind := range [...]struct {
		name  string
		count int
	}{{"config", len(r.Config)}, {"annotations", len(r.Annotations)}, {"layers", len(r.Layers)}} {
		if kind.count > 0 {
			p.line("  %s\t%d", kind.name, kind.count)
		}
	}
}

func (p *printer) counts(kind string, changes map[string]int) {
	total := 0
	var parts []string
	for _, change := range sortedKeys(changes) {
		total += changes[change]
		parts = append(parts, fmt.Sprintf("%d %s", changes[change], change))
	}
	if total > 0 {
		p.line("  %s\t%d\t%s", kind, total, strings.Join(parts, ", "))
	}
}

func fromTo(from, to string) string {
	switch {
	case from == "":
		return to
	case to == "":
		return from
	case from == to:
		return to + " (another build)"
	}
	return from + " -> " + to
}

// files prints those of each package together, those of none last.
func (p *printer) files(files []diff.FileChange) {
	if len(files) == 0 {
		return
	}
	byPackage := make(map[string][]diff.FileChange)
	for _, f := range files {
		byPackage[f.Package] = append(byPackage[f.Package], f)
	}
	names := sortedKeys(byPackage)
	if names[0] == "" {
		names = append(names[1:], "")
	}
	for _, name := range names {
		title := "files of " + name
		if name == "" {
			title = "files of no package"
		}
		p.section(title)
		list := byPackage[name]
		for _, f := range list[:min(len(list), maxListed)] {
			if len(f.Fields) > 0 {
				p.line("  %s\t%s\t%s", f.Change, terminal.OneLine(f.Path), describeFields(f.Fields))
			} else {
				p.line("  %s\t%s", f.Change, terminal.OneLine(f.Path))
			}
			if f.Text != "" {
				p.w.Flush()
				for line := range strings.Lines(f.Text) {
					p.line("    %s", strings.TrimSuffix(line, "\n"))
				}
			}
		}
		if more := len(list) - maxListed; more > 0 {
			p.line("  … and %d more (--json has all)", more)
		}
	}
}

func describeFields(fields []diff.Field) string {
	var parts []string
	for _, f := range fields {
		if f.Name == "content" {
			parts = append(parts, f.Name) // two hashes tell nothing
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", f.Name, fromTo(orNothing(f.From), orNothing(f.To))))
	}
	return terminal.OneLine(strings.Join(parts, ", "))
}

func orNothing(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (p *printer) values(title string, changes []diff.ValueChange) {
	if len(changes) == 0 {
		return
	}
	p.section(title)
	for _, c := range changes {
		p.line("  %s\t%s -> %s", terminal.OneLine(c.Path), terminal.OneLine(orNothing(c.From)), terminal.OneLine(orNothing(c.To)))
	}
}

func (p *printer) layers(r *diff.Report) {
	if len(r.Layers) > 0 {
		p.section("layers")
	}
	for _, l := range r.Layers {
		note := ""
		if l.SameTar {
			note = " (only the compression differs)"
		}
		p.line("  %d\t%s -> %s%s", l.Position, describeLayer(l.From), describeLayer(l.To), note)
	}
	if f := r.FirstByte; f != nil {
		where := "tar"
		if f.Compressed {
			where = "blob"
		}
		p.section("first difference")
		p.line("  layer %d, byte %d of the %s: %s", f.Layer, f.Offset, where, terminal.OneLine(f.What))
		for _, field := range f.Fields {
			p.line("    %s\t%s -> %s", field.Name, terminal.OneLine(orNothing(field.From)), terminal.OneLine(orNothing(field.To)))
		}
	}
}

func describeLayer(l *diff.Layer) string {
	if l == nil {
		return "none"
	}
	kind := l.MediaType[strings.LastIndexAny(l.MediaType, ".+")+1:]
	return fmt.Sprintf("%s (%s, %s)", l.Digest, kind, terminal.FormatBytes(l.Size))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
