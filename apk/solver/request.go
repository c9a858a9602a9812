package solver

import (
	"github.com/lamina-oci/lamina/apk"
)

// Request is the input of [Solve]. A request without Goal asks for the
// packages of World as they are, which is what "apk add" without arguments and
// "apk fix" do. [Request.Add], [Request.Delete], [Request.Upgrade] and
// [Request.Fix] set Goal and flags for apk's commands.
type Request struct {
	Generation apk.Generation

	// ToolsVersion is the version of apk-tools within the generation, such as
	// "2.14.4-r0". Empty means that of the installed package apk-tools, or the
	// newest without one.
	ToolsVersion string

	// Archs are the architectures that may be installed, the primary one first.
	// Without any, the architecture of a package is not looked at. Only apk 3
	// does (apk/FORMAT.md 6.5).
	Archs []string

	// World is etc/apk/world as it was read, in the order of the file.
	World []apk.Dependency
	// Goal is the world that is asked for, in any order. Nil means World.
	Goal []apk.Dependency

	// Installed are the packages that are there; nil means none.
	Installed *apk.Installed
	// Cached are the packages that a package cache offers in addition to the
	// repositories (the list "installed" in apk's cache directory); nil means none.
	Cached *apk.Index
	// Repositories are the indexes in the order of etc/apk/repositories.
	Repositories []Repository
	// Files are packages available in addition to the repositories: package
	// files given on the command line, or made up ones ("apk add --virtual").
	Files []*apk.Package

	// Flags hold for all packages, NameFlags for the packages that have or
	// provide a name.
	Flags     Flags
	NameFlags []NameFlags

	// SelfUpgrade keeps everything as installed that no flag says to upgrade:
	// what apk does to upgrade itself before it goes on.
	SelfUpgrade bool
	// ForceBrokenWorld leaves out items of the goal that cannot be satisfied
	// instead of failing. They stay in the solution's world.
	ForceBrokenWorld bool
}

// Repository is one index of packages.
type Repository struct {
	// Name is how messages call the repository, usually its URL. Repositories
	// of the same name that is not empty are one, with the tags of all.
	Name string
	// Tag is the repository's tag without "@", empty for an untagged one.
	Tag string
	// Index holds its packages. Nil stands for an index that could not be had:
	// the repository keeps its place and offers nothing.
	Index *apk.Index
	// Unreachable means that the packages cannot be fetched, as with a remote
	// repository and "apk --no-network": they are known, but masked.
	Unreachable bool
}

// Flags change what is preferred among the packages that fit (apk/FORMAT.md 7.3).
type Flags uint8

const (
	Upgrade       Flags = 1 << iota // the best version instead of the installed one
	Available                       // only what a repository has: "apk upgrade --available"
	Reinstall                       // again, even if nothing changes
	Latest                          // the highest version, even if it cannot be had
	KeepInstalled                   // the installed version: "apk upgrade --ignore"
	remove                          // rather something else
)

// NameFlags are flags for all packages that have or provide a name.
type NameFlags struct {
	Name  string
	Flags Flags // for the packages themselves
	// Inherit is for the packages themselves too and goes on to whatever they
	// depend on.
	Inherit Flags
}

// Add asks for further items in the world, as "apk add" does. The flags, if
// any, hold for the named packages and their dependencies: [Upgrade] is
// "apk add -u", [Latest] is "apk add -l".
func (r *Request) Add(items []apk.Dependency, flags Flags) {
	r.Goal = addToWorld(r.goal(), items)
	for _, d := range items {
		r.NameFlags = append(r.NameFlags, NameFlags{Name: d.Name, Flags: flags, Inherit: flags})
	}
}

func (r *Request) goal() []apk.Dependency {
	if r.Goal != nil {
		return r.Goal
	}
	return r.World
}

// addToWorld returns the world with items in it: an item replaces the one of
// the same name where it stands, or is appended (apk/FORMAT.md 7.1). The
// arguments stay as they are.
func addToWorld(world, items []apk.Dependency) []apk.Dependency {
	out := make([]apk.Dependency, len(world), len(world)+len(items))
	copy(out, world)
	at := make(map[string]int, len(out))
	for i := len(out) - 1; i >= 0; i-- {
		at[out[i].Name] = i
	}
	for _, d := range items {
		if i, ok := at[d.Name]; ok {
			out[i] = d
			continue
		}
		at[d.Name] = len(out)
		out = append(out, d)
	}
	return out
}
