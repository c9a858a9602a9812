package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/download"
	"github.com/lamina-oci/lamina/oci/assemble/internal/origin"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Plan is a spec resolved for one platform: the changes that a build will make. Close it when done.
type Plan struct {
	PackagePlan // of the packages that the request lists

	isRebuild    bool                     // of an image, from its record
	images       map[string]*origin.Image // that files come from, by reference
	stages       *stageSet                // that files come from
	newestSource int64                    // the build time of the newest package of these and of the images, in Unix seconds
	spool        *spool.Spool             // of archives that are unpacked
	downloads    *download.Log            // what commands and files of the request have read by URL
	rest         *spec.Step               // the packages of the request, if the plan's own transaction only upgrades apk itself; nil otherwise
	later        []*Transaction           // of "apk" in commands of the request, once they have run
	scripts      []stage.ScriptRun        // that have run
	refused      []Refusal                // what cannot be interpreted of them, of which the first noted are those of the stage
	noted        int
	withheld     []Refusal    // of a transaction that was not made, until they are in refused
	ownsStages   bool         // of the request, rather than being one of them
	draft        *layer.Draft // of the layer; nil if it is not drafted
	close        []func() error
}

// Resolve opens the base, loads and verifies the indexes, and works out which packages will be installed, upgraded and
// removed. It writes only to the cache. The zero Platform stands for the base's only platform; the platforms of
// the spec are ignored. Env may be nil. Errors are an *[Error]; for packages that cannot be installed together it holds a
// [*solver.UnknownPackageError] or a [*solver.UnsatisfiableError].
func Resolve(ctx context.Context, s *spec.Spec, platform oci.Platform, env *Env) (*Plan, error) {
	return (&resolution{spec: s, env: env}).resolve(ctx, platform)
}

// A resolution is what plans are made from.
type resolution struct {
	spec    *spec.Spec
	env     *Env
	renewal *Renewal
	stages  *stageSet // that are built already; nil for none
	opened  *oci.Base // used in place of the spec's base; nil for none

	vendored *vendored.Source // that is open already; nil for none

	keysOfRecord bool // the spec's keys are from an image's record
}

