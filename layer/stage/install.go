package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage/internal/filelist"
	"github.com/lamina-oci/lamina/layer/tree"
)

// install puts one package in place, over an older one or not: the script before,
// all files, the removal of what only the old one had, the script after
// (apk/FORMAT.md 8). read is nil for a package without files.
func (s *Stage) install(ctx context.Context, c *Change, read *readPackage) error {
	rec := &record{considerAll: true, source: c.Source}
	rec.Package, rec.RepositoryTag = *c.New, c.Tag
	rec.Identity = rec.Identity.Short() // all that apk writes of it
	before, after, args := apk.PreInstall, apk.PostInstall, []string{c.New.Version}
	var old *record
	if c.Old != nil {
		if old = s.records.find(c.Old.Name); old == nil {
			return fmt.Errorf("%s, which it replaces, is not installed", c.Old.ID())
		}
		before, after, args = apk.PreUpgrade, apk.PostUpgrade, append(args, c.Old.Version)
	}
	in := installation{stage: s, record: rec}
	if read != nil {
		in.staged = read.staged
		control := read.staged.control
		rec.Replaces, rec.ReplacesPriority = control.Replaces, control.ReplacesPriority
		rec.scripts = control.Scripts
		if control.IsADB() {
			rec.Flags.SHA256Sums = true
		}
		s.packages = append(s.packages, read.staged)
		for first := range read.found.entries() {
			in.firstOwner = in.owner(first)
			break
		}
	}
	if c.Reinstall && read != nil && s.options.Generation == apk.V2 {
		// apk 2 reads the package into the record that is there, where the list only grows.
		rec.Replaces = append(slices.Clone(old.Replaces), rec.Replaces...)
	}
	if err := s.run(ctx, rec, before, args); err != nil {
		return err
	}
	if i := slices.Index(s.records.packages, old); c.Reinstall && i >= 0 {
		s.records.packages = slices.Insert(s.records.packages, i, rec) // it keeps its place
	} else {
		s.records.packages = append(s.records.packages, rec)
	}
	s.records.setTriggers(rec, in.triggers())
	if read != nil {
		if err := in.extract(read.found); err != nil {
			return err
		}
		if err := in.commit(); err != nil {
			return err
		}
	}
	if old != nil {
		if err := s.removeFiles(old, in.placed()); err != nil {
			return err
		}
		s.records.remove(old)
	}
	if read != nil {
		read.staged.control = nil
	}
	return s.run(ctx, rec, after, args)
}

// installation is a package whose files are prepared and then put into the tree
// all at once, as apk renames them: none of them has an influence on the
// owners of another.
type installation struct {
	stage       *Stage
	record      *record
	staged      *Package
	directories map[string]*directoryRecord
	listed      map[*directoryRecord][]byte // texts of their lists of files
	files       map[string]preparedFile
	firstOwner  apk.Ownership // of the first entry: apk runs the script before when it has read that (apk/FORMAT.md 9.1)
	reached     string        // the directory that was the last to be found
}

type preparedFile struct {
	node     *tree.Node
	checksum apk.Checksum
}

func (in *installation) triggers() []string {
	if in.staged == nil {
		return nil
	}
	return in.staged.control.Triggers
}

// extract goes through the entries in their order.
func (in *installation) extract(found *listing) error {
	in.directories = make(map[string]*directoryRecord)
	in.listed = make(map[*directoryRecord][]byte)
	in.files = make(map[string]preparedFile, found.count)
	var listed apk.InstalledPackage
	order := apk.NewRecordBuilder(&listed, in.stage.options.Generation)
	for e := range found.entries() {
		owner := in.firstOwner
		if e.ordinal > 0 {
			owner = in.owner(e)
		}
		if err := in.entry(e, owner); err != nil {
			return fmt.Errorf("entry %q: %w", e.path, err)
		}
		lookUp(order, e)
	}
	for at, text := range in.listed {
		at.files.Text = string(text)
	}
	order.Finish()
	for i, dir := range listed.Directories {
		in.record.directories[i] = in.directories[dir.Path]
	}
	return nil
}

// lookUp tells the builder, which knows the order of the database, what apk looks
// up for an entry.
func lookUp(order *apk.RecordBuilder, e *entry) {
	if e.typ == tree.Directory {
		order.Lookup(e.path)
		return
	}
	dir, _ := splitParent(e.path)
	order.Lookup(dir)
	if e.hardLink {
		dir, _ = splitParent(e.link)
		order.Lookup(dir)
	}
}

// owner returns what the database says of an entry, by the users and groups that there are now.
func (in *installation) owner(e *entry) apk.Ownership {
	return apk.Ownership{
		UID:  in.stage.owners.User(e.user, e.uid),
		GID:  in.stage.owners.Group(e.group, e.gid),
		Mode: e.mode, Xattrs: e.xattrSum,
	}
}

