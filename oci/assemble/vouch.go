package assemble

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vouch"
)

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
	if err == nil {
		p.warnRecordedKeys()
	}
	return err
}

// warnRecordedKeys says which keys are trusted only because an image's record brings them.
func (p *PackagePlan) warnRecordedKeys() {
	if !p.keysOfRecord {
		return
	}
	base := new(apk.KeyRing)
	p.root.AddKeys(base, func(string, ...any) {})
	own := base.Names()
	var names []string
	count := 0
	for _, name := range p.vouchers {
		if name != "" && !slices.Contains(own, name) {
			count++
			names = append(names, name)
		}
	}
	if count > 0 {
		slices.Sort(names)
		subject := "1 package is"
		if count > 1 {
			subject = fmt.Sprintf("%d packages are", count)
		}
		p.warn("%s signed only by %s, which the image's record brings along: pass the keys that you trust (--key FILE)",
			subject, strings.Join(slices.Compact(names), ", "))
	}
}
