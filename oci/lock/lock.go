package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/jsontext"
)

// Lock pins everything that a request resolved to: a build with a lock
// installs the same packages. It does not say that they can be trusted: signatures do. Its JSON form is meant to be kept beside the spec and
// read as a diff: members in a fixed order, one per line.
type Lock struct {
	Version int     `json:"lockVersion"` // of the format, in the file alone: Write adds it, Read takes it off
	Recipe  string  `json:"recipe"`      // the text of a layer.Recipe
	Request Request `json:"request"`

	// Vendor is a directory with the packages, as a slash-separated path from the lock's own directory; empty without vendored packages. Or it is
	// the reference of an artifact with them (package vendor), whose path, if it has one, is from there, too.
	Vendor string `json:"vendor,omitempty"`
	// VendorDigest is that of the artifact, whatever its tag stands for by now.
	VendorDigest digest.Digest `json:"vendorDigest,omitempty"`

	Platforms []Platform `json:"platforms"`

	// Checksum is in the file alone, where it covers what nothing else can be held against: Write adds it, Read takes it off.
	Checksum digest.Digest `json:"checksum,omitempty"`
}

// version is the version of the format that this package reads and writes.
const version = 1

// Request is the request as written in the spec, to detect later changes. Order does
// not matter.
type Request struct {
	Base         string   `json:"base"`
	Repositories []string `json:"repositories"` // none: those of the base
	Packages     []string `json:"packages"`
	Upgrade      Upgrade  `json:"upgrade,omitempty"`
}

// Upgrade says which packages that the base has are upgraded. In JSON it is "all" or "available", and true for UpgradeNamed.
type Upgrade string

const (
	UpgradeNone  Upgrade = ""      // those that the new ones need in another version
	UpgradeNamed Upgrade = "named" // the requested ones and their dependencies, as "apk add -u"
	UpgradeAll   Upgrade = "all"   // all, as "apk upgrade"

	UpgradeAvailable Upgrade = "available" // all, to what repositories have: "apk upgrade --available"
)

// IsAll reports whether all packages are upgraded.
func (u Upgrade) IsAll() bool { return u == UpgradeAll || u == UpgradeAvailable }

// ParseUpgrade reads none, named, all or available.
func ParseUpgrade(text string) (Upgrade, error) {
	switch text {
	case "none":
		return UpgradeNone, nil
	case "named", "all", "available":
		return Upgrade(text), nil
	}
	return "", fmt.Errorf("upgrade %q is not one of none, named, all, available", text)
}

// MarshalJSON writes true for UpgradeNamed, as the first locks had it.
func (u Upgrade) MarshalJSON() ([]byte, error) {
	if u == UpgradeNamed {
		return []byte("true"), nil
	}
	return json.Marshal(string(u))
}

// UnmarshalJSON reads what MarshalJSON writes, and false for UpgradeNone.
func (u *Upgrade) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true":
		*u = UpgradeNamed
	case "false", `""`:
		*u = UpgradeNone
	case `"all"`:
		*u = UpgradeAll
	case `"available"`:
		*u = UpgradeAvailable
	default:
		return fmt.Errorf("upgrade is %.20s, want true, %q or %q", text, UpgradeAll, UpgradeAvailable)
	}
	return nil
}

// Change is the change of one package.
type Change struct {
	Action     solver.Kind `json:"action"` // apk's word in lower case, such as "installing"
	Name       string      `json:"name"`
	OldVersion string      `json:"oldVersion,omitempty"` // that the base has
	Version    string      `json:"version,omitempty"`    // that will be there
	Tag        string      `json:"tag,omitempty"`        // that it is pinned to, without "@"

	// Size is that of the package file in bytes. Of a package that stays, it is what
	// an index says now, which apk 3 records.
	Size uint64 `json:"size,omitempty"`

	*Package
}

