package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/fetch"
	"github.com/lamina-oci/lamina/oci/assemble/internal/packagefile"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
	"github.com/lamina-oci/lamina/oci/assemble/internal/target"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Transaction is one run of apk in a command or step of the request, after the plan's own changes. It starts from the root that the
// steps before have left.
type Transaction struct {
	Command     string // the command line, such as "apk add nginx", or "packages nginx" for a step's own key
	Failure     string // why it was not done; "" if it was
	Root        string // the path of the directory that is its root (apk --root); "" for the image's own root
	PackagePlan        // its own: what changes, and where the packages come from

	// Answer is what apk printed if the command only asks, such as "apk list", or failed; nil for others.
	Answer *lock.Answer

	// IsFetch says that its packages become files of the image (apk fetch) and are not installed.
	IsFetch bool

	cause    error                // of a failure, with what may help
	on       *stage.Stage         // over the root that it changes
	measured []repository.Measure // its package files, of a fetch
}

// IsQuestion reports whether the command only asks, such as "apk list".
func (t *Transaction) IsQuestion() bool { return t.Answer != nil && t.Failure == "" }

// Transactions returns those that commands and steps make, in their order. Which they are shows only when the steps run, so
// this fetches packages, and fails as a build would; it writes only to the cache. It must not run beside Write.
func (p *Plan) Transactions(ctx context.Context) ([]*Transaction, error) {
	if !p.mayTransact() {
		return nil, nil
	}
	if _, err := p.fetchAndStage(ctx); err != nil {
		return nil, err
	}
	return p.later, nil
}

// mayTransact reports whether steps may make transactions: a command may be a script that runs apk.
func (p *Plan) mayTransact() bool {
	return p.rest != nil || len(p.spec.Run) > 0 || slices.ContainsFunc(p.spec.Steps, func(s spec.Step) bool {
		return len(s.Packages)+len(s.Run) > 0 || s.Upgrade.IsAll()
	})
}

// A run is one run of apk.
type run struct {
	command      string
	on           *target.Target
	repositories []repository.Repository
	ask          func(*solver.Request)
	isSelf       bool                // to upgrade apk itself; it is no transaction if that changes nothing
	files        []*packagefile.File // that the command names
	options      stage.ApplyOptions
}

// begin returns the transaction of a run of apk over its root as it is.
func (p *Plan) begin(r run) (*Transaction, error) {
	t := &Transaction{Command: r.command, Root: r.on.Root.Name, on: r.on.Stage, PackagePlan: PackagePlan{
		Base: p.Base, Generation: p.Generation, Arch: p.Arch,
		spec: p.spec, env: p.env, keysOfRecord: p.keysOfRecord, repositories: r.repositories, isOwn: len(p.spec.Repositories) == 0,
		vendored: p.vendored,
	}}
	now := r.on.Root
	now.Installed = r.on.Installed()
	t.root = &now
	var err error
	now.World, err = stage.ReadWorld(now.Tree, p.Generation)
	return t, in(PartRun, err)
}

// transact solves what is asked for, or takes it from the lock, and carries it out. The transaction is nil if it is apk's
// upgrade of itself, and there is nothing to upgrade.
func (p *Plan) transact(ctx context.Context, r run) (*Transaction, error) {
	t, err := p.begin(r)
	if err != nil {
		return nil, err
	}
	t.named = r.files
	if p.locked == nil {
		err = t.ask(ctx, r.ask)
	} else if locked, otherwise := p.lockedTransaction(r.command); otherwise == nil {
		err = t.unlock(p.locked, locked, r.ask)
	} else if r.isSelf {
		return nil, nil
	} else {
		return nil, otherwise
	}
	if isUnsolvable(ctx, err) {
		if r.isSelf {
			p.warn("%s: apk-tools cannot be upgraded first: going on with all packages", r.command)
			return nil, nil
		}
		t.Failure, t.Answer, t.cause = err.Error(), unsolvable(err), err // which the command sees, and may go on from
		if locked := (*lockedFailure)(nil); errors.As(err, &locked) && locked.isShort {
			t.Answer = nil // so that the lock stays as it is
		}
		p.later = append(p.later, t)
	}
	if err != nil {
		return nil, err
	}
	if r.isSelf && len(t.Solution.Lines()) == 0 {
		return nil, nil
	}
	wanted, err := t.wanted(ctx, p.stages, p.locked != nil || p.stages.isLocking, r.options.NoScripts)
	if err != nil {
		if refused := new(RefusedError); errors.As(err, &refused) {
			p.withheld, err = refused.Refusals, errWithheld // the stage would take it for a refusal of the command
		}
		return nil, in(PartPackage, err)
	}
	err = t.whileFetching(ctx, wanted, func(ctx context.Context, changes []stage.Change) error {
		return in(PartPackage, r.on.Apply(ctx, changes, t.Solution.World, r.options))
	})
	if err != nil {
		return nil, err
	}
	for i := range t.Solution.Changes {
		if f := t.fileOf(i); f != nil {
			t.vouchers[i] = f.SignedBy
		}
	}
	p.later = append(p.later, t)
	return t, nil
}

