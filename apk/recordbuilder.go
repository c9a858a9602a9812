package apk

import (
	"slices"
	"sort"
	"strings"
)

// RecordBuilder fills the directories and files of an installed package in the
// order of its archive, and brings them into the generation's order
// (apk/FORMAT.md 10). Call [RecordBuilder.Finish] at the end.
type RecordBuilder struct {
	p          *InstalledPackage
	generation Generation
	dirs       []*InstalledDirectory
	byPath     map[string]*InstalledDirectory
	current    *InstalledDirectory

	// Sorting may be due again and again and is done once, in Finish: what counts
	// before that is only which path is the last.
	unsorted int
	sorted   int    // so many of dirs are to be sorted
	last     string // path of what would be the last of dirs
	greatest string // path of all dirs
}

// NewRecordBuilder starts with an empty list.
func NewRecordBuilder(p *InstalledPackage, g Generation) *RecordBuilder {
	b := &RecordBuilder{generation: g}
	b.reset(p)
	return b
}

// reset starts with another package.
func (b *RecordBuilder) reset(p *InstalledPackage) {
	if b.byPath == nil || len(b.byPath) > maxReused {
		b.byPath = make(map[string]*InstalledDirectory)
	}
	clear(b.byPath)
	clear(b.dirs)
	b.p, b.dirs, b.current = p, b.dirs[:0], nil
	b.unsorted, b.sorted, b.last, b.greatest = 0, 0, "", ""
}

// maxReused is how many directories a map may have had to be worth clearing, which
// takes as long for every later package.
const maxReused = 1024

// AddDirectory adds a directory, or sets the owner of an existing one.
func (b *RecordBuilder) AddDirectory(path string, owner Ownership) {
	b.lookup(path).Owner = owner
}

// AddFile adds a file to a directory, adding the directory if necessary. The
// returned file may be changed until the next call.
func (b *RecordBuilder) AddFile(dir string, f InstalledFile) *InstalledFile {
	d := b.lookup(dir)
	d.Files = append(d.Files, f)
	return &d.Files[len(d.Files)-1]
}

// Lookup looks for the directory of a path, and adds it if it is missing. apk 3 does
// so for each entry outside the current directory, and for targets of hard
// links. It may sort the list.
func (b *RecordBuilder) Lookup(path string) { b.lookup(path) }

// maxUnsorted is how many directories may be out of order before apk 3 sorts
// all that it has so far.
const maxUnsorted = 32

func (b *RecordBuilder) lookup(path string) *InstalledDirectory {
	if b.current != nil && b.current.Path == path {
		return b.current
	}
	if b.generation == V3 && b.unsorted > maxUnsorted {
		b.unsorted, b.sorted, b.last = 0, len(b.dirs), b.greatest
	}
	d := b.byPath[path]
	if d == nil {
		d = &InstalledDirectory{Path: path, Owner: defaultDirectory}
		if b.unsorted > 0 || len(b.dirs) > 0 && path < b.last {
			b.unsorted++
		}
		b.last, b.greatest = path, max(b.greatest, path)
		b.dirs = append(b.dirs, d)
		b.byPath[path] = d
	}
	b.current = d
	return d
}

// Finish writes the list into the package.
func (b *RecordBuilder) Finish() {
	slices.SortFunc(b.dirs[:b.sorted], func(x, y *InstalledDirectory) int { return strings.Compare(x.Path, y.Path) })
	b.p.Directories = make([]InstalledDirectory, len(b.dirs))
	for i, d := range b.dirs {
		if b.generation == V3 {
			sort.SliceStable(d.Files, func(i, j int) bool { return d.Files[i].Name < d.Files[j].Name })
		}
		b.p.Directories[i] = *d
	}
}
