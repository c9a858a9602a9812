package inspect

import (
	"slices"
	"sort"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Folder is a directory with everything below it.
type Folder struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`  // bytes of its files
	Added int64  `json:"added"` // of them, those that are from the last layer
}

// folderDeep is how many names the path of a folder that is listed has, at most.
const folderDeep = 3

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

// weigh sums up the files, by package and by folder, and lists those of the last layer that no package has brought.
func (r *Report) weigh(in *reader, holder map[string]string) {
	last := len(r.Layers)
	at := make(map[string]int)
	for i, p := range r.Packages {
		at[p.Name] = i
	}
	folders := make(map[string]*Folder)
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
		for _, dir := range foldersOf(path) {
			if folders[dir] == nil {
				folders[dir] = &Folder{Path: "/" + dir}
			}
			folders[dir].Size += n.Size
			if layer == last {
				folders[dir].Added += n.Size
			}
		}
	}
	for _, f := range folders {
		r.Folders = append(r.Folders, *f)
	}
	sort.Slice(r.Folders, func(i, j int) bool { return r.Folders[i].Path < r.Folders[j].Path })
	r.Others, r.OtherCount = largestOf(r.Others)
	r.Changed, r.ChangedCount = largestOf(r.Changed)
}

// foldersOf returns the folders that a path is in, as far as they are listed.
func foldersOf(path string) []string {
	var folders []string
	for i := range len(path) {
		if path[i] == '/' {
			if folders = append(folders, path[:i]); len(folders) == folderDeep {
				break
			}
		}
	}
	return folders
}
