package apk

import (
	"maps"
	"slices"
)

// Requirements resolves dependencies among what is installed: for each package, indexes of those that provide what it
// depends on, in the order of the database and without itself. What a dependency names is the package of that name, or else
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
		all[at] = slices.Sorted(maps.Keys(needs))
	}
	return all
}
