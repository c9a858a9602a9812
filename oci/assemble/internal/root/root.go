package root

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// Root is the root file system of a base with what apk keeps in it
// (apk/FORMAT.md 6, 10, 11).
type Root struct {
	Tree       *tree.Tree
	Generation apk.Generation
	Installed  *apk.Installed
	World      []apk.Dependency

	Name string // of a directory of the image that a command of apk names (--root); "" for the image's own root

	// KeysIn, if not nil, has the directory KeysDir of trusted keys in place of the root's own (--keys-dir).
	KeysIn  *tree.Tree
	KeysDir string
}

// maxStateFile bounds what is read of apk's files in the base, in bytes.
const maxStateFile = 64 << 20

// Read reads the base's layers, or takes from the cache what they hold. Then nobody
// has looked at the blobs yet: they are verified when they are copied to the output, and
// before a file's content is read from one. A base without apk's files is an empty one.
func Read(ctx context.Context, base *oci.Base) (*Root, error) {
	r := &Root{Tree: tree.New()}
	for i, l := range base.Layers {
		if err := l.ReadInto(ctx, r.Tree); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	err := r.readInstalled()
	if err == nil {
		r.World, err = stage.ReadWorld(r.Tree, r.Generation)
	}
	return r, hint.Default(err, "apk's files in the base are damaged: build the base again, or choose another one")
}

// readInstalled reads the database and finds the generation, which is that of
// the base's own apk-tools. The record of apk-tools says so in either.
func (r *Root) readInstalled() error {
	var err error
	for _, r.Generation = range []apk.Generation{apk.V3, apk.V2} {
		if r.Installed, err = stage.ReadInstalled(r.Tree, r.Generation); err != nil {
			return err
		}
		tools := r.Installed.Find("apk-tools")
		if tools == nil || apk.GenerationOf(tools.Version) == r.Generation {
			break
		}
	}
	for _, p := range r.Installed.Packages {
		if p.Identity.IsZero() {
			// apk 2.14 ends with an error when it writes the record, and leaves half a database.
			return hint.Errorf("%s: the record of package %s has no C: line, without which apk cannot write the database",
				stage.InstalledPath(r.Tree), p.ID()).With(
				"install " + p.Name + " again in the base (apk fix " + p.Name + "), or choose another base")
		}
	}
	return nil
}

// read returns a file, or nothing if it is missing.
func (r *Root) read(name string) ([]byte, error) {
	b, err := r.Tree.ReadFile(name, maxStateFile)
	if errors.Is(err, tree.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// list returns the names of the files in a directory that are not hidden.
func (r *Root) list(dir string) []string {
	names, err := r.Tree.ReadDir(dir)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, ".") })
}

// Architecture returns Alpine's name for the base's platform, which must be what the
// root file system is made for.
func (r *Root) Architecture(base *oci.Base) (string, error) {
	own, err := r.OwnArch()
	if err != nil {
		return "", err
	}
	return base.AlpineArch(own)
}

// OwnArch returns the architecture that apk has noted in the root, "" for none.
func (r *Root) OwnArch() (string, error) {
	text, err := r.read("etc/apk/arch")
	own, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return strings.TrimSpace(own), err
}

// AddKeys adds the keys that the base trusts (apk/FORMAT.md 6.4). One that cannot be
// used is passed over, as apk does, but not in silence.
func (r *Root) AddKeys(ring *apk.KeyRing, warn func(string, ...any)) {
	dirs := []string{"etc/apk/keys"}
	if r.Generation == apk.V3 {
		dirs = append(dirs, "lib/apk/keys")
	}
	from := r
	if r.KeysIn != nil {
		from, dirs = &Root{Tree: r.KeysIn}, []string{r.KeysDir}
	}
	seen := make(map[string]bool)
	for _, dir := range dirs {
		for _, name := range from.list(dir) {
			if seen[name] {
				continue // hidden by the file of that name in etc
			}
			seen[name] = true
			pem, err := from.Tree.ReadFile(dir+"/"+name, 1<<20)
			if err == nil {
				err = ring.Add(name, pem)
			}
			if err != nil {
				warn("ignoring key %s/%s of the base: %v", dir, name, err)
			}
		}
	}
}

// Repositories returns those that the base names (apk/FORMAT.md 6.1). Files of the
// directories come in the order of their names, which apk 2 leaves to the disk.
func (r *Root) Repositories(arch string) ([]repository.Repository, error) {
	directories := []string{"etc/apk/repositories.d"}
	if r.Generation == apk.V3 {
		directories = append(directories, "lib/apk/repositories.d")
	}
	lists := make(map[string]string) // path by name: etc hides what lib has
	for _, dir := range slices.Backward(directories) {
		for _, name := range r.list(dir) {
			if strings.HasSuffix(name, ".list") {
				lists[name] = dir + "/" + name
			}
		}
	}
	files := []string{"etc/apk/repositories"}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		files = append(files, lists[name])
	}
	var list []repository.Repository
	for _, name := range files {
		found, err := r.RepositoriesIn(name, arch)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// RepositoriesIn returns those that a file names, none if there is no such file.
func (r *Root) RepositoriesIn(name, arch string) ([]repository.Repository, error) {
	text, err := r.read(strings.TrimPrefix(name, "/"))
	if err != nil {
		return nil, err
	}
	list, err := repository.ParseRepositories(bytes.NewReader(text), r.Generation, arch)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}
