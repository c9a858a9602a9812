package assemble

import (
	"context"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

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
	chosen, err := solver.Solve(ctx, then)
	if err != nil {
		return nil, err
	}
	question.Repositories = locked.Only(question.Repositories, chosen)
	question.Add(wanted, 0)
	return solver.Solve(ctx, question)
}
