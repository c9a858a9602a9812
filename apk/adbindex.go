package apk

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/pathtree"
	"github.com/lamina-oci/lamina/internal/adb"
)

// readADBIndex reads an index in apk 3's own format (apk/FORMAT.md 18.5). The signature is over the decompressed metadata, so that
// at most [adb.MaxMetadata] bytes are decompressed before it was found right, and nothing of them is parsed.
func readADBIndex(file []byte, keys *KeyRing, g Generation) (*Index, error) {
	if g == V2 {
		return nil, fmt.Errorf("index: %w", errADBGeneration)
	}
	r := adb.NewReader(bytes.NewReader(file))
	defer r.Close()
	metadata, err := r.Metadata(adb.SchemaIndex)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	signatures, err := r.Signatures()
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	signedBy, err := keys.verifyADB(adb.SchemaIndex, metadata, signatures)
	if err != nil {
		return nil, err
	}
	switch _, err := r.NextData(); err {
	case io.EOF:
	case nil:
		return nil, errors.New("index: has a content, which an index cannot have")
	default:
		return nil, fmt.Errorf("index: %w", err)
	}
	parsed, err := adb.ParseIndex(metadata)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	index, err := indexOfADB(parsed)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	index.SignedBy = signedBy
	index.SHA256 = fmt.Sprintf("%x", sha256.Sum256(file))
	return index, nil
}

func indexOfADB(parsed *adb.Index) (*Index, error) {
	index := &Index{Description: parsed.Description}
	if len(parsed.Packages) > maxPackages {
		return nil, fmt.Errorf("more than %d packages", maxPackages)
	}
	withoutHash, unreadable, first := 0, 0, ""
	for i := range parsed.Packages {
		info := &parsed.Packages[i]
		p, err := packageOfADB(info)
		if err != nil {
			return nil, fmt.Errorf("package %d: %w", i+1, err)
		}
		if p.Identity = identityOfADB(info.Hashes); p.Identity.IsZero() {
			withoutHash++
			continue
		}
		if len(info.Unreadable) > 0 {
			if unreadable++; first == "" {
				first = fmt.Sprintf("%s of %s", info.Unreadable[0], p.ID())
			}
		} else if p.Version == "" {
			return nil, fmt.Errorf("package %.80q has no version", p.Name)
		}
		if p.Path, err = expandNameSpec(parsed.NameSpec, info); err != nil {
			p.Uninstallable = err.Error()
		}
		index.Packages = append(index.Packages, p)
	}
	if withoutHash > 0 {
		index.warn("%d packages have no identity and are left out", withoutHash)
	}
	if unreadable > 0 {
		index.warn("%d packages have fields that the index's maker could not encode, such as %s: they cannot be installed", unreadable, first)
	}
	return index, nil
}

// identityOfADB returns the identity that an index gives; zero for one of a size that no package can have.
func identityOfADB(hashes string) Checksum {
	switch len(hashes) {
	case sha1.Size:
		return SHA1Checksum([sha1.Size]byte([]byte(hashes)))
	case sha256.Size:
		return sha256Checksum([sha256.Size]byte([]byte(hashes)))
	}
	return Checksum{}
}

// maxADBDescription is how many bytes of a description apk takes.
const maxADBDescription = 512

// packageOfADB turns what a package or an index says into a Package without identity.
func packageOfADB(info *adb.PackageInfo) (*Package, error) {
	p := &Package{
		Name: info.Name, Version: info.Version, Arch: info.Arch, Size: info.FileSize, InstalledSize: info.InstalledSize,
		Description: info.Description[:min(len(info.Description), maxADBDescription)], URL: info.URL, License: info.License,
		Origin: info.Origin, Maintainer: info.Maintainer, BuildTime: info.BuildTime, Tags: info.Tags,
	}
	if info.RepoCommit != "" {
		p.Commit = hex.EncodeToString([]byte(info.RepoCommit))
	}
	if info.ProviderPriority > 1<<16-1 {
		return nil, fmt.Errorf("%.80q: provider-priority %d is larger than %d", p.Name, info.ProviderPriority, 1<<16-1)
	}
	p.ProviderPriority = uint16(info.ProviderPriority)
	if p.Name == "" {
		return nil, errors.New("has no name")
	}
	for _, text := range [...]string{p.Name, p.Version, p.Arch, p.Description, p.URL, p.License, p.Origin, p.Maintainer} {
		if err := checkText(text); err != nil {
			return nil, fmt.Errorf("%.80q: field %.80q: %w", p.Name, text, err)
		}
	}
	for _, tag := range p.Tags {
		if err := checkText(tag); err != nil {
			return nil, fmt.Errorf("%.80q: tag %.80q: %w", p.Name, tag, err)
		}
	}
	if err := checkADBName(p.Name); err != nil {
		return nil, err
	}
	if err := checkPackage(p); err != nil {
		return nil, err
	}
	switch {
	case len(info.Unreadable) > 0:
		p.Uninstallable = "its " + strings.Join(info.Unreadable, ", ") + " could not be encoded by the index's maker"
	case p.Version != "" && !V3.ValidVersion(p.Version):
		p.Uninstallable = fmt.Sprintf("its version %q is not valid", p.Version)
	case info.Layer != 0:
		p.Uninstallable = fmt.Sprintf("it is for layer %d, not for the root file system", info.Layer)
	}
	for _, list := range []struct {
		name string
		from []adb.Dependency
		to   *[]Dependency
	}{{"depends", info.Depends, &p.Depends}, {"provides", info.Provides, &p.Provides}, {"install-if", info.InstallIf, &p.InstallIf}} {
		items, err := dependenciesOfADB(list.from)
		if err != nil {
			p.Uninstallable = fmt.Sprintf("broken %s: %v", list.name, err)
			continue
		}
		*list.to = items
	}
	return p, nil
}

