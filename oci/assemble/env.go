package assemble

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/sharedcache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/layout"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Env is the environment of a build. None of it affects the image. The zero value suits a build that keeps nothing: it
// fetches into a temporary directory and uses all processors. An Env may be shared by builds that run at the same time.
type Env struct {
	Client     *repository.Client   // fetches indexes and packages; nil for one that is made for each plan
	Registries *registry.Registries // how registries are reached; nil for the defaults
	Cache      *cache.Directory     // what earlier builds made; nil for none
	Catalogs   *solver.Catalogs     // what was prepared for solving in this process; nil for none
	Contents   *stage.ContentMemory // small files of packages that builds in this process have read; nil for none that are shared

	// Rootfs saves hashing a root file system for each of many images over it; nil for none.
	Rootfs *oci.RootfsMemory

	// Layouts saves reading an output layout again for each of many images that builds in this process write to it; nil for none.
	Layouts *layout.Memory

	// Concurrency is the number of processors to use; 0 for all.
	Concurrency int

	// StrictScripts makes the failure of a trigger an error where the base's apk would go on.
	StrictScripts bool

	// AllowUntrusted lets packages of a lock in that no trusted key vouches for.
	AllowUntrusted bool

	Warn     func(string)   // gets warnings; nil drops them
	Output   io.Writer      // gets what scripts of packages and commands print; nil drops it
	Progress func(Progress) // is called as the build proceeds, possibly concurrently, and should return soon; may be nil

	shared *sharedcache.Cache // see Share
}

// complete returns an Env that has a client, and what releases it.
func (e *Env) complete() (*Env, func() error) {
	complete := new(Env)
	if e != nil {
		*complete = *e
	}
	if complete.Client != nil {
		return complete, func() error { return nil }
	}
	complete.Client = &repository.Client{Warn: complete.Warn}
	return complete, complete.Client.Close
}

// Remember lets many builds in this process share in memory what they read: indexes, what is prepared from them for the solver, digests of
// root file systems, small files of packages, and an output layout's index. Of each there are limits. The Env must have a client.
func (e *Env) Remember() {
	e.Client.Memory, e.Catalogs, e.Contents = new(repository.Memory), new(solver.Catalogs), new(stage.ContentMemory)
	e.Rootfs, e.Layouts = new(oci.RootfsMemory), new(layout.Memory)
}

// Close releases the resources of the client and the caches.
func (e *Env) Close() error {
	err := errors.Join(e.shared.Close(), e.Cache.Close())
	if e.Client != nil {
		err = errors.Join(err, e.Client.Close())
	}
	if e.Registries != nil {
		err = errors.Join(err, e.Registries.Cache.Close())
	}
	return err
}

// Progress is the state of a build.
type Progress struct {
	Platform    oci.Platform
	Stage       string // "verify", while packages are read and verified, or "write", while the layer is written
	Unit        string // of the numbers: "packages", or "bytes" of content
	Done, Total int64
}

// report returns a function that reports a stage; nil if nothing receives it.
func (p *Plan) report(stage, unit string) func(done, total int64) {
	if p.env.Progress == nil {
		return nil
	}
	return func(done, total int64) {
		p.env.Progress(Progress{Platform: p.Base.Platform, Stage: stage, Unit: unit, Done: done, Total: total})
	}
}

// ShareOptions say which servers share the cache with other machines: docker://HOST/REPOSITORY[:TAG], or the https:// URL of a server that
// speaks Bazel's remote cache protocol.
type ShareOptions struct {
	// From are servers to read from. Anyone who may write to them decides what images contain, since parts of layers are taken from there as they
	// are. Packages, indexes and bases are verified as if they came from elsewhere.
	From []string

	// To are servers that [Env.Publish] writes to.
	To []string

	// Name identifies what is built, such as the text of the spec: its next build finds at once what this one used. It may be empty.
	Name string

	// Key, if not nil, is a secret of at least 16 bytes. It is written with, and only what was written with it is read, so that
	// the servers need not be trusted.
	Key []byte

	Progress func(registry.Transfer) // may be nil; may be called concurrently
}

// SharedStats count the entries that were fetched from servers and sent to them.
type SharedStats = sharedcache.Stats

// Share makes servers the second level of the cache, which must be new. The context ends all reading from them. A server that fails is left
// out, with a warning. With an offline client, nothing is shared. The error is that
// a server's name is malformed.
func (e *Env) Share(ctx context.Context, o ShareOptions) error {
	switch {
	case len(o.From)+len(o.To) == 0 || e.Client != nil && e.Client.Offline:
		return nil
	case e.Cache == nil:
		return errors.New("a shared cache needs a cache on this machine")
	case o.Key != nil && len(o.Key) < 16:
		return errors.New("the key of a shared cache needs at least 16 bytes")
	}
	client, registries := repository.NewHTTPClient(), new(registry.Registries)
	if e.Registries != nil {
		registries.PlainHTTP = e.Registries.PlainHTTP
	}
	stores := make(map[string]sharedcache.Store)
	open := func(texts []string) (list []sharedcache.Store, err error) {
		for _, text := range texts {
			name := strings.TrimRight(text, "/")
			if stores[name] == nil {
				if stores[name], err = transport.OpenSharedCache(text, client, registries); err != nil {
					return nil, err
				}
			}
			list = append(list, stores[name])
		}
		return list, nil
	}
	from, err := open(o.From)
	if err != nil {
		return err
	}
	to, err := open(o.To)
	if err != nil {
		return err
	}
	e.shared = sharedcache.New(ctx, sharedcache.Options{Directory: e.Cache, From: from, To: to, Name: o.Name, Key: o.Key, Warn: e.Warn, Progress: o.Progress})
	if e.Client != nil && e.Client.CacheDir == e.Cache.Dir() {
		e.Client.Shared = e.Cache
	}
	return nil
}

// Publish writes what builds have used and made since Share to the servers, as far as they lack it. Failures are warnings. It returns what
// was fetched and sent since Share.
func (e *Env) Publish(ctx context.Context) SharedStats {
	if e.shared == nil {
		return SharedStats{}
	}
	e.shared.Publish(ctx)
	return e.shared.Stats()
}
