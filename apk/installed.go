package apk

// Installed is the database lib/apk/db/installed: the packages of a root file
// system in the order of the file.
type Installed struct {
	Packages []*InstalledPackage
}

// Find returns the installed package of that name, or nil.
func (db *Installed) Find(name string) *InstalledPackage {
	for _, p := range db.Packages {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// InstalledPackage is one record of the installed database.
type InstalledPackage struct {
	Package
	Replaces         []Dependency         // r:
	ReplacesPriority uint16               // q:
	RepositoryTag    string               // s: without "@"
	Flags            InstalledFlags       // f:
	Tags             []string             // g: of packages in apk 3's own format
	Directories      []InstalledDirectory // F: in the order of the database
}

// InstalledFlags are the marks of f:, left by installations that went wrong.
type InstalledFlags uint8

const (
	BrokenFiles  InstalledFlags = 1 << iota // f: some files could not be installed
	BrokenScript                            // s: a script failed
	BrokenXattr                             // x: extended attributes could not be set
	SHA256Sums                              // S: Z: values are truncated SHA-256
)

// InstalledDirectory is an F: line with its M: and the files below it.
type InstalledDirectory struct {
	Path  string // relative to the root, no slash at either end; the root is ""
	Owner Ownership
	Files []InstalledFile
}

// InstalledFile is an R: line with its a: and Z:. It may be any kind of file
// but a directory.
type InstalledFile struct {
	Name     string // base name
	Owner    Ownership
	Checksum Checksum // of content or of a link's target; zero for devices and fifos
}

// Ownership is the content of an M: or a: line.
type Ownership struct {
	UID, GID uint32
	Mode     uint16   // permission bits with set-id and sticky, 07777 at most
	Xattrs   Checksum // digest over the extended attributes; zero without any
}
