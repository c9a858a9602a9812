package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/inspect"
	"github.com/lamina-oci/lamina/oci/inspect/page"
)

func diffCommand() *cobra.Command {
	var platform, html string
	var o diff.Options
	var asJSON, onlyStatus bool
	var views diffViews
	sources := new(options)
	cmd := &cobra.Command{
		Use:   "diff REF REF",
		Short: "Show the differences between two images",
		Long: `Show the differences between two images, from the first to the second: packages; files by
package, with what changed in each (type, mode, owner, time, size, content, target, links,
device, attributes); config; annotations; layers; and the first byte that differs, with what
it belongs to. Images for several platforms are compared platform by platform.

With --json, print a list with an object for each platform: a and b (reference, platform,
manifest), identical, packages (name, change, from, to), files (path, package, change, type,
fields, text), config and annotations (path, from, to), layers (position, from, to, sameTar)
and firstByte (layer, offset, compressed, what, entry, fields). For a platform that only one
image has, only that image's reference is given.

With --html, write a page like that of "lamina inspect", with both images side by side: maps of
packages and folders, and tables of what differs. Of images for several platforms it shows the
one that --platform names. --html - prints it.

--packages shows the packages alone, --summary how many things of each kind differ, and
--exit-code-only nothing, so that only the exit status tells.

Exit status: 0 equal, 1 something differs, 2 wrong usage, 3 the images could not be compared.`,
		Example: `  lamina diff oci:image:latest oci:image:before
  lamina diff oci:image:latest oci-archive:image.tar:latest --text`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &usageError{cmd.CommandPath(), fmt.Errorf("want two image REFs, got %d arguments", len(args))}
			}
			var views []string
			for _, name := range [...]string{"json", "html", "packages", "summary", "exit-code-only"} {
				if cmd.Flags().Changed(name) {
					views = append(views, "--"+name)
				}
			}
			if len(views) > 1 {
				return &usageError{cmd.CommandPath(), fmt.Errorf("%s cannot be combined", strings.Join(views, " and "))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			reports, err := diffImages(cmd, sources, args, platform, o)
			switch {
			case err != nil || onlyStatus:
			case html != "":
				err = writeComparison(cmd, sources, args, html, reports)
			case asJSON:
				err = jsontext.Write(cmd.OutOrStdout(), reports)
			default:
				err = views.print(cmd.OutOrStdout(), reports)
			}
			if err != nil {
				return &unknownError{err}
			}
			if slices.ContainsFunc(reports, func(r *diff.Report) bool { return !r.Equal() }) {
				return &differsError{}
			}
			return nil
		},
	}
	sources.registerSources(cmd)
	f := cmd.Flags()
	f.StringVar(&platform, "platform", "", "compare only this `OS/ARCH[/VARIANT]`")
	f.BoolVar(&o.Text, "text", false, "show the changed lines of text files")
	f.BoolVar(&asJSON, "json", false, "print a JSON list")
	f.StringVar(&html, "html", "", "write a self-contained page of both images side by side to `FILE`")
	f.BoolVar(&views.packages, "packages", false, "show only packages that differ")
	f.BoolVar(&views.summary, "summary", false, "show only how many things of each kind differ")
	f.BoolVar(&onlyStatus, "exit-code-only", false, "print nothing, and tell by the exit status")
	return cmd
}

func diffImages(cmd *cobra.Command, sources *options, texts []string, platform string, o diff.Options) ([]*lamina.Differences, error) {
	a, err := parseImage(cmd, texts[0])
	if err != nil {
		return nil, err
	}
	b, err := parseImage(cmd, texts[1])
	if err != nil {
		return nil, err
	}
	wanted, err := parsePlatform(platform)
	if err != nil {
		return nil, err
	}
	env := sources.env(cmd)
	defer env.Close()
	env.Cache = nil // what is compared is what the images hold, not what is remembered of it
	return lamina.Diff(cmd.Context(), a, b, wanted, env, o)
}

// writeComparison writes the page of two images.
func writeComparison(cmd *cobra.Command, sources *options, refs []string, name string, reports []*diff.Report) error {
	if len(reports) != 1 {
		return hint.With(fmt.Errorf("%s and %s have %d platforms, and a page shows one", refs[0], refs[1], len(reports)), "choose one: --platform OS/ARCH")
	}
	d := reports[0]
	if d.A.Reference == "" || d.B.Reference == "" {
		return fmt.Errorf("only one of %s and %s has the platform", refs[0], refs[1])
	}
	var both [2]*lamina.Report
	for i, image := range [...]diff.Image{d.A, d.B} {
		var err error
		if both[i], err = readReport(cmd, sources, refs[i], image.Platform, inspect.Options{}); err != nil {
			return err
		}
	}
	return writePage(cmd, name, func(w io.Writer) error { return page.WriteComparison(w, both[0], both[1], d) })
}

// maxListed is how many files of one package are printed.
const maxListed = 20

func printDifferences(w io.Writer, reports []*diff.Report) error {
	return diffViews{}.print(w, reports)
}

// diffViews say what of a report is printed; without any, all of it is.
type diffViews struct{ packages, summary bool }

func (v diffViews) print(w io.Writer, reports []*diff.Report) error {
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
	views diffViews
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
	if p.views.summary {
		p.summary(r)
		return
	}
	if len(r.Packages) > 0 {
		p.section("packages")
		for _, c := range r.Packages {
			p.line("  %s\t%s\t%s", c.Change, c.Name, fromTo(c.From, c.To))
		}
	}
	if p.views.packages {
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
		packages[string(c.Change)]++
	}
	for _, f := range r.Files {
		files[string(f.Change)]++
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
				p.line("  %s\t%s\t%s", f.Change, oneLine(f.Path), describeFields(f.Fields))
			} else {
				p.line("  %s\t%s", f.Change, oneLine(f.Path))
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
	return oneLine(strings.Join(parts, ", "))
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
		p.line("  %s\t%s -> %s", oneLine(c.Path), oneLine(orNothing(c.From)), oneLine(orNothing(c.To)))
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
		p.line("  layer %d, byte %d of the %s: %s", f.Layer, f.Offset, where, oneLine(f.What))
		for _, field := range f.Fields {
			p.line("    %s\t%s -> %s", field.Name, oneLine(orNothing(field.From)), oneLine(orNothing(field.To)))
		}
	}
}

func describeLayer(l *diff.Layer) string {
	if l == nil {
		return "none"
	}
	kind := l.MediaType[strings.LastIndexAny(l.MediaType, ".+")+1:]
	return fmt.Sprintf("%s (%s, %s)", l.Digest, kind, inspect.FormatBytes(l.Size))
}