// LockedPackage is a package that is installed: where it is, and its record in the
// index, which goes into the installed database (apk/FORMAT.md 2). Lists are as apk 3
// writes them.
type Package struct {
	Repository int    `json:"repository"` // in LockedPlatform.Indexes
	URL        string `json:"url"`        // relative to the repository
	// File is the path in the image of a package file that a command names, as in "apk add ./x.apk"; then Repository is -1.
	File string `json:"file,omitempty"`

	SHA256   string `json:"sha256,omitempty"`   // of the file, hexadecimal
	DataHash string `json:"dataHash,omitempty"` // SHA-256 of its data segment, hexadecimal; none if nothing of it is installed
	Identity string `json:"identity"`           // as in an index: SHA-1 of its control segment, or SHA-256 of apk 3's metadata

	Arch             string   `json:"arch"`
	InstalledSize    uint64   `json:"installedSize"` // bytes; 0: the file is never opened
	BuildTime        int64    `json:"buildTime,omitempty"`
	Origin           string   `json:"origin,omitempty"`
	Commit           string   `json:"commit,omitempty"`
	License          string   `json:"license,omitempty"`
	Maintainer       string   `json:"maintainer,omitempty"`
	Website          string   `json:"website,omitempty"`
	Description      string   `json:"description,omitempty"`
	ProviderPriority uint16   `json:"providerPriority,omitempty"`
	Depends          []string `json:"depends,omitempty"`
	Provides         []string `json:"provides,omitempty"`
	InstallIf        []string `json:"installIf,omitempty"`
	Tags             []string `json:"tags,omitempty"` // of a package in apk 3's own format
}

// maxLock bounds a lock file, in bytes: some 50,000 packages.
const maxLock = 64 << 20

