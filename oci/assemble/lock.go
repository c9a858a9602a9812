package assemble

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// LockPlans returns a lock that pins the plans, one for each platform and at least one.
// It fetches every package and reads all of it for its hashes; it writes only to the
// client's cache.
func LockPlans(ctx context.Context, plans []*Plan, request lock.Request) (*lock.Lock, error) {
	l := &lock.Lock{Version: lock.Version, Recipe: plans[0].recipe().String(), Request: request.WithoutSecrets()}
	// null would be another thing to a reader than no items.
	l.Request.Packages = orEmpty(request.Packages)
	l.Request.Repositories = orEmpty(l.Request.Repositories)
	for _, p := range plans {
		locked, err := p.lock(ctx)
		if err != nil {
			return nil, in(PartPackage, err)
		}
		l.Platforms = append(l.Platforms, locked)
	}
	return l, nil
}

func (p *Plan) lock(ctx context.Context) (lock.Platform, error) {
	p.stages.isLocking = true
	fetch := p.sources
	if p.mayTransact() { // then scripts run
		fetch = func(ctx context.Context, all bool) ([]*repository.Source, error) {
			return p.fetchChecked(ctx, p.stages, all)
		}
	}
	sources, err := fetch(ctx, true)
	if err != nil {
		return lock.Platform{}, err
	}
	measured, err := p.measureAll(ctx, sources)
	if err != nil {
		return lock.Platform{}, err
	}
	out, err := p.describe(measured)
	if err != nil || p.locked != nil {
		return out, err
	}
	if err := p.fetchOrigins(ctx); err != nil {
		return out, p.settle(ctx, err)
	}
	if !p.mayTransact() {
		return out, p.settle(ctx, p.describeSteps(&out, nil))
	}
	// Which transactions the commands make shows when they run.
	if err := p.vouch(ctx, sources); err != nil {
		return out, err
	}
	staged, err := p.stage(ctx, p.created(), sources)
	if err == nil {
		err = p.describeSteps(&out, staged)
	}
	return out, err
}

// measureAll reads all package files to their ends.
func (p *Plan) measureAll(ctx context.Context, sources []*repository.Source) ([]repository.Measure, error) {
	measured := make([]repository.Measure, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.concurrency())
	for i, source := range sources {
		if source != nil {
			group.Go(func() (err error) {
				measured[i], err = source.Measure(ctx, p.Solution.Changes[i].New)
				return err
			})
		}
	}
	return measured, group.Wait()
}

// relativeURL returns where a package is, from its repository on.
func relativeURL(r repository.Repository, p *apk.Package, arch string) (string, error) {
	here := repository.Repository{Index: r.Index} // a folder, where nothing is escaped
	where, err := here.PackageURL(p, arch)
	return filepath.ToSlash(where), err
}

// resolveLocked takes the changes from the lock.
func (p *Plan) resolveLocked(goal []apk.Dependency) error {
	l := p.spec.Lock
	if err := checkRecipe(l.Recipe, p.recipe()); err != nil {
		return err
	}
	name := p.Base.Platform.String()
	p.locked = l.Platform(name)
	if p.locked == nil {
		return fmt.Errorf("the lock has no entry for %s, only for %s", name, strings.Join(l.PlatformNames(), ", "))
	}
	if p.locked.Base != p.Base.Manifest.Digest {
		return fmt.Errorf("the base %s of %s is %s, but the lock was made for %s",
			p.Base.Reference, name, orNone(p.Base.Manifest.Digest), orNone(p.locked.Base))
	}
	if p.locked.Arch != p.Arch {
		return fmt.Errorf("the lock says architecture %s for %s, which is %s", p.locked.Arch, name, p.Arch)
	}
	if len(p.locked.Transactions) > 0 {
		for _, upgrade := range []spec.Upgrade{spec.UpgradeAll, spec.UpgradeAvailable} {
			if rest := p.restOf(upgrade); packagesCommand(rest)+noSelfUpgrade == p.locked.Transactions[0].Command {
				p.rest, goal = rest, p.root.world
			}
		}
	}
	if !p.spec.SkipsAPK() {
		return p.unlockAll(goal)
	}
	if len(p.locked.Changes) > 0 {
		return fmt.Errorf("the lock has the package %s, and only commands bring packages", p.locked.Changes[0].Name)
	}
	p.Solution = &solver.Solution{World: goal}
	return nil
}

