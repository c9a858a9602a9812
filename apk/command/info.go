package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// details are what "apk info" says of a package, in apk's order.
var details = [...]struct {
	option      string
	ofInstalled bool // only of packages that are installed
	print       func(*query, *known)
}{
	{"description", false, func(q *query, p *known) { q.text(p, "description", p.Description) }},
	{"webpage", false, func(q *query, p *known) { q.text(p, "webpage", p.URL) }},
	{"size", false, func(q *query, p *known) { q.text(p, "installed size", humanSize(p.InstalledSize)) }},
	{"depends", false, func(q *query, p *known) { q.dependencies(p, "depends on", p.Depends) }},
	{"provides", false, func(q *query, p *known) { q.dependencies(p, "provides", p.Provides) }},
	{"rdepends", true, func(q *query, p *known) { q.items(p, "is required by", q.requiredBy(p.Package)) }},
	{"contents", true, (*query).contents},
	{"triggers", true, (*query).triggers},
	{"install-if", false, func(q *query, p *known) { q.dependencies(p, "has auto-install rule", p.InstallIf) }},
	{"rinstall-if", true, func(q *query, p *known) { q.items(p, "affects auto-installation of", q.installedFor(p.Package)) }},
	{"replaces", true, func(q *query, p *known) { q.dependencies(p, "replaces", p.installed.Replaces) }},
	{"license", false, func(q *query, p *known) { q.text(p, "license", p.License) }},
}

// info is "apk info" for packages, or the list of those that are installed. It returns the number of operands that no
// package has or provides.
func (q *query) info() int {
	if len(q.Args) == 0 {
		for _, p := range q.Installed.Packages {
			q.oneLine(&p.Package, max(q.Verbosity, 1))
		}
		return 0
	}
	wanted := func(option string) bool { return q.Has("all") || q.Has(option) }
	isPlain := true
	for _, d := range details {
		isPlain = isPlain && !wanted(d.option)
	}
	names, unknown := q.match(q.Args, q.Generation == apk.V2)
	var seen []*known
	for _, name := range names {
		for _, p := range q.names[name] {
			if slices.Contains(seen, p.known) {
				continue
			}
			seen = append(seen, p.known)
			for i, d := range details {
				isWanted := wanted(d.option) || isPlain && i < 3
				if isWanted && (p.installed != nil || !d.ofInstalled) {
					d.print(q, p.known)
					fmt.Fprintln(q.out)
				}
			}
		}
	}
	return unknown & 0xff
}

// text prints a detail of one line. With -v apk 2 and 3 write the line alone.
func (q *query) text(p *known, what, text string) {
	if q.Verbosity > 1 {
		fmt.Fprintf(q.out, "%s: %s", p.Name, text)
		return
	}
	fmt.Fprintf(q.out, "%s %s:\n%s\n", p.ID(), what, text)
}

func (q *query) dependencies(p *known, what string, list []apk.Dependency) {
	var items []string
	for _, d := range list {
		items = append(items, d.Format(q.Generation))
	}
	q.items(p, what, items)
}

// items prints a detail of several items, a line each, or with -v all in one line.
func (q *query) items(p *known, what string, items []string) {
	separator := "\n"
	switch {
	case q.Verbosity == 1:
		fmt.Fprintf(q.out, "%s %s:\n", p.ID(), what)
	case q.Verbosity > 1:
		separator = " "
		fmt.Fprintf(q.out, "%s: ", p.Name)
	}
	for _, item := range items {
		fmt.Fprint(q.out, item, separator)
	}
}

func (q *query) contents(p *known) {
	if q.Verbosity == 1 {
		fmt.Fprintf(q.out, "%s contains:\n", p.ID())
	}
	for _, dir := range p.installed.Directories {
		for _, f := range dir.Files {
			if q.Verbosity > 1 {
				fmt.Fprintf(q.out, "%s: ", p.Name)
			}
			fmt.Fprintln(q.out, strings.TrimPrefix(dir.Path+"/"+f.Name, "/"))
		}
	}
}

func (q *query) triggers(p *known) {
	if q.Verbosity == 1 {
		fmt.Fprintf(q.out, "%s triggers:\n", p.ID())
	}
	for _, pattern := range q.Triggers(p.Name) {
		if q.Verbosity > 1 {
			fmt.Fprintf(q.out, "%s: trigger ", p.Name)
		}
		fmt.Fprintln(q.out, pattern)
	}
}

// requiredBy returns the installed packages with a dependency that a package satisfies. They are in the order of apk's table of
// names: first those that name the package itself, then those that name what it provides.
func (q *query) requiredBy(p *apk.Package) []string {
	var list []string
	for _, name := range namesOf(p) {
		var found []*apk.InstalledPackage
		for _, other := range q.Installed.Packages {
			if isRequired(p, name, &other.Package, q.Generation, q.Generation == apk.V2) {
				found = append(found, other)
			}
		}
		slices.SortStableFunc(found, func(a, b *apk.InstalledPackage) int { return firstBucket(&a.Package) - firstBucket(&b.Package) })
		for _, other := range found {
			if !slices.Contains(list, other.ID()) {
				list = append(list, other.ID())
			}
		}
	}
	return list
}

// namesOf returns the names that a package has, with their versions: its own, then those that it provides.
func namesOf(p *apk.Package) []apk.Dependency {
	return append([]apk.Dependency{{Name: p.Name, Version: p.Version}}, p.Provides...)
}

// isRequired reports whether another package has a dependency that a package satisfies by one of its names; conflicts, too, can count.
func isRequired(p *apk.Package, name apk.Dependency, by *apk.Package, g apk.Generation, withConflicts bool) bool {
	return slices.ContainsFunc(by.Depends, func(d apk.Dependency) bool {
		return d.Name == name.Name && (withConflicts || !d.Conflict) && d.SatisfiedBy(g, by, p, name.Version)
	})
}

// firstBucket returns where apk first meets a package in its table of names.
func firstBucket(p *apk.Package) int {
	first := nametable.Bucket(p.Name)
	for _, d := range p.Provides {
		first = min(first, nametable.Bucket(d.Name))
	}
	return first
}

// installedFor returns the installed packages whose rule of automatic installation names a package.
func (q *query) installedFor(p *apk.Package) []string {
	var list []string
	for _, other := range q.Installed.Packages {
		names := func(d apk.Dependency) bool { return d.Name == p.Name && (q.Generation == apk.V2 || !d.Conflict) }
		if slices.ContainsFunc(other.InstallIf, names) {
			list = append(list, other.ID())
		}
	}
	return list
}

// humanSize writes a size as apk does: at most four digits, rounded down.
func humanSize(size uint64) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB"}
	unit := 0
	for ; unit < len(units)-1 && size >= 10000; unit++ {
		size /= 1024
	}
	return fmt.Sprintf("%d %s", size, units[unit])
}
