package stage

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// File is a file, directory or symbolic link that a spec adds to the image.
type File struct {
	Path string    // within the image; a leading slash is optional
	Type tree.Type // tree.Regular, tree.Directory or tree.Symlink

	Content tree.Content // of a regular file; may be nil if Size is 0
	Size    int64        // bytes of Content
	Target  string       // of a symbolic link

	// Mode is at most 07777; nil means 0644, of a new directory 0755, and for a
	// directory that exists that its mode stays. Links have none.
	Mode *uint16

	// Owner is "user:group", by names of the staged etc/passwd and etc/group or by
	// numbers, or "user" for a name whose group is in etc/passwd. Empty means
	// root, and for a directory that exists that its owner stays.
	Owner string
}

// AddFiles adds files to the staged tree. They replace existing files of the same
// names, except for directories, which only get the attributes that are set. Missing
// parent directories are created, 0755 and owned by root, and links among them are followed.
func (s *Stage) AddFiles(files []File) error {
	for i := range files {
		if err := s.addFile(&files[i]); err != nil {
			return fmt.Errorf("add %s: %w", files[i].Path, err)
		}
	}
	return nil
}

func (s *Stage) addFile(f *File) error {
	name := strings.TrimPrefix(path.Clean("/"+f.Path), "/")
	switch {
	case strings.ContainsRune(f.Path, 0) || strings.ContainsRune(f.Target, 0):
		return errors.New("a path cannot contain the byte 0")
	case name == "" && f.Type != tree.Directory:
		return errors.New("the path names no file")
	case f.Mode != nil && *f.Mode > 0o7777:
		return fmt.Errorf("mode %o has bits other than permission, set-id and sticky bits", *f.Mode)
	case f.Type == tree.Symlink && f.Target == "":
		return errors.New("the link has no target")
	case f.Size < 0 || f.Size > 0 && f.Content == nil:
		return errors.New("the file has a size, but no content")
	}
	uid, gid, err := s.findOwner(f.Owner)
	if err != nil {
		return err
	}
	if dir, _ := splitParent(name); dir != "" {
		if err := s.tree.MkdirAll(dir, 0o755); err != nil {
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
		if n, err = s.addDirectory(name); err != nil {
			return err
		}
		if f.Owner != "" {
			n.UID, n.GID = uid, gid
		}
	default:
		return errors.New("only files, directories and symbolic links can be added")
	}
	if f.Mode != nil {
		n.Mode = *f.Mode
	}
	if f.Type == tree.Directory {
		return nil
	}
	return s.tree.Put(name, n)
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
	name, group, hasGroup := strings.Cut(owner, ":")
	users, groups := passwdTable(), groupTable()
	user, err := users.lookUp(s.tree, name)
	if err != nil {
		return 0, 0, fmt.Errorf("owner %q: %w", owner, err)
	}
	if !hasGroup {
		if !user.exists {
			return 0, 0, fmt.Errorf("owner %q: a number needs a group, as in \"%s:0\"", owner, name)
		}
		return user.id, user.gid, nil
	}
	g, err := groups.lookUp(s.tree, group)
	if err != nil {
		return 0, 0, fmt.Errorf("owner %q: %w", owner, err)
	}
	return user.id, g.id, nil
}

// CheckUser checks that the user of an image, "user", "user:group" or "", is in the staged etc/passwd and etc/group, as what
// starts a container will look it up. Numbers need not be.
func (s *Stage) CheckUser(user string) error {
	name, group, _ := strings.Cut(user, ":")
	for _, id := range []struct {
		table idTable
		name  string
	}{{passwdTable(), name}, {groupTable(), group}} {
		if id.name == "" {
			continue
		}
		if _, err := id.table.lookUp(s.tree, id.name); err != nil {
			return hint.With(fmt.Errorf("%q: %w", user, err), "request a package that adds it, or give a number")
		}
	}
	return nil
}

// lookUp finds a name or else takes it for a number.
func (t *idTable) lookUp(in *tree.Tree, name string) (idLine, error) {
	if name == "" {
		return idLine{}, errors.New("empty name")
	}
	if line := t.read(in)[name]; line.exists {
		return line, nil
	}
	id, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return idLine{}, fmt.Errorf("%s has no entry %q", t.path, name)
	}
	return idLine{id: uint32(id)}, nil
}
