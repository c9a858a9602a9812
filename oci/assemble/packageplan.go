package assemble

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/packagefile"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// PackagePlan is what one run of apk does to the packages of a root, and where they come from.
type PackagePlan struct {
	Base       *oci.Base // of the image
	Generation apk.Generation
	Arch       string // Alpine's name of the architecture
	Solution   *solver.Solution

	spec         *spec.Spec // of the image
	env          *Env
	renewal      *Renewal // of a lock; nil for none
	root         *root.Root
	repositories []repository.Repository
	isOwn        bool                 // the repositories are the base's own
	doubt        error                // of a repository that is left out because nothing is to be installed; nil for none
	indexes      []lock.Index         // one for each repository
	signers      []string             // the keys that signed them
	ring         *apk.KeyRing         // see keys
	keysOfRecord bool                 // the spec's keys are from an image's record
	locked       *lock.Platform       // of the spec's lock, if it has one
	vendored     *vendored.Source     // what the spec's Vendor has; nil if it has none
	packages     []*repository.Source // the files of the changes, once they are fetched; nil for a change without one
	named        []*packagefile.File  // that the command names
	vouchers     []string             // the key that vouches for the new package of each change; "" for none
	read         []lock.Index         // indexes that were read for that, with a lock
}

// question loads the indexes, and returns the request of a transaction that changes nothing.
func (p *PackagePlan) question(ctx context.Context, wanted []apk.Dependency) (question solver.Request, indexes []*apk.Index, err error) {
	question = solver.Request{
		Generation: p.Generation,
		Archs:      []string{p.Arch},
		World:      p.root.World,
		Installed:  p.root.Installed,
	}
	keys, err := p.keys()
	if err != nil {
		return question, nil, in(PartKey, err)
	}
	if indexes, err = p.fetchIndexes(ctx, keys, wanted); err != nil {
		return question, nil, in(PartRepository, err)
	}
	for i, r := range p.repositories {
		name := r.Name()
		question.Repositories = append(question.Repositories, solver.Repository{Name: name, Tag: r.Tag, Index: indexes[i]})
		p.indexes = append(p.indexes, lock.Index{Repository: name, Tag: r.Tag, Digest: digest.NewDigestFromEncoded(digest.SHA256, indexes[i].SHA256)})
		p.signers = append(p.signers, indexes[i].SignedBy)
	}
	return question, indexes, nil
}

// ask loads the indexes and solves.
func (p *PackagePlan) ask(ctx context.Context, ask func(*solver.Request)) error {
	question, indexes, err := p.question(ctx, goalOf(p.root, ask))
	if err != nil {
		return err
	}
	ask(&question)
	p.Solution, err = p.env.Catalogs.Solve(ctx, question)
	return in(PartSolution, p.explain(err, question.Goal, indexes))
}

// explain adds to a solver's failure what may help.
func (p *PackagePlan) explain(err error, wanted []apk.Dependency, indexes []*apk.Index) error {
	var failure *solver.UnsatisfiableError
	if !errors.As(err, &failure) {
		return err
	}
	searched := make([]solver.Repository, len(indexes))
	for i, index := range indexes {
		searched[i] = solver.Repository{Name: p.repositories[i].String(), Index: index}
	}
	return failure.Advise(wanted, searched)
}

// unlockAll makes the changes of the lock again; goal is the world that they must be made for.
func (p *PackagePlan) unlockAll(goal []apk.Dependency) (err error) {
	p.indexes = p.locked.Indexes
	p.keepLocked(p.indexes)
	p.Solution, err = p.locked.Solution(p.root.Installed, goal)
	return err
}

// describe puts a lock's entry together; measured has an item for each change.
func (p *PackagePlan) describe(measured []repository.Measure) (out lock.Platform, err error) {
	if p.locked != nil {
		return *p.locked, nil
	}
	out = lock.Platform{Platform: p.Base.Platform.String(), Arch: p.Arch, Base: p.Base.Manifest.Digest, Indexes: orEmpty(p.indexes)}
	out.World, out.Changes, err = lock.Describe(p.Solution, measured, p.repositories, p.Arch)
	for i := range out.Changes {
		if f := p.fileOf(i); f != nil && err == nil {
			err = f.Describe(out.Changes[i].Package, measured[i])
		}
	}
	return out, err
}

// measures says what is known of the package files once they are staged, with an
// item for each change.
func (p *PackagePlan) measures(staged *stage.Stage) []repository.Measure {
	packages := make(map[*apk.Package]*stage.Package)
	for _, pkg := range staged.Packages() {
		packages[pkg.Package] = pkg
	}
	measured := make([]repository.Measure, len(p.Solution.Changes))
	for i, c := range p.Solution.Changes {
		if pkg := packages[c.New]; pkg != nil {
			measured[i] = repository.Measure{SHA256: hex.EncodeToString(pkg.SHA256[:]), DataHash: pkg.DataHash}
		}
	}
	return measured
}

// measureAll reads all package files to their ends.
func (p *PackagePlan) measureAll(ctx context.Context, packages []*repository.Source) ([]repository.Measure, error) {
	measured := make([]repository.Measure, len(packages))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.concurrency())
	for i, pkg := range packages {
		if pkg != nil {
			group.Go(func() (err error) {
				measured[i], err = pkg.Measure(ctx, p.Solution.Changes[i].New)
				return err
			})
		}
	}
	return measured, group.Wait()
}

// Explain returns why packages of a name, or that provide it, are part of the
// solution: see [solver.Solution.Explain].
func (p *PackagePlan) Explain(name string) [][]solver.Step {
	if len(p.Solution.Changes) > 0 {
		return p.Solution.Explain(p.Generation, name)
	}
	// No transaction: what is installed is what the base has.
	s := &solver.Solution{World: p.Solution.World}
	for _, installed := range p.root.Installed.Packages {
		s.Changes = append(s.Changes, solver.Change{Kind: solver.Unchanged, Old: installed, New: &installed.Package})
	}
	return s.Explain(p.Generation, name)
}

func (p *PackagePlan) warn(format string, args ...any) {
	if p.env.Warn != nil {
		p.env.Warn(fmt.Sprintf(format, args...))
	}
}

func (p *PackagePlan) concurrency() int {
	if p.env.Concurrency > 0 {
		return p.env.Concurrency
	}
	return runtime.GOMAXPROCS(0)
}
