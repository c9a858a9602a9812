package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vouch"
)

// vouch finds for each package that is installed which key vouches for it. Without a lock, it is the one that has signed the index that the
// package was chosen from; with one, package vouch finds it, and holds the lock against the packages; then sources has an item for each change.
func (p *Plan) vouch(ctx context.Context, sources []*repository.Source) error {
	if p.locked == nil {
		p.vouchers = make([]string, len(p.Solution.Changes))
		for i, c := range p.Solution.Changes {
			if c.Repository >= 0 {
				p.vouchers[i] = p.signers[c.Repository]
			}
		}
		return nil
	}
	keys, err := p.keys()
	if err != nil {
		return in(PartKey, err)
	}
	check := vouch.Check{
		Locked: p.locked, Changes: p.Solution.Changes, Keys: keys, Generation: p.Generation, Arch: p.Arch, Client: p.env.Client,
		Repositories: p.repositories, Vendored: p.vendored, AllowUntrusted: p.env.AllowUntrusted, Concurrency: p.concurrency(), Warn: p.warn,
	}
	err = check.Run(ctx, sources)
	p.vouchers, p.read = check.Vouchers, append(p.read, check.Read...)
	switch {
	case errors.As(err, new(*vouch.AlteredError)):
		return in(PartLock, err)
	case err != nil:
		return in(PartPackage, err)
	}
	p.warnRecordedKeys()
	return nil
}

// warnRecordedKeys says which keys are trusted only because an image's record brings them.
func (p *Plan) warnRecordedKeys() {
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
		p.warn("%s signed only by %s, which the image's record brings along: pass the keys that you trust (--key FILE)", subject, strings.Join(slices.Compact(names), ", "))
	}
}
