// Package solvertest asks the solver for what apk's other commands do, for tests.
package solvertest

import (
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// Delete asks to drop names from the world, as "apk del" does.
func Delete(r *solver.Request, names []string) {
	r.Goal = RemoveFromWorld(goal(r), names)
	for _, name := range names {
		r.NameFlags = append(r.NameFlags, solver.NameFlags{Name: name, Flags: solver.Remove})
	}
}

// Upgrade asks to upgrade, as "apk upgrade" does: everything, or only the named
// packages if there are any. Flags are additional flags for everything; [solver.Available]
// also lifts the pinning of world items to an identity.
func Upgrade(r *solver.Request, names []string, flags solver.Flags) {
	r.Flags |= flags
	if len(names) == 0 {
		r.Flags |= solver.Upgrade
	}
	for _, name := range names {
		r.NameFlags = append(r.NameFlags, solver.NameFlags{Name: name, Flags: solver.Upgrade})
	}
	if flags&solver.Available == 0 {
		return
	}
	r.Goal = slices.Clone(goal(r))
	for i := range r.Goal {
		if d := &r.Goal[i]; d.Op == apk.Checksums {
			d.Op, d.Version = apk.AnyVersion, ""
		}
	}
}

// Fix asks to repair the named packages, as "apk fix" does. Without flags they
// are installed again. With depends, their dependencies are repaired as well.
func Fix(r *solver.Request, names []string, flags solver.Flags, depends bool) {
	if flags == 0 {
		flags = solver.Reinstall
	}
	for _, name := range names {
		f := solver.NameFlags{Name: name, Flags: flags}
		if depends {
			f.Inherit = flags
		}
		r.NameFlags = append(r.NameFlags, f)
	}
}

func goal(r *solver.Request) []apk.Dependency {
	if r.Goal != nil {
		return r.Goal
	}
	return r.World
}

// RemoveFromWorld returns the world without the items of the given names. The
// arguments stay as they are.
func RemoveFromWorld(world []apk.Dependency, names []string) []apk.Dependency {
	out := make([]apk.Dependency, 0, len(world))
	for _, d := range world {
		if !slices.Contains(names, d.Name) {
			out = append(out, d)
		}
	}
	return out
}
