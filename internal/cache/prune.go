package cache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"

	"github.com/gofrs/flock"

	"github.com/lamina-oci/lamina/internal/tempdir"
)

// PrunePolicy says what goes. The zero value removes only what killed processes left.
type PrunePolicy struct {
	// MaxAge is how long ago the last use of what stays may be; 0 is no limit. Since
	// that is known to the hour only, less than a few hours make little sense.
	MaxAge time.Duration

	// MaxSize is how many bytes may stay, of what was used last; 0 is no limit.
	MaxSize int64

	// All means that nothing stays.
	All bool

	// Now is the time that counts; zero is the present.
	Now time.Time

	// DryRun means to find out what would go.
	DryRun bool
}

// Pruned is what went.
type Pruned struct {
	Count int
	Bytes int64
	Kinds []Usage // as [Directory.Usage] has it

	// InUse is how many files should have gone, but were spared because a build uses
	// them.
	InUse int
}

const (
	// staleAfter is when nobody writes to a temporary file any more that does not say which process does.
	staleAfter = 24 * time.Hour

	// buildTime is how long ago a build that runs may have begun to use a package.
	buildTime = 24 * time.Hour
)

// Prune removes entries, packages and indexes, those first whose last use is longest ago.
// Builds may run meanwhile: they rebuild what is missing, and packages that they may be
// reading stay. Entries that cannot be removed do not keep the rest from it; the error tells
// of the first. Also with an error, what is returned went. Directories stay, empty or not,
// since another process may be about to put something there.
func (f *Directory) Prune(ctx context.Context, policy PrunePolicy) (Pruned, error) {
	if policy.MaxAge < 0 || policy.MaxSize < 0 {
		return Pruned{}, errors.New("prune cache: a limit is negative")
	}
	if policy.Now.IsZero() {
		policy.Now = time.Now()
	}
	all, err := f.list(ctx)
	if err != nil || len(all) == 0 {
		return Pruned{Kinds: sum(nil)}, err
	}
	p := pruning{policy: policy}
	packages, others := splitPackages(policy.choose(all))
	p.removePackages(ctx, filepath.Join(f.dir, packagesLock), packages)
	for _, s := range others {
		p.remove(ctx, s)
	}
	if !policy.DryRun && CheckDir(f.dir) == nil {
		Sweep(f.dir)
	}
	return p.result()
}

// choose returns what is to go.
func (policy *PrunePolicy) choose(all []stored) []stored {
	all = slices.Clone(all)
	sort.Slice(all, func(i, j int) bool {
		return cmp.Or(all[i].used.Compare(all[j].used), cmp.Compare(all[i].name, all[j].name)) < 0
	})
	var stays int64
	for _, s := range all {
		if s.kind != Unfinished {
			stays += s.size
		}
	}
	var chosen []stored
	for _, s := range all {
		age := policy.Now.Sub(s.used)
		if s.kind == Unfinished {
			if s.isAbandoned(age) {
				chosen = append(chosen, s)
			}
			continue
		}
		if policy.All || policy.MaxAge > 0 && age > policy.MaxAge || policy.MaxSize > 0 && stays > policy.MaxSize {
			chosen = append(chosen, s)
			stays -= s.size
		}
	}
	return chosen
}

// isAbandoned reports whether nobody writes to an unfinished file any more.
func (s *stored) isAbandoned(age time.Duration) bool {
	if s.process != "" {
		if _, err := os.Lstat(s.process); err == nil {
			return tempdir.IsAbandoned(s.process)
		}
	}
	return age > staleAfter
}

func splitPackages(list []stored) (packages, others []stored) {
	for _, s := range list {
		if s.kind == Packages {
			packages = append(packages, s)
		} else {
			others = append(others, s)
		}
	}
	return packages, others
}

// pruning is one run of Prune.
type pruning struct {
	policy PrunePolicy
	gone   []stored
	inUse  int
	failed int
	err    error // the first
}

// packagesLock is the file that apk/repository.Client holds shared while it is in use:
// other than entries, packages are opened again and again.
const packagesLock = "packages.lock"

// removePackages removes packages. While a build runs, only those go that it cannot have
// begun to use.
func (p *pruning) removePackages(ctx context.Context, lockFile string, list []stored) {
	if len(list) == 0 {
		return
	}
	lock := flock.New(lockFile, flock.SetPermissions(0o644))
	isAlone, _ := lock.TryLock() // one that cannot be locked tells nothing about builds
	defer lock.Close()
	for _, s := range list {
		if !isAlone && p.policy.Now.Sub(s.used) < buildTime {
			p.inUse++
			continue
		}
		p.remove(ctx, s)
	}
}

func (p *pruning) remove(ctx context.Context, s stored) {
	if err := ctx.Err(); err != nil {
		p.err = cmp.Or(p.err, err)
		return
	}
	info, err := os.Lstat(s.name)
	if err == nil && !s.kind.lastUse(s.name, info).Equal(s.used) {
		p.inUse++ // since it was listed
		return
	}
	if err == nil && !p.policy.DryRun {
		err = remove(s.name)
	}
	switch {
	case err == nil:
		p.gone = append(p.gone, s)
	case notMissing(err) == nil: // another process was faster
	case isInUse(err):
		p.inUse++
	default:
		p.failed++
		p.err = cmp.Or(p.err, err)
	}
}

func (p *pruning) result() (Pruned, error) {
	out := Pruned{Count: len(p.gone), Kinds: sum(p.gone), InUse: p.inUse}
	for _, s := range p.gone {
		out.Bytes += s.size
	}
	switch {
	case p.err == nil:
		return out, nil
	case p.failed > 1:
		return out, fmt.Errorf("prune cache: %w (and %d more)", p.err, p.failed-1)
	}
	return out, fmt.Errorf("prune cache: %w", p.err)
}
