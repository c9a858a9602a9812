// Package secdb reads Alpine's security database: which version of a source package fixed which vulnerabilities. It is
// published for each release and repository, such as https://secdb.alpinelinux.org/v3.22/main.json:
//
//	{"packages": [{"pkg": {"name": "nginx", "secfixes": {
//	    "1.26.2-r0": ["CVE-2024-7347"],
//	    "0": ["CVE-2022-3638"]
//	}}}]}
//
// Names are those of source packages, the origin of a binary package. Version "0" lists vulnerabilities that no version of the
// package ever had. The database is not signed: it decides what is printed, never what is installed.
package secdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/jsontext"
)

// maxDatabase bounds a database, in bytes. That of Alpine's largest repository has about one million.
const maxDatabase = 64 << 20

// Database is one or several files of the security database. The zero value is empty. It may be read concurrently.
type Database struct {
	// Warn is told, by [Database.Fixes], of versions that apk cannot compare. It may be nil.
	Warn func(string)

	fixes map[string][]fixed // by the name of the source package
}

// fixed is a version and the vulnerabilities that it fixed.
type fixed struct {
	version string
	ids     []string
}

// notAffected is the version that stands for vulnerabilities which the package never had.
const notAffected = "0"

// Add reads one file, at most 64 MiB. An error has the line or the package; then nothing of the file was added.
func (d *Database) Add(r io.Reader) error {
	text, err := bounded.ReadAll(r, maxDatabase)
	if err != nil {
		return err
	}
	if err := jsontext.CheckMembers(text); err != nil {
		return jsontext.Positioned(text, err)
	}
	var file struct {
		Packages []struct {
			Package struct {
				Name  string          `json:"name"`
				Fixes json.RawMessage `json:"secfixes"`
			} `json:"pkg"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return jsontext.Positioned(text, err)
	}
	if file.Packages == nil {
		return errors.New(`has no list "packages": this is not a file of Alpine's security database`)
	}
	added := make(map[string][]fixed)
	for i, p := range file.Packages {
		if p.Package.Name == "" {
			return fmt.Errorf("packages: item %d has no pkg with a name", i+1)
		}
		fixes, err := parseFixes(p.Package.Fixes)
		if err != nil {
			return fmt.Errorf("package %s: secfixes: %w", p.Package.Name, err)
		}
		added[p.Package.Name] = append(added[p.Package.Name], fixes...)
	}
	if d.fixes == nil {
		d.fixes = make(map[string][]fixed)
	}
	for name, fixes := range added {
		d.fixes[name] = append(d.fixes[name], fixes...)
	}
	return nil
}

// parseFixes reads the versions of a package. A table without entries may be written as a list, as programs in Lua do.
func parseFixes(text json.RawMessage) ([]fixed, error) {
	if isEmptyTable(text) {
		return nil, nil
	}
	var versions map[string]json.RawMessage
	if err := json.Unmarshal(text, &versions); err != nil {
		return nil, errors.New("want an object with a list for each version")
	}
	var fixes []fixed
	for version, list := range versions {
		f := fixed{version: version}
		if !isEmptyTable(list) && json.Unmarshal(list, &f.ids) != nil {
			return nil, fmt.Errorf("version %q: want a list of identifiers", version)
		}
		if version != notAffected {
			fixes = append(fixes, f)
		}
	}
	return fixes, nil
}

func isEmptyTable(text json.RawMessage) bool {
	return len(text) == 0 || bytes.Equal(text, []byte("null")) || bytes.Equal(text, []byte("[]")) || bytes.Equal(text, []byte("{}"))
}

// Fixes returns the vulnerabilities that an update of a source package fixes, sorted: those of versions above the old and not above
// the new one, by apk's order. An update to a lower version, or from or to one that is not valid, fixes none.
func (d *Database) Fixes(origin, from, to string) []string {
	if !apk.V3.ValidVersion(from) || !apk.V3.ValidVersion(to) {
		return nil
	}
	var ids []string
	for _, f := range d.fixes[origin] {
		if !apk.V3.ValidVersion(f.version) {
			if d.Warn != nil {
				d.Warn(fmt.Sprintf("security database: package %s: version %q is not valid; what it fixed is ignored", origin, f.version))
			}
			continue
		}
		isAbove := apk.V3.CompareVersions(from, f.version, false) == apk.Less
		if isAbove && apk.V3.CompareVersions(f.version, to, false)&(apk.Less|apk.Equal) != 0 {
			ids = append(ids, f.ids...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
