package lock

import (
	"cmp"
	"fmt"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk/secdb"
	"github.com/lamina-oci/lamina/apk/solver"
)

// VersionChange is what the lock has in another version than before. That of a package may also be "(removed)", of the base.
type VersionChange struct {
	Kind    string `json:"kind"` // package, base, image or download
	Name    string `json:"name"` // of the package; reference or URL of the others
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Rebuilt bool   `json:"rebuilt,omitempty"` // a package's file is another one, and its version is the same

	SecurityFix *bool    `json:"securityFix,omitempty"` // of a package, where a security database was given
	Fixes       []string `json:"fixes,omitempty"`       // the vulnerabilities

	origin string // source package, if the lock says so
}

// Kinds of what a lock pins.
const (
	kindPackage  = "package"
	kindBase     = "base"
	kindImage    = "image"
	kindDownload = "download"
)

// String is a line, such as "nginx 1.26.2-r0 -> 1.26.3-r1 fixes CVE-2024-2".
func (v VersionChange) String() string {
	name := v.Name
	if v.Kind == kindBase && !strings.HasSuffix(name, "base") {
		name = "base " + name
	}
	text := fmt.Sprintf("%s %s -> %s", name, v.From, v.To)
	switch {
	case v.Rebuilt:
		text = fmt.Sprintf("%s %s (built or signed again)", name, v.To)
	case v.From == "":
		text = fmt.Sprintf("%s %s (new)", name, v.To)
	case v.To == "":
		text = fmt.Sprintf("%s %s (gone)", name, v.From)
	}
	if len(v.Fixes) > 0 {
		text += " fixes " + strings.Join(v.Fixes, ", ")
	}
	return text
}

// MarkFixes sets SecurityFix and Fixes of each change of a package, by a security database. Origins are the source packages, by name, of
// packages that the lock does not bring.
func (c *Comparison) MarkFixes(db *secdb.Database, origins map[string]string) {
	for i := range c.Platforms {
		for k := range c.Platforms[i].Changes {
			v := &c.Platforms[i].Changes[k]
			if v.Kind != kindPackage {
				continue
			}
			name := v.Name[strings.LastIndex(v.Name, " ")+1:] // without its stage and root
			v.Fixes = db.Fixes(cmp.Or(v.origin, origins[name], name), v.From, v.To)
			isFix := len(v.Fixes) > 0
			v.SecurityFix = &isFix
		}
	}
}

// removedVersion is the version of a package of the base that the lock removes.
const removedVersion = "(removed)"

// pinned is something that a lock pins.
type pinned struct {
	kind, name, version string
	origin              string // source package
	sum                 string // of the package file; "" where it stays as the base has it
	isOwn               bool   // of the lock: not of the base
}

// itemsOf returns what a lock pins on a platform, by kind and name. Of a package that several transactions change, the last counts.
func itemsOf(p *Platform, base string) map[string]pinned {
	items := make(map[string]pinned)
	add := func(item pinned) { items[item.kind+" "+item.name] = item }
	addChanges := func(prefix string, changes []Change) {
		for _, c := range changes {
			item := pinned{kind: kindPackage, name: prefix + c.Name, version: c.Version}
			switch {
			case c.Package != nil:
				item.origin, item.sum, item.isOwn = c.Origin, c.Identity+" "+c.SHA256, true
			case c.Action == solver.Purging:
				item.version, item.isOwn = removedVersion, true
			}
			if before, ok := items[kindPackage+" "+item.name]; ok && !item.isOwn && before.version == item.version {
				continue // a package that an earlier transaction brought
			}
			add(item)
		}
	}
	addAll := func(prefix, base string, p *Platform) {
		if p.Base != "" {
			add(pinned{kind: kindBase, name: prefix + cmp.Or(base, "base"), version: p.Base.String()})
		}
		addChanges(prefix, p.Changes)
		for _, t := range p.Transactions {
			root := ""
			if t.Root != "" {
				root = "root " + t.Root + ": "
			}
			addChanges(prefix+root, t.Changes)
		}
		for _, image := range p.Images {
			add(pinned{kind: kindImage, name: prefix + image.Reference, version: image.Digest.String()})
		}
		for _, d := range p.Downloads {
			item := pinned{kind: kindDownload, name: prefix + d.URL, version: digestPrefix + d.SHA256}
			if d.Status != 0 {
				item.version = fmt.Sprint(digestPrefix, "none, status ", d.Status)
			}
			add(item)
		}
	}
	addAll("", base, p)
	for i := range p.Stages {
		addAll("stage "+p.Stages[i].Name+": ", "", &p.Stages[i].Platform)
	}
	return items
}

// digestPrefix begins the version of a download.
const digestPrefix = "sha256:"

// changedItems returns what differs: bases, then the rest by name.
func changedItems(then, now map[string]pinned) []VersionChange {
	changes := []VersionChange{}
	for key, item := range now {
		before := then[key]
		c := VersionChange{Kind: item.kind, Name: item.name, From: before.version, To: item.version, origin: item.origin}
		c.Rebuilt = c.From == c.To && before.sum != "" && item.sum != "" && before.sum != item.sum
		if c.From != c.To || c.Rebuilt {
			changes = append(changes, c)
		}
	}
	for key, item := range then {
		if _, ok := now[key]; !ok {
			changes = append(changes, VersionChange{Kind: item.kind, Name: item.name, From: item.version})
		}
	}
	sort.Slice(changes, func(i, j int) bool {
		a, b := changes[i], changes[j]
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Name, b.Name), strings.Compare(a.Kind, b.Kind)) < 0
	})
	return changes
}

func rank(v VersionChange) int {
	if v.Kind == kindBase {
		return 0
	}
	return 1
}
