package apk

// Package is what a repository index or an installed database says of one
// package: the fields that both have in common (apk/FORMAT.md 2).
type Package struct {
	Identity         Checksum     // C: SHA-1 of the control segment as it is in the file, compressed; in an index of apk 3 also SHA-256
	Name             string       // P:
	Version          string       // V:
	Arch             string       // A: also the directory in the download URL; "noarch" is possible
	Size             uint64       // S: bytes of the package file
	InstalledSize    uint64       // I: bytes; 0 means that the package file is never opened
	Description      string       // T:
	URL              string       // U:
	License          string       // L:
	Origin           string       // o: name of the source package
	Maintainer       string       // m:
	BuildTime        int64        // t: Unix seconds
	Commit           string       // c: of the build recipe
	ProviderPriority uint16       // k:
	Depends          []Dependency // D:
	Provides         []Dependency // p:
	InstallIf        []Dependency // i:
	Tags             []string     // g: of packages in apk 3's own format

	// Path is that of the package file below the repository, if the index has a rule of its own for it (apk/FORMAT.md 18.5).
	Path string

	// Uninstallable is empty for a normal package. Otherwise it says in one
	// line what the index has against installing it, such as a field this
	// generation does not know or a dependency that cannot be parsed.
	Uninstallable string

	// present has a bit for each optional field that the record had, even
	// empty: apk 2 writes those back (apk/FORMAT.md 2).
	present fieldSet
	// mentions is the order of the D:, p: and i: lines in the record.
	mentions [3]byte
}

// fieldSet is a set of optional record fields.
type fieldSet uint8

const (
	fieldArch fieldSet = 1 << iota
	fieldOrigin
	fieldMaintainer
	fieldCommit
)

// ID returns "name-version", the way apk names a package in messages and files.
// It is not inlined, which saves space at 70 callers.
//
//go:noinline
func (p *Package) ID() string { return p.Name + "-" + p.Version }

// FileName returns the base name of the package file in a repository.
func (p *Package) FileName() string { return p.Name + "-" + p.Version + ".apk" }
