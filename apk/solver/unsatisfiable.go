package solver

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// UnsatisfiableError means that no set of packages satisfies the goal.
type UnsatisfiableError struct {
	// Errors is how many packages and names are wrong, 99 at most: apk's exit status.
	Errors int
	// Problems are in apk's order. There may be none: apk's own report does not
	// always find what is wrong.
	Problems []Problem
	// Hints has one for each conflicting name that has a remedy; see [UnsatisfiableError.Advise].
	Hints []string
}

// Problem is one package or name that prevents a solution, and why.
type Problem struct {
	kind    problemKind
	Name    string       // of the package, or the name that is not provided
	Package *apk.Package // that was chosen; nil if no package has the name by itself
	Facts   []Fact       // in apk's order
}

// Kind returns what the problem is about: a chosen "package", a "virtual" name that packages provide, but none has by itself, or a
// "missing" name that no package has.
func (p *Problem) Kind() string { return [...]string{"package", "virtual", "missing"}[p.kind] }

type problemKind uint8

const (
	badPackage  problemKind = iota // a chosen package
	virtualName                    // a name that packages provide, but none by itself
	missingName                    // a name that no package has
)

// Fact is one line of a problem: a label and what it applies to.
type Fact struct {
	Label string // apk's word for it, as it is printed
	Items []FactItem
}

// The labels of facts.
const (
	factError      = "error"       // the package is uninstallable: Text
	factArch       = "arch"        // its architecture: Text
	factDepends    = "depends"     // its broken dependencies: Text
	factProvides   = "provides"    // its broken provides: Text
	factInstallIf  = "install_if"  // its broken install_if: Text
	factMaskedIn   = "masked in"   // "--no-network", "cache" or "@tag": Text
	factConflicts  = "conflicts"   // with chosen packages, over a name they both provide: Package, Dependency
	factBreaks     = "breaks"      // dependencies that it violates: Package (nil: world), Dependency
	factSatisfies  = "satisfies"   // dependencies that want it: Package (nil: world), Dependency
	factNote       = "note"        // advice: Text
	factProvidedBy = "provided by" // Package, or Text for a name all of whose packages do
	factRequiredBy = "required by" // Package (nil: world), Dependency
)

// FactItem is a package, one of its dependencies, a dependency of the world,
// or text; see the labels.
type FactItem struct {
	Package    *apk.Package
	Dependency *apk.Dependency
	Text       string
}

// Error names the first problem in one line.
func (e *UnsatisfiableError) Error() string {
	const intro = "unable to select packages"
	if len(e.Problems) == 0 {
		return intro
	}
	text := intro + ": " + e.Problems[0].summary()
	if more := len(e.Problems) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

func (p *Problem) summary() string {
	text := p.title()
	for _, f := range p.Facts {
		if f.Label == factNote || f.Label == factSatisfies {
			continue
		}
		text += " " + f.Label + " " + f.Items[0].String()
		break
	}
	return text
}

func (p *Problem) title() string {
	switch p.kind {
	case virtualName:
		return p.Name + " (virtual)"
	case missingName:
		return p.Name + " (no such package)"
	}
	return p.Package.ID()
}

// String returns the item as apk prints it: "a-1[b>2]", "world[b@tag]".
func (i FactItem) String() string {
	switch {
	case i.Text != "":
		return i.Text
	case i.Package == nil:
		return "world[" + reportDependency(i.Dependency) + "]"
	case i.Dependency == nil:
		return i.Package.ID()
	}
	return i.Package.ID() + "[" + reportDependency(i.Dependency) + "]"
}

// reportDependency differs from how a world is written: the tag comes last.
func reportDependency(d *apk.Dependency) string {
	if d.Tag == "" {
		return d.String()
	}
	bare := *d
	bare.Tag = ""
	return bare.String() + "@" + d.Tag
}

// Report returns apk's report, without a newline at its end. Lines are wrapped
// to the width in columns; apk takes 50 where there is no terminal, as does a
// width of 0.
func (e *UnsatisfiableError) Report(width int) string {
	if width <= 0 {
		width = 50
	}
	var b strings.Builder
	b.WriteString("ERROR: unable to select packages:\n")
	for i := range e.Problems {
		p := &e.Problems[i]
		b.WriteString("  " + p.title() + ":\n")
		for _, f := range p.Facts {
			writeFact(&b, &f, width)
		}
	}
	if len(e.Problems) == 0 {
		b.WriteString("Huh? Error reporter did not find the broken constraints.\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func writeFact(b *strings.Builder, f *Fact, width int) {
	indent := "    " + f.Label + ":"
	b.WriteString(indent)
	at := len(indent)
	write := func(word string) {
		if at+1+len(word) >= width && at > len(indent) {
			b.WriteByte('\n')
			b.WriteString(strings.Repeat(" ", len(indent)))
			at = len(indent)
		}
		b.WriteByte(' ')
		b.WriteString(word)
		at += 1 + len(word)
	}
	for _, item := range f.Items {
		if f.Label != factNote {
			write(item.String())
			continue
		}
		for _, word := range strings.Fields(item.Text) {
			write(word)
		}
	}
	b.WriteByte('\n')
}
