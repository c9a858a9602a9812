package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/lock"
)

// lockOutput is what lock --json prints. Fields may be added, never changed.
type lockOutput struct {
	Lock      string           `json:"lock"`
	Vendor    string           `json:"vendor,omitempty"`  // REFERENCE@DIGEST of an artifact with all that is pinned
	Status    string           `json:"status"`            // new, changed or unchanged; failed is for one of several
	Reasons   []string         `json:"reasons,omitempty"` // what differs beside the changes of platforms
	Platforms []lockedPlatform `json:"platforms"`
}

// Statuses of a lock beside statusUnchanged and statusFailed.
const (
	statusNew     = "new" // there was no lock
	statusChanged = "changed"
)

type lockedPlatform struct {
	Platform  string          `json:"platform"`
	Packages  int             `json:"packages"`  // how many the lock has
	Downloads int             `json:"downloads"` // of commands
	IsNew     bool            `json:"isNew"`     // the lock did not have the platform
	Changes   []lockedVersion `json:"changes"`   // none where isNew
}

// lockedVersion is what the lock has in another version than before. That of a package may also be "(removed)", of the base.
type lockedVersion struct {
	Kind    string `json:"kind"` // package, base, image or download
	Name    string `json:"name"` // of the package; reference or URL of the others
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Rebuilt bool   `json:"rebuilt,omitempty"` // a package's file is another one, and its version is the same

	SecurityFix *bool    `json:"securityFix,omitempty"` // of a package, where a security database was given
	Fixes       []string `json:"fixes,omitempty"`       // the vulnerabilities

	origin string // source package, if the lock says so
}

const (
	kindPackage  = "package"
	kindBase     = "base"
	kindImage    = "image"
	kindDownload = "download"
)

// removedVersion is the version of a package of the base that the lock removes.
const removedVersion = "(removed)"

// lockedItem is something that a lock pins.
type lockedItem struct {
	kind, name, version string
	origin              string // source package
	sum                 string // of the package file; "" where it stays as the base has it
	isOwn               bool   // of the lock: not of the base
}

// compareLocks says what changed from an old lock, which may be nil, to the new one.
func compareLocks(name string, old, now *lock.Lock) (lockOutput, error) {
	out := lockOutput{Lock: name, Vendor: vendorOf(now), Status: statusNew, Platforms: []lockedPlatform{}}
	differs := false
	for i := range now.Platforms {
		p := &now.Platforms[i]
		items := itemsOf(p, now.Request.Base)
		described := lockedPlatform{Platform: p.Platform, IsNew: true, Changes: []lockedVersion{}}
		for _, item := range items {
			switch {
			case item.kind == kindDownload:
				described.Downloads++
			case item.kind == kindPackage && item.isOwn:
				described.Packages++
			}
		}
		if old != nil {
			if then := old.Platform(p.Platform); then != nil {
				described.IsNew = false
				described.Changes = changedItems(itemsOf(then, now.Request.Base), items)
			}
		}
		differs = differs || described.IsNew || len(described.Changes) > 0
		out.Platforms = append(out.Platforms, described)
	}
	if old == nil {
		return out, nil
	}
	out.Reasons = otherReasons(old, now)
	if !differs && out.Reasons == nil {
		var err error
		if out.Reasons, err = restDiffers(old, now); err != nil {
			return out, err
		}
	}
	if out.Status = statusUnchanged; differs || out.Reasons != nil {
		out.Status = statusChanged
	}
	return out, nil
}

// otherReasons lists the differences between locks that are not about a version on a platform.
func otherReasons(old, now *lock.Lock) []string {
	reasons := old.Differences(now.Request, nil)
	if a, b := old.Request.Base, now.Request.Base; a != b {
		reasons = append(reasons, fmt.Sprintf("the base is %s, not %s", b, a))
	}
	if old.Recipe != now.Recipe {
		reasons = append(reasons, fmt.Sprintf("the recipe of the layer is %s, not %s", now.Recipe, old.Recipe))
	}
	if old.Vendor != now.Vendor {
		reasons = append(reasons, fmt.Sprintf("packages are vendored in %s, not in %s", cmp.Or(now.Vendor, "no directory"), cmp.Or(old.Vendor, "no directory")))
	}
	for _, p := range old.Platforms {
		if now.Platform(p.Platform) == nil {
			reasons = append(reasons, "platform "+p.Platform+" was removed")
		}
	}
	return reasons
}

