package adb

import (
	"crypto/sha256"
	"fmt"
	"math"
)

// Package is the metadata of a package.
type Package struct {
	Info             PackageInfo
	Dirs             []Dir // in the order of installation
	Scripts          Scripts
	Triggers         []string
	ReplacesPriority uint64

	hashesAt int // where Info.Hashes are in the metadata
}

// UniqueID returns the bytes that a package has as Info.Hashes: the start of the SHA-256 of its metadata with zeros in their
// place. It reports false if they are others.
func (p *Package) UniqueID(metadata []byte) ([20]byte, bool) {
	id := [20]byte{}
	if len(p.Info.Hashes) != len(id) {
		return id, false
	}
	h := sha256.New()
	h.Write(metadata[:p.hashesAt])
	h.Write(id[:])
	h.Write(metadata[p.hashesAt+len(id):])
	id = [20]byte(h.Sum(nil))
	return id, string(id[:]) == p.Info.Hashes
}

// PackageInfo is what packages and indexes say of one package.
type PackageInfo struct {
	Name, Version    string
	Hashes           string // bytes: in an index the identity, in a package its unique id
	Description      string
	Arch             string
	License          string
	Origin           string
	Maintainer       string
	URL              string
	RepoCommit       string // bytes
	BuildTime        int64  // Unix seconds
	InstalledSize    uint64 // bytes
	FileSize         uint64 // bytes of the package file; only in an index
	ProviderPriority uint64
	Depends          []Dependency
	Provides         []Dependency
	Replaces         []Dependency
	InstallIf        []Dependency
	Recommends       []Dependency
	Layer            uint64 // 0 is the root file system
	Tags             []string

	// Unreadable are the names of fields of an index that its maker could not encode, such as versions of another syntax.
	Unreadable []string
}

// Dependency is an item of depends, provides and the like.
type Dependency struct {
	Name, Version string
	Match         uint64 // bits, see Match…
}

// Bits of [Dependency.Match].
const (
	MatchEqual = 1 << iota
	MatchLess
	MatchGreater
	MatchFuzzy
	MatchConflict

	MatchAny = MatchEqual | MatchLess | MatchGreater
)

// Dir is a directory of a package. Its name is "" for the root.
type Dir struct {
	Name  string
	ACL   ACL
	Files []File
}

// File is anything that is not a directory.
type File struct {
	Name      string
	ACL       ACL
	Size      uint64
	ModTime   int64
	Hash      string // bytes, of the content; "" without one
	Target    string // bytes: the kind, and what a link or device refers to
	HasTarget bool
}

// ACL is owner and mode. Without one in the file, Absent is set.
type ACL struct {
	Mode        uint64
	User, Group string
	Xattrs      []string // name, NUL, value
	Absent      bool
}

// Scripts are the scripts of a package, "" for none.
type Scripts struct {
	Trigger, PreInstall, PostInstall, PreDeinstall, PostDeinstall, PreUpgrade, PostUpgrade string
}

// Index is the metadata of a repository.
type Index struct {
	Description string
	Packages    []PackageInfo
	NameSpec    string // how the paths of package files are made; "" for the default
}

// ParsePackage parses the metadata of a package.
func ParsePackage(metadata []byte) (*Package, error) {
	d := newDecoder(metadata)
	p := d.pkg()
	if d.err != nil {
		return nil, d.err
	}
	return p, nil
}

// pkg returns the outermost value as a package.
func (d *decoder) pkg() *Package {
	root := d.table(d.root())
	return &Package{
		hashesAt:         d.blobAt(d.table(root.get(1)).get(3)),
		Info:             d.info(root.get(1), false),
		Dirs:             d.dirs(root.get(2)),
		Scripts:          d.scripts(root.get(3)),
		Triggers:         d.blobs(root.get(4)),
		ReplacesPriority: d.number(root.get(5)),
	}
}

