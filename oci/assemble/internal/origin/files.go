package origin

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/internal/filemode"
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
		if o.Parents != "" && strings.Contains(o.Path, "**") {
			names, err = deepMatches(from, o.Path)
		} else {
			names, err = from.Glob(o.Path)
		}
		if err != nil {
			return nil, err
		}
		if len(names) == 0 && !o.MayBeNone {
			return nil, hint.With(errors.New("nothing matches the pattern"), "correct the pattern")
		}
		if len(names) > 1 && !strings.HasSuffix(f.Path, "/") && o.Parents == "" {
			return nil, hint.Errorf("%d files match the pattern, and the destination %s does not end in a slash", len(names), f.Path).With(
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
			files = append(files, directory(path.Clean(f.Path), f, o))
			for i, r := range below {
				if r != '/' {
					continue
				}
				n, err := from.Stat(strings.Trim(path.Join(o.Parents, below[:i]), "/"))
				if err != nil {
					return nil, err
				}
				above := directory(path.Join(f.Path, below[:i]), f, o)
				above.Owner, above.Mode = ownerOf(f, n), modeOf(o, n)
				if files = append(files, above); o.DirectoryMode == nil && o.ModeText == "" { // that of one that exists, too, as BuildKit does it
					files = append(files, stage.File{Path: above.Path, Type: tree.Directory, Mode: above.Mode})
				}
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

// deepMatches returns the paths that a pattern of "COPY --parents" matches, in which "**" stands for any number of directories.
func deepMatches(from *tree.Tree, pattern string) (names []string, err error) {
	matcher, err := patternmatcher.New([]string{strings.Trim(pattern, "/")})
	if err != nil {
		return nil, err
	}
	last := "/" // directory that was found, whose files go with it
	for name := range from.All() {
		if strings.HasPrefix(name, last) {
			continue
		}
		if isMatch, err := matcher.MatchesOrParentMatches(name); err != nil {
			return nil, err
		} else if isMatch {
			names, last = append(names, name), name+"/"
		}
	}
	return names, nil
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
		return oneFile(top, f, o)
	}
	chosen, err := newChoice(o)
	if err != nil {
		return nil, err
	}
	files := []stage.File{rootOf(top, f, o)}
	paths := make(map[*tree.Node]string) // of files, for hard links
	for name, n := range from.All() {
		relative, ok := strings.CutPrefix("/"+name, strings.TrimSuffix("/"+resolved, "/")+"/")
		if !ok || relative == "" {
			continue
		}
		if relative, err = chosen.name(relative); err != nil {
			return nil, err
		} else if relative == "" {
			continue
		}
		to := path.Join(f.Path, relative)
		if first := paths[n]; first != "" {
			files = append(files, stage.File{Path: to, Action: stage.Link, Target: first})
			continue
		}
		if o.Copied && n.Links() > 1 {
			paths[n] = to
		}
		file, err := fileBelow(n, to, f, o)
		if err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
		files = append(files, file)
	}
	return files, nil
}

// oneFile returns a file, and the directory that a copy needs for it.
func oneFile(n *tree.Node, f stage.File, o *stage.Origin) ([]stage.File, error) {
	if n.Type != tree.Regular {
		return nil, errors.New("is neither a file nor a directory")
	}
	if f.Mode == nil {
		f.Mode = modeOf(&stage.Origin{ModeText: o.ModeText}, n)
	}
	f.Content, f.Size = n.Content, n.Size
	if !o.Copied {
		return []stage.File{f}, nil
	}
	above := directory(path.Dir(f.Path), f, o) // which does not get the owner that the file keeps
	f.Owner = ownerOf(f, n)
	return []stage.File{above, f}, nil
}

// rootOf returns the directory that the files of another one go into.
func rootOf(n *tree.Node, f stage.File, o *stage.Origin) stage.File {
	root := f
	switch root.Name, root.Type, root.Mode = "", tree.Directory, o.DirectoryMode; {
	case o.Copied && o.Parents != "":
		root.Owner, root.Mode, root.IfMissing = ownerOf(f, n), modeOf(o, n), false
	case o.Copied && !o.Archive:
		root = directory(f.Path, f, o)
	}
	return root
}

// fileBelow returns a file of a directory, for the path that it goes to.
func fileBelow(n *tree.Node, to string, f stage.File, o *stage.Origin) (stage.File, error) {
	file := stage.File{Path: to, Type: n.Type, Owner: f.Owner}
	switch {
	case o.Copied && o.Archive && isImplied(n):
		return stage.File{Path: to, Type: tree.Directory, Mode: o.DirectoryMode, IfMissing: true}, nil
	case o.Copied:
		file.Owner = ownerOf(f, n) // also of a directory that exists
	}
	switch n.Type {
	case tree.Directory:
		file.Mode = modeOf(o, n)
	case tree.Symlink:
		if file.Target = n.Target; !o.Copied {
			file.Owner = ""
		}
	case tree.Regular:
		file.Content, file.Size, file.Mode = n.Content, n.Size, modeOf(o, n)
	default:
		return file, errors.New("is a device, a socket or a pipe")
	}
	return file, nil
}

// isImplied says whether an archive has a directory only in the paths of other members: the tree made it, which had no time.
func isImplied(n *tree.Node) bool {
	return n.Type == tree.Directory && n.ModTime.IsZero() && n.Mode == 0o755 && n.UID == 0 && n.GID == 0
}

// choice says which files of a directory are taken, and under which names.
type choice struct {
	included, excluded *patternmatcher.PatternMatcher
	all                bool // without included
	strip              int
}

func newChoice(o *stage.Origin) (*choice, error) {
	included, err := patternmatcher.New(o.Include)
	if err != nil {
		return nil, fmt.Errorf("include: %w", err)
	}
	excluded, err := patternmatcher.New(o.Exclude)
	if err != nil {
		return nil, fmt.Errorf("exclude: %w", err)
	}
	return &choice{included: included, excluded: excluded, all: len(o.Include) == 0, strip: o.Strip}, nil
}

// name returns the name that a file gets, "" if it is left out. Patterns of what is included are for names as they become.
func (c *choice) name(relative string) (string, error) {
	to := stripped(relative, c.strip)
	if !c.all {
		if isIncluded, err := c.included.MatchesOrParentMatches(to); err != nil || !isIncluded {
			return "", err
		}
	}
	if isExcluded, err := c.excluded.MatchesOrParentMatches(relative); err != nil || isExcluded {
		return "", err
	}
	return to, nil
}

// directory returns one that a copy goes into, which is made if it is missing: for root or the owner that is asked for, with the permissions of
// "COPY --chmod".
func directory(name string, f stage.File, o *stage.Origin) stage.File {
	made := stage.File{Path: name, Type: tree.Directory, Owner: f.Owner, IfMissing: true}
	if o.DirectoryMode != nil {
		mode := *o.DirectoryMode & 0o777
		made.Mode = &mode
	}
	return made
}

// ownerOf returns the owner that is asked for, or else that of a file that is copied.
func ownerOf(f stage.File, n *tree.Node) string {
	return cmp.Or(f.Owner, fmt.Sprintf("%d:%d", n.UID, n.GID))
}

// modeOf returns the mode that a file or directory gets.
func modeOf(o *stage.Origin, n *tree.Node) *uint16 {
	given := o.FileMode
	if n.Type == tree.Directory {
		given = o.DirectoryMode
	}
	if given != nil {
		return given
	}
	mode := n.Mode
	if o.ModeText != "" {
		mode, _ = filemode.Change(o.ModeText, mode, n.Type == tree.Directory, 0)
	}
	return &mode
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
