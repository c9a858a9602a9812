package inspect

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Folder is a folder with what is in it and below.
type Folder struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`  // bytes of its files
	Added int64  `json:"added"` // of them, those that are from the last layer
}

const (
	maxOthers  = 100 // files that a report lists besides those of packages
	folderDeep = 3   // names in the path of a folder, at most
)

// relate says what each package needs, what needs it, and whether etc/apk/world asks for it.
func (r *Report) relate(in *reader, world []apk.Dependency) {
	requirements := in.installed.Requirements()
	for at, p := range in.installed.Packages {
		for _, need := range requirements[at] {
			r.Packages[at].Needs = append(r.Packages[at].Needs, r.Packages[need].Name)
			r.Packages[need].NeededBy = append(r.Packages[need].NeededBy, p.Name)
		}
		for _, d := range p.InstallIf {
			r.Packages[at].InstallIf = append(r.Packages[at].InstallIf, d.String())
		}
		names := []string{p.Name}
		for _, provided := range p.Provides {
			names = append(names, provided.Name)
		}
		r.Packages[at].Wanted = slices.ContainsFunc(world, func(d apk.Dependency) bool { return !d.Conflict && slices.Contains(names, d.Name) })
	}
}

// weigh sums up the files: by package, by folder, and those of the last layer that are of no package.
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
		if isHeld {
			r.Packages[at[name]].Size += n.Size
		} else if layer == last && !strings.HasPrefix(path, "lib/apk/") && !strings.HasPrefix(path, "etc/apk/") {
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
	slices.SortFunc(r.Folders, func(a, b Folder) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(r.Others, func(a, b File) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Path, b.Path)) })
	r.Others = r.Others[:min(len(r.Others), maxOthers)]
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

// accounts are the names in etc/passwd and etc/group.
type accounts struct{ users, groups []string }

func readAccounts(t *tree.Tree) accounts {
	names := func(file string) []string {
		text, err := t.ReadFile(file, 1<<20)
		if err != nil {
			return nil
		}
		var list []string
		for line := range bytes.Lines(text) {
			if name, _, ok := bytes.Cut(line, []byte(":")); ok && len(name) > 0 {
				list = append(list, string(name))
			}
		}
		return list
	}
	return accounts{names("etc/passwd"), names("etc/group")}
}

// without returns what is not in before.
func without(now, before []string) []string {
	return slices.DeleteFunc(slices.Clone(now), func(name string) bool { return slices.Contains(before, name) })
}