// Read reads the JSON form, with line ends of any system. Unknown members are an error:
// a later version may give them a meaning.
func Read(r io.Reader) (*Lock, error) {
	text, err := bounded.ReadAll(r, maxLock)
	if err != nil {
		return nil, err
	}
	var read struct {
		Version int `json:"lockVersion"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, jsontext.Positioned(text, err)
	}
	switch {
	case read.Version == 0:
		return nil, errors.New("has no lockVersion: this is not a lock")
	case read.Version != version:
		return nil, fmt.Errorf("lockVersion %d is not supported; only %d is", read.Version, version)
	}
	l := new(Lock)
	if err := jsontext.CheckMembers(text); err != nil {
		return nil, jsontext.Positioned(text, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(l); err != nil {
		return nil, jsontext.Positioned(text, err)
	}
	l.Version = 0
	if err := l.Check(); err != nil {
		return nil, err
	}
	return l, l.checkChecksum()
}

// Check returns an error if the lock is inconsistent.
func (l *Lock) Check() error {
	seen := make(map[string]bool)
	for _, p := range l.Platforms {
		if seen[p.Platform] {
			return fmt.Errorf("platform %s: occurs twice", p.Platform)
		}
		seen[p.Platform] = true
		if err := p.check(); err != nil {
			return fmt.Errorf("platform %s: %w", p.Platform, err)
		}
		for _, s := range p.Stages {
			if err := s.check(); err != nil {
				return fmt.Errorf("platform %s: stage %s: %w", p.Platform, s.Name, err)
			}
			if len(s.Stages) > 0 {
				return fmt.Errorf("platform %s: stage %s: has stages of its own", p.Platform, s.Name)
			}
		}
	}
	return nil
}

func checkChanges(changes []Change, indexes int) error {
	for _, c := range changes {
		if err := c.check(indexes); err != nil {
			return fmt.Errorf("package %q: %w", c.Name, err)
		}
	}
	return nil
}

func (c *Change) check(indexes int) error {
	switch {
	case c.Name == "":
		return errors.New("has no name")
	case c.brings() && c.Package == nil:
		return fmt.Errorf("action %q without a package", c.Action)
	case !c.brings():
		return nil
	case c.IsVirtual():
		return nil
	case c.Repository < 0 && c.File != "" && len(c.SHA256) == 64:
		return nil
	case c.Repository < 0 || c.Repository >= indexes:
		return fmt.Errorf("repository %d is not among the %d indexes", c.Repository, indexes)
	case c.InstalledSize != 0 && len(c.SHA256) != 64:
		return fmt.Errorf("sha256 %q is not 64 hexadecimal digits", c.SHA256)
	}
	return nil
}

// brings reports whether the change installs a package from a repository.
func (c *Change) brings() bool {
	return c.Action != solver.Unchanged && c.Action != solver.UpdatingPinning && c.Action != solver.Purging
}

// IsVirtual reports whether the change installs a package that apk makes up: "apk add --virtual".
func (c *Change) IsVirtual() bool {
	return c.brings() && c.Package != nil && c.Repository == -1 && c.URL == "" && c.File == "" && c.InstalledSize == 0
}

// Write writes the JSON form, with its checksum.
func (l *Lock) Write(w io.Writer) error {
	sum, err := l.checksum()
	if err != nil {
		return err
	}
	written := *l
	written.Version, written.Checksum = version, sum
	return jsontext.Write(w, &written)
}

// Platform returns the lock of a platform, or nil if the platform is not locked.
func (l *Lock) Platform(name string) *Platform {
	for i := range l.Platforms {
		if l.Platforms[i].Platform == name {
			return &l.Platforms[i]
		}
	}
	return nil
}

// lockPackage returns the locked form of an index record.
func lockPackage(p *apk.Package) *Package {
	return &Package{
		Identity: p.Identity.String(), Arch: p.Arch, InstalledSize: p.InstalledSize, BuildTime: p.BuildTime,
		Origin: p.Origin, Commit: p.Commit, License: p.License, Maintainer: p.Maintainer, Website: p.URL,
		Description: p.Description, ProviderPriority: p.ProviderPriority,
		Depends: texts(p.Depends), Provides: texts(p.Provides), InstallIf: texts(p.InstallIf), Tags: p.Tags,
	}
}

func texts(list []apk.Dependency) []string {
	var all []string
	for _, d := range list {
		all = append(all, d.String())
	}
	return all
}

// unlock returns the index record of the change's package.
func (c *Change) unlock() (*apk.Package, error) {
	p := &apk.Package{
		Name: c.Name, Version: c.Version, Size: c.Size,
		Arch: c.Arch, InstalledSize: c.InstalledSize, BuildTime: c.BuildTime,
		Origin: c.Origin, Commit: c.Commit, License: c.License, Maintainer: c.Maintainer, URL: c.Website,
		Description: c.Description, ProviderPriority: c.ProviderPriority, Tags: c.Tags,
	}
	if dir, name, found := strings.Cut(c.URL, "/"); found && (name != p.FileName() || c.Arch != "" && dir != c.Arch) || !found && c.URL != p.FileName() {
		p.Path = c.URL // by the rule of an index
	}
	var err error
	if p.Identity, err = apk.ParseChecksum(c.Identity); err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	for _, list := range []struct {
		to   *[]apk.Dependency
		from []string
	}{{&p.Depends, c.Depends}, {&p.Provides, c.Provides}, {&p.InstallIf, c.InstallIf}} {
		if *list.to, err = parseAll(list.from); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// parseAll parses dependencies in their text form.
func parseAll(list []string) ([]apk.Dependency, error) {
	var all []apk.Dependency
	for _, text := range list {
		// In the form of apk 3, whatever the base's generation.
		d, err := apk.ParseDependency(text, apk.V3)
		if err != nil {
			return nil, fmt.Errorf("dependency %q: %w", text, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// Contradicts says in which member the locked package differs from its record in an index or in its own file, with
// both values; "" if in none. A record in a package file may have the architecture noarch where the index has that of its
// repository.
func (c *Change) Contradicts(p *apk.Package) string {
	is := lockPackage(p)
	if is.Arch == "noarch" {
		is.Arch = c.Arch
	}
	for _, member := range []struct {
		name         string
		locked, real any
	}{
		{"name", c.Name, p.Name}, {"version", c.Version, p.Version}, {"identity", c.Identity, is.Identity},
		{"arch", c.Arch, is.Arch}, {"installedSize", c.InstalledSize, is.InstalledSize}, {"buildTime", c.BuildTime, is.BuildTime},
		{"origin", c.Origin, is.Origin}, {"commit", c.Commit, is.Commit}, {"license", c.License, is.License},
		{"maintainer", c.Maintainer, is.Maintainer}, {"website", c.Website, is.Website}, {"description", c.Description, is.Description},
		{"providerPriority", c.ProviderPriority, is.ProviderPriority}, {"depends", sorted(c.Depends), sorted(is.Depends)},
		{"provides", sorted(c.Provides), sorted(is.Provides)}, {"installIf", sorted(c.InstallIf), sorted(is.InstallIf)},
		{"tags", sorted(c.Tags), sorted(is.Tags)},
	} {
		if member.locked != member.real {
			return fmt.Sprintf("%s %q, but the package %q", member.name, fmt.Sprint(member.locked), fmt.Sprint(member.real))
		}
	}
	return ""
}

// sorted is a list without its order, which an index may change.
func sorted(list []string) string {
	return strings.Join(slices.Sorted(slices.Values(list)), " ")
}

func (l *Lock) PlatformNames() []string {
	var names []string
	for _, p := range l.Platforms {
		names = append(names, p.Platform)
	}
	return names
}

// WriteFile writes the lock to a file, which is replaced when it is whole.
func (l *Lock) WriteFile(name string) error { return atomicfile.Write(name, l.Write) }
