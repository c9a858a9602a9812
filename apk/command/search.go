package command

import (
	"cmp"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// search is "apk search": the packages of repositories that have or provide a name which an operand is a part of, in any case, and of each
// package only the highest version that was found. With --description the operand may also be a part of the description, and with
// --has-origin it is the name of the origin; then all versions are shown.
func (q *query) search() int {
	isByName := !q.Has("description") && !q.Has("has-origin")
	names := q.allNames()
	if isByName && len(q.Args) > 0 {
		names, _ = q.match(q.patterns(), true)
	}
	var found []*known
	seen := make(map[*known]bool)
	for _, name := range names {
		for _, p := range q.names[name] {
			isOwn := p.Name == name
			isFound := isByName && (isOwn || len(q.Args) > 0) || !isByName && isOwn && q.isSought(p.Package)
			if isFound && !seen[p.known] {
				seen[p.known] = true
				found = append(found, p.known)
			}
		}
	}
	slices.SortFunc(found, func(a, b *known) int {
		return cmp.Or(nametable.Compare(a.Name, b.Name), q.compare(a.Version, b.Version))
	})
	if isByName && !q.Has("all") {
		slices.Reverse(found)
		found = slices.CompactFunc(found, func(a, b *known) bool { return a.Name == b.Name })
		slices.Reverse(found)
	}
	for _, p := range found {
		q.printFound(p.Package)
	}
	return 0
}

// isSought reports whether a package is one that --description or --has-origin finds.
func (q *query) isSought(p *apk.Package) bool {
	if !q.Has("description") {
		return slices.Contains(q.Args, p.Origin)
	}
	return slices.ContainsFunc(q.patterns(), func(pattern string) bool {
		return glob.Match(pattern, p.Name, true) || glob.Match(pattern, p.Description, true)
	})
}

// patterns returns what the operands are looked for as: parts of texts, or with --exact whole ones.
func (q *query) patterns() []string {
	if q.Has("exact") || q.Has("has-origin") {
		return q.Args
	}
	var patterns []string
	for _, operand := range q.Args {
		patterns = append(patterns, "*"+operand+"*")
	}
	return patterns
}

// printFound prints a package, or with --origin the one that it was built with.
func (q *query) printFound(p *apk.Package) {
	if q.Has("origin") {
		shown := apk.Package{Name: cmp.Or(p.Origin, p.Name), Version: p.Version}
		q.oneLine(&shown, min(max(q.Verbosity, 0), 1)+1)
		return
	}
	q.oneLine(p, max(q.Verbosity, 0)+1)
}