// ParseIndex parses the metadata of an index.
func ParseIndex(metadata []byte) (*Index, error) {
	d := newDecoder(metadata)
	root := d.table(d.root())
	index := &Index{Description: d.blob(root.get(1)), NameSpec: d.blob(root.get(3))}
	packages := d.table(root.get(2))
	if d.spend(infoSize * int(packages.n)) {
		index.Packages = make([]PackageInfo, packages.n)
	}
	for i := range index.Packages {
		if index.Packages[i] = d.info(packages.get(uint32(i+1)), true); d.err != nil {
			return nil, fmt.Errorf("package %d: %w", i+1, d.err)
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	return index, nil
}

// The memory that an item takes, in bytes.
const (
	infoSize       = 400
	dependencySize = 40
	dirSize        = 112
	fileSize       = 144
)

func (d *decoder) info(v value, isIndex bool) PackageInfo {
	t := d.table(v)
	var p PackageInfo
	field := func(slot uint32, name string) value {
		v := t.get(slot)
		if isIndex && v.kind() == kindError {
			p.Unreadable = append(p.Unreadable, name)
			return null
		}
		return v
	}
	p.Name, p.Version = d.blob(field(1, "name")), d.blob(field(2, "version"))
	p.Hashes = d.blob(field(3, "hashes"))
	p.Description, p.Arch, p.License = d.blob(field(4, "description")), d.blob(field(5, "arch")), d.blob(field(6, "license"))
	p.Origin, p.Maintainer, p.URL = d.blob(field(7, "origin")), d.blob(field(8, "maintainer")), d.blob(field(9, "url"))
	p.RepoCommit = d.blob(field(10, "repo-commit"))
	p.BuildTime = d.time(field(11, "build-time"))
	p.InstalledSize, p.FileSize = d.number(field(12, "installed-size")), d.number(field(13, "file-size"))
	p.ProviderPriority = d.number(field(14, "provider-priority"))
	p.Depends, p.Provides = d.dependencies(field(15, "depends")), d.dependencies(field(16, "provides"))
	p.Replaces, p.InstallIf = d.dependencies(field(17, "replaces")), d.dependencies(field(18, "install-if"))
	p.Recommends = d.dependencies(field(19, "recommends"))
	p.Layer = d.number(field(20, "layer"))
	p.Tags = d.blobs(field(21, "tags"))
	return p
}

func (d *decoder) time(v value) int64 {
	n := d.number(v)
	if n > math.MaxInt64 {
		d.fail(fmt.Errorf("time %d is too large", n))
		return 0
	}
	return int64(n)
}

func (d *decoder) dependencies(v value) []Dependency {
	t := d.table(v)
	if t.n == 0 || !d.spend(dependencySize*int(t.n)) {
		return nil
	}
	list := make([]Dependency, t.n)
	for i := range list {
		item := d.table(t.get(uint32(i + 1)))
		dep := Dependency{Name: d.blob(item.get(1)), Version: d.blob(item.get(2)), Match: d.number(item.get(3))}
		switch {
		case dep.Version == "":
			dep.Match |= MatchAny
		case dep.Match == 0:
			dep.Match = MatchEqual
		}
		list[i] = dep
	}
	return list
}

func (d *decoder) dirs(v value) []Dir {
	t := d.table(v)
	if t.n == 0 || !d.spend(dirSize*int(t.n)) {
		return nil
	}
	list := make([]Dir, t.n)
	for i := range list {
		item := d.table(t.get(uint32(i + 1)))
		list[i] = Dir{Name: d.blob(item.get(1)), ACL: d.acl(item.get(2)), Files: d.files(item.get(3))}
		if d.err != nil {
			return nil
		}
	}
	return list
}

func (d *decoder) files(v value) []File {
	t := d.table(v)
	if t.n == 0 || !d.spend(fileSize*int(t.n)) {
		return nil
	}
	list := make([]File, t.n)
	for i := range list {
		item := d.table(t.get(uint32(i + 1)))
		list[i] = File{
			Name: d.blob(item.get(1)), ACL: d.acl(item.get(2)), Size: d.number(item.get(3)), ModTime: d.time(item.get(4)),
			Hash: d.blob(item.get(5)), Target: d.blob(item.get(6)), HasTarget: item.get(6) != null,
		}
		if d.err != nil {
			return nil
		}
	}
	return list
}

func (d *decoder) acl(v value) ACL {
	t := d.table(v)
	return ACL{Mode: d.number(t.get(1)), User: d.blob(t.get(2)), Group: d.blob(t.get(3)), Xattrs: d.blobs(t.get(4)), Absent: v == null}
}

func (d *decoder) scripts(v value) Scripts {
	t := d.table(v)
	return Scripts{
		Trigger: d.blob(t.get(1)), PreInstall: d.blob(t.get(2)), PostInstall: d.blob(t.get(3)), PreDeinstall: d.blob(t.get(4)),
		PostDeinstall: d.blob(t.get(5)), PreUpgrade: d.blob(t.get(6)), PostUpgrade: d.blob(t.get(7)),
	}
}
