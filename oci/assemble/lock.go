package assemble

import (
	"context"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci/assemble/internal/fetch"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Lock returns a lock that pins the plans, of which there is at least one.
// It fetches every package and reads all of it for its hashes; it writes only to the
// client's cache.
func (plans Plans) Lock(ctx context.Context, request lock.Request) (*lock.Lock, error) {
	l := &lock.Lock{Recipe: plans[0].recipe().String(), Request: request.WithoutSecrets()}
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
	var wanted *fetch.Files
	var err error
	if p.mayTransact() { // then scripts run
		wanted, err = p.wantedChecked(ctx, p.stages, true)
	} else {
		wanted, err = p.wantedFiles(ctx, true)
	}
	if err != nil {
		return lock.Platform{}, err
	}
	packages, err := wanted.Wait(ctx)
	if err != nil {
		return lock.Platform{}, err
	}
	measured, err := p.measureAll(ctx, packages)
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
		return out, p.settle(ctx, p.describeSteps(&out))
	}
	// Which transactions the commands make shows when they run.
	p.vouchBySigners()
	if _, err = p.stage(ctx, p.created(), stageChanges(&p.PackagePlan, packages)); err == nil {
		err = p.describeSteps(&out)
	}
	return out, err
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
	p.downloads.Lock(p.locked.Downloads)
	if p.locked.Base != p.Base.Manifest.Digest {
		return fmt.Errorf("the base %s of %s is %s, but the lock was made for %s",
			p.Base.Reference, name, named(p.Base.Manifest.Digest), named(p.locked.Base))
	}
	if p.locked.Arch != p.Arch {
		return fmt.Errorf("the lock says architecture %s for %s, which is %s", p.locked.Arch, name, p.Arch)
	}
	if len(p.locked.Transactions) > 0 {
		for _, upgrade := range []lock.Upgrade{lock.UpgradeAll, lock.UpgradeAvailable} {
			if rest := p.restOf(upgrade); packagesCommand(rest)+noSelfUpgrade == p.locked.Transactions[0].Command {
				p.rest, goal = rest, p.root.World
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
func (plans Plans) Origins() map[string]string {
	origins := make(map[string]string)
	for _, p := range plans {
		for _, installed := range p.root.Installed.Packages {
			origins[installed.Name] = installed.Origin
		}
	}
	return origins
}

func named(d digest.Digest) string {
	if d == "" {
		return "one without a digest"
	}
	return d.String()
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

// Resolve is [ResolveAll] for renewing a lock. The spec must have no lock.
func (r *Renewal) Resolve(ctx context.Context, s *spec.Spec, env *Env) (Plans, error) {
	return (&resolution{spec: s, env: env, renewal: r}).resolveAll(ctx)
}

// renew solves for the lock's renewal.
func (p *PackagePlan) renew(ctx context.Context, question solver.Request, wanted []apk.Dependency) (*solver.Solution, error) {
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
	return locked.Renew(question, wanted, r.Names, func(question solver.Request) (*solver.Solution, error) { return p.env.Catalogs.Solve(ctx, question) })
}
