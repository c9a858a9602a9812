package assemble

import (
	"context"
	"errors"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/fetch"
	"github.com/lamina-oci/lamina/oci/assemble/internal/trust"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vouch"
)

// wantedFiles lists the package files that the changes need: see [fetch.Request].
func (p *PackagePlan) wantedFiles(ctx context.Context, all bool) (*fetch.Files, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, in(PartKey, err)
	}
	return fetch.List(ctx, fetch.Request{
		Changes: p.Solution.Changes, Generation: p.Generation, Arch: p.Arch, Keys: keys, Locked: p.locked, Repositories: p.repositories,
		Vendored: p.vendored, Client: p.env.Client, All: all,
	})
}

// whileFetching calls carryOut with the changes while their packages are being fetched: each opens once it is here and, with a lock, a
// trusted key vouches for it. The first of them that fails ends the others, and is the error.
func (p *PackagePlan) whileFetching(ctx context.Context, files *fetch.Files, carryOut func(context.Context, []stage.Change) error) error {
	outer := ctx
	ctx, end := context.WithCancel(ctx)
	fetching, packages := files.Start(ctx)
	defer fetching.Wait()
	defer end()
	if p.env.Client.Offline { // all that is missing is named at once
		if err := fetching.Wait(); err != nil {
			return in(PartPackage, err)
		}
	}
	p.packages = packages
	changes := stageChanges(p, p.packages)
	check, err := p.vouch(ctx, end)
	if err != nil {
		return err
	}
	if check != nil {
		changes = stageChanges(p, check.Packages)
	}
	if err = carryOut(ctx, changes); err != nil {
		end()
	}
	vouchErr := p.vouched(check)
	fetchErr := fetching.Wait()
	// The first failure cancels the rest, whose errors wrap it or say that they were cancelled: report the first.
	cause := fetchErr
	if vouchErr != nil && (cause == nil || errors.Is(cause, context.Canceled)) {
		cause = vouchErr
	}
	switch {
	case cause == nil, err != nil && !errors.Is(err, cause) && (!errors.Is(err, context.Canceled) || outer.Err() != nil):
		return err
	case errors.As(cause, new(*vouch.AlteredError)):
		return in(PartLock, cause)
	}
	return in(PartPackage, cause)
}

// vouchBySigners finds for each package that is installed which key vouches for it, without a lock: the one that has signed the index that
// the package was chosen from.
func (p *PackagePlan) vouchBySigners() {
	p.vouchers = make([]string, len(p.Solution.Changes))
	for i, c := range p.Solution.Changes {
		if c.Repository >= 0 {
			p.vouchers[i] = p.signers[c.Repository]
		}
	}
}

// vouch begins to hold the lock against the packages, which may still be on their way, and calls end if one contradicts it or no key vouches
// for it. Without a lock there is no check.
func (p *PackagePlan) vouch(ctx context.Context, end func()) (*vouch.Check, error) {
	if p.locked == nil {
		p.vouchBySigners()
		return nil, nil
	}
	keys, err := p.keys()
	if err != nil {
		return nil, in(PartKey, err)
	}
	check := &vouch.Check{
		Locked: p.locked, Changes: p.Solution.Changes, Keys: keys, Generation: p.Generation, Arch: p.Arch, Client: p.env.Client,
		Repositories: p.repositories, Vendored: p.vendored, AllowUntrusted: p.env.AllowUntrusted, Concurrency: p.concurrency(), Warn: p.warn,
	}
	check.Start(ctx, p.packages, end)
	return check, nil
}

// vouched waits for a check, which may be nil, and returns its error.
func (p *PackagePlan) vouched(check *vouch.Check) error {
	if check == nil {
		return nil
	}
	err := check.Wait()
	p.vouchers, p.read = check.Vouchers, append(p.read, check.Read...)
	if err == nil && p.keysOfRecord {
		if text := trust.RecordedOnly(p.root, p.vouchers); text != "" {
			p.warn("%s", text)
		}
	}
	return err
}