func (in *installation) entry(e *entry, owner apk.Ownership) error {
	if err := tree.CheckName(e.path); err != nil {
		return err
	}
	if e.typ == tree.Directory {
		return in.directory(e.path, owner, time.Unix(e.mtime, 0))
	}
	dir, name := splitParent(e.path)
	at := in.directories[dir]
	if at == nil {
		if dir != "" {
			return errors.New("its directory has no earlier entry in the package")
		}
		if err := in.directory("", apk.Ownership{Mode: 0o755}, time.Time{}); err != nil {
			return err
		}
		at = in.directories[""]
	}
	if in.files[e.path].node != nil {
		return errors.New("it occurs twice in the package")
	}
	if holder := in.stage.records.holder(at, name).in; holder != nil {
		takes, err := in.stage.records.takes(e.path, holder.record, in.record)
		if conflict := new(ConflictError); in.stage.applying.ForceOverwrite && errors.As(err, &conflict) {
			in.stage.warn("%s overwrites %s of %s", in.record.ID(), e.path, conflict.Holder)
			takes, err = true, nil
		}
		if err != nil || !takes {
			return err
		}
	}
	if err := in.reach(dir); err != nil {
		return err
	}
	node, checksum, err := in.node(e, owner)
	if err != nil {
		return err
	}
	in.listed[at] = filelist.Append(in.listed[at], name, in.stage.records.owners.Number(owner), checksum)
	in.files[e.path] = preparedFile{node, checksum}
	return nil
}

// reach checks that a file of a directory can be made. apk does so under a temporary
// name, before any of the package's links is in place.
func (in *installation) reach(dir string) error {
	if dir == in.reached {
		return nil
	}
	n, err := in.stage.tree.Stat(dir)
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	if err != nil {
		return fmt.Errorf("directory %s: %w", dir, err)
	}
	in.reached = dir
	return nil
}

// directory enters a directory; one that is listed twice is one block in the database.
func (in *installation) directory(path string, owner apk.Ownership, mtime time.Time) error {
	if at := in.directories[path]; at != nil {
		in.stage.records.setOwner(at, owner)
		return nil
	}
	at, err := in.stage.enterDirectory(in.record, path, owner, mtime)
	in.directories[path] = at
	return err
}

// node makes the file of an entry.
func (in *installation) node(e *entry, owner apk.Ownership) (*tree.Node, apk.Checksum, error) {
	mtime := time.Unix(e.mtime, 0)
	if e.hardLink {
		return in.hardLink(e, owner)
	}
	n := &tree.Node{
		Type: e.typ, Mode: owner.Mode, UID: owner.UID, GID: owner.GID, ModTime: mtime,
		Target: strings.Clone(e.link), Major: e.major, Minor: e.minor,
	}
	switch e.typ {
	case tree.Regular:
		addXattrs(n, e.xattrs)
		if n.Size = e.size; n.Size > 0 {
			n.Content = PackageFile{Package: in.staged, Entry: e.ordinal}
		}
	case tree.CharDevice, tree.BlockDevice, tree.FIFO:
		for _, x := range e.xattrs {
			if strings.HasPrefix(x.Name, "user.") {
				return nil, apk.Checksum{},
					fmt.Errorf("it is a device with the attribute %s: the system allows such attributes only for files and directories", x.Name)
			}
		}
		addXattrs(n, e.xattrs)
	case tree.Symlink:
		n.Mode = 0o777 // the system's
		if owner.Mode&0o7000 == 0 {
			break
		}
		// apk tries to set such a mode, which the system refuses for links, and takes this for trouble with
		// attributes: apk 2 goes on without the checksum, apk 3 fails.
		if in.stage.options.Generation == apk.V3 {
			const text = "it is a symbolic link with mode %04o, and the system cannot set such bits of links: apk 3 would mark the package as broken"
			return nil, apk.Checksum{}, fmt.Errorf(text, owner.Mode)
		}
		in.record.Flags.BrokenXattr = true
		return n, apk.Checksum{}, nil
	}
	return n, e.checksum, nil
}

