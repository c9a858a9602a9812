package stage

import (
	"bytes"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage/internal/filelist"
)

// records is the installed database as apk holds it while it works: which
// files a package has, and to whom a directory or file belongs.
type records struct {
	generation  apk.Generation
	packages    []*record // installed before in the order of the file, then in the order of installation
	directories map[string]*directory
	triggered   []*record       // those with triggers: as in the file, then in the order of installation
	owners      filelist.Owners // of all files
}

// record is an installed package. Its own Directories are not kept up to date:
// see [records.installed].
type record struct {
	apk.InstalledPackage
	directories []*directoryRecord // F: in order
	scripts     []apk.Script
	triggers    []string

	// Of the transaction that runs:
	source          Source   // of the package's file; nil if it stays
	purged          bool     // the package will be removed
	considerAll     bool     // its triggers look at all directories, not just modified ones
	pendingTriggers []string // directories that its trigger is to be run with
	triggered       bool     // the trigger is to be run, if only for a "+" pattern
}

// directoryRecord is a directory of one package.
type directoryRecord struct {
	at     *directory
	record *record
	owner  *apk.Ownership // shared with others
	files  filelist.List  // R: in order
}

// joinPath joins a directory, "" for the root, and a name.
func joinPath(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// splitParent splits a path into its directory, "" for the root, and its name.
func splitParent(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// directory is a path at which packages have a directory. It may be a symbolic
// link in the tree.
type directory struct {
	path     string
	parent   *directory // nil for the root
	sequence int        // in which order directories became known
	records  []*directoryRecord
	children int                // directories below it that are referred to
	holders  map[string]holding // which file a name belongs to; nil as long as one package at most has the directory

	// Of the transaction that runs:
	modified bool // what triggers ask
	touched  bool // a package that was installed has it
	follow   bool // the disk had what the database said, and is to go on so

	holder *directoryRecord // apk 3: whose owner and mode count
}

func (d *directory) referred() bool { return len(d.records)+d.children > 0 }

func newRecords(g apk.Generation) *records {
	return &records{generation: g, directories: make(map[string]*directory)}
}

// load takes over what a database file says.
func (r *records) load(db *apk.Installed) {
	for _, p := range db.Packages {
		rec := &record{InstalledPackage: *p}
		rec.Directories = nil
		for i := range p.Directories {
			listed := &p.Directories[i]
			in := r.addDirectory(rec, listed.Path)
			r.setOwner(in, listed.Owner)
			var text []byte
			for _, f := range listed.Files {
				text = filelist.Append(text, f.Name, r.owners.Number(f.Owner), f.Checksum)
			}
			in.files.Text = string(text)
			last := make(map[string]filelist.File, len(listed.Files)) // a name that is listed twice is the last of them
			for f := range in.files.All() {
				if earlier, ok := last[f.Name]; ok {
					in.files.Drop(earlier)
				}
				last[f.Name] = f
				r.claim(in, f)
			}
		}
		r.packages = append(r.packages, rec)
	}
}

// reread takes over what the next run of apk reads. That is not all that there is of packages without directories, such as
// alpine-base (apk/FORMAT.md 10). The type of the files makes no difference.
func (r *records) reread() error {
	if !slices.ContainsFunc(r.packages, func(rec *record) bool { return len(rec.directories) == 0 }) {
		return nil
	}
	var text bytes.Buffer
	if err := apk.WriteInstalled(&text, r.installed(false), r.generation); err != nil {
		return err
	}
	db, err := apk.ReadInstalled(&text, r.generation)
	if err != nil {
		return err
	}
	for _, rec := range r.packages {
		if p := db.Find(rec.Name); p != nil {
			rec.Replaces, rec.ReplacesPriority, rec.RepositoryTag, rec.Flags = p.Replaces, p.ReplacesPriority, p.RepositoryTag, p.Flags
		}
	}
	return nil
}

// begin forgets what is of the last transaction.
func (r *records) begin(changes []Change) {
	for _, rec := range r.packages {
		rec.purged, rec.considerAll, rec.pendingTriggers, rec.triggered = false, false, nil, false
	}
	for _, d := range r.directories {
		d.modified, d.touched, d.follow = false, false, false
	}
	for i := range changes {
		if c := &changes[i]; c.New == nil {
			if rec := r.find(c.Old.Name); rec != nil {
				rec.purged = true
			}
		}
	}
}

func (r *records) find(name string) *record {
	for _, rec := range r.packages {
		if rec.Name == name {
			return rec
		}
	}
	return nil
}

// sorted returns the packages in the order of the database.
func (r *records) sorted() []*record {
	byPackage := make(map[*apk.InstalledPackage]*record, len(r.packages))
	db := new(apk.Installed)
	for _, rec := range r.packages {
		byPackage[&rec.InstalledPackage] = rec
		db.Packages = append(db.Packages, &rec.InstalledPackage)
	}
	db.Sort(r.generation)
	list := make([]*record, len(db.Packages))
	for i, p := range db.Packages {
		list[i] = byPackage[p]
	}
	return list
}

func (r *records) byIdentity() map[[20]byte]*record {
	byIdentity := make(map[[20]byte]*record, len(r.packages))
	for _, rec := range r.packages {
		byIdentity[rec.Identity.Key()] = rec
	}
	return byIdentity
}

// setTriggers gives a package the directories that its trigger watches.
func (r *records) setTriggers(rec *record, globs []string) {
	if rec.triggers = globs; len(globs) > 0 {
		r.triggered = append(r.triggered, rec)
	}
}

// rereadTriggers gives packages the globs that the triggers file has by now: one with a blank is several from then on.
func (r *records) rereadTriggers() {
	for _, rec := range r.packages {
		if text := strings.Join(rec.triggers, " "); strings.Count(text, " ") >= len(rec.triggers) && text != "" {
			rec.triggers = strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
		}
	}
}

// allTriggers returns what the triggers file lists.
func (r *records) allTriggers() []apk.PackageTriggers {
	from := r.triggered
	if r.generation == apk.V3 {
		from = r.sorted()
	}
	var list []apk.PackageTriggers
	for _, rec := range from {
		if len(rec.triggers) > 0 {
			list = append(list, apk.PackageTriggers{Identity: rec.Identity, Globs: rec.triggers})
		}
	}
	return list
}

// directory returns the directory of that path, which is then known.
func (r *records) directory(path string) *directory {
	d := r.directories[path]
	if d == nil {
		path = strings.Clone(path) // of the listing of a package
		d = &directory{path: path, sequence: len(r.directories)}
		r.directories[path] = d
	}
	if d.parent == nil && path != "" {
		above, _ := splitParent(path)
		d.parent = r.directory(above)
		d.parent.children++
	}
	return d
}

// addDirectory gives a package a directory.
func (r *records) addDirectory(rec *record, path string) *directoryRecord {
	in := &directoryRecord{at: r.directory(path), record: rec}
	in.at.records = append(in.at.records, in)
	rec.directories = append(rec.directories, in)
	return in
}

// installed goes through the packages in the order of the database, with the directories that they have now and, if wanted, the files
// that they still have. The files of one package take the place of those of the one before.
func (r *records) installed(withFiles bool) iter.Seq[*apk.InstalledPackage] {
	return func(yield func(*apk.InstalledPackage) bool) { r.eachInstalled(withFiles, yield) }
}

func (r *records) eachInstalled(withFiles bool, yield func(*apk.InstalledPackage) bool) {
	var files []apk.InstalledFile
	for _, rec := range r.sorted() {
		p := rec.InstalledPackage
		p.Directories = make([]apk.InstalledDirectory, len(rec.directories))
		files = files[:0]
		for i, in := range rec.directories {
			p.Directories[i] = apk.InstalledDirectory{Path: in.at.path, Owner: *in.owner}
			if withFiles {
				first := len(files)
				files = in.appendInstalled(files, &r.owners, r.generation)
				p.Directories[i].Files = files[first:len(files):len(files)]
			}
		}
		if !yield(&p) {
			return
		}
	}
}

// appendInstalled appends the files that the package still has: apk 3 sorts them (apk/FORMAT.md 10).
func (in *directoryRecord) appendInstalled(files []apk.InstalledFile, owners *filelist.Owners, g apk.Generation) []apk.InstalledFile {
	first := len(files)
	for f := range in.files.All() {
		files = append(files, apk.InstalledFile{Name: f.Name, Owner: *owners.Of(f.Owner), Checksum: f.Checksum})
	}
	if added := files[first:]; g == apk.V3 {
		sort.SliceStable(added, func(i, j int) bool { return added[i].Name < added[j].Name })
	}
	return files
}

// holding is a file that its path belongs to.
type holding struct {
	in     *directoryRecord
	offset int // in its list of files
}

func (h holding) file() filelist.File { return h.in.files.At(h.offset) }

// holder returns the file that a name belongs to so far, in a directory of a package that is being installed. Its in is nil if no package
// has the name.
func (r *records) holder(in *directoryRecord, name string) holding {
	d := in.at
	if d.holders == nil {
		if len(d.records) == 1 {
			return holding{}
		}
		d.holders = make(map[string]holding)
		for _, other := range d.records {
			if other == in {
				continue // what it has is claimed one by one
			}
			for f := range other.files.All() {
				d.holders[f.Name] = holding{other, f.Offset}
			}
		}
	}
	return d.holders[name]
}

// claim makes a file of a package the one that its path belongs to, and returns the one it belonged to. Another package that had it
// loses it: its R: line disappears (apk/FORMAT.md 9.3).
func (r *records) claim(in *directoryRecord, f filelist.File) holding {
	old := r.holder(in, f.Name)
	if old.in != nil && old != (holding{in, f.Offset}) {
		old.in.files.Drop(old.file())
	}
	if d := in.at; d.holders != nil {
		d.holders[f.Name] = holding{in, f.Offset}
	}
	return old
}

// drop forgets a file of a package.
func (r *records) drop(in *directoryRecord, f filelist.File) {
	in.files.Drop(f)
	if d := in.at; d.holders[f.Name] == (holding{in, f.Offset}) {
		delete(d.holders, f.Name)
	}
}

// release takes a directory from a package and returns the directories that
// nothing refers to any longer, deepest first.
func (r *records) release(in *directoryRecord) []*directory {
	d := in.at
	d.records = slices.DeleteFunc(d.records, func(other *directoryRecord) bool { return other == in })
	var unused []*directory
	for ; d != nil && !d.referred(); d = r.detach(d) {
		unused = append(unused, d)
	}
	return unused
}

// detach lets go of the parent and returns it.
func (r *records) detach(d *directory) *directory {
	parent := d.parent
	d.parent, d.holder = nil, nil
	if parent != nil {
		parent.children--
	}
	return parent
}

// remove forgets a package, whose directories must have been left.
func (r *records) remove(rec *record) {
	is := func(other *record) bool { return other == rec }
	r.packages = slices.DeleteFunc(r.packages, is)
	r.triggered = slices.DeleteFunc(r.triggered, is)
}
