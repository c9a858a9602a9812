package lock

import (
	"bytes"
	"fmt"

	"github.com/lamina-oci/lamina/internal/jsontext"
)

// Comparison says what changed from one lock to another. In JSON, fields may be added, never changed.
type Comparison struct {
	Status    string            `json:"status"`            // "new" if there was no lock, "changed" or "unchanged"
	Reasons   []string          `json:"reasons,omitempty"` // what differs beside the changes of platforms
	Platforms []PlatformChanges `json:"platforms"`         // in the order of the new lock
}

const (
	statusNew       = "new"
	statusChanged   = "changed"
	statusUnchanged = "unchanged"
)

// PlatformChanges says what changed for a platform.
type PlatformChanges struct {
	Platform  string          `json:"platform"`
	Packages  int             `json:"packages"`  // how many the lock has
	Downloads int             `json:"downloads"` // of commands
	IsNew     bool            `json:"isNew"`     // the old lock did not have the platform
	Changes   []VersionChange `json:"changes"`   // none where IsNew; bases come first, then the rest by name
}

// Compare says what changed from an old lock, which may be nil, to this one. Locks that differ only in the digests of indexes are equal.
func (l *Lock) Compare(old *Lock) (*Comparison, error) {
	out := &Comparison{Status: statusNew, Platforms: []PlatformChanges{}}
	differs := false
	for i := range l.Platforms {
		p := &l.Platforms[i]
		items := itemsOf(p, l.Request.Base)
		described := PlatformChanges{Platform: p.Platform, IsNew: true, Changes: []VersionChange{}}
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
				described.Changes = changedItems(itemsOf(then, l.Request.Base), items)
			}
		}
		differs = differs || described.IsNew || len(described.Changes) > 0
		out.Platforms = append(out.Platforms, described)
	}
	if old == nil {
		return out, nil
	}
	out.Reasons = otherReasons(old, l)
	if !differs && out.Reasons == nil {
		var err error
		if out.Reasons, err = restDiffers(old, l); err != nil {
			return nil, err
		}
	}
	if out.Status = statusUnchanged; differs || out.Reasons != nil {
		out.Status = statusChanged
	}
	return out, nil
}

// otherReasons lists the differences between locks that are not about a version on a platform.
func otherReasons(old, now *Lock) []string {
	reasons := old.Differences(now.Request, nil)
	if a, b := old.Request.Base, now.Request.Base; a != b {
		reasons = append(reasons, fmt.Sprintf("the base is %s, not %s", b, a))
	}
	if old.Recipe != now.Recipe {
		reasons = append(reasons, fmt.Sprintf("the recipe of the layer is %s, not %s", now.Recipe, old.Recipe))
	}
	if old.Vendor != now.Vendor {
		switch {
		case old.Vendor == "":
			reasons = append(reasons, "packages are vendored in "+now.Vendor)
		case now.Vendor == "":
			reasons = append(reasons, "packages are no longer vendored in "+old.Vendor)
		default:
			reasons = append(reasons, fmt.Sprintf("packages are vendored in %s, not in %s", now.Vendor, old.Vendor))
		}
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
func restDiffers(old, now *Lock) ([]string, error) {
	var reasons []string
	var texts [2][]Platform
	for i, l := range []*Lock{old, now} {
		var b bytes.Buffer
		if err := l.Write(&b); err != nil {
			return nil, err
		}
		read, err := Read(&b)
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

func withoutIndexes(p *Platform) {
	strip := func(indexes []Index, changes []Change) {
		for i := range indexes {
			indexes[i].Digest = ""
		}
		for i := range changes {
			if !changes[i].brings() {
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
