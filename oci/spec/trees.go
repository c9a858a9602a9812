package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// maxTree bounds the files and directories of one tree.
const maxTree = 1 << 20

// tree returns what a directory of the context holds, in the order of paths: directories before what is in them. Patterns of
// exclude are those of .dockerignore, from the directory on.
func (s *Document) tree(f *fileEntry) ([]stage.File, error) {
	return s.treeBut(f, new(patternmatcher.PatternMatcher))
}

// treeBut is tree without what ignored matches, whose patterns start from the context directory.
func (s *Document) treeBut(f *fileEntry, ignored *patternmatcher.PatternMatcher) ([]stage.File, error) {
	source := contextFile{s.context, filepath.FromSlash(f.Tree)}
	matcher, err := patternmatcher.New(f.Exclude)
	if err != nil {
		return nil, fmt.Errorf("exclude of %s: %w", f.Path, err)
	}
	if err := source.isDirectory(); err != nil {
		return nil, source.explain(f.Path, err)
	}
	root, err := source.root()
	if err != nil {
		return nil, source.explain(f.Path, err)
	}
	defer root.Close()
	var files []stage.File
	parents := make(map[string]patternmatcher.MatchInfo)
	base := path.Clean(filepath.ToSlash(source.name))
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
		if len(files) == maxTree {
			return fmt.Errorf("more than %d files", maxTree)
		}
		file, err := s.treeFile(f, root.Readlink, name, relative, entry)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, source.explain(f.Path, err)
	}
	return files, nil
}

func (s *Document) treeFile(f *fileEntry, readlink func(string) (string, error), name, relative string, entry fs.DirEntry) (stage.File, error) {
	file := stage.File{Path: path.Join(f.Path, relative), Owner: f.Owner, IfMissing: f.Merge}
	switch {
	case entry.IsDir():
		file.Type, file.Mode = tree.Directory, f.Modes.Directories.pointer()
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
	file.Content, file.Size = contextFile{s.context, filepath.FromSlash(name)}, info.Size()
	if file.Mode = f.Modes.Files.pointer(); file.Mode == nil {
		file.Mode = executable(info)
	}
	return file, nil
}

// executable is the mode of a file that its owner may execute, and nil for any other: git and archives keep no more of it.
func executable(info fs.FileInfo) *uint16 {
	if info.Mode()&0o100 == 0 {
		return nil
	}
	mode := uint16(0o755)
	return &mode
}

func (m *fileMode) pointer() *uint16 {
	if m == nil {
		return nil
	}
	mode := uint16(*m)
	return &mode
}

var errNoDirectory = errors.New("not a directory")

// isDirectory returns an error unless the name is that of a directory in the context.
func (f contextFile) isDirectory() error {
	if filepath.IsAbs(f.name) || path.IsAbs(filepath.ToSlash(f.name)) {
		return errAbsolute
	}
	root, err := f.root()
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Stat(f.name)
	if err == nil && !info.IsDir() {
		err = errNoDirectory
	}
	return err
}
