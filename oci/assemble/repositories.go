package assemble

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
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
		if err := p.trustAlpine(); err != nil {
			return in(PartKey, err)
		}
	}
	for _, line := range p.spec.Repositories {
		found, err := repository.ParseArgument(line, p.Generation, p.Arch)
		if err != nil {
			return in(PartRequest, hint.With(fmt.Errorf("repository %q: %w", redact.URL(line), err), `write a URL, a directory, alpine:RELEASE such as alpine:3.22, or one of these behind a tag: "@edge URL"`))
		}
		p.repositories = append(p.repositories, found...)
	}
	return nil
}

// trustAlpine adds Alpine's keys for the architecture to those of the request: who asks for Alpine's repositories by their short
// form asks for its keys too.
func (p *Plan) trustAlpine() error {
	keys, err := repository.AlpineKeys(p.Arch)
	if err != nil {
		return err
	}
	trusting := *p.spec
	trusting.Keys = slices.Clone(trusting.Keys)
	for _, k := range keys {
		if !slices.ContainsFunc(trusting.Keys, func(other spec.Key) bool { return other.Name == k.Name }) {
			trusting.Keys = append(trusting.Keys, spec.Key{Name: k.Name, PEM: k.PEM})
		}
	}
	p.spec = &trusting
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
	ring := new(apk.KeyRing)
	r.AddKeys(ring, p.warn)
	own := ring.Names()
	for _, k := range p.spec.Keys {
		if p.keysOfRecord && slices.Contains(own, k.Name) {
			continue // a record must not replace a key of the base
		}
		if err := ring.Add(k.Name, k.PEM); err != nil {
			return nil, hint.Default(fmt.Errorf("key %s: %w", k.Name, err), "a key is a PEM file with a public key, like those in /etc/apk/keys on Alpine")
		}
	}
	return ring, nil
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
