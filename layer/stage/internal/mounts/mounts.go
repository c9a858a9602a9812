package mounts

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Reserve reserves paths, a leading slash of which is optional. The caller puts files there. Existing content is hidden: a directory is
// empty, and anything else is missing. Unmount takes away all that is there by then, and the directories that were made for it if nothing
// else is in them, and shows what was hidden as it was.
func Reserve(t *tree.Tree, paths []string) (unmount func() error, err error) {
	var all []*mount
	for _, p := range paths {
		m, err := begin(t, strings.TrimPrefix(path.Clean("/"+p), "/"))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("mount over %s: %w", p, err), endAll(t, all))
		}
		if m.dir != nil {
			m.dir.Mount(false)
		}
		all = append(all, m)
	}
	return func() error { return endAll(t, all) }, nil
}

func endAll(t *tree.Tree, all []*mount) error {
	for _, m := range slices.Backward(all) {
		if err := m.end(t); err != nil {
			return fmt.Errorf("unmount %s: %w", m.name, err)
		}
	}
	return nil
}

// mount is a path that is reserved.
type mount struct {
	name    string
	made    []string // directories for it and itself, parents first
	dir     *tree.Node
	was     tree.Node  // of dir
	uncover func()     // of dir
	file    *tree.Node // what is hidden that is not a directory
	over    *tree.Node // the file that hides it, if it is mounted; nil if commands may remove it
}

func begin(t *tree.Tree, name string) (*mount, error) {
	m := &mount{name: name}
	at, err := t.Stat(name)
	switch {
	case name == "":
		return nil, hint.With(errors.New("it is the root"), "mount in a directory")
	case err == nil && at.Type == tree.Directory:
		m.dir, m.was, m.uncover = at, *at, at.Cover()
		return m, nil
	case err == nil:
		if m.name, err = t.Resolve(name, true); err == nil {
			m.file, err = at, t.Remove(m.name)
		}
		return m, err
	case !errors.Is(err, tree.ErrNotExist):
		return nil, err
	}
	if to, err := t.Resolve(name, true); err == nil { // of a link to nothing
		m.name, name = to, to
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := t.Stat(dir); err == nil {
			break
		}
		m.made = append([]string{dir}, m.made...)
	}
	m.made = append(m.made, name)
	return m, nil
}

func (m *mount) end(t *tree.Tree) error {
	if m.over != nil {
		m.over.Unmount()
	}
	if m.dir != nil {
		m.dir.Unmount()
	}
	at, err := t.Stat(m.name)
	switch {
	case m.dir != nil && (err != nil || at != m.dir):
		return hint.With(errors.New("a command has removed or moved it, which fails where something is mounted"), "leave the mount point alone in the command")
	case m.file != nil && err == nil && at.Type != tree.Directory:
		err = t.Remove(m.name)
	case err == nil && at.Type == tree.Directory:
		err = empty(t, m.name)
	default:
		err = nil
	}
	if err != nil {
		return err
	}
	if m.dir != nil {
		m.uncover()
		m.dir.Mode, m.dir.UID, m.dir.GID, m.dir.ModTime = m.was.Mode, m.was.UID, m.was.GID, m.was.ModTime
	}
	if m.file != nil {
		return t.Put(m.name, m.file)
	}
	for _, made := range slices.Backward(m.made) {
		if err := t.Remove(made); err != nil && !errors.Is(err, tree.ErrNotExist) && !errors.Is(err, tree.ErrNotEmpty) {
			return err
		}
	}
	return nil
}

// empty removes all that is in a directory.
func empty(t *tree.Tree, dir string) error {
	names, err := t.ReadDir(dir)
	for _, inside := range names {
		err = errors.Join(err, t.RemoveAll(path.Join(dir, inside)))
	}
	return err
}
