package apk

import (
	"fmt"
	"strings"
)

// Dependency is one item of a depends, provides, install_if or replaces list,
// or one line of the world (apk/FORMAT.md 4.1):
//
//	[!] name [@tag] [op version]
type Dependency struct {
	Name     string
	Tag      string // without "@"; only in world and on the command line
	Version  string // empty when Op is AnyVersion; "Q1…" when Op is Checksums
	Op       Op
	Conflict bool // a leading "!"

	// Broken marks a dependency that apk 3 could split but whose version is not
	// valid: in world the solver ignores it, in an index it makes its package
	// uninstallable.
	Broken bool
}

// Op is the comparison of a dependency: a set of the relations that are allowed.
type Op uint8

const (
	AnyVersion Op = 0

	Less    Op = 1 << 0
	Equal   Op = 1 << 1
	Greater Op = 1 << 2
	Fuzzy   Op = 1 << 3 // compare as prefix; always together with Equal

	// Checksums is "><": the version is an identity, not a version.
	Checksums = Less | Greater

	anyRelation = Less | Equal | Greater
)

// IsChecksum reports whether the operator is "><", with an identity behind it.
func (o Op) IsChecksum() bool { return o&anyRelation == Checksums }

// ParseDependency parses one item. With apk 3, an invalid version gives a dependency
// marked as Broken and no error; with apk 2 it is an error.
func ParseDependency(s string, g Generation) (Dependency, error) {
	var d Dependency
	rest := s
	if strings.HasPrefix(rest, "!") {
		d.Conflict, rest = true, rest[1:]
	}
	operator := strings.IndexAny(rest, "<=>~")
	name := rest
	if operator >= 0 {
		name = rest[:operator]
		rest = rest[operator:]
		end := 0
		for ; end < len(rest) && strings.IndexByte("<=>~", rest[end]) >= 0; end++ {
			switch rest[end] {
			case '<':
				d.Op |= Less
			case '=':
				d.Op |= Equal
			case '>':
				d.Op |= Greater
			case '~':
				d.Op |= Fuzzy | Equal
			}
		}
		if d.Version = rest[end:]; d.Version == "" {
			return Dependency{}, dependencyError(s, "no version after %q", rest[:end])
		}
	}
	d.Name, d.Tag, _ = strings.Cut(name, "@")
	if d.Name == "" {
		return Dependency{}, dependencyError(s, "no name")
	}
	if strings.Contains(name, "@") && d.Tag == "" {
		return Dependency{}, dependencyError(s, "no tag after \"@\"")
	}
	if d.Op&Checksums != Checksums && d.Op != AnyVersion && !g.ValidVersion(d.Version) {
		if g == V2 {
			return Dependency{}, dependencyError(s, "invalid version %.100q", d.Version)
		}
		d.Broken = true
	}
	return d, nil
}

// dependencyError wraps what is wrong with a text.
func dependencyError(text, format string, args ...any) error {
	return fmt.Errorf("dependency %.100q: %w", text, fmt.Errorf(format, args...))
}

// ParseDependencies reads items separated by blanks and line ends. With an
// error it also returns the items before the invalid one.
func ParseDependencies(list string, g Generation) ([]Dependency, error) {
	n := 0
	for range strings.FieldsFuncSeq(list, isSeparator) {
		n++
	}
	if n == 0 {
		return nil, nil
	}
	deps := make([]Dependency, 0, n)
	for item := range strings.FieldsFuncSeq(list, isSeparator) {
		d, err := ParseDependency(item, g)
		if err != nil {
			return deps, err
		}
		deps = append(deps, d)
	}
	return deps, nil
}

func isSeparator(r rune) bool { return r == ' ' || r == '\n' }

// String returns the dependency as apk 3 writes it.
func (d Dependency) String() string { return d.Format(V3) }

// Format returns the dependency as the generation writes it. Apk 2 has no sign
// for "<~", ">~" and "<=>" and writes "?", which nothing can read (apk/FORMAT.md 4.1):
// its files have it, so this does the same.
func (d Dependency) Format(g Generation) string {
	var b strings.Builder
	b.Grow(len(d.Name) + len(d.Tag) + len(d.Version) + 4)
	if d.Conflict {
		b.WriteByte('!')
	}
	b.WriteString(d.Name)
	if d.Tag != "" {
		b.WriteByte('@')
		b.WriteString(d.Tag)
	}
	if d.Op != AnyVersion {
		b.WriteString(d.Op.format(g))
		b.WriteString(d.Version)
	}
	return b.String()
}

func (o Op) String() string { return o.format(V3) }

func (o Op) format(g Generation) string {
	switch o {
	case Less:
		return "<"
	case Less | Equal:
		return "<="
	case Equal:
		return "="
	case Greater:
		return ">"
	case Greater | Equal:
		return ">="
	case Fuzzy | Equal:
		return "~"
	case Checksums:
		return "><"
	case Less | Fuzzy | Equal:
		if g == V3 {
			return "<~"
		}
	case Greater | Fuzzy | Equal:
		if g == V3 {
			return ">~"
		}
	case anyRelation: // any version
		if g == V3 {
			return "<=>"
		}
	case anyRelation | Fuzzy:
		if g == V3 {
			return "<~>"
		}
	case AnyVersion:
		return ""
	}
	return "?"
}

// SatisfiedBy reports whether pkg, as the provider of d's name with the version
// provided (empty: none), satisfies d for the package dependant, which may be
// nil for world (apk/FORMAT.md 4.3). A conflict is satisfied by what it does not
// exclude.
func (d *Dependency) SatisfiedBy(g Generation, dependant, pkg *Package, provided string) bool {
	if g == V3 && d.Conflict && dependant != nil && dependant == pkg {
		return true // a package may conflict with a name that it provides itself
	}
	if d.Op.IsChecksum() && (g == V2 || !d.Conflict) {
		// Apk 2 forgets the "!" of an identity: it wants that very package.
		want, err := ParseChecksum(d.Version)
		return err == nil && want.Key() == pkg.Identity.Key()
	}
	return d.relation(g, provided) != d.Conflict
}

func (d *Dependency) relation(g Generation, provided string) bool {
	relations := d.Op & anyRelation
	switch {
	case d.Op == AnyVersion, relations == anyRelation:
		return true
	case g == V2 && provided == "":
		return false
	}
	return g.CompareVersions(provided, d.Version, d.Op&Fuzzy != 0)&relations != 0
}
