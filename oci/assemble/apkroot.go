package assemble

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
)

// A target is the root that a run of apk works on: the image's own, or a directory of it ("apk --root").
type target struct {
	*stage.Stage
	root  root.Root  // without what is installed
	image *tree.Tree // where the command runs
	dir   string     // in which directory
}

func (t *target) isOther() bool { return t.root.Name != "" }

// path returns the absolute path in the image of a name on the command line.
func (t *target) path(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return strings.TrimRight("/"+strings.Trim(t.dir, "/"), "/") + "/" + name
}

// ownTarget is the image's own root, as it is by now. From there on, the plan follows the apk that is in it.
func (p *Plan) ownTarget(staged *stage.Stage) (*target, error) {
	if err := staged.Reread(); err != nil {
		return nil, err
	}
	p.Generation = staged.Generation()
	return &target{Stage: staged, image: staged.Tree(), root: root.Root{Tree: staged.Tree(), Generation: p.Generation}}, nil
}

// targetOf returns the root that a command names. A directory is prepared as apk does it, with what --initdb makes. The error is a
// [*stage.RootError] where apk fails so.
func (p *Plan) targetOf(c *command.Command, staged *stage.Stage, dir string) (*target, error) {
	to, err := p.ownTarget(staged)
	if err != nil {
		return nil, err
	}
	to.dir = dir
	keysDir := c.Value("keys-dir")
	if c.Has("keys-dir") && !path.IsAbs(keysDir) && p.Generation == apk.V3 {
		return nil, hint.With(fmt.Errorf("apk --keys-dir %s: not supported with apk 3, unless the path is absolute", keysDir), "give the path with a slash in front")
	}
	useKeys := func(own *tree.Tree) {
		if to.root.Tree = own; c.Has("keys-dir") {
			if to.root.KeysIn, to.root.KeysDir = own, keysDir; path.IsAbs(keysDir) {
				to.root.KeysIn = to.image
			}
		}
	}
	useKeys(to.image)
	name := to.path(c.Value("root"))
	o := stage.RootOptions{Init: c.Has("initdb"), Changes: c.ChangesDatabase(), Arch: c.Value("arch")}
	if where, err := to.image.Resolve(name, true); !c.Has("root") || err == nil && where == "" {
		if err := staged.CheckDatabase(o); err != nil {
			return nil, err
		}
		return to, staged.Reread() // if a database was made
	}
	refuseArch := func(what string) error {
		return hint.With(fmt.Errorf("%s: a root of another architecture than the image's, %s, is not supported", what, p.Arch),
			"build for the platform of that root (--platform)")
	}
	asked := c.Value("arch")
	if c.Has("arch") && asked != p.Arch {
		return nil, refuseArch("apk --arch " + asked)
	}
	to.Stage, err = staged.Within(name, o, func(own *tree.Tree) (*apk.KeyRing, error) {
		useKeys(own)
		if arch, err := to.root.OwnArch(); asked == "" && arch != "" && arch != p.Arch {
			return nil, refuseArch(path.Join(name, "etc/apk/arch") + ": " + arch)
		} else if err != nil {
			return nil, err
		}
		return p.keysOf(&to.root)
	})
	if err != nil {
		return nil, err
	}
	where, err := to.image.Resolve(name, true)
	to.root.Name = "/" + where
	return to, err
}

// repositoriesOf returns the repositories that the root names by now, and those of the command line. Where the request has its own,
// they are in the place of those that the base names. With --repositories-file, only those of that file and of the command line count: the
// file is one of the image. A directory is one of this machine if the request names it, else one of the image.
func (p *Plan) repositoriesOf(c *command.Command, on *target) ([]repository.Repository, error) {
	list, err := on.root.Repositories(p.Arch)
	isOwn := !on.isOther()
	if c.Has("repositories-file") {
		file := on.path(c.Value("repositories-file"))
		list, isOwn = nil, path.Clean(file) == "/etc/apk/repositories"
		if n, missing := on.image.Stat(file); missing == nil && n.Type == tree.Regular {
			list, err = (&root.Root{Tree: on.image, Generation: p.Generation}).RepositoriesIn(file, p.Arch)
		} else if file != "/dev/null" {
			p.warn("apk --repositories-file %s: there is no such file", c.Value("repositories-file"))
		}
	}
	if err != nil {
		return nil, err
	}
	if len(p.spec.Repositories) > 0 {
		replaced, err := p.root.Repositories(p.Arch)
		if err != nil {
			return nil, err
		}
		for _, other := range p.stages.plans { // whose lists may have been copied
			theirs, err := other.root.Repositories(p.Arch)
			if err != nil {
				return nil, err
			}
			replaced = append(replaced, theirs...)
		}
		isReplaced := func(r repository.Repository) bool { return slices.Contains(replaced, r) }
		if isOwn || slices.ContainsFunc(list, isReplaced) {
			list = append(slices.Clone(p.repositories), slices.DeleteFunc(list, isReplaced)...)
		}
	}
	for _, line := range c.Repositories {
		found, err := repository.ParseArgument(line, p.Generation, p.Arch)
		if err != nil {
			return nil, fmt.Errorf("repository of apk: %w", err)
		}
		list = append(list, found...)
	}
	return p.notOfThisMachine(list, on.image), nil
}

// notOfThisMachine marks the repositories that are directories which the request does not name. They would be directories of the image, where
// repositories are not read: no base and no command decides what is read of this machine.
func (p *Plan) notOfThisMachine(list []repository.Repository, image *tree.Tree) []repository.Repository {
	isGiven := func(r repository.Repository) bool {
		return len(p.spec.Repositories) > 0 && slices.ContainsFunc(p.repositories, func(k repository.Repository) bool { return k.URL == r.URL })
	}
	for i, r := range list {
		if !r.Local() || isGiven(r) {
			continue
		}
		n, err := image.Stat(r.URL)
		list[i].IsInImage = err == nil && n.Type == tree.Directory
		list[i].IsMissing = !list[i].IsInImage
	}
	return list
}