// wanted lists the package files of the transaction.
func (t *Transaction) wanted(ctx context.Context, set *stageSet, all, noScripts bool) (*fetch.Files, error) {
	if noScripts && !set.isWithheld {
		return t.wantedFiles(ctx, all)
	}
	return t.wantedChecked(ctx, set, all)
}

// upgrade is "apk upgrade" with flags: first of apk-tools itself, unless only some packages are asked for, then of what r asks for.
func (p *Plan) upgrade(ctx context.Context, r run, flags solver.Flags) ([]*Transaction, error) {
	self := r
	self.isSelf, self.command = true, r.command+selfUpgrade
	self.ask = func(request *solver.Request) {
		request.UpgradeSelf(solver.Upgrade | flags)
	}
	first, err := p.transact(ctx, self)
	if err != nil {
		return nil, err
	}
	var list []*Transaction
	if first != nil {
		list = append(list, first)
		if !r.on.IsOther() { // the new apk does the rest
			if r.on, err = p.ownTarget(r.on.Stage); err != nil {
				return list, err
			}
		}
	}
	second, err := p.transact(ctx, r)
	if err != nil {
		return list, err
	}
	return append(list, second), nil
}

// selfUpgrade ends the command of a transaction that upgrades apk itself.
const selfUpgrade = " --self-upgrade-only"

// lockedTransaction returns the lock's transaction of the command that runs next.
func (p *Plan) lockedTransaction(commandLine string) (*lock.Transaction, error) {
	number, all := len(p.later), p.locked.Transactions
	if number >= len(all) {
		return nil, in(PartLock, fmt.Errorf("the lock has %d transactions of commands, and %q is one more", len(all), commandLine))
	}
	locked := &all[number]
	if locked.Command != commandLine {
		return nil, in(PartLock, fmt.Errorf("the lock has %q where the build runs %q", locked.Command, commandLine))
	}
	return locked, nil
}

// unlock takes the changes from the lock's transaction.
func (t *Transaction) unlock(locked *lock.Platform, from *lock.Transaction, ask func(*solver.Request)) error {
	if from.Failure != "" {
		failure := lockedFailure{from.Failure, from.Answer, from.Answer == nil}
		if failure.isShort {
			failure.answer = unsolvable(errors.New(from.Failure))
		}
		return in(PartSolution, &failure)
	}
	if from.Answer != nil {
		return in(PartLock, fmt.Errorf("the lock has an answer where %q changes packages", t.Command))
	}
	t.locked = &lock.Platform{
		Platform: locked.Platform, Arch: locked.Arch, Base: locked.Base,
		Indexes: from.Indexes, World: from.World, Changes: from.Changes,
	}
	return in(PartLock, t.unlockAll(goalOf(t.root, ask)))
}

// goalOf returns the world that is asked for.
func goalOf(r *root.Root, ask func(*solver.Request)) []apk.Dependency {
	question := solver.Request{Generation: r.Generation, World: r.World, Installed: r.Installed}
	if ask(&question); question.Goal == nil {
		return r.World
	}
	return question.Goal
}

// transactions describes those of the commands that have run, for the lock.
func (p *Plan) transactions() ([]lock.Transaction, error) {
	if p.locked != nil {
		if ran, locked := len(p.later), len(p.locked.Transactions); ran != locked {
			return nil, in(PartLock, fmt.Errorf("the lock has %d transactions of commands, and the build makes %d", locked, ran))
		}
	}
	var all []lock.Transaction
	for _, t := range p.later {
		if t.Failure != "" || t.Answer != nil {
			all = append(all, lock.Transaction{
				Command: t.Command, Root: t.Root, Failure: t.Failure, Answer: t.Answer,
				Indexes: []lock.Index{}, World: []string{}, Changes: []lock.Change{},
			})
			continue
		}
		measured := t.measured
		if !t.IsFetch {
			measured = t.measures(t.on)
		}
		for i, pkg := range t.packages { // those of which nothing is installed were not opened
			if pkg == nil || measured[i].SHA256 != "" || p.locked != nil {
				continue
			}
			var err error
			if measured[i], err = pkg.Measure(context.Background(), t.Solution.Changes[i].New); err != nil {
				return nil, in(PartPackage, err)
			}
		}
		if err := t.locked.CheckFiles(measured); err != nil {
			return nil, in(PartLock, err)
		}
		described, err := t.describe(measured)
		if err != nil {
			return nil, in(PartPackage, err)
		}
		all = append(all, lock.Transaction{Command: t.Command, Root: t.Root, Indexes: described.Indexes, World: described.World, Changes: described.Changes})
	}
	return all, nil
}