// unlockAll makes the changes of the lock again; goal is the world that they must be made for.
func (p *Plan) unlockAll(goal []apk.Dependency) error {
	p.indexes = p.locked.Indexes
	p.keepLocked(p.indexes)
	p.Solution = new(solver.Solution)
	var err error
	if p.Solution.World, err = lock.ParseAll(p.locked.World); err != nil {
		return fmt.Errorf("the lock's world: %w", err)
	}
	for i := range p.locked.Changes {
		c, err := p.unlock(&p.locked.Changes[i])
		if err != nil {
			return fmt.Errorf("the lock's package %s: %w", p.locked.Changes[i].Name, err)
		}
		p.Solution.Changes = append(p.Solution.Changes, c)
	}
	return p.checkWorld(goal)
}

// checkRecipe refuses a lock that was made for other bytes than those asked for.
func checkRecipe(text string, asked layer.Recipe) error {
	var locked layer.Recipe
	if err := locked.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	if locked.Compression != asked.Compression || locked.Level != asked.Level {
		return fmt.Errorf("the lock was made for compression %s, but %s is requested", locked.Setting(), asked.Setting())
	}
	return locked.Validate()
}

// Origins returns the source package of each package that the bases of the plans have, by its name. A lock names only those of
// packages that it brings.
func Origins(plans []*Plan) map[string]string {
	origins := make(map[string]string)
	for _, p := range plans {
		for _, installed := range p.root.installed.Packages {
			origins[installed.Name] = installed.Origin
		}
	}
	return origins
}

func orNone(d digest.Digest) string {
	if d == "" {
		return "none"
	}
	return d.String()
}

// unlock makes one change again. Since the base is the same, what the lock says of
// its packages can only be wrong in a lock that was altered.
func (p *Plan) unlock(locked *lock.Change) (solver.Change, error) {
	c := solver.Change{Kind: locked.Action, Repository: -1, File: -1, NewTag: locked.Tag}
	if locked.OldVersion != "" {
		c.Old = p.root.installed.Find(locked.Name)
		if c.Old == nil || c.Old.Version != locked.OldVersion {
			return c, fmt.Errorf("%s-%s is not in the base", locked.Name, locked.OldVersion)
		}
		c.OldTag = c.Old.RepositoryTag
	}
	switch {
	case locked.Brings():
		if c.Repository = locked.Repository; locked.IsVirtual() {
			c.File = 0
		}
		var err error
		c.New, err = locked.Unlock()
		return c, err
	case c.Old == nil:
		return c, fmt.Errorf("action %q without oldVersion", locked.Action)
	case locked.Action == solver.Purging && locked.Version == "":
		return c, nil
	case locked.Version != c.Old.Version:
		return c, fmt.Errorf("action %q gives it version %q instead of %s", locked.Action, locked.Version, c.Old.Version)
	}
	stays := c.Old.Package
	stays.Size = locked.Size
	c.New = &stays
	return c, nil
}

// checkLocked holds the files that were read against the lock.
func (p *Plan) checkLocked(measured []repository.Measure) error {
	if p.locked == nil {
		return nil
	}
	for i, m := range measured {
		c := &p.locked.Changes[i]
		if c.Brings() && m.SHA256 != "" && m.SHA256 != c.SHA256 {
			return fmt.Errorf("package %s-%s: its file has the SHA-256 %s, but the lock says %s: it was signed again or altered",
				c.Name, c.Version, m.SHA256, c.SHA256)
		}
	}
	return nil
}

