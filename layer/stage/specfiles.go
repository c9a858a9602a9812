package stage

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Action is what happens to a path.
type Action uint8

const (
	Add            Action = iota // a file, directory or symbolic link
	Append                       // content behind that of a regular file, which is created if missing
	SetPermissions               // owner and mode of what is there
	Delete                       // what is there, with all that is in it, as [Stage.Remove]
	Link                         // a further name for the file Target, in place of a file of that name
)

// File is a path of the image, and what a spec makes of it.
type File struct {
	Path string // within the image; a leading slash is optional
	// Name is what a file, not a directory, is called below Path if Path ends in a slash or is a directory, as with cp; "" means
	// that Path is the file.
	Name   string
	Action Action
	Type   tree.Type // tree.Regular, tree.Directory or tree.Symlink

	Content tree.Content // of a regular file; may be nil if Size is 0
	Size    int64        // bytes of Content
	Target  string       // of a symbolic link; for Link, a path within the image

	// Origin, if not nil, is where the file comes from; the caller replaces it by the content before it is staged.
	Origin *Origin

	// Mode is at most 07777; nil means 0644, of a new directory 0755, and for a
	// directory that exists that its mode stays. Links have none.
	Mode *uint16

	// ModeText is the mode for SetPermissions, as chmod takes it: octal or symbolic. Recursive means all below a directory
	// too.
	ModeText  string
	Recursive bool

	// IfMissing is for what COPY of a Dockerfile makes: a directory that exists stays as it is, and directories above that are
	// missing get the owner, too; a link at the end of Path is followed.
	IfMissing bool

	// Owner is "user:group", by names of the staged etc/passwd and etc/group or by
	// numbers, or "user" for a name whose group is in etc/passwd. Empty means
	// root, and for a directory that exists that its owner stays.
	Owner string
}

// Origin is a file, or a directory with all that is in it, that does not lie in the context of a spec.
type Origin struct {
	Image     string   // reference of the image that it is taken from; "" for none
	ImageName string   // the reference as the spec has it, which a lock stores; "" for Image
	Path      string   // in the image
	IsPattern bool     // Path is a pattern (path.Match), which several files may match
	MayBeNone bool     // it is no error if nothing matches the pattern
	Parents   string   // directory from which on those that lead to Path go along, as of "COPY --parents"; "" for none
	Exclude   []string // patterns of .dockerignore, for what is below Path

	URL    string // to download it from; "" for none
	SHA256 string // of what is downloaded, hexadecimal; "" for what the URL leads to

	// Archive means that what was downloaded, or Content, is a tar, plain or with gzip, zstd, bzip2 or xz, or a zip, which is unpacked: without the
	// first Strip components of its paths, and only those that a pattern of Include has, if there are any.
	Archive bool
	Strip   int
	Include []string

	// Copied means to copy as COPY and ADD of a Dockerfile do: without an owner, all keeps its own, hard links stay hard links, and
	// the directory itself, if it is made, gets the permission bits of DirectoryMode alone.
	Copied bool

	FileMode, DirectoryMode *uint16 // of what is in a directory or archive; nil for what they are there
	ModeText                string  // symbolic mode, as chmod takes it, for what has no other; valid as of script.ParseMode
}

// AddFiles carries out the actions on files in the staged tree. New ones replace existing files of the same
// names, except for directories, which only get the attributes that are set. Missing
// parent directories are created, 0755 and owned by root, and links among them are followed.
func (s *Stage) AddFiles(ctx context.Context, files []File) error {
	for i := range files {
		f := &files[i]
		var err error
		verb := "add"
		switch f.Action {
		case Delete:
			err = s.Remove([]string{f.Path})
			if err != nil {
				return err
			}
		case SetPermissions:
			verb = "set permissions of"
			err = s.setPermissions(ctx, f)
		case Link:
			verb = "link"
			err = s.addLink(f)
		case Append:
			verb = "append to"
			err = s.appendFile(f)
		default:
			err = s.addFile(f)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", verb, f.Path, err)
		}
	}
	return nil
}

// maxAppend bounds a file that something is appended to, in bytes.
const maxAppend = 64 << 20

