package pathtree

import (
	"errors"
	"fmt"
	"strings"
)

// Tree is what paths a package has had so far.
type Tree struct {
	paths map[string]pathKind
	size  int
}

type pathKind uint8

const (
	pathUnknown pathKind = iota
	pathFile             // anything but a directory
	pathDirectory
	pathParent // a directory that is below no entry of its own, but above one
)

// maxTree bounds a package's paths: the bytes of their names, and 100 for each.
const maxTree = 256 << 20

// AddDirectory enters a directory, which may come again. Its parents need not be in
// the package: they are in the root, or apk makes them.
func (t *Tree) AddDirectory(path string) error {
	if t.paths[path] == pathFile {
		return errors.New("is a directory, but was a file before")
	}
	if err := t.add(path, pathDirectory); err != nil {
		return err
	}
	for {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return nil
		}
		path = path[:i]
		switch t.paths[path] {
		case pathFile:
			return fmt.Errorf("is below %q, which is not a directory", path)
		case pathUnknown:
			if err := t.add(path, pathParent); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// AddFile enters anything else. Its directory must have come before it.
func (t *Tree) AddFile(path string) error {
	if i := strings.LastIndexByte(path, '/'); i >= 0 && t.paths[path[:i]] != pathDirectory {
		return fmt.Errorf("its directory %q has no earlier entry", path[:i])
	}
	switch t.paths[path] {
	case pathUnknown:
		return t.add(path, pathFile)
	case pathFile:
		return errors.New("occurs twice")
	}
	return errors.New("was a directory before")
}

// HasFile reports whether a path is anything but a directory.
func (t *Tree) HasFile(path string) bool { return t.paths[path] == pathFile }

func (t *Tree) add(path string, kind pathKind) error {
	if t.size += len(path) + 100; t.size > maxTree {
		return fmt.Errorf("exceeds the limit of %d bytes for the paths of a package", maxTree)
	}
	if t.paths == nil {
		t.paths = make(map[string]pathKind)
	}
	t.paths[path] = kind
	return nil
}

// IsListed reports whether a directory has an entry of its own.
func (t *Tree) IsListed(path string) bool { return t.paths[path] == pathDirectory }

// Reset forgets all paths, and keeps memory.
func (t *Tree) Reset() {
	clear(t.paths)
	t.size = 0
}

// MaxPath is how long a path may be, in bytes, for Linux to take it.
const MaxPath = 4095

// CheckName refuses what apk refuses, and what would mean another path than it
// seems to. trimmed is the name without slashes at its end.
func CheckName(name, trimmed string) error {
	for i := range len(name) {
		if name[i] < 0x20 || name[i] == 0x7f {
			return errors.New("the name has a control character")
		}
	}
	if name[0] == '/' {
		return errors.New("the name is absolute")
	}
	if len(name) > MaxPath {
		return fmt.Errorf("the name is longer than %d bytes", MaxPath)
	}
	for part := range strings.SplitSeq(trimmed, "/") {
		switch part {
		case "..", ".":
			return fmt.Errorf("the name has a component %q", part)
		case "":
			return errors.New("the name has an empty component")
		}
	}
	return nil
}
