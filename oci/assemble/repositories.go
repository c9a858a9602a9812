package assemble

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
	"github.com/lamina-oci/lamina/oci/assemble/internal/target"
	"github.com/lamina-oci/lamina/oci/assemble/internal/trust"
	"github.com/lamina-oci/lamina/oci/spec"
)

// findRepositories takes the request's repositories, or the base's own.
func (p *Plan) findRepositories() error {
	if len(p.spec.Repositories) == 0 {
		own, err := p.root.Repositories(p.Arch)
		if err != nil {
			return in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
		}
		p.repositories, p.isOwn = p.notOfThisMachine(own, p.root.Tree), true
		return nil
	}
	if slices.ContainsFunc(p.spec.Repositories, repository.IsAlpine) {
		// Alpine's repositories in their short form bring its keys.
		trusting := *p.spec
		var err error
		if trusting.Keys, err = trust.WithAlpine(trusting.Keys, p.Arch); err != nil {
			return in(PartKey, err)
		}
		p.spec = &trusting
	}
	for _, line := range p.spec.Repositories {
		found, err := spec.ParseRepository(line, p.Generation, p.Arch)
		if err != nil {
			return in(PartRequest, err)
		}
		p.repositories = append(p.repositories, found...)
	}
	return nil
}

// RepositoryURL returns where the new package of a change comes from, without
// credentials; "" if it comes from no repository.
func (p *PackagePlan) RepositoryURL(c solver.Change) string {
	if c.Repository < 0 || c.Repository >= len(p.repositories) {
		return ""
	}
	return p.repositories[c.Repository].String()
}

// keys returns what the base trusts and the request's own keys.
func (p *PackagePlan) keys() (*apk.KeyRing, error) {
	if p.ring != nil {
		return p.ring, nil
	}
	ring, err := p.keysOf(p.root)
	p.ring = ring
	return ring, err
}

// keysOf returns what a root trusts and the request's own keys.
func (p *PackagePlan) keysOf(r *root.Root) (*apk.KeyRing, error) {
	return trust.Keys{List: p.spec.Keys, AreRecorded: p.keysOfRecord}.Ring(r, p.warn)
}

// fetchKeys downloads the keys that the spec names by their URLs.
func (p *Plan) fetchKeys(ctx context.Context) error {
	keys := slices.Clone(p.spec.Keys)
	for i := range keys {
		if keys[i].PEM != nil || keys[i].URL == "" {
			continue
		}
		dirs, err := p.vendored.Files(ctx, keys[i].SHA256)
		var text []byte
		if err == nil {
			text, err = p.env.Client.Key(ctx, keys[i].URL, keys[i].SHA256, spec.MaxKey, dirs...)
		}
		if err == nil {
			_, _, err = p.downloads.File(ctx, keys[i].URL, keys[i].SHA256)
		}
		if err != nil {
			return in(PartKey, p.spec.Locate(fmt.Errorf("key %s: %w", keys[i].Name, err), "keys", i))
		}
		keys[i].SetPEM(text)
	}
	s := *p.spec
	s.Keys = keys
	p.spec = &s
	return nil
}

// repositoriesOf returns the repositories that the root names by now, and those of the command line. Where the request has its own,
// they are in the place of those that the base names. A directory is one of this machine if the request names it, else one of the image.
func (p *Plan) repositoriesOf(c *command.Command, on *target.Target) ([]repository.Repository, error) {
	list, isOwn, err := on.Repositories(c, p.Arch, p.warn)
	if err != nil {
		return nil, err
	}
	if len(p.spec.Repositories) > 0 {
		replaced, err := p.root.Repositories(p.Arch)
		if err != nil {
			return nil, err
		}
		for _, other := range p.stages.plans { // whose lists may have been copied
			theirs, err := other.root.Repositories(p.Arch)
			if err != nil {
				return nil, err
			}
			replaced = append(replaced, theirs...)
		}
		isReplaced := func(r repository.Repository) bool { return slices.Contains(replaced, r) }
		if isOwn || slices.ContainsFunc(list, isReplaced) {
			list = append(slices.Clone(p.repositories), slices.DeleteFunc(list, isReplaced)...)
		}
	}
	for _, line := range c.Repositories {
		found, err := repository.ParseArgument(line, p.Generation, p.Arch)
		if err != nil {
			return nil, fmt.Errorf("repository of apk: %w", err)
		}
		list = append(list, found...)
	}
	return p.notOfThisMachine(list, on.Image), nil
}

// notOfThisMachine marks the repositories that are directories which the request does not name. They would be directories of the image, where
// repositories are not read: no base and no command decides what is read of this machine.
func (p *Plan) notOfThisMachine(list []repository.Repository, image *tree.Tree) []repository.Repository {
	isGiven := func(r repository.Repository) bool {
		return len(p.spec.Repositories) > 0 && slices.ContainsFunc(p.repositories, func(k repository.Repository) bool { return k.URL == r.URL })
	}
	for i, r := range list {
		if !r.Local() || isGiven(r) {
			continue
		}
		n, err := image.Stat(r.URL)
		list[i].IsInImage = err == nil && n.Type == tree.Directory
		list[i].IsMissing = !list[i].IsInImage
	}
	return list
}
