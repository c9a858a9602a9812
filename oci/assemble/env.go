package assemble

import (
	"context"
	"errors"
	"io"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/sharedcache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/layout"
	"github.com/lamina-oci/lamina/oci/registry"
)

// Env is the environment of a build. None of it affects the image. The zero value suits a build that keeps nothing: it
// fetches into a temporary directory and uses all processors. An Env may be shared by builds that run at the same time.
type Env struct {
	Client     *repository.Client   // fetches indexes and packages; nil for one that is made for each plan
	Registries *registry.Registries // how registries are reached; nil for the defaults
	Cache      *cache.Folder        // what earlier builds made; nil for none
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
	Output   io.Writer      // gets what package scripts print; nil drops it
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

// solve is [solver.Solve] with a catalog that may be there already.
func (e *Env) solve(ctx context.Context, question solver.Request) (*solver.Solution, error) {
	catalog, err := e.Catalogs.Of(question.Repositories)
	if err != nil {
		return nil, err
	}
	return catalog.Solve(ctx, question)
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

// Stage is a step of a build that takes noticeable time.
type Stage string

const (
	StageVerify Stage = "verify" // packages are read and verified; counted in packages
	StageWrite  Stage = "write"  // the layer is written; counted in bytes of content
)

// Progress is the state of a build.
type Progress struct {
	Platform    oci.Platform
	Stage       Stage
	Done, Total int64
}

// report returns what tells of a stage, nil if nobody wants to know.
func (p *Plan) report(stage Stage) func(done, total int64) {
	if p.env.Progress == nil {
		return nil
	}
	return func(done, total int64) {
		p.env.Progress(Progress{Platform: p.Base.Platform, Stage: stage, Done: done, Total: total})
	}
}
