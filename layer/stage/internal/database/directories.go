package database

import (
	"errors"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Where apk keeps what it knows (apk/FORMAT.md 11).
const (
	Directory = "lib/apk/db"
	Installed = Directory + "/installed"
	World     = "etc/apk/world"

	archFile       = "etc/apk/arch"
	lockFile       = Directory + "/lock"
	cacheDirectory = "var/cache/apk"
)

// Root is a root that apk works on.
type Root struct {
	Tree       *tree.Tree
	Generation apk.Generation
	Arch       string // Alpine's name of the architecture; "" for none
	Prefix     string // "usr/" where only that has the database, else ""
}

// Open makes what apk makes when it opens its database. In an empty root apk 2
// does more, but for device nodes: a layer with these could not be unpacked without
// root. There, apk 3's directories are made only at the end, for lib may become a link.
// On proc apk 2 mounts a file system while it works, in any root.
func (r Root) Open() error {
	_, err := r.Tree.Stat(r.Prefix + Directory)
	isNew := errors.Is(err, tree.ErrNotExist)
	if r.Generation == apk.V3 {
		if isNew {
			return nil
		}
		return r.MakeDirectories(false)
	}
	if isNew {
		if err := r.makeSystem(); err != nil {
			return err
		}
	}
	if err := r.makeDirectory("proc", 0o555); err != nil {
		return err
	}
	return r.MakeDirectories(isNew)
}

// makeSystem makes what apk 2 makes with a new database.
func (r Root) makeSystem() error {
	if err := r.makeDirectory("tmp", 0o1777); err != nil {
		return err
	}
	if err := r.makeDirectory("dev", 0o755); err != nil {
		return err
	}
	return r.Tree.MkdirAll("var/cache/misc", 0o755)
}

// makeDirectory makes a directory unless there is something of its name.
func (r Root) makeDirectory(path string, mode uint16) error {
	if _, err := r.Tree.Lstat(path); err == nil {
		return nil
	}
	return r.Tree.Mkdir(path, mode)
}

// MakeDirectories makes directories, lock and the note of the architecture.
func (r Root) MakeDirectories(isNew bool) error {
	for _, directory := range []string{r.Prefix + Directory, cacheDirectory, "etc/apk"} {
		if err := r.Tree.MkdirAll(directory, 0o755); err != nil {
			return err
		}
	}
	lock := r.Prefix + lockFile
	if _, err := r.Tree.Lstat(lock); errors.Is(err, tree.ErrNotExist) && (!isNew || r.Generation == apk.V2) {
		if err := r.Tree.WriteFile(lock, nil, 0o600); err != nil {
			return err
		}
	}
	if _, err := r.Tree.Lstat(archFile); errors.Is(err, tree.ErrNotExist) && r.Arch != "" {
		return r.Tree.WriteFile(archFile, []byte(r.Arch+"\n"), 0o644)
	}
	return nil
}
