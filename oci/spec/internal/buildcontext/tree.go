package buildcontext

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Tree is a directory of the context and what it becomes in the image.
type Tree struct {
	Source File   // the directory
	Path   string // in the image
	Owner  string // of all but links

	// Exclude are patterns as in .dockerignore, from the directory on.
	Exclude []string

	FileMode, DirectoryMode *uint16 // nil for 0755 of executables, and for what the stage gives others

	// Copied is for what COPY of a Dockerfile does: the directory itself stays as it is if it exists, and has the permission bits of DirectoryMode
	// alone if it does not. Directories in it get the owner and the mode, root's and 0755 if none are given, also those that exist. Owner is that of
	// links, too.
	Copied bool
}

// maxTree bounds the files and directories of one tree.
const maxTree = 1 << 20

// Files returns what the directory holds, in the order of paths: directories before what is in them. Paths that ignored matches are left out;
// its patterns start from the context directory.
func (f *Tree) Files(ignored *patternmatcher.PatternMatcher) ([]stage.File, error) {
	source := f.Source
	matcher, err := patternmatcher.New(f.Exclude)
	if err != nil {
		return nil, fmt.Errorf("exclude of %s: %w", f.Path, err)
	}
	if err := source.checkDirectory(); err != nil {
		return nil, source.Explain(f.Path, err)
	}
	root, err := source.Root()
	if err != nil {
		return nil, source.Explain(f.Path, err)
	}
	defer root.Close()
	var files []stage.File
	made := map[string]bool{".": true}
	parents := make(map[string]patternmatcher.MatchInfo)
	base := path.Clean(filepath.ToSlash(source.Name))
	err = fs.WalkDir(root.FS(), base, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative := "."
		if name != base {
			relative = name
			if base != "." {
				relative = name[len(base)+1:]
			}
			isExcluded, info, err := matcher.MatchesUsingParentResults(filepath.FromSlash(relative), parents[path.Dir(relative)])
			if err != nil {
				return err
			}
			if entry.IsDir() {
				parents[relative] = info
			}
			isIgnored, err := ignored.MatchesOrParentMatches(filepath.FromSlash(name))
			if err != nil {
				return err
			}
			if isExcluded || isIgnored {
				if entry.IsDir() && !matcher.Exclusions() && !ignored.Exclusions() {
					return fs.SkipDir
				}
				return nil
			}
		}
		if f.Copied {
			files = f.above(files, made, relative)
		}
		if made[relative] = true; len(files) == maxTree {
			return fmt.Errorf("more than %d files", maxTree)
		}
		file, err := f.file(root.Readlink, name, relative, entry)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, source.Explain(f.Path, err)
	}
	if f.Copied {
		f.asCopied(files)
	}
	return files, nil
}

// above adds the directories that lead to a file and were excluded themselves.
func (f *Tree) above(files []stage.File, made map[string]bool, name string) []stage.File {
	for i, r := range name {
		if dir := name[:i]; r == '/' && !made[dir] {
			made[dir] = true
			files = append(files, stage.File{Path: path.Join(f.Path, dir), Type: tree.Directory, Owner: f.Owner, Mode: copyOf(f.DirectoryMode)})
		}
	}
	return files
}

// asCopied changes files, of which the first is the directory itself, to those of COPY.
func (f *Tree) asCopied(files []stage.File) {
	for i := range files {
		switch file := &files[i]; {
		case i == 0:
			if file.IfMissing = true; file.Mode != nil {
				*file.Mode &= 0o777
			}
		case file.Type == tree.Symlink:
			file.Owner = f.Owner
		case file.Type == tree.Directory:
			if file.Owner = cmp.Or(f.Owner, "0:0"); file.Mode == nil {
				mode := uint16(0o755)
				file.Mode = &mode
			}
		}
	}
}

func (f *Tree) file(readlink func(string) (string, error), name, relative string, entry fs.DirEntry) (stage.File, error) {
	file := stage.File{Path: path.Join(f.Path, relative), Owner: f.Owner}
	switch {
	case entry.IsDir():
		file.Type, file.Mode = tree.Directory, copyOf(f.DirectoryMode)
		return file, nil
	case entry.Type() == fs.ModeSymlink:
		target, err := readlink(filepath.FromSlash(name))
		file.Type, file.Target, file.Owner = tree.Symlink, filepath.ToSlash(target), ""
		return file, err
	case !entry.Type().IsRegular():
		return file, fmt.Errorf("%s is not a file, directory or symbolic link", name)
	}
	info, err := entry.Info()
	if err != nil {
		return file, err
	}
	file.Content, file.Size = File{f.Source.Dir, filepath.FromSlash(name)}, info.Size()
	if file.Mode = copyOf(f.FileMode); file.Mode == nil {
		file.Mode = Executable(info)
	}
	return file, nil
}

// Executable returns the mode of a file that its owner may execute, and nil for any other: git and archives keep no more of it.
func Executable(info fs.FileInfo) *uint16 {
	if info.Mode()&0o100 == 0 {
		return nil
	}
	mode := uint16(0o755)
	return &mode
}

func copyOf(mode *uint16) *uint16 {
	if mode == nil {
		return nil
	}
	other := *mode
	return &other
}
