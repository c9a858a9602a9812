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
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Transaction is one run of apk in a command or step of the request, after the plan's own changes. It starts from the root that the
// steps before have left.
type Transaction struct {
	Command string // the command line, such as "apk add nginx", or "packages nginx" for a step's own key
	Failure string // why it was not done; "" if it was
	IsQuery bool   // it asks what would be installed, and changes nothing
	Output  string // what a query found
	Plan    *Plan  // of this transaction alone: its solution and where the packages come from

	sources []*repository.Source
}

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
	return len(p.spec.Run) > 0 || slices.ContainsFunc(p.spec.Steps, func(s spec.Step) bool {
		return len(s.Packages)+len(s.Run) > 0 || s.Upgrade == spec.UpgradeAll
	})
}

// transact solves what ask asks for, or takes it from the lock, and carries it out.
func (p *Plan) transact(ctx context.Context, staged *stage.Stage, command string, repositories []repository.Repository, ask func(*solver.Request)) (*Transaction, error) {
	t, err := p.newTransaction(staged, command, repositories)
	if err != nil {
		return nil, err
	}
	if p.locked != nil {
		err = t.unlock(p.locked, len(p.later), ask)
	} else {
		err = t.Plan.ask(ctx, ask)
	}
	if err := p.keepFailure(ctx, t, err); err != nil {
		return nil, err
	}
	if t.sources, err = t.Plan.sources(ctx, p.locked != nil || p.stages.isLocking); err != nil {
		return nil, in(PartPackage, err)
	}
	if err := t.Plan.vouch(ctx, t.sources); err != nil {
		return nil, err
	}
	if err := staged.Apply(ctx, t.Plan.changes(t.sources), t.Plan.Solution.World); err != nil {
		return nil, in(PartPackage, err)
	}
	p.later = append(p.later, t)
	return t, nil
}

func (p *Plan) newTransaction(staged *stage.Stage, command string, repositories []repository.Repository) (*Transaction, error) {
	t := &Transaction{Command: command, Plan: &Plan{
		Base: p.Base, Generation: p.Generation, Arch: p.Arch,
		spec: p.spec, env: p.env, keysOfRecord: p.keysOfRecord, repositories: repositories, isOwn: len(p.spec.Repositories) == 0,
	}}
	t.Plan.root = &root{tree: staged.Tree(), generation: p.Generation, installed: staged.Installed()}
	var err error
	t.Plan.root.world, err = stage.ReadWorld(staged.Tree(), p.Generation)
	return t, in(PartRun, err)
}

// keepFailure returns err. Where packages cannot be had together, the command sees that and may go on: the transaction is kept.
func (p *Plan) keepFailure(ctx context.Context, t *Transaction, err error) error {
	if isUnsolvable(ctx, err) {
		t.Failure = err.Error()
		p.later = append(p.later, t)
	}
	return err
}

// isUnsolvable reports whether err says that packages cannot be had together, which apk answers with exit status 1.
func isUnsolvable(ctx context.Context, err error) bool {
	var part *Error
	return errors.As(err, &part) && part.Part == PartSolution && ctx.Err() == nil
}

// query solves what ask asks for, or takes what was printed from the lock, and changes nothing. The packages are all those that
// would be there.
func (p *Plan) query(ctx context.Context, staged *stage.Stage, command string, repositories []repository.Repository, ask func(*solver.Request),
	print func([]*apk.Package) (string, error)) (*Transaction, error) {
	t, err := p.newTransaction(staged, command, repositories)
	if err != nil {
		return nil, err
	}
	t.IsQuery = true
	if p.locked != nil {
		from, err := t.find(p.locked, len(p.later))
		if err := p.keepFailure(ctx, t, err); err != nil {
			return nil, err
		}
		t.Output, t.Plan.indexes = from.Output, from.Indexes
		t.Plan.keepLocked(from.Indexes)
	} else {
		if err := p.keepFailure(ctx, t, t.Plan.ask(ctx, ask)); err != nil {
			return nil, err
		}
		var found []*apk.Package
		for _, c := range t.Plan.Solution.Changes {
			if c.New != nil {
				found = append(found, c.New)
			}
		}
		if t.Output, err = print(found); err != nil {
			return nil, err
		}
	}
	t.Plan.Solution = &solver.Solution{World: t.Plan.root.world}
	p.later = append(p.later, t)
	return t, nil
}