func (r *resolution) resolve(ctx context.Context, platform oci.Platform) (*Plan, error) {
	env, closeEnv := r.env.complete()
	p := &Plan{
		PackagePlan: PackagePlan{Base: r.opened, spec: r.spec, env: env, renewal: r.renewal, keysOfRecord: r.keysOfRecord},
		close:       []func() error{closeEnv},
		spool:       new(spool.Spool),
	}
	p.close, p.isRebuild = append(p.close, p.spool.Close), r.opened != nil
	if p.stages = r.stages; p.stages == nil {
		p.ownsStages = true
		p.stages = &stageSet{built: make(map[*spec.Spec]builtStage)}
	}
	if p.vendored = r.vendored; p.vendored == nil && r.spec.Vendor != "" {
		var err error
		if p.vendored, err = vendored.Open(ctx, r.spec.Vendor, r.spec.VendorDigest, env.Registries); err != nil {
			p.Close()
			return nil, in(PartPackage, err)
		}
		p.close = append(p.close, p.vendored.Close)
	}
	p.downloads = &download.Log{Client: env.Client, Cache: env.Cache, Vendored: p.vendored}
	if p.Base == nil {
		opened, err := openBase(ctx, r.spec, platform, env, p.vendored)
		if errors.Is(err, oci.ErrNoPlatform) && platform == (oci.Platform{}) {
			if platform = r.spec.PlatformByDefault(); platform != (oci.Platform{}) {
				opened, err = openBase(ctx, r.spec, platform, env, p.vendored)
			}
		}
		if err != nil {
			p.Close()
			return nil, in(PartBase, r.spec.LocateBase(err))
		}
		p.Base = opened
		p.close = append(p.close, opened.Close)
	}
	err := p.complete()
	if err == nil {
		err = p.fetchKeys(ctx)
	}
	if err == nil {
		err = p.resolve(ctx)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// complete makes the spec that for the base, if that matters to it.
func (p *Plan) complete() error {
	if p.spec.Over == nil {
		return nil
	}
	s := *p.spec
	s.Over = nil
	if err := p.spec.Over(&s, p.Base); err != nil {
		return in(PartRequest, err)
	}
	p.spec = &s
	return nil
}

func openBase(ctx context.Context, s *spec.Spec, platform oci.Platform, env *Env, v *vendored.Source) (*oci.Base, error) {
	ref := s.Base
	const variable = "${APK_ARCH}"
	if strings.Contains(ref.Path, variable) {
		arch, ok := platform.AlpineArch()
		if !ok {
			return nil, fmt.Errorf("open %s: %s needs a platform that Alpine supports", ref, variable)
		}
		ref.Path = strings.ReplaceAll(ref.Path, variable, arch)
	}
	locked := lockedBase(s, platform)
	base, err := v.OpenImage(ctx, ref, locked, platform, env.Cache)
	if base == nil && err == nil {
		from := ref
		if locked != "" && ref.Transport == oci.TransportRegistry && !strings.Contains(ref.Name, "@") {
			from.Name += "@" + locked.String() // the tag may stand for another image by now
		}
		base, err = transport.OpenBase(ctx, from, platform, transport.Options{Cache: env.Cache, Rootfs: env.Rootfs, Registries: env.Registries})
	}
	if err == nil {
		base.Reference = ref
	}
	return base, err
}

// lockedBase is the digest that the lock has of the base, "" for none.
func lockedBase(s *spec.Spec, platform oci.Platform) digest.Digest {
	if s.Lock != nil {
		for _, locked := range s.Lock.Platforms {
			if locked.Platform == platform.String() || platform == (oci.Platform{}) && len(s.Lock.Platforms) == 1 {
				return locked.Base
			}
		}
	}
	return ""
}

func (p *Plan) recipe() layer.Recipe {
	if p.spec.Recipe == (layer.Recipe{}) {
		return layer.DefaultRecipe()
	}
	return p.spec.Recipe
}

// Close releases the base.
func (p *Plan) Close() error {
	var errs []error
	for _, release := range slices.Backward(p.close) {
		errs = append(errs, release())
	}
	return errors.Join(errs...)
}

func (p *Plan) resolve(ctx context.Context) error {
	base, err := root.Read(ctx, p.Base)
	if err != nil {
		return in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
	}
	p.root, p.Generation = base, base.Generation
	if p.Arch, err = base.Architecture(p.Base); err != nil {
		return in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
	}
	wanted, err := p.wanted()
	if err != nil {
		return in(PartRequest, err)
	}
	if err := p.findRepositories(); err != nil {
		return err
	}
	if p.spec.Lock != nil {
		return in(PartLock, p.resolveLocked(goalOf(p.root, func(r *solver.Request) { r.Add(wanted, 0) })))
	}
	if p.spec.SkipsAPK() {
		p.Solution = &solver.Solution{World: base.World}
		return nil
	}
	return p.solve(ctx, wanted)
}

// solve loads the indexes and asks the solver.
func (p *Plan) solve(ctx context.Context, wanted []apk.Dependency) error {
	question, indexes, err := p.question(ctx, wanted)
	if err != nil {
		return err
	}
	if p.renewal != nil {
		p.Solution, err = p.renew(ctx, question, wanted)
		return in(PartSolution, p.explain(err, wanted, indexes))
	}
	if p.spec.Upgrade.IsAll() && len(p.root.Installed.Packages) > 0 {
		isDone, err := p.solveSelf(ctx, question)
		if isDone || err != nil {
			return err
		}
	}
	ask(&question, wanted, p.spec.Upgrade)
	if p.Solution, err = p.env.Catalogs.Solve(ctx, question); err != nil {
		return in(PartSolution, p.explain(err, wanted, indexes))
	}
	return p.checkDoubt()
}

// solveSelf asks the solver for apk's upgrade of itself, which "apk upgrade" does first. If that changes anything, it is the
// plan's own transaction, and all the rest is the first of the later ones.
func (p *Plan) solveSelf(ctx context.Context, question solver.Request) (bool, error) {
	if !question.UpgradeSelf(solver.Upgrade | allFlags(p.spec.Upgrade)) {
		return false, nil
	}
	solution, err := p.env.Catalogs.Solve(ctx, question)
	if unsatisfiable := (*solver.UnsatisfiableError)(nil); errors.As(err, &unsatisfiable) {
		p.warn("apk-tools cannot be upgraded first: going on with all packages")
		return false, nil
	}
	if err != nil || len(solution.Lines()) == 0 {
		return false, in(PartSolution, err)
	}
	p.Solution, p.rest = solution, p.restOf(p.spec.Upgrade)
	return true, p.checkDoubt()
}

// restOf is the step after apk's upgrade of itself.
func (p *Plan) restOf(upgrade lock.Upgrade) *spec.Step {
	return &spec.Step{Packages: slices.Sorted(slices.Values(p.spec.Packages)), Upgrade: upgrade}
}

// wanted parses the request's packages.
func (p *Plan) wanted() ([]apk.Dependency, error) {
	var list []apk.Dependency
	for _, text := range p.spec.Packages {
		d, err := spec.ParsePackage(text, p.Generation)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
