package apk

import (
	"slices"
	"strings"
)

// RecordBuilder fills the directories and files of an installed package in the
// order of its archive, and brings them into the generation's order
// (SPEC-apk.md 10). Call [RecordBuilder.Finish] at the end.
type RecordBuilder struct {
	p          *InstalledPackage
	generation Generation
	dirs       []*InstalledDirectory
	byPath     map[string]*InstalledDirectory
	current    *InstalledDirectory
	files      map[*InstalledDirectory][]*InstalledFile
	unsorted   int
}

// NewRecordBuilder starts with an empty list.
func NewRecordBuilder(p *InstalledPackage, g Generation) *RecordBuilder {
	return &RecordBuilder{
		p: p, generation: g, byPath: make(map[string]*InstalledDirectory),
		files: make(map[*InstalledDirectory][]*InstalledFile),
	}
}

// AddDirectory adds a directory, or sets the owner of one that is there.
func (b *RecordBuilder) AddDirectory(path string, owner Ownership) {
	b.lookup(path).Owner = owner
}

// AddFile adds a file to a directory, which is added if need be. What it
// returns may be changed until Finish.
func (b *RecordBuilder) AddFile(dir string, f InstalledFile) *InstalledFile {
	d := b.lookup(dir)
	b.files[d] = append(b.files[d], &f)
	return &f
}

// Lookup is what apk 3 does for every entry whose directory is not the current
// one, hard links' targets included: the list may be sorted by it.
func (b *RecordBuilder) Lookup(path string) { b.lookup(path) }

// maxUnsorted is how many directories may be out of order before apk 3 sorts
// all that it has so far.
const maxUnsorted = 32

func (b *RecordBuilder) lookup(path string) *InstalledDirectory {
	if b.current != nil && b.current.Path == path {
		return b.current
	}
	if b.generation == V3 && b.unsorted > maxUnsorted {
		slices.SortFunc(b.dirs, func(x, y *InstalledDirectory) int { return strings.Compare(x.Path, y.Path) })
		b.unsorted = 0
	}
	d := b.byPath[path]
	if d == nil {
		d = &InstalledDirectory{Path: path, Owner: Ownership{Mode: 0o755}}
		if b.unsorted > 0 || len(b.dirs) > 0 && path < b.dirs[len(b.dirs)-1].Path {
			b.unsorted++
		}
		b.dirs = append(b.dirs, d)
		b.byPath[path] = d
	}
	b.current = d
	return d
}

// Finish writes the list into the package.
func (b *RecordBuilder) Finish() {
	b.p.Directories = make([]InstalledDirectory, len(b.dirs))
	for i, d := range b.dirs {
		files := b.files[d]
		if b.generation == V3 {
			slices.SortStableFunc(files, func(x, y *InstalledFile) int { return strings.Compare(x.Name, y.Name) })
		}
		d.Files = make([]InstalledFile, len(files))
		for j, f := range files {
			d.Files[j] = *f
		}
		b.p.Directories[i] = *d
	}
}
