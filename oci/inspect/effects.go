package inspect

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Effects are the changes of the last layer other than its packages' files: those of scripts and of the spec.
// Lists of files have at most 100 entries, counts give the total. Everything is new in an image of one layer.
type Effects struct {
	Users  []string `json:"users"`  // new in etc/passwd
	Groups []string `json:"groups"` // new in etc/group

	// Others are from no package, Changed from a package that an earlier layer has brought; the largest first.
	// The database of apk is in neither.
	Others       []File `json:"others"`
	OtherCount   int    `json:"otherCount"`
	Changed      []File `json:"changed"`
	ChangedCount int    `json:"changedCount"`

	// Removed are paths of earlier layers that are gone, sorted; of a directory, only itself.
	Removed      []string `json:"removed"`
	RemovedCount int      `json:"removedCount"`
}

// maxListed is how many files each list of the effects has.
const maxListed = 100

func noEffects() Effects {
	return Effects{Users: []string{}, Groups: []string{}, Others: []File{}, Changed: []File{}, Removed: []string{}}
}

// isDatabase says which files change with every build.
func isDatabase(path string) bool {
	return strings.HasPrefix(path, "lib/apk/") || strings.HasPrefix(path, "usr/lib/apk/") || strings.HasPrefix(path, "etc/apk/")
}

// state is what is to be compared with the tree that has one layer more.
type state struct {
	users, groups []string
	paths         []string // in the order of tree.Tree.All
}

func stateOf(t *tree.Tree) *state {
	s := &state{users: readAccounts(t, "etc/passwd"), groups: readAccounts(t, "etc/group")}
	for path := range t.All() {
		s.paths = append(s.paths, path)
	}
	return s
}

// compare finds out what a layer has made and taken away.
func (r *Report) compare(below *state, t *tree.Tree) {
	r.Users = without(readAccounts(t, "etc/passwd"), below.users)
	r.Groups = without(readAccounts(t, "etc/group"), below.groups)
	gone := "" // the directory whose contents need no line
	for _, path := range below.paths {
		if gone != "" && strings.HasPrefix(path, gone) {
			continue
		}
		if _, err := t.Lstat(path); err == nil {
			continue
		}
		gone = path + "/"
		if r.RemovedCount++; len(r.Removed) < maxListed {
			r.Removed = append(r.Removed, "/"+path)
		}
	}
}

// readAccounts returns the names in etc/passwd or etc/group.
func readAccounts(t *tree.Tree, file string) []string {
	text, err := t.ReadFile(file, 1<<20)
	if err != nil {
		return nil
	}
	var names []string
	for line := range bytes.Lines(text) {
		if name, _, ok := bytes.Cut(line, []byte(":")); ok && len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names
}

// without returns what is not in before.
func without(now, before []string) []string {
	was := make(map[string]bool, len(before))
	for _, name := range before {
		was[name] = true
	}
	names := []string{}
	for _, name := range now {
		if !was[name] {
			names = append(names, name)
		}
	}
	return names
}

// sortFiles puts the largest first, those of one size by their paths.
func sortFiles(files []File) {
	sort.Slice(files, func(i, j int) bool {
		return cmp.Or(cmp.Compare(files[j].Size, files[i].Size), cmp.Compare(files[i].Path, files[j].Path)) < 0
	})
}

// largestOf shortens a list of files to the largest, those of one size by their paths, and returns how long it was.
func largestOf(files []File) ([]File, int) {
	count := len(files)
	sortFiles(files)
	return slices.Clip(files[:min(count, maxListed)]), count
}
