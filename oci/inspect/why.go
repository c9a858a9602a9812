package inspect

import (
	"slices"
	"sort"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Directory is a directory with everything below it.
type Directory struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`  // bytes of its files
	Added int64  `json:"added"` // of them, those that are from the last layer
}

// directoryDeep is how many names the path of a directory that is listed has, at most.
const directoryDeep = 3

// relate says what each package needs, what needs it, and whether etc/apk/world asks for it.
func (r *Report) relate(in *reader, world []apk.Dependency) {
	asked := make(map[string]bool)
	for _, d := range world {
		if !d.Conflict {
			asked[d.Name] = true
		}
	}
	requirements := in.installed.Requirements()
	for at, p := range in.installed.Packages {
		for _, need := range requirements[at] {
			r.Packages[at].Needs = append(r.Packages[at].Needs, r.Packages[need].Name)
			r.Packages[need].NeededBy = append(r.Packages[need].NeededBy, p.Name)
		}
		for _, d := range p.InstallIf {
			r.Packages[at].InstallIf = append(r.Packages[at].InstallIf, d.String())
		}
		r.Packages[at].Wanted = asked[p.Name] || slices.ContainsFunc(p.Provides, func(d apk.Dependency) bool { return asked[d.Name] })
	}
}

// weigh sums up the files, by package and by directory, and lists those of the last layer that no package has brought.
func (r *Report) weigh(in *reader, holder map[string]string) {
	last := len(r.Layers)
	at := make(map[string]int)
	for i, p := range r.Packages {
		at[p.Name] = i
	}
	directories := make(map[string]*Directory)
	seen := make(map[*tree.Node]bool)
	for path, n := range in.tree.All() {
		if n.Type != tree.Regular || seen[n] {
			continue
		}
		seen[n] = true
		layer := in.files[n]
		name, isHeld := holder[path]
		isNew := layer == last && !isDatabase(path)
		if isHeld {
			p := &r.Packages[at[name]]
			p.Size += n.Size
			if layer == last {
				p.Added += n.Size
			}
			if isNew && p.Layer != last {
				r.Changed = append(r.Changed, File{Path: "/" + path, Size: n.Size, Package: name, Layer: layer})
			}
		} else if isNew {
			r.Others = append(r.Others, File{Path: "/" + path, Size: n.Size, Layer: layer})
		}
		for _, dir := range directoriesOf(path) {
			if directories[dir] == nil {
				directories[dir] = &Directory{Path: "/" + dir}
			}
			directories[dir].Size += n.Size
			if layer == last {
				directories[dir].Added += n.Size
			}
		}
	}
	for _, f := range directories {
		r.Directories = append(r.Directories, *f)
	}
	sort.Slice(r.Directories, func(i, j int) bool { return r.Directories[i].Path < r.Directories[j].Path })
	r.Others, r.OtherCount = largestOf(r.Others)
	r.Changed, r.ChangedCount = largestOf(r.Changed)
}

// directoriesOf returns the directories that a path is in, as far as they are listed.
func directoriesOf(path string) []string {
	var directories []string
	for i := range len(path) {
		if path[i] == '/' {
			if directories = append(directories, path[:i]); len(directories) == directoryDeep {
				break
			}
		}
	}
	return directories
}