// restDiffers compares two locks whose versions are the same. Indexes may differ, in their digests and in what they say of packages that
// stay as they are.
func restDiffers(old, now *lock.Lock) ([]string, error) {
	var reasons []string
	var texts [2][]lock.Platform
	for i, l := range []*lock.Lock{old, now} {
		var b bytes.Buffer
		if err := l.Write(&b); err != nil {
			return nil, err
		}
		read, err := lock.Read(&b)
		if err != nil {
			return nil, err
		}
		for k := range read.Platforms {
			withoutIndexes(&read.Platforms[k])
		}
		texts[i] = read.Platforms
	}
	for i := range texts[0] {
		a, err := jsontext.Marshal(texts[0][i])
		if err != nil {
			return nil, err
		}
		b, err := jsontext.Marshal(texts[1][i])
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(a, b) {
			reasons = append(reasons, texts[0][i].Platform+": dependencies, order or repositories of packages changed")
		}
	}
	return reasons, nil
}

func withoutIndexes(p *lock.Platform) {
	strip := func(indexes []lock.Index, changes []lock.Change) {
		for i := range indexes {
			indexes[i].Digest = ""
		}
		for i := range changes {
			if !changes[i].Brings() {
				changes[i].Size = 0
			}
		}
	}
	strip(p.Indexes, p.Changes)
	for _, t := range p.Transactions {
		strip(t.Indexes, t.Changes)
	}
	for i := range p.Stages {
		withoutIndexes(&p.Stages[i].Platform)
	}
}

// itemsOf returns what a lock pins on a platform, by kind and name. Of a package that several transactions change, the last counts.
func itemsOf(p *lock.Platform, base string) map[string]lockedItem {
	items := make(map[string]lockedItem)
	add := func(item lockedItem) { items[item.kind+" "+item.name] = item }
	addChanges := func(prefix string, changes []lock.Change) {
		for _, c := range changes {
			item := lockedItem{kind: kindPackage, name: prefix + c.Name, version: c.Version}
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
	addAll := func(prefix, base string, p *lock.Platform) {
		if p.Base != "" {
			add(lockedItem{kind: kindBase, name: prefix + cmp.Or(base, "base"), version: p.Base.String()})
		}
		addChanges(prefix, p.Changes)
		for _, t := range p.Transactions {
			addChanges(prefix, t.Changes)
		}
		for _, image := range p.Images {
			add(lockedItem{kind: kindImage, name: prefix + image.Reference, version: image.Digest.String()})
		}
		for _, d := range p.Downloads {
			item := lockedItem{kind: kindDownload, name: prefix + d.URL, version: digestPrefix + d.SHA256}
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
func changedItems(then, now map[string]lockedItem) []lockedVersion {
	changes := []lockedVersion{}
	for key, item := range now {
		before := then[key]
		c := lockedVersion{Kind: item.kind, Name: item.name, From: before.version, To: item.version, origin: item.origin}
		c.Rebuilt = c.From == c.To && before.sum != "" && item.sum != "" && before.sum != item.sum
		if c.From != c.To || c.Rebuilt {
			changes = append(changes, c)
		}
	}
	for key, item := range then {
		if _, ok := now[key]; !ok {
			changes = append(changes, lockedVersion{Kind: item.kind, Name: item.name, From: item.version})
		}
	}
	slices.SortFunc(changes, func(a, b lockedVersion) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Name, b.Name), strings.Compare(a.Kind, b.Kind))
	})
	return changes
}

func rank(v lockedVersion) int {
	if v.Kind == kindBase {
		return 0
	}
	return 1
}

// print prints a line for each change, or one for each platform.
func (o *lockOutput) print(w io.Writer) error {
	var lines []string
	for _, r := range o.Reasons {
		lines = append(lines, o.Lock+": "+r)
	}
	for _, p := range o.Platforms {
		prefix := o.Lock + " " + p.Platform + ": "
		for _, c := range p.Changes {
			lines = append(lines, prefix+c.String())
		}
		switch {
		case p.IsNew && p.Downloads > 0:
			lines = append(lines, fmt.Sprintf("%s%d packages, %d downloads", prefix, p.Packages, p.Downloads))
		case p.IsNew:
			lines = append(lines, fmt.Sprintf("%s%d packages", prefix, p.Packages))
		case len(p.Changes) == 0 && o.Reasons == nil:
			lines = append(lines, prefix+"nothing changed")
		}
	}
	if o.Vendor != "" {
		lines = append(lines, o.Lock+": vendored in "+o.Vendor)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, oneLine(line)); err != nil {
			return err
		}
	}
	return nil
}

func (v lockedVersion) String() string {
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