// ask loads the indexes and solves.
func (p *Plan) ask(ctx context.Context, ask func(*solver.Request)) error {
	question, indexes, err := p.question(ctx, goalOf(p.root, ask))
	if err != nil {
		return err
	}
	ask(&question)
	p.Solution, err = solver.Solve(ctx, question)
	return in(PartSolution, p.explain(err, question.Goal, indexes))
}

// find returns the lock's transaction of that number.
func (t *Transaction) find(locked *lock.Platform, number int) (*lock.Transaction, error) {
	if number >= len(locked.Transactions) {
		return nil, in(PartLock, fmt.Errorf("the lock has %d transactions of commands, and %q is one more", len(locked.Transactions), t.Command))
	}
	from := &locked.Transactions[number]
	if from.Command != t.Command {
		return nil, in(PartLock, fmt.Errorf("the lock has %q where the build runs %q", from.Command, t.Command))
	}
	if from.Failure != "" {
		return nil, in(PartSolution, errors.New(from.Failure))
	}
	return from, nil
}

// unlock takes the changes from the lock's transaction of that number.
func (t *Transaction) unlock(locked *lock.Platform, number int, ask func(*solver.Request)) error {
	from, err := t.find(locked, number)
	if err != nil {
		return err
	}
	t.Plan.locked = &lock.Platform{Platform: locked.Platform, Arch: locked.Arch, Base: locked.Base, Indexes: from.Indexes, World: from.World, Changes: from.Changes}
	return in(PartLock, t.Plan.unlockAll(goalOf(t.Plan.root, ask)))
}

// goalOf returns the world that is asked for.
func goalOf(r *root, ask func(*solver.Request)) []apk.Dependency {
	question := solver.Request{Generation: r.generation, World: r.world, Installed: r.installed}
	if ask(&question); question.Goal == nil {
		return r.world
	}
	return question.Goal
}

// transactions describes those of the commands that have run, for the lock.
func (p *Plan) transactions(staged *stage.Stage) ([]lock.Transaction, error) {
	if p.locked != nil {
		if ran, locked := len(p.later), len(p.locked.Transactions); ran != locked {
			return nil, in(PartLock, fmt.Errorf("the lock has %d transactions of commands, and the build makes %d", locked, ran))
		}
	}
	var all []lock.Transaction
	for _, t := range p.later {
		if t.Failure != "" {
			all = append(all, lock.Transaction{Command: t.Command, Failure: t.Failure, Indexes: []lock.Index{}, World: []string{}, Changes: []lock.Change{}})
			continue
		}
		if t.IsQuery {
			all = append(all, lock.Transaction{Command: t.Command, Output: t.Output, Indexes: t.Plan.indexes, World: []string{}, Changes: []lock.Change{}})
			continue
		}
		measured := t.Plan.measures(staged)
		for i, source := range t.sources { // those of which nothing is installed were not opened
			if source == nil || measured[i].SHA256 != "" || p.locked != nil {
				continue
			}
			m, err := source.Measure(context.Background(), t.Plan.Solution.Changes[i].New)
			if err != nil {
				return nil, in(PartPackage, err)
			}
			measured[i] = m
		}
		if err := t.Plan.checkLocked(measured); err != nil {
			return nil, in(PartLock, err)
		}
		described, err := t.Plan.describe(measured)
		if err != nil {
			return nil, in(PartPackage, err)
		}
		all = append(all, lock.Transaction{Command: t.Command, Indexes: described.Indexes, World: described.World, Changes: described.Changes})
	}
	return all, nil
}

// virtual returns a package that apk makes up for "apk add --virtual".
func (p *Plan) virtual(name, version string, depends []apk.Dependency) *apk.Package {
	v := &apk.Package{Name: name, Version: version, Arch: "noarch", Description: "virtual meta package", Depends: depends}
	// apk hashes the number of its process too, so that no two are alike; here, equal builds have equal ones.
	v.Identity = apk.SHA1Checksum(sha1Of(name + "\x00" + version))
	return v
}
