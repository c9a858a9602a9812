package database

import (
	"errors"
	"path"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// An Error says why apk 2 does not take a directory as its root, in apk's words: it prints them, and exits with status 99.
type Error struct {
	what   string // "" for no line of its own
	reason string
}

func (e *Error) Error() string {
	text := "ERROR: Failed to open apk database: " + e.reason
	if e.what != "" {
		text = "ERROR: " + e.what + ": " + e.reason + "\n" + text
	}
	return text
}

// Options say what a command does with a directory as its root, "apk --root DIR".
type Options struct {
	Init    bool   // --initdb: make what is missing
	Changes bool   // the command takes the lock of the database
	Arch    string // --arch; "" for none
}

// Enter returns the directory of a tree as a root. With [Options.Init] it makes the directory, and a database in it, where apk does. The error is an
// [*Error] if apk 2 fails; one with a hint says that nobody knows what apk 3 does.
func (r Root) Enter(dir string, o Options) (*tree.Tree, error) {
	_, err := r.Tree.Stat(dir)
	if errors.Is(err, tree.ErrNotExist) {
		if r.Generation == apk.V3 {
			return nil, hint.Errorf("apk --root %s: the directory does not exist", dir).With("make it first: mkdir -p " + dir)
		}
		if o.Init {
			r.Tree.Mkdir(dir, 0o755) // if that fails, so does the next step
		}
	}
	sub, err := r.Tree.Sub(dir)
	switch {
	case err == nil:
	case errors.Is(err, tree.ErrNotDir) && o.Changes:
		return nil, &Error{"Unable to lock database", script.Reason(err)}
	default:
		return nil, &Error{"Unable to open root", script.Reason(err)}
	}
	if r.Tree, r.Prefix = sub, ""; r.Generation == apk.V2 {
		err = r.prepare(o)
	} else {
		err = r.check(dir, o)
	}
	if err == nil && o.Changes && o.Arch != "" {
		err = r.noteArch(o.Arch)
	}
	return sub, err
}

// Check fails, as Enter does, if the root itself has no database any more. With [Options.Init] it makes one where apk 2 does.
func (r Root) Check(o Options) error {
	if r.Generation == apk.V2 {
		return r.prepare(o)
	}
	if o.Changes && r.isMissing(Directory) && r.isMissing("usr/"+Directory) && !r.isMissing(World) {
		return hint.Errorf("apk: %s is missing: packages cannot be changed without the database of apk", "/"+Directory).With(
			"do not remove it before the last apk command, or add the packages with apk --root in another directory")
	}
	return nil
}

// noteArch writes what --arch says.
func (r Root) noteArch(arch string) error {
	text := arch + "\n"
	if now, err := r.Tree.ReadFile(archFile, 1<<10); err == nil && string(now) == text {
		return nil
	}
	if r.isMissing(path.Dir(archFile)) {
		return nil // then it is made with the directory
	}
	return r.write(archFile, text)
}

// write replaces a file as apk does, by another of its name, 0644 and owned by root.
func (r Root) write(name, text string) error {
	n := &tree.Node{Type: tree.Regular, Mode: 0o644, ModTime: r.Tree.Now, Size: int64(len(text))}
	if text != "" {
		n.Content = tree.Bytes([]byte(text))
	}
	return r.Tree.Put(name, n)
}

func (r Root) isMissing(path string) bool {
	_, err := r.Tree.Stat(path)
	return err != nil
}

// prepare is what apk 2 checks and makes, in its order (apk/FORMAT.md 11). Where it makes a database, it forgets the world.
func (r Root) prepare(o Options) error {
	noEntry := script.Reason(tree.ErrNotExist)
	isNew := o.Changes && r.isMissing(Directory)
	switch {
	case isNew && !o.Init:
		return &Error{"Unable to lock database", noEntry}
	case isNew:
		if err := r.Open(); err != nil {
			return err
		}
	case o.Changes && r.isMissing("var"):
		return &Error{"", noEntry}
	}
	switch {
	case !isNew && !r.isMissing(World):
		return nil
	case !o.Init:
		return &Error{"Unable to read database state", noEntry}
	}
	if err := r.makeSystem(); err != nil {
		return err
	}
	if err := r.Tree.MkdirAll("etc/apk", 0o755); err != nil {
		return err
	}
	if err := r.write(World, ""); err != nil {
		return err
	}
	return r.write(Installed, "")
}

// ConfigFiles hold options that apk 3 takes as if they stood on each command line. The second one counts if the first is
// missing (apk/FORMAT.md 6.6).
var ConfigFiles = []string{"etc/apk/config", "lib/apk/config"}

// check refuses what nobody has seen apk 3 do. That leaves directories with a database and, with --initdb, those without one.
func (r Root) check(dir string, o Options) error {
	refuse := func(why, remedy string) error { return hint.Errorf("apk --root %s: %s", dir, why).With(remedy) }
	for _, file := range ConfigFiles {
		if !r.isMissing(file) {
			return refuse("options in "+file+" of another root are not supported", "remove the file first")
		}
	}
	hasDatabase, hasWorld := !r.isMissing(Directory) || !r.isMissing("usr/"+Directory), !r.isMissing(World)
	switch {
	case hasDatabase && hasWorld, !hasDatabase && !hasWorld && o.Init:
		return nil
	case hasDatabase:
		return refuse("it has a database of apk, but no "+World, "use another directory")
	case hasWorld:
		return refuse("it has "+World+", but no database of apk", "remove the file, and name its packages")
	}
	return refuse("it has no database of apk", "make one: apk add --initdb --root "+dir)
}