// appendFile appends to a file, which keeps its mode and owner unless others are given.
func (s *Stage) appendFile(f *File) error {
	name := strings.TrimPrefix(path.Clean("/"+f.Path), "/")
	before, err := s.tree.ReadFile(name, maxAppend)
	if errors.Is(err, tree.ErrNotExist) {
		return s.addFile(f)
	}
	if err != nil {
		return err
	}
	added, err := readAll(f)
	if err != nil {
		return err
	}
	if err := s.tree.WriteFile(name, append(before, added...), 0o644); err != nil {
		return err
	}
	n, err := s.tree.Stat(name)
	if err != nil {
		return err
	}
	if f.Owner != "" {
		if n.UID, n.GID, err = s.findOwner(f.Owner); err != nil {
			return err
		}
	}
	if f.Mode != nil {
		n.Mode = *f.Mode
	}
	return nil
}

// readAll reads the content of a file that is appended.
func readAll(f *File) ([]byte, error) {
	if f.Content == nil {
		return nil, nil
	}
	content, err := f.Content.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return bounded.ReadAll(content, maxAppend)
}

func (s *Stage) addFile(f *File) error {
	name := strings.TrimPrefix(path.Clean("/"+f.Path), "/")
	if f.Name != "" && f.Type != tree.Directory {
		at, err := s.tree.Stat(name)
		resolved, linkErr := s.tree.Resolve(name, true)
		switch {
		case strings.HasSuffix(f.Path, "/") || err == nil && at.Type == tree.Directory:
			name = path.Join(name, f.Name)
		case f.IfMissing && linkErr == nil:
			name = resolved // COPY writes to the file that a link leads to, which may be missing
		}
	}
	if f.Type == tree.Directory {
		var err error
		if name, err = s.throughLinks(name); err != nil {
			return err
		}
	}
	switch {
	case strings.ContainsRune(f.Path, 0) || strings.ContainsRune(f.Target, 0):
		return errors.New("a path cannot contain the byte 0")
	case name == "" && f.Type != tree.Directory:
		return errors.New("the path names no file")
	case f.Mode != nil && *f.Mode > 0o7777:
		return fmt.Errorf("mode %o has bits other than permission, set-id and sticky bits", *f.Mode)
	case f.Type == tree.Symlink && f.Target == "":
		return errors.New("the link has no target")
	case f.Origin != nil:
		return errors.New("its content was not fetched")
	case f.Size < 0 || f.Size > 0 && f.Content == nil:
		return errors.New("the file has a size, but no content")
	}
	uid, gid, err := s.findOwner(f.Owner)
	if err != nil {
		return err
	}
	if dir, _ := splitParent(name); dir != "" {
		if err := s.makeParents(dir, f.IfMissing && f.Owner != "", uid, gid, maxLinks); err != nil {
			return err
		}
	}
	n := &tree.Node{Type: f.Type, UID: uid, GID: gid, ModTime: s.tree.Now}
	switch f.Type {
	case tree.Regular:
		n.Mode = 0o644
		if n.Size = f.Size; n.Size > 0 {
			n.Content = f.Content
		}
	case tree.Symlink:
		n.Mode, n.Target = 0o777, f.Target
		return s.tree.Put(name, n)
	case tree.Directory:
		if at, err := s.tree.Stat(name); f.IfMissing && err == nil && at.Type == tree.Directory {
			return nil
		}
		if n, err = s.addDirectory(name); err != nil {
			return err
		}
		if f.IfMissing && f.Mode != nil {
			n.Mode = *f.Mode | n.Mode&setGID
		} else if f.Mode != nil {
			n.Mode = *f.Mode
		}
		if f.Owner != "" {
			n.UID, n.GID = uid, gid
		}
		return nil
	default:
		return errors.New("only files, directories and symbolic links can be added")
	}
	if f.Mode != nil {
		n.Mode = *f.Mode
	}
	return s.tree.Put(name, n)
}

// setGID is the bit that passes from a directory to those that are made in it.
const setGID = 0o2000

