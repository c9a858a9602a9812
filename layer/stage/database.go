package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/deflate"
	"github.com/lamina-oci/lamina/layer/stage/internal/database"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Where apk keeps what it knows (apk/FORMAT.md 11). A link among the directories, such
// as lib to usr/lib, is followed. The log of apk 3, var/log/apk.log, is not written: it
// has the time and the command line of a run.
const (
	worldFile         = database.World
	databaseDirectory = database.Directory
	installedFile     = database.Installed
	triggersFile      = databaseDirectory + "/triggers"
	scriptsFile       = databaseDirectory + "/scripts.tar"
	scriptsGzip       = databaseDirectory + "/scripts.tar.gz"
)

// maxDatabase bounds each of the other files when read, in bytes.
const maxDatabase = apk.MaxInstalled

// InstalledPath returns the path of a root's installed database. That is lib/apk/db/installed, unless only usr/lib/apk/db has
// one, as in roots that were made for a merged usr and have no link lib (apk/FORMAT.md 11).
func InstalledPath(t *tree.Tree) string { return databasePrefix(t) + installedFile }

func databasePrefix(t *tree.Tree) string {
	const usr = "usr/"
	if _, err := t.Stat(installedFile); errors.Is(err, tree.ErrNotExist) {
		if _, err := t.Stat(usr + installedFile); err == nil {
			return usr
		}
	}
	return ""
}

// at returns where one of the database's files is in this root.
func (s *Stage) at(file string) string { return s.databasePrefix + file }

// readDatabase reads the files that exist. A missing one is empty.
func (s *Stage) readDatabase() error {
	s.databasePrefix = databasePrefix(s.tree)
	s.records = newRecords(s.options.Generation)
	db, err := ReadInstalled(s.tree, s.options.Generation)
	if err != nil {
		return fmt.Errorf("read %w", err)
	}
	s.records.load(db)
	if err := s.readScripts(); err != nil {
		return err
	}
	if err := s.readTriggers(); err != nil {
		return err
	}
	world, err := ReadWorld(s.tree, s.options.Generation)
	if err != nil {
		return fmt.Errorf("read %w", err)
	}
	s.setWorld(world)
	s.known = s.databaseFiles()
	return nil
}

// databaseFiles are what the tree has of the databases that are kept in memory, nil for missing ones.
func (s *Stage) databaseFiles() (files [4]databaseFile) {
	for i, name := range [...]string{installedFile, triggersFile, scriptsFile, scriptsGzip} {
		if n, err := s.tree.Stat(s.at(name)); err == nil {
			files[i] = databaseFile{n, n.Content, n.Size}
		}
	}
	return files
}

// databaseFile tells whether a file is still what it was.
type databaseFile struct {
	node    *tree.Node
	content tree.Content
	size    int64
}

func (f databaseFile) is(other databaseFile) bool {
	return f.node == other.node && f.size == other.size && (f.size == 0 || tree.SameContent(f.content, other.content))
}

// isDatabaseKnown reports whether nothing but this stage has changed the databases.
func (s *Stage) isDatabaseKnown() bool {
	now := s.databaseFiles()
	return databasePrefix(s.tree) == s.databasePrefix && slices.EqualFunc(now[:], s.known[:], databaseFile.is)
}

// Reread is for each run of apk after the first. It reads the databases again if a command or a file of the request has changed them,
// and what comes next follows the rules of the apk-tools that is installed by now, if any is.
func (s *Stage) Reread() error {
	if !s.isDatabaseKnown() {
		if err := s.load(); err != nil {
			return err
		}
	}
	tools := s.records.find("apk-tools")
	if tools == nil || apk.GenerationOf(tools.Version) == s.options.Generation {
		return nil
	}
	s.options.Generation = apk.GenerationOf(tools.Version)
	return s.load()
}

// Generation is that of the apk whose rules the stage follows.
func (s *Stage) Generation() apk.Generation { return s.options.Generation }

