package solver

import (
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// Delete asks to drop names from the world, as "apk del" does. Names that nothing mentions are a [*NoPackageError] of [Solve].
func (r *Request) Delete(names []string) {
	r.Goal = removeFromWorld(r.goal(), names)
	for _, name := range names {
		r.NameFlags = append(r.NameFlags, NameFlags{Name: name, Flags: remove})
	}
}

// NoPackageError means that names to be deleted are mentioned by no package, installed or in an index, and by no item of the world.
type NoPackageError struct{ Names []string }

// Error has a line for each, in apk's words.
func (e *NoPackageError) Error() string { return noPackage + strings.Join(e.Names, "\n"+noPackage) }

const noPackage = "No such package: "

// Upgrade requests what "apk upgrade" does: an upgrade of the named packages, or of all packages if names is empty. The flags are
// added to those of the whole request; with [Available], world items that pin a package's identity no longer do.
func (r *Request) Upgrade(names []string, flags Flags) {
	r.Flags |= flags
	if len(names) == 0 {
		r.Flags |= Upgrade
	}
	for _, name := range names {
		r.NameFlags = append(r.NameFlags, NameFlags{Name: name, Flags: Upgrade})
	}
	if flags&Available == 0 {
		return
	}
	r.Goal = slices.Clone(r.goal())
	for i := range r.Goal {
		if d := &r.Goal[i]; d.Op == apk.Checksums {
			d.Op, d.Version = apk.AnyVersion, ""
		}
	}
}

// UpgradeSelf asks for what "apk upgrade" does first: to upgrade apk-tools, by flags that are [Upgrade] and those of the
// command, with as few other changes as possible. It reports whether a repository has a newer version at all: if not, apk
// does not do it.
func (r *Request) UpgradeSelf(flags Flags) bool {
	const name = "apk-tools"
	if r.Installed == nil {
		return false
	}
	own := r.Installed.Find(name)
	if own == nil {
		return false
	}
	isNewer := func(p *apk.Package) bool {
		return p.Name == name && r.Generation.CompareVersions(p.Version, own.Version, false) == apk.Greater
	}
	for _, repository := range r.Repositories {
		if repository.Index != nil && slices.ContainsFunc(repository.Index.Packages, isNewer) {
			r.SelfUpgrade = true
			r.NameFlags = append(r.NameFlags, NameFlags{Name: name, Flags: flags})
			return true
		}
	}
	return false
}

// Fix asks to repair the named packages, as "apk fix" does. Without flags they are installed again. With depends, their
// dependencies are repaired as well.
func (r *Request) Fix(names []string, flags Flags, depends bool) {
	if flags == 0 {
		flags = Reinstall
	}
	for _, name := range names {
		f := NameFlags{Name: name, Flags: flags}
		if depends {
			f.Inherit = flags
		}
		r.NameFlags = append(r.NameFlags, f)
	}
}

// removeFromWorld returns the world without the items of the given names. The arguments stay as they are.
func removeFromWorld(world []apk.Dependency, names []string) []apk.Dependency {
	kept := []apk.Dependency{} // nil would stand for the world as it is
	for _, d := range world {
		if !slices.Contains(names, d.Name) {
			kept = append(kept, d)
		}
	}
	return kept
}
