package assemble

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/lock"
)

// fetchIndexes returns the indexes of the repositories. apk warns of a repository that it cannot read, and goes on without.
// Here one of the base's own is left out, with a warning, where that cannot change the result: a directory that this
// machine does not have, a tag that nothing asks for, and any where nothing is to be installed. Others are an error: the
// packages would depend on which server answers.
func (p *PackagePlan) fetchIndexes(ctx context.Context, keys *apk.KeyRing, wanted []apk.Dependency) ([]*apk.Index, error) {
	indexes, errs := p.env.Client.Indexes(ctx, p.repositories, p.Arch, keys, p.Generation)
	var repositories []repository.Repository
	var found []*apk.Index
	var left error // of the first that is left out
	for i, r := range p.repositories {
		switch err := errs[i]; {
		case err == nil:
			repositories, found = append(repositories, r), append(found, indexes[i])
		case ctx.Err() == nil && (p.mayLeaveOut(r, err, wanted) || p.asksForNothing(wanted)):
			if !p.mayLeaveOut(r, err, wanted) {
				p.doubt = cmp.Or(p.doubt, err)
			}
			p.warn("ignoring the base's repository %s: %v", r, err)
			left = cmp.Or(left, err)
		default:
			return nil, p.explainOwn(err)
		}
	}
	if len(found) == 0 && left != nil && len(wanted) > 0 {
		return nil, p.explainOwn(left)
	}
	p.repositories = repositories
	return found, nil
}

// mayLeaveOut reports whether a repository that cannot be read has no influence on the result.
func (p *PackagePlan) mayLeaveOut(r repository.Repository, err error, wanted []apk.Dependency) bool {
	if !p.isOwn {
		return false
	}
	missing := (*repository.NoIndexError)(nil)
	switch {
	case r.Tag != "":
		asks := func(d apk.Dependency) bool { return d.Tag == r.Tag }
		return !slices.ContainsFunc(wanted, asks) && !slices.ContainsFunc(p.root.World, asks)
	case r.Local() && errors.As(err, &missing):
		return true
	}
	return false
}

// asksForNothing reports whether no change of the packages is asked for.
func (p *PackagePlan) asksForNothing(wanted []apk.Dependency) bool {
	return p.isOwn && len(wanted) == 0 && p.spec.Upgrade == lock.UpgradeNone && p.renewal == nil
}

// checkDoubt refuses changes that were found although a repository is left out because there were to be none.
func (p *PackagePlan) checkDoubt() error {
	if p.doubt == nil || p.Solution == nil || len(p.Solution.Changes) == 0 {
		return nil
	}
	return in(PartRepository, p.explainOwn(p.doubt))
}

// explainOwn adds, for a repository of the base, how to build without it.
func (p *PackagePlan) explainOwn(err error) error {
	if remedy := hint.Of(err); p.root.Name != "" && errors.As(err, new(*apk.UntrustedError)) {
		return hint.With(err, strings.TrimPrefix(remedy+"; for the keys of the image, use apk --keys-dir /etc/apk/keys", "; "))
	}
	if !p.isOwn {
		return err
	}
	remedy := "the base lists this repository; to leave it out, list those you need: --repository URL, or repositories: in the spec"
	if other := hint.Of(err); other != "" && !errors.As(err, new(*repository.NoIndexError)) {
		remedy = other + "; " + remedy
	}
	return hint.With(err, remedy)
}

// keepLocked leaves out the base's repositories that were left out when the lock was made.
func (p *PackagePlan) keepLocked(indexes []lock.Index) {
	if !p.isOwn || len(indexes) == len(p.repositories) {
		return
	}
	isLocked := func(r repository.Repository) bool {
		name := r.Name()
		return slices.ContainsFunc(indexes, func(i lock.Index) bool { return i.Repository == name && i.Tag == r.Tag })
	}
	var kept []repository.Repository
	for _, r := range p.repositories {
		if isLocked(r) {
			kept = append(kept, r)
		}
	}
	if len(kept) == len(indexes) {
		p.repositories = kept
	}
}