// InstalledPackages returns how many packages are installed: 0 if the database cannot be read.
func (s *Stage) InstalledPackages() int {
	if s.isDatabaseKnown() {
		return len(s.records.packages)
	}
	db, err := s.onDisk()
	if err != nil {
		return 0
	}
	return len(db.Packages)
}

// ReadInstalled reads the installed database of a root, of at most [apk.MaxInstalled] bytes. A root without one has no
// packages. V3 reads the databases of both generations.
func ReadInstalled(t *tree.Tree, g apk.Generation) (*apk.Installed, error) {
	name := InstalledPath(t)
	text, err := t.ReadFile(name, apk.MaxInstalled)
	if errors.Is(err, tree.ErrNotExist) {
		return new(apk.Installed), nil
	}
	if err != nil {
		return nil, err
	}
	db, err := apk.ReadInstalled(bytes.NewReader(text), g)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return db, nil
}

// staged returns the database for commands, which run after transactions.
func (s *Stage) staged() (*apk.Installed, error) { return s.Installed(), nil }

// onDisk reads the database for scripts: apk writes it only at the end of a transaction.
func (s *Stage) onDisk() (*apk.Installed, error) { return ReadInstalled(s.tree, s.options.Generation) }

// ReadWorld reads etc/apk/world of a root; one without it has an empty world.
func ReadWorld(t *tree.Tree, g apk.Generation) ([]apk.Dependency, error) {
	text, err := t.ReadFile(worldFile, maxDatabase)
	if errors.Is(err, tree.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	world, err := apk.ReadWorld(bytes.NewReader(text), g)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", worldFile, err)
	}
	return world, nil
}

func (s *Stage) setWorld(world []apk.Dependency) {
	s.world = apk.SortWorld(world)
}

// readFile returns nil for a file that is not there.
func (s *Stage) readFile(path string) ([]byte, error) {
	b, err := s.tree.ReadFile(path, maxDatabase)
	if errors.Is(err, tree.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func (s *Stage) readTriggers() error {
	b, err := s.readFile(s.at(triggersFile))
	if err != nil {
		return err
	}
	list, err := apk.ReadTriggers(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.at(triggersFile), err)
	}
	byIdentity := s.records.byIdentity()
	for _, t := range list {
		if rec := byIdentity[t.Identity.Key()]; rec != nil {
			s.records.setTriggers(rec, t.Globs)
		}
	}
	return nil
}

func (s *Stage) readScripts() error {
	name, archive, err := s.scriptsArchive()
	if err != nil || archive == nil {
		return err
	}
	list, err := apk.ReadScripts(bytes.NewReader(archive))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	byIdentity := s.records.byIdentity()
	for _, stored := range list {
		if rec := byIdentity[stored.Identity.Key()]; rec != nil {
			rec.scripts = append(rec.scripts, stored.Script)
		}
	}
	return nil
}

// scriptsArchive returns the archive of scripts, inflated, and what it is called.
func (s *Stage) scriptsArchive() (string, []byte, error) {
	b, err := s.readFile(s.at(scriptsFile))
	if err != nil || b != nil {
		return s.at(scriptsFile), b, err
	}
	if b, err = s.readFile(s.at(scriptsGzip)); err != nil || b == nil {
		return "", nil, err
	}
	z, err := deflate.NewReader(bytes.NewReader(b))
	if err == nil {
		b, err = bounded.ReadAll(z, maxDatabase)
	}
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", s.at(scriptsGzip), err)
	}
	return s.at(scriptsGzip), b, nil
}

