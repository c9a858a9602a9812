package origin

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Matching is [Files] for all that the origin's path matches.
func Matching(from *tree.Tree, f stage.File, o *stage.Origin) ([]stage.File, error) {
	names := []string{o.Path}
	if o.IsPattern {
		var err error
		if names, err = from.Glob(o.Path); err != nil {
			return nil, err
		}
		if len(names) == 0 && !o.MayBeNone {
			return nil, hint.With(errors.New("nothing matches the pattern"), "correct the pattern")
		}
		if len(names) > 1 && !strings.HasSuffix(f.Path, "/") {
			return nil, hint.With(fmt.Errorf("%d files match the pattern, and the destination %s does not end in a slash", len(names), f.Path),
				"a destination that is a directory ends in a slash")
		}
	}
	var files []stage.File
	for _, name := range names {
		one := f
		one.Name = path.Base(name)
		if o.Parents != "" {
			below := strings.TrimPrefix("/"+strings.Trim(name, "/"), strings.TrimSuffix(o.Parents, "/")+"/")
			one.Path = path.Join(f.Path, path.Dir(below)) + "/"
			resolved, err := from.Resolve(strings.Trim(name, "/"), true)
			if err != nil {
				return nil, err
			}
			if n, err := from.Lstat(resolved); err == nil && n.Type == tree.Directory {
				one.Path = path.Join(f.Path, below)
			}
		}
		expanded, err := Files(from, name, one, o)
		if err != nil {
			return nil, err
		}
		files = append(files, expanded...)
	}
	return files, nil
}

// Files returns what a tree has at a path: one file, or a directory with all that is in it, which f says where to put.
func Files(from *tree.Tree, source string, f stage.File, o *stage.Origin) ([]stage.File, error) {
	resolved, err := from.Resolve(strings.Trim(source, "/"), true)
	if err != nil {
		return nil, err
	}
	top, err := from.Lstat(resolved)
	if err != nil {
		return nil, err
	}
	if top.Type != tree.Directory {
		if f.Mode == nil {
			f.Mode = &top.Mode
		}
		f.Content, f.Size = top.Content, top.Size
		if top.Type != tree.Regular {
			return nil, errors.New("is neither a file nor a directory")
		}
		return []stage.File{f}, nil
	}
	matcher, err := patternmatcher.New(o.Include)
	if err != nil {
		return nil, fmt.Errorf("include: %w", err)
	}
	excluded, err := patternmatcher.New(o.Exclude)
	if err != nil {
		return nil, fmt.Errorf("exclude: %w", err)
	}
	root := f
	if root.Name, root.Type, root.Mode = "", tree.Directory, o.DirectoryMode; o.Copied {
		root.Mode = nil
	}
	files := []stage.File{root}
	for name, n := range from.All() {
		relative, ok := strings.CutPrefix("/"+name, strings.TrimSuffix("/"+resolved, "/")+"/")
		if !ok || relative == "" {
			continue
		}
		if len(o.Include) > 0 {
			isIncluded, err := matcher.MatchesOrParentMatches(stripped(relative, o.Strip))
			if err != nil {
				return nil, err
			}
			if !isIncluded {
				continue
			}
		}
		if isExcluded, err := excluded.MatchesOrParentMatches(relative); err != nil || isExcluded {
			if err != nil {
				return nil, err
			}
			continue
		}
		if relative = stripped(relative, o.Strip); relative == "" {
			continue
		}
		file := stage.File{Path: path.Join(f.Path, relative), Type: n.Type, Owner: f.Owner}
		switch {
		case o.Copied && o.Archive:
			file.Owner = fmt.Sprintf("%d:%d", n.UID, n.GID)
		case o.Copied:
			file.Owner = cmp.Or(f.Owner, "0:0") // also of a directory that exists
		}
		mode := n.Mode
		switch n.Type {
		case tree.Directory:
			if file.Mode = o.DirectoryMode; file.Mode == nil {
				file.Mode = &mode
			}
		case tree.Symlink:
			if file.Target = n.Target; !o.Copied {
				file.Owner = ""
			}
		case tree.Regular:
			if file.Content, file.Size, file.Mode = n.Content, n.Size, o.FileMode; file.Mode == nil {
				file.Mode = &mode
			}
		default:
			return nil, fmt.Errorf("%s is a device, a socket or a pipe", name)
		}
		files = append(files, file)
	}
	return files, nil
}

// stripped returns a path without its first components, "" if it has no more.
func stripped(name string, components int) string {
	for range components {
		_, rest, ok := strings.Cut(name, "/")
		if !ok {
			return ""
		}
		name = rest
	}
	return name
}

// Keep takes the contents of files out of the layers and packages that they are in, which can only be read from their beginnings.
func Keep(files []stage.File, kept *spool.Spool) error {
	var contents []tree.Content
	places := make(map[tree.Content][]int) // several for hard links
	for i, f := range files {
		if _, ok := f.Content.(tree.Streamed); !ok {
			continue
		}
		if places[f.Content] == nil {
			contents = append(contents, f.Content)
		}
		places[f.Content] = append(places[f.Content], i)
	}
	return tree.ReadContents(contents, func(i int, r io.Reader) error {
		content, err := kept.Keep(r)
		for _, place := range places[contents[i]] {
			files[place].Content = content
		}
		return err
	})
}