// checkADBName refuses what mkpkg refuses.
func checkADBName(name string) error {
	for i, c := range []byte(name) {
		isLetter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !isLetter && (i == 0 || !strings.ContainsRune("._+-", rune(c))) {
			return fmt.Errorf("%.80q is not a package name", name)
		}
	}
	return nil
}

// checkText refuses what would become another line of a database.
func checkText(text string) error {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] == 0x7f {
			return errors.New("has a control character")
		}
	}
	return nil
}

func dependenciesOfADB(from []adb.Dependency) ([]Dependency, error) {
	var list []Dependency
	for _, item := range from {
		d := Dependency{Name: item.Name, Version: item.Version, Conflict: item.Match&adb.MatchConflict != 0}
		if item.Match >= 2*adb.MatchConflict {
			return nil, fmt.Errorf("dependency on %.80q: unknown comparison %d", d.Name, item.Match)
		}
		if d.Version != "" {
			d.Op = opOfMatch[item.Match&^adb.MatchConflict]
			if d.Op == AnyVersion {
				return nil, fmt.Errorf("dependency on %.80q: unknown comparison %d", d.Name, item.Match)
			}
		}
		// It must be one that can be written into a database and read back.
		back, err := ParseDependency(d.String(), V3)
		if err != nil || back != d || strings.ContainsAny(d.Name+d.Version, " ") || checkText(d.Name+d.Version) != nil {
			return nil, fmt.Errorf("dependency %.200q is not valid", d.String())
		}
		list = append(list, d)
	}
	return list, nil
}

// opOfMatch has the comparisons that a dependency can have in text.
var opOfMatch = [16]Op{
	adb.MatchEqual:                                     Equal,
	adb.MatchLess:                                      Less,
	adb.MatchLess | adb.MatchEqual:                     Less | Equal,
	adb.MatchGreater:                                   Greater,
	adb.MatchGreater | adb.MatchEqual:                  Greater | Equal,
	adb.MatchLess | adb.MatchGreater:                   Checksums,
	adb.MatchAny:                                       anyRelation,
	adb.MatchFuzzy:                                     Fuzzy | Equal,
	adb.MatchFuzzy | adb.MatchEqual:                    Fuzzy | Equal,
	adb.MatchFuzzy | adb.MatchLess | adb.MatchEqual:    Less | Fuzzy | Equal,
	adb.MatchFuzzy | adb.MatchGreater | adb.MatchEqual: Greater | Fuzzy | Equal,
	adb.MatchFuzzy | adb.MatchAny:                      anyRelation | Fuzzy,
}

// expandNameSpec returns the path of a package file below the repository by the index's own rule, "" without one. It must
// stay below the repository.
func expandNameSpec(spec string, info *adb.PackageInfo) (string, error) {
	var b strings.Builder
	for rest := spec; rest != ""; {
		text, more, found := strings.Cut(rest, "${")
		if b.WriteString(text); !found {
			break
		}
		variable, after, closed := strings.Cut(more, "}")
		name, length, isCut := strings.Cut(variable, ":")
		value, known := map[string]string{
			"name": info.Name, "version": info.Version, "arch": info.Arch, "hash": hex.EncodeToString([]byte(info.Hashes)),
		}[name]
		n := uint64(len(value))
		var err error
		if isCut {
			n, err = parseNumber(length, 32)
		}
		if !closed || !known || err != nil || isCut && length == "" {
			return "", fmt.Errorf("the index's rule for names of package files, %.80q, is not valid", spec)
		}
		b.WriteString(value[:min(n, uint64(len(value)))])
		rest = after
	}
	path := strings.TrimLeft(b.String(), "/")
	if path == "" {
		return "", nil
	}
	if strings.Contains(path, "://") {
		return "", fmt.Errorf("the index's rule for names of package files gives %.80q, which is in another repository", path)
	}
	if err := pathtree.CheckName(path, path); err != nil {
		return "", fmt.Errorf("the index's rule for names of package files gives %.80q: %w", path, err)
	}
	return path, nil
}