// writeDatabase brings all files up to date. Those whose content would be the
// same are not touched.
func (s *Stage) writeDatabase() error {
	_, err := s.tree.Stat(s.at(databaseDirectory))
	if err := s.directories().MakeDirectories(errors.Is(err, tree.ErrNotExist)); err != nil {
		return err
	}
	g := s.options.Generation
	var b bytes.Buffer
	if err := apk.WriteWorld(&b, s.world, g); err != nil {
		return err
	}
	if err := s.writeFile(worldFile, b.Bytes()); err != nil {
		return err
	}
	if err := s.writeInstalled(); err != nil {
		return err
	}
	if err := s.records.reread(); err != nil {
		return err
	}
	b = bytes.Buffer{}
	if err := apk.WriteTriggers(&b, s.records.allTriggers()); err != nil {
		return err
	}
	if err := s.writeFile(s.at(triggersFile), b.Bytes()); err != nil {
		return err
	}
	s.records.rereadTriggers()
	if err := s.writeScripts(); err != nil {
		return err
	}
	// The next transaction finds the packages in the order of the file.
	s.records.packages = s.records.sorted()
	s.known = s.databaseFiles()
	return nil
}

// directories is what apk makes before it works on the root.
func (s *Stage) directories() database.Root {
	return database.Root{Tree: s.tree, Generation: s.options.Generation, Arch: s.options.Arch, Prefix: s.databasePrefix}
}

// writeScripts keeps the kind of archive that there is. apk 2 knows only the plain
// one; apk 3 makes a compressed one if it is missing.
func (s *Stage) writeScripts() error {
	name, old, err := s.scriptsArchive()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := apk.WriteScripts(&b, s.storedScripts(), s.options.Generation); err != nil {
		return err
	}
	if s.options.Generation == apk.V2 || name == s.at(scriptsFile) {
		return s.writeFile(s.at(scriptsFile), b.Bytes())
	}
	if name != "" && bytes.Equal(old, b.Bytes()) {
		return nil // compressed again it might look different
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	z.OS = 3
	if _, err := z.Write(b.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return s.writeFile(s.at(scriptsGzip), packed.Bytes())
}

// storedScripts lists the scripts of all packages: in apk 2 in the order of the
// database and of installation, in apk 3 sorted.
func (s *Stage) storedScripts() []apk.StoredScript {
	packages := s.records.packages
	if s.options.Generation == apk.V3 {
		packages = s.records.sorted()
	}
	var list []apk.StoredScript
	for _, rec := range packages {
		mtime := rec.BuildTime
		if mtime == 0 && s.options.Generation == apk.V2 {
			mtime = s.tree.Now.Unix()
		}
		for _, script := range rec.scripts {
			list = append(list, apk.StoredScript{Package: rec.ID(), Identity: rec.Identity, ModTime: max(mtime, 0), Script: script})
		}
	}
	return list
}

// writeInstalled writes the list of packages and files. It may be long, so it goes into the spool if there is one.
func (s *Stage) writeInstalled() error {
	write := func(w io.Writer) error { return apk.WriteInstalled(w, s.records.installed(true), s.options.Generation) }
	path := s.at(installedFile)
	if s.options.Spool == nil {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return err
		}
		return s.writeFile(path, b.Bytes())
	}
	kept, err := s.options.Spool.Write(write)
	if err != nil {
		return err
	}
	return s.writeContent(path, kept, kept.Size())
}

// writeFile replaces a file as apk does, by another of its name, 0644 and owned by
// root.
func (s *Stage) writeFile(path string, content []byte) error {
	return s.writeContent(path, tree.Bytes(content), int64(len(content)))
}

func (s *Stage) writeContent(path string, content tree.Content, size int64) error {
	if n, err := s.tree.Lstat(path); err == nil && n.Type == tree.Regular && n.Size == size {
		same := size == 0
		if n.Content != nil {
			same, _ = tree.EqualContent(context.Background(), n.Content, content)
		}
		if same {
			return nil
		}
	}
	n := &tree.Node{Type: tree.Regular, Mode: 0o644, ModTime: s.tree.Now, Size: size}
	if size > 0 {
		n.Content = content
	}
	return s.tree.Put(path, n)
}

// Installed returns the installed packages in the order of the database. The
// caller may not change them.
func (s *Stage) Installed() *apk.Installed {
	db := new(apk.Installed)
	for p := range s.records.installed(true) {
		for i := range p.Directories {
			d := &p.Directories[i]
			d.Files = slices.Clone(d.Files)
		}
		db.Packages = append(db.Packages, p)
	}
	return db
}
