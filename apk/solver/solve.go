package solver

import (
	"context"
	"fmt"
	"strconv"

	"github.com/lamina-oci/lamina/apk"
)

// Solve returns the changes that apk would make. When apk would refuse, the error is an
// [*UnsatisfiableError], a [*MissingTagError] or a [*NoPackageError]; any other error is about the
// request or about limits of the solver.
func Solve(ctx context.Context, req Request) (*Solution, error) {
	return (*Catalogs)(nil).Solve(ctx, req)
}

// solve is [Solve] with the repositories of the catalog.
func (c *catalog) solve(ctx context.Context, req Request) (*Solution, error) {
	world := apk.SortWorld(req.goal())
	for {
		s, err := newSolver(ctx, c, &req)
		if err != nil {
			return nil, err
		}
		if err := s.checkTags(); err != nil {
			return nil, err
		}
		s.run()
		if s.err == nil && s.errors > 0 && req.ForceBrokenWorld && s.disableBroken() {
			// Apk forgets the flags of names with the state of the first attempt (seen on 2.14.4).
			req.Goal, req.NameFlags = s.goal, nil
			continue
		}
		s.makeChangeSet()
		if s.err != nil {
			return nil, s.err
		}
		if s.errors > 0 {
			return nil, s.report()
		}
		sol := s.solution()
		if err := check(&req, s.goal, sol); err != nil {
			return nil, fmt.Errorf("internal error: the solution is not valid: %w", err)
		}
		sol.World = world // without the marks of disableBroken
		return sol, nil
	}
}

// disableBroken marks the world items for which nothing right was chosen, and
// tells whether there were any.
func (s *solver) disableBroken() bool {
	disabled := false
	for i := range s.goal {
		chosen := s.names[s.world[i].name].chosen.pkg
		if !s.goal[i].Broken && (chosen < 0 || s.pkgs[chosen].failed) {
			s.goal[i].Broken, disabled = true, true
		}
	}
	return disabled
}

func (s *solver) checkTags() error {
	var e MissingTagError
	for _, d := range s.req.goal() { // in the order of the command
		if d.Tag != "" && s.tagRepos[s.tagNumber(d.Tag)] == 0 {
			e.Items = append(e.Items, d)
		}
	}
	if e.Items == nil {
		return nil
	}
	return &e
}

func (s *solver) solution() *Solution {
	sol := &Solution{Changes: make([]Change, 0, len(s.setChanges))}
	for _, sc := range s.setChanges {
		sol.Changes = append(sol.Changes, s.newChange(sc))
	}
	return sol
}

func (s *solver) newChange(sc setChange) Change {
	c := Change{Repository: -1, File: -1}
	if sc.old >= 0 {
		old := &s.pkgs[sc.old]
		c.Old, c.OldTag = old.installed, s.tags[old.tag]
	}
	if sc.new >= 0 {
		p := &s.pkgs[sc.new]
		c.New, c.NewTag = p.meta, s.tags[s.newTag(p)]
		c.File = int(p.file) - 1
		if at := lowest(p.packageInfo.repos & s.reachable); at > 0 {
			c.Repository = s.catalog.repositories[at-1].slot
		}
	}
	c.Kind = s.kind(sc, &c)
	return c
}

// newTag returns the number of the tag that will be recorded: the first one
// allowed whose repositories have the package.
func (s *solver) newTag(p *pkg) int {
	repos := s.repos(p)
	for i := range s.tags {
		if p.allowed&(1<<i) != 0 && s.tagRepos[i]&repos != 0 {
			return i
		}
	}
	return 0
}

func (s *solver) kind(sc setChange, c *Change) Kind {
	switch {
	case sc.old < 0:
		return Installing
	case sc.new < 0:
		return Purging
	case sc.old == sc.new && s.pkgs[sc.new].flags&Reinstall != 0:
		return Reinstalling
	case sc.old == sc.new && c.OldTag != c.NewTag:
		return UpdatingPinning
	case sc.old == sc.new:
		return Unchanged
	}
	switch s.compareVersions(c.New.Version, c.Old.Version) {
	case -1:
		return Downgrading
	case 1:
		return Upgrading
	}
	return Replacing
}

// MissingTagError says that the goal asks for repository tags that no
// repository has (apk/FORMAT.md 6.3).
type MissingTagError struct {
	Items []apk.Dependency // of the goal
}

// Report returns what apk prints, without a newline at its end [observed for apk 2].
func (e *MissingTagError) Report() string {
	text := ""
	for i := range e.Items {
		text += "WARNING: The repository tag for world dependency '" + e.Items[i].String() + "' does not exist\n"
	}
	return text + "ERROR: Not committing changes due to missing repository tags. Use --force-broken-world to override."
}

func (e *MissingTagError) Error() string {
	return "no repository has the tag of world item " + strconv.Quote(e.Items[0].String())
}
