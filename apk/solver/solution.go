package solver

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// Solution is the answer to a [Request].
type Solution struct {
	// World is the sorted goal: what is written to etc/apk/world.
	World []apk.Dependency
	// Changes are in the order in which apk makes them. Packages that stay as
	// they are take part as [Unchanged]: their place matters for the order of
	// triggers (apk/FORMAT.md 7.5, 12.2).
	Changes []Change
}

// Lines describes what changes as apk does, a line each: "(1/2) Installing pcre2 (10.43-r1)".
func (s *Solution) Lines() []string {
	var lines []string
	for _, c := range s.Changes {
		if c.Kind != Unchanged {
			lines = append(lines, c.String())
		}
	}
	for i := range lines {
		lines[i] = fmt.Sprintf("(%d/%d) %s", i+1, len(lines), lines[i])
	}
	return lines
}

// Change is what happens to one package.
type Change struct {
	Kind Kind
	// Old is the installed package, nil if none has that name.
	Old *apk.InstalledPackage
	// New is the package that will be there, nil with [Purging]. It is
	// &Old.Package where the very same package stays or is installed again.
	New *apk.Package
	// Repository is the index in Request.Repositories of the first reachable
	// repository that has New, or -1.
	Repository int
	// File is the index of New in Request.Files, or -1.
	File int
	// OldTag and NewTag are the repository tags that are and will be recorded
	// in the installed database, without "@".
	OldTag, NewTag string
}

// IsSkipped reports whether the package would be installed again and no repository has it: apk leaves it as it is.
func (c *Change) IsSkipped() bool { return c.Kind == Reinstalling && c.Repository < 0 }

// CheckSource returns an error if no repository has the new package any longer.
func (c *Change) CheckSource() error {
	if c.Repository < 0 {
		return fmt.Errorf("package %s: no repository has it any longer", c.New.ID())
	}
	return nil
}

// Kind is the kind of a change.
type Kind uint8

const (
	Unchanged       Kind = iota
	Installing           // it was not there
	Upgrading            // to a higher version
	Downgrading          // to a lower version
	Replacing            // by another package of the same version
	Reinstalling         // the same package again
	UpdatingPinning      // only the recorded tag changes
	Purging              // it goes
)

var kindWords = [...]string{
	Unchanged: "Unchanged", Installing: "Installing", Upgrading: "Upgrading", Downgrading: "Downgrading",
	Replacing: "Replacing", Reinstalling: "Reinstalling", UpdatingPinning: "Updating pinning", Purging: "Purging",
}

// String returns apk's word for it, such as "Upgrading".
func (k Kind) String() string {
	if int(k) < len(kindWords) {
		return kindWords[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// MarshalText returns the word in lower case, for machines.
func (k Kind) MarshalText() ([]byte, error) {
	if int(k) >= len(kindWords) {
		return nil, fmt.Errorf("unknown kind of change: %d", k)
	}
	return []byte(strings.ToLower(kindWords[k])), nil
}

// UnmarshalText parses the result of MarshalText.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, word := range kindWords {
		if strings.ToLower(word) == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("unknown kind of change: %.40q", text)
}

// String describes the change as apk does: "Upgrading a@testing (3 -> 3.1)".
func (c Change) String() string {
	if c.New == nil {
		return fmt.Sprintf("%s %s (%s)", c.Kind, c.Old.Name, c.Old.Version)
	}
	name := withTag(c.New.Name, c.NewTag)
	if c.Kind == Reinstalling && c.Repository < 0 && c.File < 0 {
		return fmt.Sprintf("[APK unavailable, skipped] %s %s (%s)", c.Kind, name, c.New.Version)
	}
	switch c.Kind {
	case Upgrading, Downgrading, Replacing:
		return fmt.Sprintf("%s %s (%s -> %s)", c.Kind, name, c.Old.Version, c.New.Version)
	}
	return fmt.Sprintf("%s %s (%s)", c.Kind, name, c.New.Version)
}

func withTag(name, tag string) string {
	if tag == "" {
		return name
	}
	return name + "@" + tag
}
