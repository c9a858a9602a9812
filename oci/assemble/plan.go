package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/cache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Request says what to build. Paths in it are as they are: nothing is looked up
// beside a spec file.
type Request struct {
	// Base may have ${APK_ARCH} in its path, which stands for Alpine's name of the
	// platform's architecture: a root file system is for just one.
	Base     oci.Reference
	Platform oci.Platform // zero: the base's, which must then have just one

	// Repositories are lines as in /etc/apk/repositories, or folders. Empty
	// means the base's own.
	Repositories []string
	Keys         []Key    // trusted besides the base's own
	Packages     []string // items for the world, such as "nginx", "curl>8" or "!ssl_client"
	Upgrade      bool     // take the newest of Packages and of what they need, as "apk add -u"

	Files       []stage.File // added last
	Config      oci.ConfigChanges
	Annotations map[string]string // of the manifest
	SkipScripts []string          // names of packages whose scripts and triggers are left out

	// Created is the time of everything that has none of its own. Zero means
	// the newest build time of the packages in the image.
	Created time.Time

	// Recipe says how the layer is compressed; zero is [layer.DefaultRecipe]. A lock must have been
	// made for the same.
	Recipe layer.Recipe

	// Lock, if not nil, says which packages they come to: no index is read, and
	// Upgrade does nothing. The packages are looked for in Vendor, a repository in a
	// folder, if it is not empty, and then in the repositories.
	Lock   *lock.Lock
	Vendor string

	// Renew, if not nil, keeps what a lock has. It is not for use with Lock.
	Renew *Renew

	// Concurrency is for how many processors there shall be work; 0 means as many as
	// there are. It has no influence on the result.
	Concurrency int

	// Memory is how many bytes there are for keeping packages in memory between being verified and being
	// written, so that they need not be inflated twice; 0 keeps none. It has no influence on the result.
	Memory int64

	Client     *repository.Client   // fetches indexes and packages
	Registries *registry.Registries // for a base and an output there; may be nil
	Cache      *cache.Folder        // has what earlier builds made; nil: nothing is kept. It has no influence on the result.
	Warn       func(string)         // nil: warnings are dropped
	Output     io.Writer            // gets what package scripts print; nil: dropped

	// Progress, if not nil, is told how far the build has come. It may be called concurrently and should return soon.
	Progress func(Progress)

	opened *oci.Base // used in place of Base
}

func (r *Request) recipe() layer.Recipe {
	if r.Recipe == (layer.Recipe{}) {
		return layer.DefaultRecipe()
	}
	return r.Recipe
}

// Key is a public key and the file name that signatures know it by.
type Key struct {
	Name string
	PEM  []byte
}

// Plan is a resolved request: what will be done. Close it when done.
type Plan struct {
	Base       *oci.Base
	Generation apk.Generation
	Arch       string // Alpine's name of the architecture
	Solution   *solver.Solution

	request      *Request
	root         *root
	repositories []repository.Repository
	indexes      []lock.Index   // one for each repository
	locked       *lock.Platform // of the request's lock, if there is one
}

// Resolve opens the base, loads and verifies the indexes, and works out which
// packages will be installed, upgraded and removed. Nothing is written but the
// client's cache. Errors are an *[Error]; for a request that cannot be satisfied
// it holds an *[UnknownPackageError] or an *[UnsatisfiableError].
func Resolve(ctx context.Context, req *Request) (*Plan, error) {
	opened, err := openBase(ctx, req)
	if err != nil {
		return nil, in(PartBase, err)
	}
	p := &Plan{Base: opened, request: req}
	if err := p.resolve(ctx); err != nil {
		opened.Close()
		return nil, err
	}
	return p, nil
}

func openBase(ctx context.Context, req *Request) (*oci.Base, error) {
	if req.opened != nil {
		return req.opened, nil
	}
	ref := req.Base
	const variable = "${APK_ARCH}"
	if strings.Contains(ref.Path, variable) {
		arch, ok := req.Platform.AlpineArch()
		if !ok {
			return nil, fmt.Errorf("open %s: no platform of Alpine's is given that %s could stand for", ref, variable)
		}
		ref.Path = strings.ReplaceAll(ref.Path, variable, arch)
	}
	base, err := transport.OpenBase(ctx, lockedBase(ref, req), req.Platform, transport.Options{Cache: req.Cache, Registries: req.Registries})
	if err == nil {
		base.Reference = ref
	}
	return base, err
}

