package mounts

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Reserve reserves paths, a leading slash of which is optional. The caller puts files there. Unmount takes away all that is there by
// then, and the directories that were made for it if nothing else is in them. A path must be missing or an empty directory.
func Reserve(t *tree.Tree, paths []string) (unmount func() error, err error) {
	var made []string                         // directories, parents first
	covered := make(map[*tree.Node]tree.Node) // empty directories of the image, as they were
	for _, p := range paths {
		name := strings.TrimPrefix(path.Clean("/"+p), "/")
		at, err := t.Stat(name)
		switch {
		case err == nil && at.Type == tree.Directory:
			names, err := t.ReadDir(name)
			if err == nil && len(names) == 0 {
				covered[at] = *at
				continue
			}
			fallthrough
		case err == nil:
			return nil, hint.With(fmt.Errorf("mount over %s: the image has something there", p), "mount where the image has nothing, or an empty directory")
		case !errors.Is(err, tree.ErrNotExist):
			return nil, fmt.Errorf("mount over %s: %w", p, err)
		}
		var missing []string
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, err := t.Stat(dir); err == nil {
				break
			}
			missing = append([]string{dir}, missing...)
		}
		made = append(append(made, missing...), name)
	}
	return func() error {
		for _, p := range paths {
			name := strings.TrimPrefix(path.Clean("/"+p), "/")
			if at, err := t.Stat(name); err != nil || at.Type != tree.Directory {
				continue
			}
			names, err := t.ReadDir(name)
			for _, inside := range names {
				err = errors.Join(err, t.RemoveAll(path.Join(name, inside)))
			}
			if err != nil {
				return fmt.Errorf("unmount %s: %w", p, err)
			}
		}
		for at, was := range covered {
			at.Mode, at.UID, at.GID, at.ModTime = was.Mode, was.UID, was.GID, was.ModTime
		}
		for i := len(made) - 1; i >= 0; i-- {
			err := t.Remove(made[i])
			if err != nil && !errors.Is(err, tree.ErrNotExist) && !errors.Is(err, tree.ErrNotEmpty) {
				return fmt.Errorf("unmount %s: %w", made[i], err)
			}
		}
		return nil
	}, nil
}
