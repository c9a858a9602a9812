// Package query prints what "apk query" of apk 3 says about packages: their fields in one of three forms, or a summary of one field.
//
// The names, the order and the form of the fields are those of the manual apk-query(8) and of the output that apk 3.0 shows in its own
// documentation. Anything that neither shows is an error that wraps [errors.ErrUnsupported], rather than a guess.
package query

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/jsontext"
)

// Format is one of the forms in which packages are printed.
type Format string

// The formats of apk query --format.
const (
	Default Format = "default" // a line for each field, for people
	YAML    Format = "yaml"
	JSON    Format = "json"
)

// Fields are the names of fields, as --fields gives them.
type Fields []string

// DefaultFields are those that are printed where none are named.
func DefaultFields() Fields {
	return Fields{"name", "version", "description", "arch", "license", "origin", "url", "file-size"}
}

// ParseFields reads the value of --fields. "all" selects every field of an index.
func ParseFields(list string) (Fields, error) {
	if list == "all" {
		var all Fields
		for _, f := range fields {
			all = append(all, f.name)
		}
		return all, nil
	}
	named := Fields(strings.Split(list, ","))
	for _, name := range named {
		if find(name) == nil {
			return nil, fmt.Errorf("the field %q is not supported: %w", name, errors.ErrUnsupported)
		}
	}
	return named, nil
}

// A field of a package is a text, a number or a list. One that is empty is not printed.
type field struct {
	name  string
	label string // for people
	text  func(*apk.Package) string
	// number and list are nil unless the field is one.
	number func(*apk.Package) uint64
	list   func(*apk.Package) []apk.Dependency
}

// fields are in the order of apk's output.
var fields = []field{
	{name: "package", label: "Package", text: (*apk.Package).ID},
	{name: "name", label: "Name", text: func(p *apk.Package) string { return p.Name }},
	{name: "version", label: "Version", text: func(p *apk.Package) string { return p.Version }},
	{name: "description", label: "Description", text: func(p *apk.Package) string { return p.Description }},
	{name: "arch", label: "Arch", text: func(p *apk.Package) string { return p.Arch }},
	{name: "license", label: "License", text: func(p *apk.Package) string { return p.License }},
	{name: "origin", label: "Origin", text: func(p *apk.Package) string { return p.Origin }},
	{name: "maintainer", label: "Maintainer", text: func(p *apk.Package) string { return p.Maintainer }},
	{name: "url", label: "URL", text: func(p *apk.Package) string { return p.URL }},
	{name: "commit", label: "Commit", text: func(p *apk.Package) string { return p.Commit }},
	{name: "build-time", label: "Build-Time", number: func(p *apk.Package) uint64 { return uint64(max(p.BuildTime, 0)) }},
	{name: "installed-size", label: "Installed-Size", number: func(p *apk.Package) uint64 { return p.InstalledSize }},
	{name: "file-size", label: "File-Size", number: func(p *apk.Package) uint64 { return p.Size }},
	{name: "depends", list: func(p *apk.Package) []apk.Dependency { return p.Depends }},
	{name: "provides", list: func(p *apk.Package) []apk.Dependency { return p.Provides }},
	{name: "install-if", list: func(p *apk.Package) []apk.Dependency { return p.InstallIf }},
}

func find(name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

// value returns what is printed of a field that is not a list: a text that may be empty.
func (f *field) value(p *apk.Package) string {
	if f.number == nil {
		return f.text(p)
	}
	if n := f.number(p); n != 0 {
		return strconv.FormatUint(n, 10)
	}
	return ""
}

// items returns the items of a list.
func (f *field) items(p *apk.Package) []string {
	var items []string
	for _, d := range f.list(p) {
		items = append(items, d.Format(apk.V3))
	}
	return items
}

// sorted returns the packages in the order of apk's output, each once.
func sorted(packages []*apk.Package) []*apk.Package {
	list := slices.Clone(packages)
	slices.SortStableFunc(list, func(a, b *apk.Package) int { return cmp.Compare(a.Name, b.Name) })
	return slices.Compact(list)
}

// Summarize prints the values that a field has in the packages, each once on a line of its own, in the order of their bytes.
func Summarize(w io.Writer, packages []*apk.Package, name string) error {
	f := find(name)
	if f == nil || f.list == nil && name != "package" && name != "name" && name != "origin" {
		return fmt.Errorf("a summary of the field %q is not supported: %w", name, errors.ErrUnsupported)
	}
	var values []string
	for _, p := range packages {
		if f.list != nil {
			values = append(values, f.items(p)...)
		} else if v := f.value(p); v != "" {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	for _, v := range slices.Compact(values) {
		if _, err := fmt.Fprintln(w, v); err != nil {
			return err
		}
	}
	return nil
}

// Write prints the fields of the packages, which it sorts by their names.
func Write(w io.Writer, packages []*apk.Package, names Fields, format Format) error {
	var chosen []*field
	for i := range fields {
		if slices.Contains(names, fields[i].name) {
			chosen = append(chosen, &fields[i])
		}
	}
	packages = sorted(packages)
	var text strings.Builder
	switch format {
	case Default:
		for i, p := range packages {
			if i > 0 {
				text.WriteByte('\n')
			}
			for _, f := range chosen {
				if f.list != nil {
					return fmt.Errorf("the field %s is supported only with --format yaml or json: %w", f.name, errors.ErrUnsupported)
				}
				if v := f.value(p); v != "" {
					fmt.Fprintf(&text, "%s: %s\n", f.label, v)
				}
			}
		}
	case YAML:
		fmt.Fprintf(&text, "# %d items\n", len(packages))
		for _, p := range packages {
			writeYAML(&text, p, chosen)
		}
	case JSON:
		if err := writeJSON(&text, packages, chosen); err != nil {
			return err
		}
	default:
		return fmt.Errorf("the format %q is not supported: %w", string(format), errors.ErrUnsupported)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func writeYAML(text *strings.Builder, p *apk.Package, chosen []*field) {
	lead := "- "
	for _, f := range chosen {
		if f.list == nil {
			if v := f.value(p); v != "" {
				fmt.Fprintf(text, "%s%s: %s\n", lead, f.name, v)
				lead = "  "
			}
			continue
		}
		items := f.items(p)
		if len(items) == 0 {
			continue
		}
		fmt.Fprintf(text, "%s%s: # %d items\n", lead, f.name, len(items))
		lead = "  "
		for _, item := range items {
			fmt.Fprintf(text, "    - %s\n", item)
		}
	}
}

// writeJSON prints an array of objects as apk lays it out: the brace of the next object stands on the line of the last one's.
func writeJSON(text *strings.Builder, packages []*apk.Package, chosen []*field) error {
	text.WriteString("[\n  ")
	for i, p := range packages {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString("{")
		separator := "\n"
		for _, f := range chosen {
			var value any
			switch {
			case f.list != nil:
				if items := f.items(p); len(items) > 0 {
					value = items
				}
			case f.number != nil:
				if n := f.number(p); n != 0 {
					value = n
				}
			default:
				if v := f.text(p); v != "" {
					value = v
				}
			}
			if value == nil {
				continue
			}
			encoded, err := jsontext.Marshal(value)
			if err != nil {
				return err
			}
			fmt.Fprintf(text, "%s    %q: %s", separator, f.name, encoded)
			separator = ",\n"
		}
		text.WriteString("\n  }")
	}
	text.WriteString("\n]\n")
	return nil
}