// makeParents makes the directories of a path that are missing, each with an owner if there is one. Where a symbolic link leads to
// a missing directory, it is that which is made, as docker does it; at most so many links are followed.
func (s *Stage) makeParents(dir string, hasOwner bool, uid, gid uint32, links int) error {
	if links == 0 {
		return tree.ErrLoop
	}
	for end := range len(dir) + 1 {
		if end < len(dir) && dir[end] != '/' || end == 0 {
			continue
		}
		if _, err := s.tree.Stat(dir[:end]); !errors.Is(err, tree.ErrNotExist) {
			continue
		}
		if target, ok := s.dangling(dir[:end]); ok {
			if err := s.makeParents(target, hasOwner, uid, gid, links-1); err != nil {
				return err
			}
			continue
		}
		n, err := s.addDirectory(dir[:end])
		if err != nil {
			return err
		}
		if hasOwner {
			n.UID, n.GID = uid, gid
		}
	}
	return s.tree.MkdirAll(dir, 0o755)
}

// maxLinks is how many links that lead nowhere are followed, one behind the other: Linux follows as many.
const maxLinks = 40

// throughLinks returns where a link leads to, or a chain of links, if nothing is there; or else the name.
func (s *Stage) throughLinks(name string) (string, error) {
	for range maxLinks {
		target, ok := s.dangling(name)
		if !ok {
			return name, nil
		}
		name = target
	}
	return "", tree.ErrLoop
}

// dangling returns the path that a symbolic link names, if there is nothing.
func (s *Stage) dangling(name string) (target string, ok bool) {
	n, err := s.tree.Lstat(name)
	if err != nil || n.Type != tree.Symlink {
		return "", false
	}
	if _, err := s.tree.Stat(name); !errors.Is(err, tree.ErrNotExist) {
		return "", false
	}
	if target = n.Target; !path.IsAbs(target) {
		link, err := s.tree.Resolve(name, false)
		if err != nil {
			return "", false
		}
		target = path.Join("/", path.Dir(link), target)
	}
	return strings.TrimPrefix(path.Clean(target), "/"), true
}

// addLink adds a hard link.
func (s *Stage) addLink(f *File) error {
	name, target := strings.TrimPrefix(path.Clean("/"+f.Path), "/"), strings.TrimPrefix(path.Clean("/"+f.Target), "/")
	from, err := s.tree.Lstat(target)
	if err != nil {
		return err
	}
	if dir, _ := splitParent(name); dir != "" {
		if err := s.tree.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	switch at, err := s.tree.Lstat(name); {
	case err == nil && at == from:
		return nil
	case err == nil && at.Type == tree.Directory:
		return errors.New("a directory of that name exists")
	case err == nil:
		if err := s.tree.Remove(name); err != nil {
			return err
		}
	}
	return s.tree.Link(target, name)
}

// addDirectory returns the directory at a path, which is created if missing.
func (s *Stage) addDirectory(name string) (*tree.Node, error) {
	n, err := s.tree.Stat(name)
	if errors.Is(err, tree.ErrNotExist) {
		if err := s.tree.Mkdir(name, 0o755); err != nil {
			return nil, err
		}
		n, err = s.tree.Stat(name)
	}
	if err == nil && n.Type != tree.Directory {
		err = errors.New("a file of that name exists and is not a directory")
	}
	return n, err
}

// findOwner parses "user:group" or "user".
func (s *Stage) findOwner(owner string) (uid, gid uint32, err error) {
	if owner == "" {
		return 0, 0, nil
	}
	const remedy = "add the account before, or give numbers: UID:GID"
	name, group, hasGroup := strings.Cut(owner, ":")
	user, err := s.owners.LookUpUser(name)
	if err != nil {
		return 0, 0, hint.Errorf("owner %q: %w", owner, err).With(remedy)
	}
	if !hasGroup {
		if !user.Exists {
			return 0, 0, fmt.Errorf("owner %q: a number needs a group, as in \"%s:0\"", owner, name)
		}
		return user.ID, user.GID, nil
	}
	g, err := s.owners.LookUpGroup(group)
	if err != nil {
		return 0, 0, hint.Errorf("owner %q: %w", owner, err).With(remedy)
	}
	return user.ID, g.ID, nil
}

// CheckUser checks that the user of an image, "user", "user:group" or "", is in the staged etc/passwd and etc/group, as what
// starts a container will look it up. Numbers need not be.
func (s *Stage) CheckUser(user string) (err error) {
	name, group, _ := strings.Cut(user, ":")
	if name != "" {
		_, err = s.owners.LookUpUser(name)
	}
	if err == nil && group != "" {
		_, err = s.owners.LookUpGroup(group)
	}
	if err != nil {
		return hint.Errorf("%q: %w", user, err).With("request a package that adds it, or give a number")
	}
	return nil
}
