package spec

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// SetContext names the directory that sources start from and must lie in. Without it, that is the spec's own.
//
// A spec may come from a stranger, as one in a pull request does, and the image goes to whoever can pull it. So a source
// cannot be any file that the builder may read: no "..", absolute path or link leads out of the context directory.
//
// Bases, repositories and keys are not confined. Nothing of them reaches the image as it is: a base must be a root file
// system or an image, a repository's packages must be signed, a key only verifies. Messages about them do not quote them.
func (s *Document) SetContext(dir string) { s.context = dir }

// files returns an entry as the stage takes it: of a tree, all that is in it.
func (s *Document) files(f *fileEntry) ([]stage.File, error) {
	if f.Tree != "" {
		return s.tree(f)
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
		if mode, err := parseMode(f.Mode); err == nil {
			file.Mode = mode.pointer()
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
			FileMode: f.Modes.Files.pointer(), DirectoryMode: f.Modes.Directories.pointer(),
		}
	}
	var err error
	name := f.Source
	switch {
	case f.From != "":
		file.Origin.ImageName, file.Origin.Path, file.Origin.IsPattern = f.From, f.Source, strings.ContainsAny(f.Source, "*?[")
		file.Origin.MayBeNone, file.Origin.Copied = f.Merge, f.Merge // as of COPY
		file.Origin.Image, err = s.imageInContext(f.From)
		return file, err
	case strings.Contains(f.Archive, "://"):
		return file, fmt.Errorf("archive %s of %s is a URL: give url, sha256 and archive: tar", redact.URL(f.Archive), f.Path)
	case f.URL != "":
		return file, nil
	case f.Archive != "":
		name = f.Archive
	}
	source := contextFile{s.context, filepath.FromSlash(name)}
	info, err := source.stat()
	if err != nil {
		return file, source.explain(f.Path, err)
	}
	if file.Content, file.Size = source, info.Size(); file.Mode == nil {
		file.Mode = executable(info)
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
	place := contextFile{s.context, filepath.FromSlash(ref.Path)}
	if filepath.IsAbs(place.name) || path.IsAbs(ref.Path) {
		return "", place.explain("from", errAbsolute)
	}
	root, err := place.root()
	if err != nil {
		return "", place.explain("from", err)
	}
	defer root.Close()
	if _, err := root.Stat(place.name); err != nil {
		return "", place.explain("from", err)
	}
	ref.Path = filepath.Join(s.context, place.name)
	return ref.String(), nil
}

// contextFile is the content of a file in a context directory. It is found again each time that it is opened, so that
// neither a link nor a directory that was moved in between leads out.
type contextFile struct{ dir, name string }

func (f contextFile) Open() (io.ReadCloser, error) {
	root, err := f.root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(f.name)
}

func (f contextFile) stat() (fs.FileInfo, error) {
	if filepath.IsAbs(f.name) || path.IsAbs(filepath.ToSlash(f.name)) {
		return nil, errAbsolute
	}
	root, err := f.root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(f.name)
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	return info, err
}

func (f contextFile) root() (*os.Root, error) {
	root, err := os.OpenRoot(f.directory())
	if err != nil {
		return nil, &contextError{err}
	}
	return root, nil
}

// directory returns the context directory; "" is the working directory.
func (f contextFile) directory() string { return filepath.Clean(f.dir) }

// contextError is an error about the context directory itself.
type contextError struct{ err error }

func (e *contextError) Error() string { return e.err.Error() }
func (e *contextError) Unwrap() error { return e.err }

var (
	errAbsolute  = errors.New("absolute path")
	errIrregular = errors.New("not a regular file")
)

// explain says why a source cannot be the content of the image's file.
func (f contextFile) explain(target string, err error) error {
	const confined = "copy the file into the context directory, or name one that contains it: --context DIR"
	if outside := new(contextError); errors.As(err, &outside) {
		return hint.With(fmt.Errorf("context directory: %w", outside.err), "give a directory that exists: --context DIR")
	}
	var inner *fs.PathError
	isLink := errors.As(err, &inner) && inner.Err.Error() == pathEscapes
	switch {
	case err == errAbsolute:
		return hint.With(fmt.Errorf("source %q of %s is an absolute path, and sources are relative to the context directory %s", f.name, target, f.directory()), confined)
	case isLink && !filepath.IsLocal(f.name):
		return hint.With(fmt.Errorf("source %q of %s leads out of the context directory %s", f.name, target, f.directory()), confined)
	case isLink:
		return hint.With(fmt.Errorf("source %q of %s is reached by a link that is absolute or leads out of the context directory %s", f.name, target, f.directory()), confined)
	case errors.Is(err, fs.ErrNotExist):
		return hint.With(fmt.Errorf("source %q of %s does not exist in the context directory %s", f.name, target, f.directory()), "sources are relative to the context directory: the spec's own, or --context DIR")
	case err == errNoDirectory:
		return hint.With(fmt.Errorf("tree %q of %s is not a directory", f.name, target), "for a file, use source instead of tree")
	case err == errIrregular:
		return hint.With(fmt.Errorf("source %q of %s is not a regular file", f.name, target), "correct the entry under files in the spec")
	case inner != nil:
		err = inner.Err
	}
	return fmt.Errorf("read source %q of %s: %w", f.name, target, err)
}

// pathEscapes is the text of package os's error for a path that leads out of a root; the error has no name.
const pathEscapes = "path escapes from parent"
