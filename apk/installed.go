package apk

import "sort"

// Installed is the database lib/apk/db/installed: the packages of a root file
// system in the order of the file.
type Installed struct {
	Packages []*InstalledPackage
}

// Find returns the installed package of that name, or nil.
func (db *Installed) Find(name string) *InstalledPackage {
	for _, p := range db.Packages {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// InstalledPackage is one record of the installed database.
type InstalledPackage struct {
	Package
	Replaces         []Dependency         // r:
	ReplacesPriority uint16               // q:
	RepositoryTag    string               // s: without "@"
	Directories      []InstalledDirectory // F: in the order of the database

	// Flags are the marks of f:, most of them left by installations that went wrong.
	Flags struct {
		BrokenFiles  bool // f: some files could not be installed
		BrokenScript bool // s: a script failed
		BrokenXattr  bool // x: extended attributes could not be set
		SHA256Sums   bool // S: Z: values are truncated SHA-256
	}
}

// InstalledDirectory is an F: line with its M: and the files below it.
type InstalledDirectory struct {
	Path  string // relative to the root, no slash at either end; the root is ""
	Owner Ownership
	Files []InstalledFile
}

// InstalledFile is an R: line with its a: and Z:. It may be any kind of file
// but a directory.
type InstalledFile struct {
	Name     string // base name
	Owner    Ownership
	Checksum Checksum // of content or of a link's target; zero for devices and fifos
}

// Ownership is the content of an M: or a: line.
type Ownership struct {
	UID, GID uint32
	Mode     uint16   // permission bits with set-id and sticky, 07777 at most
	Xattrs   Checksum // digest over the extended attributes; zero without any
}

// NewestBuild returns the build time of the newest package, in Unix seconds, 0 for none.
func (db *Installed) NewestBuild() (newest int64) {
	for _, p := range db.Packages {
		newest = max(newest, p.BuildTime)
	}
	return newest
}

// Requirements resolves dependencies among what is installed: for each package, indexes of those that provide what it
// depends on, in the order of the database and without itself. A dependency names the package of that name, or else
// all that provide it.
func (db *Installed) Requirements() [][]int {
	byName := make(map[string]int)
	providers := make(map[string][]int)
	for at, p := range db.Packages {
		byName[p.Name] = at
		for _, provided := range p.Provides {
			providers[provided.Name] = append(providers[provided.Name], at)
		}
	}
	all := make([][]int, len(db.Packages))
	for at, p := range db.Packages {
		needs := make(map[int]bool)
		for _, d := range p.Depends {
			if d.Conflict {
				continue
			}
			if one, ok := byName[d.Name]; ok {
				needs[one] = true
				continue
			}
			for _, one := range providers[d.Name] {
				needs[one] = true
			}
		}
		delete(needs, at)
		for one := range needs {
			all[at] = append(all[at], one)
		}
		sort.Slice(all[at], func(i, j int) bool { return all[at][i] < all[at][j] })
	}
	return all
}