// describe puts a lock's entry together; measured has an item for each change.
func (p *Plan) describe(measured []repository.Measure) (lock.Platform, error) {
	if p.locked != nil {
		return *p.locked, nil
	}
	out := lock.Platform{
		Platform: p.Base.Platform.String(), Arch: p.Arch, Base: p.Base.Manifest.Digest,
		Indexes: orEmpty(p.indexes), World: orEmpty(lock.Texts(p.Solution.World)), Changes: []lock.Change{},
	}
	for i, c := range p.Solution.Changes {
		locked := lock.Change{Action: c.Kind, Tag: c.NewTag}
		if isSkipped(c) {
			locked.Action = solver.Unchanged
		}
		if c.Old != nil {
			locked.Name, locked.OldVersion = c.Old.Name, c.Old.Version
		}
		if c.New != nil {
			locked.Name, locked.Version, locked.Size = c.New.Name, c.New.Version, c.New.Size
		}
		if locked.Brings() {
			if locked.Package = lock.LockPackage(c.New); c.File >= 0 { // virtual
				locked.Repository = -1
				out.Changes = append(out.Changes, locked)
				continue
			}
			if c.Repository < 0 {
				return out, errNoSource(c.New)
			}
			url, err := relativeURL(p.repositories[c.Repository], c.New, p.Arch)
			if err != nil {
				return out, err
			}
			locked.Repository, locked.URL = c.Repository, url
			if locked.SHA256 = measured[i].SHA256; c.New.InstalledSize > 0 {
				locked.DataHash = measured[i].DataHash
			}
		}
		out.Changes = append(out.Changes, locked)
	}
	return out, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Renewal updates some packages of a lock and keeps the others where their dependencies allow.
type Renewal struct {
	Lock  *lock.Lock
	Names []string // of packages whose newest version is taken
}

// ResolveRenewed is [ResolveAll] for renewing a lock. The spec must have no lock.
func ResolveRenewed(ctx context.Context, s *spec.Spec, renewal *Renewal, env *Env) ([]*Plan, error) {
	return (&resolution{spec: s, env: env, renewal: renewal}).resolveAll(ctx)
}

// renew solves twice. First as "apk add -u" of the names would on a system that has all
// the packages of the lock, which tells which packages there shall be; then for the
// base, from indexes that have only these.
func (p *Plan) renew(ctx context.Context, question solver.Request, wanted []apk.Dependency) (*solver.Solution, error) {
	r := p.renewal
	locked := r.Lock.Platform(p.Base.Platform.String())
	switch {
	case locked == nil:
		return nil, fmt.Errorf("the lock has no entry for %s, only for %s", p.Base.Platform, strings.Join(r.Lock.PlatformNames(), ", "))
	case locked.Base != p.Base.Manifest.Digest:
		return nil, fmt.Errorf("the base %s has changed: lock all packages again", p.Base.Reference)
	case p.spec.Upgrade.IsAll():
		return nil, fmt.Errorf("with upgrade %s, all packages are the newest: lock all packages again", p.spec.Upgrade)
	}
	then := question
	var err error
	if then.Installed, err = locked.Afterwards(p.root.installed, p.Generation); err != nil {
		return nil, err
	}
	then.Add(wanted, 0)
	for _, name := range r.Names {
		if then.Installed.Find(name) == nil {
			return nil, fmt.Errorf("package %s: is neither in the lock nor in the base", name)
		}
		then.NameFlags = append(then.NameFlags, solver.NameFlags{Name: name, Flags: solver.Upgrade})
	}
	chosen, err := p.env.solve(ctx, then)
	if err != nil {
		return nil, err
	}
	question.Repositories = locked.Only(question.Repositories, chosen)
	question.Add(wanted, 0)
	return p.env.solve(ctx, question)
}