// lockedBase is a base in a registry by the digest that the lock has: its tag may stand for something else by now.
func lockedBase(ref oci.Reference, req *Request) oci.Reference {
	if req.Lock == nil || ref.Transport != oci.TransportRegistry || strings.Contains(ref.Name, "@") {
		return ref
	}
	for _, locked := range req.Lock.Platforms {
		if locked.Base != "" && (locked.Platform == req.Platform.String() || req.Platform == (oci.Platform{}) && len(req.Lock.Platforms) == 1) {
			ref.Name += "@" + locked.Base.String()
		}
	}
	return ref
}

// Close releases the base.
func (p *Plan) Close() error { return p.Base.Close() }

func (p *Plan) resolve(ctx context.Context) error {
	base, err := readRoot(ctx, p.Base)
	if err != nil {
		return in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
	}
	p.root, p.Generation = base, base.generation
	if p.Arch, err = base.architecture(p.Base.Platform); err != nil {
		return in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
	}
	wanted, err := p.wanted()
	if err != nil {
		return in(PartRequest, err)
	}
	if err := p.findRepositories(); err != nil {
		return err
	}
	if p.request.Lock != nil {
		return in(PartLock, p.resolveLocked())
	}
	return p.solve(ctx, wanted)
}

// solve loads the indexes and asks the solver.
func (p *Plan) solve(ctx context.Context, wanted []apk.Dependency) error {
	keys, err := p.keys()
	if err != nil {
		return in(PartKey, err)
	}
	indexes, err := p.request.Client.Indexes(ctx, p.repositories, p.Arch, keys, p.Generation)
	if err != nil {
		return in(PartRepository, err)
	}

	question := solver.Request{
		Generation: p.Generation,
		Archs:      []string{p.Arch},
		World:      p.root.world,
		Installed:  p.root.installed,
	}
	for i, r := range p.repositories {
		// One repository may be there several times, under different tags.
		untagged := repository.Repository{URL: r.URL, Index: r.Index}
		name := untagged.String()
		question.Repositories = append(question.Repositories, solver.Repository{Name: name, Tag: r.Tag, Index: indexes[i]})
		p.indexes = append(p.indexes, lock.Index{Repository: name, Tag: r.Tag, Digest: digest.NewDigestFromEncoded(digest.SHA256, indexes[i].SHA256)})
	}
	if p.request.Renew != nil {
		p.Solution, err = p.renew(ctx, question, wanted)
		return in(PartSolution, p.explain(err, wanted, indexes))
	}
	var flags solver.Flags
	if p.request.Upgrade {
		flags = solver.Upgrade
	}
	question.Add(wanted, flags)
	p.Solution, err = solver.Solve(ctx, question)
	return in(PartSolution, p.explain(err, wanted, indexes))
}

// keys returns what the base trusts and the request's own keys.
func (p *Plan) keys() (*apk.KeyRing, error) {
	ring := new(apk.KeyRing)
	p.root.addKeys(ring, p.warn)
	for _, k := range p.request.Keys {
		if err := ring.Add(k.Name, k.PEM); err != nil {
			return nil, fmt.Errorf("key %s: %w", k.Name, err)
		}
	}
	return ring, nil
}

func (p *Plan) warn(format string, args ...any) {
	if p.request.Warn != nil {
		p.request.Warn(fmt.Sprintf(format, args...))
	}
}

// wanted parses the request's packages.
func (p *Plan) wanted() ([]apk.Dependency, error) {
	var list []apk.Dependency
	for _, text := range p.request.Packages {
		d, err := apk.ParseDependency(text, p.Generation)
		if err == nil && d.Broken {
			err = errors.New("the version is not valid")
		}
		if err != nil {
			return nil, fmt.Errorf("package %q: %w", text, err)
		}
		list = append(list, d)
	}
	return list, nil
}

// findRepositories takes the request's repositories, or the base's own.
func (p *Plan) findRepositories() error {
	if len(p.request.Repositories) == 0 {
		own, err := p.root.repositories(p.Arch)
		if err != nil {
			return in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
		}
		p.repositories = own
		return nil
	}
	for _, line := range p.request.Repositories {
		found, err := repository.ParseArgument(line, p.Generation, p.Arch)
		if err != nil {
			return in(PartRequest, fmt.Errorf("repository %q: %w", line, err))
		}
		p.repositories = append(p.repositories, found...)
	}
	return nil
}

// RepositoryURL returns where the new package of a change comes from, without
// credentials; "" if it is from no repository.
func (p *Plan) RepositoryURL(c solver.Change) string {
	if c.Repository < 0 || c.Repository >= len(p.repositories) {
		return ""
	}
	return p.repositories[c.Repository].String()
}

// Explain returns why packages of a name, or that provide it, are part of the
// solution: see [solver.Solution.Explain].
func (p *Plan) Explain(name string) [][]solver.Step { return p.Solution.Explain(p.Generation, name) }