// hardLink gives an earlier file a second name. Its header's owner,
// attributes and time then hold for both; the mode only with set-id or
// sticky bits, which setting an owner takes away like capabilities.
func (in *installation) hardLink(e *entry, owner apk.Ownership) (*tree.Node, apk.Checksum, error) {
	target := in.files[e.link]
	if target.node == nil {
		return nil, apk.Checksum{}, fmt.Errorf("it is a link to %q, which the package does not install earlier", e.link)
	}
	n, checksum := target.node, target.checksum
	if n.Type == tree.Symlink {
		at, err := in.followHardLink(e, n)
		if err != nil {
			return nil, apk.Checksum{}, err
		}
		in.relink(at, e, owner)
	} else {
		in.relink(n, e, owner)
	}
	if in.staged.IsADB {
		checksum = e.checksum // its own
	} else if checksum.IsZero() && in.stage.options.Generation == apk.V2 {
		return nil, apk.Checksum{}, fmt.Errorf("it is a hard link to %q, for which apk 2 has no checksum: apk 2 would mark the package as broken", e.link)
	}
	return n, checksum, nil
}

// relink sets what the header of a hard link says.
func (in *installation) relink(n *tree.Node, e *entry, owner apk.Ownership) {
	n.UID, n.GID = owner.UID, owner.GID
	switch {
	case n.Type == tree.Symlink:
		return
	case owner.Mode&0o7000 != 0:
		n.Mode = owner.Mode
	case n.Type != tree.Directory:
		n.Mode &^= 0o4000
		if n.Mode&0o010 != 0 {
			n.Mode &^= 0o2000
		}
	}
	if n.Type == tree.Regular {
		delete(n.Xattrs, "security.capability")
		addXattrs(n, e.xattrs)
	}
	n.ModTime = time.Unix(e.mtime, 0)
}

// followHardLink finds the file to which apk gives the owner of a second name of a
// symbolic link: it follows the link, where the new name is, while the other files of
// the package are not yet in place.
func (in *installation) followHardLink(e *entry, link *tree.Node) (*tree.Node, error) {
	path := link.Target
	if dir, _ := splitParent(e.path); dir != "" && !strings.HasPrefix(path, "/") {
		path = dir + "/" + path
	}
	n, err := in.stage.tree.Stat(path)
	if err == nil && n.Type == tree.Directory && len(e.xattrs) > 0 {
		err = tree.ErrIsDir
	}
	if err != nil {
		return nil, fmt.Errorf("it is a hard link to a symbolic link, and apk would set owner and attributes of the link's target: %w", err)
	}
	return n, nil
}

func addXattrs(n *tree.Node, xattrs []apk.Xattr) {
	for _, x := range xattrs {
		if n.Xattrs == nil {
			n.Xattrs = make(map[string]string, len(xattrs))
		}
		n.Xattrs[strings.Clone(x.Name)] = strings.Clone(x.Value)
	}
}

// commit puts all files into the tree.
func (in *installation) commit() error {
	for _, dir := range in.record.directories {
		dir.at.modified = true
		for f := range dir.files.All() {
			path := joinPath(dir.at.path, f.Name)
			if err := in.commitFile(dir, f, path, in.files[path].node); err != nil {
				return err
			}
		}
	}
	return nil
}

// placed returns a function that says whether a file in the tree is one of the package.
func (in *installation) placed() func(*tree.Node) bool {
	nodes := make(map[*tree.Node]bool, len(in.files))
	for _, f := range in.files {
		nodes[f.node] = true
	}
	return func(n *tree.Node) bool { return nodes[n] }
}

// commitFile replaces what is in the tree, except for configuration that somebody
// changed (apk/FORMAT.md 9.2). The package becomes the file's owner either way.
func (in *installation) commitFile(dir *directoryRecord, f filelist.File, path string, node *tree.Node) error {
	s := in.stage
	holder := s.records.claim(dir, f)
	if s.protection.Protects(dir.at.path) {
		keep, same, err := s.changed(path, holder, in.record, f)
		switch {
		case err != nil:
			return err
		case keep && (same || s.applying.CleanProtected):
			return nil
		case keep:
			s.warn("%s: %s was modified and is kept; the new version is %s.apk-new", in.record.ID(), path, path)
			path += ".apk-new"
		}
	}
	if err := s.tree.Put(path, node); err != nil {
		return err
	}
	s.owners.Committed(path)
	return nil
}

// changed says whether a file in the tree is not what its holder, if any, has
// brought, and whether it equals the new one.
func (s *Stage) changed(path string, holder holding, rec *record, f filelist.File) (keep, same bool, err error) {
	present, err := s.tree.Lstat(path)
	if err != nil {
		return false, false, ignoreMissing(err)
	}
	if holder.in != nil {
		unmodified, err := hasChecksum(present, holder.file().Checksum, holder.in.record.Flags.SHA256Sums)
		if err != nil || unmodified {
			return false, false, pathError(path, err)
		}
	}
	same, err = hasChecksum(present, f.Checksum, rec.Flags.SHA256Sums)
	return true, same, pathError(path, err)
}

func ignoreMissing(err error) error {
	if errors.Is(err, tree.ErrNotExist) {
		return nil
	}
	return err
}

func pathError(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}
