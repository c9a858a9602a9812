package lock

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
)

// Describe returns the world and the changes of a solution as a lock has them. The files of the packages are measured, with an item for
// each change, and they come from the repositories. It is an error if none of them has one.
func Describe(s *solver.Solution, measured []repository.Measure, from []repository.Repository, arch string) (world []string, changes []Change, err error) {
	if world = texts(s.World); world == nil {
		world = []string{}
	}
	changes = []Change{}
	for i, c := range s.Changes {
		locked := Change{Action: c.Kind, Tag: c.NewTag}
		if c.IsSkipped() {
			locked.Action = solver.Unchanged
		}
		if c.Old != nil {
			locked.Name, locked.OldVersion = c.Old.Name, c.Old.Version
		}
		if c.New != nil {
			locked.Name, locked.Version, locked.Size = c.New.Name, c.New.Version, c.New.Size
		}
		if locked.brings() {
			if locked.Package = lockPackage(c.New); c.File >= 0 { // virtual, or a package file of which the caller knows more
				locked.Repository = -1
				changes = append(changes, locked)
				continue
			}
			if err := c.CheckSource(); err != nil {
				return world, changes, err
			}
			url, err := from[c.Repository].RelativeURL(c.New, arch)
			if err != nil {
				return world, changes, err
			}
			locked.Repository, locked.URL = c.Repository, url
			if locked.SHA256 = measured[i].SHA256; c.New.InstalledSize > 0 {
				locked.DataHash = measured[i].DataHash
			}
		}
		changes = append(changes, locked)
	}
	return world, changes, nil
}

// Solution makes the changes of the lock again over the packages of the base; goal is the world that they must be made for.
func (l *Platform) Solution(installed *apk.Installed, goal []apk.Dependency) (*solver.Solution, error) {
	s := new(solver.Solution)
	var err error
	if s.World, err = parseAll(l.World); err != nil {
		return s, fmt.Errorf("the lock's world: %w", err)
	}
	for i := range l.Changes {
		c, err := l.Changes[i].remake(installed)
		if err != nil {
			return s, fmt.Errorf("the lock's package %s: %w", l.Changes[i].Name, err)
		}
		s.Changes = append(s.Changes, c)
	}
	return s, l.checkWorld(installed, s.World, goal)
}

// remake makes one change again. Since the base is the same, what the lock says of
// its packages can only be wrong in a lock that was altered.
func (l *Change) remake(installed *apk.Installed) (solver.Change, error) {
	c := solver.Change{Kind: l.Action, Repository: -1, File: -1, NewTag: l.Tag}
	if l.OldVersion != "" {
		c.Old = installed.Find(l.Name)
		if c.Old == nil || c.Old.Version != l.OldVersion {
			return c, fmt.Errorf("%s-%s is not in the base", l.Name, l.OldVersion)
		}
		c.OldTag = c.Old.RepositoryTag
	}
	switch {
	case l.brings():
		if c.Repository = l.Repository; l.IsVirtual() || l.File != "" {
			c.File = 0
		}
		var err error
		c.New, err = l.unlock()
		return c, err
	case c.Old == nil:
		return c, fmt.Errorf("action %q without oldVersion", l.Action)
	case l.Action == solver.Purging && l.Version == "":
		return c, nil
	case l.Version != c.Old.Version:
		return c, fmt.Errorf("action %q gives it version %q instead of %s", l.Action, l.Version, c.Old.Version)
	}
	stays := c.Old.Package
	stays.Size = l.Size
	c.New = &stays
	return c, nil
}

// checkWorld holds the world and the changes of the lock against those of the base and the request, which say what they must cover.
func (l *Platform) checkWorld(installed *apk.Installed, locked, asked []apk.Dependency) error {
	if a, b := worldText(asked), worldText(locked); a != b {
		return fmt.Errorf("the lock's world is %q, but base and packages give %q", b, a)
	}
	left := make(map[string]bool)
	for _, p := range installed.Packages {
		left[p.Name] = true
	}
	seen := make(map[string]bool)
	for _, c := range l.Changes {
		if seen[c.Name] {
			return fmt.Errorf("the lock has two changes of package %s", c.Name)
		}
		seen[c.Name] = true
		if c.OldVersion != "" {
			delete(left, c.Name)
		} else if left[c.Name] {
			return fmt.Errorf("the lock installs package %s, which the base has", c.Name)
		}
	}
	for _, p := range installed.Packages {
		if left[p.Name] {
			return fmt.Errorf("the lock does not say what becomes of package %s of the base", p.Name)
		}
	}
	return nil
}

func worldText(world []apk.Dependency) string {
	var items []string
	for _, d := range apk.SortWorld(world) {
		items = append(items, d.String())
	}
	return strings.Join(items, " ")
}

// CheckFiles holds the package files that were read against the lock, with an item for each change. A nil lock has nothing against them.
func (l *Platform) CheckFiles(measured []repository.Measure) error {
	if l == nil {
		return nil
	}
	for i, m := range measured {
		c := &l.Changes[i]
		if c.brings() && m.SHA256 != "" && m.SHA256 != c.SHA256 {
			return fmt.Errorf("package %s-%s: its file has the SHA-256 %s, but the lock says %s: it was signed again or altered",
				c.Name, c.Version, m.SHA256, c.SHA256)
		}
	}
	return nil
}
