// Package target finds the root that a run of apk in a command works on, and answers what such a run only asks of it.
package target

import (
	"io"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
)

// Target is the image's own root, or a directory of it ("apk --root").
type Target struct {
	*stage.Stage
	Root  root.Root  // without what is installed
	Image *tree.Tree // where the command runs
	Dir   string     // in which directory
}

// Own returns the image's own root, as it is by now.
func Own(staged *stage.Stage) (*Target, error) {
	if err := staged.Reread(); err != nil {
		return nil, err
	}
	return &Target{Stage: staged, Image: staged.Tree(), Root: root.Root{Tree: staged.Tree(), Generation: staged.Generation()}}, nil
}

// IsOther reports whether the root is not the image's own.
func (t *Target) IsOther() bool { return t.Root.Name != "" }

// Path returns the absolute path in the image of a name on the command line.
func (t *Target) Path(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return strings.TrimRight("/"+strings.Trim(t.Dir, "/"), "/") + "/" + name
}

// Select makes the target the root that a command names, whose packages are for an architecture. A directory is prepared as apk does it, with
// what --initdb makes. Keys returns the keys that count for a root. The error is a [*stage.RootError] where apk fails so.
func (t *Target) Select(c *command.Command, arch string, keys func(*root.Root) (*apk.KeyRing, error)) error {
	keysDir := c.Value("keys-dir")
	if c.Has("keys-dir") && !path.IsAbs(keysDir) && t.Root.Generation == apk.V3 {
		return hint.Errorf("apk --keys-dir %s: not supported with apk 3, unless the path is absolute", keysDir).With("give the path with a slash in front")
	}
	useKeys := func(own *tree.Tree) {
		if t.Root.Tree = own; c.Has("keys-dir") {
			if t.Root.KeysIn, t.Root.KeysDir = own, keysDir; path.IsAbs(keysDir) {
				t.Root.KeysIn = t.Image
			}
		}
	}
	useKeys(t.Image)
	name := t.Path(c.Value("root"))
	o := stage.RootOptions{Init: c.Has("initdb"), Changes: c.ChangesDatabase(), Arch: c.Value("arch")}
	if where, err := t.Image.Resolve(name, true); !c.Has("root") || err == nil && where == "" {
		if err := t.CheckDatabase(o); err != nil {
			return err
		}
		return t.Reread() // if a database was made
	}
	refuseArch := func(what string) error {
		return hint.Errorf("%s: a root of another architecture than the image's, %s, is not supported", what, arch).With(
			"build for the platform of that root (--platform)")
	}
	asked := c.Value("arch")
	if c.Has("arch") && asked != arch {
		return refuseArch("apk --arch " + asked)
	}
	other, err := t.Within(name, o, func(own *tree.Tree) (*apk.KeyRing, error) {
		useKeys(own)
		if noted, err := t.Root.OwnArch(); asked == "" && noted != "" && noted != arch {
			return nil, refuseArch(path.Join(name, "etc/apk/arch") + ": " + noted)
		} else if err != nil {
			return nil, err
		}
		return keys(&t.Root)
	})
	if err != nil {
		return err
	}
	t.Stage = other
	where, err := t.Image.Resolve(name, true)
	t.Root.Name = "/" + where
	return err
}

// Repositories returns those that the root names by now. With --repositories-file, only those of that file count, which is one of the image. They
// are not the root's own if they are from another file, or if the root is another one than the image's.
func (t *Target) Repositories(c *command.Command, arch string, warn func(string, ...any)) (list []repository.Repository, isOwn bool, err error) {
	if !c.Has("repositories-file") {
		list, err = t.Root.Repositories(arch)
		return list, !t.IsOther(), err
	}
	file := t.Path(c.Value("repositories-file"))
	if n, missing := t.Image.Stat(file); missing == nil && n.Type == tree.Regular {
		list, err = (&root.Root{Tree: t.Image, Generation: t.Root.Generation}).RepositoriesIn(file, arch)
	} else if file != "/dev/null" {
		warn("apk --repositories-file %s: there is no such file", c.Value("repositories-file"))
	}
	return list, path.Clean(file) == "/etc/apk/repositories", err
}

// Query runs "apk info" or "apk list". Paths that are relative lead through the image even if the root is another.
func (t *Target) Query(c *command.Command, repositories []solver.Repository, stdout, stderr io.Writer) int {
	g := t.Root.Generation
	db := script.Database(t.Tree(), g, t.Installed(), t.Dir)
	db.Repositories, db.Triggers = repositories, t.Triggers
	db.Resolve = script.Database(t.Image, g, nil, "").Resolve
	return c.Query(db, stdout, stderr)
}
