package spec

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// SetContext names the directory that sources start from and must lie in. Without it, that is the spec's own.
//
// A spec may come from a stranger, as one in a pull request does, and the image goes to everyone who can pull it. So a source
// cannot be any file that the builder may read: no "..", absolute path or link leads out of the context directory.
//
// Bases, repositories and keys are not confined. Nothing of them reaches the image as it is: a base must be a root file
// system or an image, a repository's packages must be signed, a key only verifies. Messages about them do not quote them.
func (s *Document) SetContext(dir string) { s.context = dir }

// files returns an entry as the stage takes it: of a tree, all that is in it.
func (s *Document) files(f *fileEntry) ([]stage.File, error) {
	if f.Tree != "" {
		tree := buildcontext.Tree{
			Source: buildcontext.File{Dir: s.context, Name: filepath.FromSlash(f.Tree)}, Path: f.Path, Owner: f.Owner, Exclude: f.Exclude,
			FileMode: f.Modes.Files.pointer(), DirectoryMode: f.Modes.Directories.pointer(), Copied: f.Merge,
		}
		return tree.Files(new(patternmatcher.PatternMatcher))
	}
	file, err := s.file(f)
	return []stage.File{file}, err
}

func (s *Document) file(f *fileEntry) (stage.File, error) {
	file := stage.File{Path: f.Path, Target: f.Target, Owner: f.Owner, IfMissing: f.Merge}
	if name := cmp.Or(f.Source, f.URL); f.Merge && name != "" {
		file.Name = path.Base(filepath.ToSlash(name))
	}
	if f.Mode != "" && f.Type != "permissions" {
		if mode, err := specfile.ParseMode(f.Mode); err == nil {
			file.Mode = &mode
		}
	}
	switch {
	case f.Type == "directory":
		file.Type = tree.Directory
		return file, nil
	case f.Type == "symlink":
		file.Type = tree.Symlink
		return file, nil
	case f.Type == "hardlink":
		file.Action = stage.Link
		return file, nil
	case f.Type == "permissions":
		file.Action, file.ModeText, file.Recursive = stage.SetPermissions, strings.TrimPrefix(f.Mode, "0o"), f.Recursive
		return file, nil
	case f.Type == "absent":
		file.Action = stage.Delete
		return file, nil
	case f.Content != nil:
		file.Content, file.Size = tree.Bytes([]byte(*f.Content)), int64(len(*f.Content))
		return file, nil
	case f.Append != nil:
		file.Action, file.Content, file.Size = stage.Append, tree.Bytes([]byte(*f.Append)), int64(len(*f.Append))
		return file, nil
	}
	if f.From != "" || f.Archive != "" || f.URL != "" {
		file.Origin = &stage.Origin{
			URL: f.URL, SHA256: f.SHA256, Archive: f.Archive != "", Strip: f.Strip, Include: f.Include,
			Exclude: f.Exclude, Copied: f.Merge, FileMode: f.Modes.Files.pointer(), DirectoryMode: f.Modes.Directories.pointer(),
		}
	}
	var err error
	name := f.Source
	switch {
	case f.From != "":
		file.Origin.ImageName, file.Origin.Path, file.Origin.IsPattern = f.From, f.Source, strings.ContainsAny(f.Source, "*?[")
		file.Origin.MayBeNone = f.Merge // as of COPY
		file.Origin.Image, err = s.imageInContext(f.From)
		return file, err
	case strings.Contains(f.Archive, "://"):
		return file, fmt.Errorf("archive %s of %s is a URL: give url, sha256 and archive: tar", redact.URL(f.Archive), f.Path)
	case f.URL != "":
		return file, nil
	case f.Archive != "":
		name = f.Archive
	}
	source := buildcontext.File{Dir: s.context, Name: filepath.FromSlash(name)}
	info, err := source.Stat()
	if err != nil {
		return file, source.Explain(f.Path, err)
	}
	if file.Content, file.Size = source, info.Size(); file.Mode == nil {
		file.Mode = buildcontext.Executable(info)
	}
	return file, nil
}

// imageInContext returns the reference of an image that a file comes from. One that is on this machine must lie in the context
// directory, for the same reason as sources.
func (s *Document) imageInContext(text string) (string, error) {
	ref, err := oci.ParseReference(text)
	if err != nil || ref.Path == "" {
		return text, err
	}
	place := buildcontext.File{Dir: s.context, Name: filepath.FromSlash(ref.Path)}
	if filepath.IsAbs(place.Name) || path.IsAbs(ref.Path) {
		return "", place.Explain("from", buildcontext.ErrAbsolute)
	}
	root, err := place.Root()
	if err != nil {
		return "", place.Explain("from", err)
	}
	defer root.Close()
	if _, err := root.Stat(place.Name); err != nil {
		return "", place.Explain("from", err)
	}
	ref.Path = filepath.Join(s.context, place.Name)
	return ref.String(), nil
}
