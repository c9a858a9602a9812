package assemble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/publish"
	"github.com/lamina-oci/lamina/oci/assemble/internal/recorded"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
)

// Result is an image that was written.
type Result struct {
	Platform oci.Platform
	Manifest v1.Descriptor
	Config   v1.Descriptor
	Layer    *layer.Result
	Skipped  []stage.SkippedScript // scripts left out as the request said, and programs

	Layers   int   // of the image
	Size     int64 // bytes of their blobs together
	Packages int   // installed in the image
}

// Write builds the plan's image and commits it to the output. On an error,
// ctx's included, the output is unchanged.
func (p *Plan) Write(ctx context.Context, output oci.Reference) (*Result, error) {
	_, results, err := Plans{p}.Write(ctx, output, WriteOptions{})
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// made is an image of which all but the layer is in memory.
type made struct {
	*Result
	image     *oci.Image
	tree      *tree.Tree     // all that is in it
	locked    lock.Platform  // what it was made of
	referrers []oci.Referrer // records and documents beside it
}

// layerOptions are those of the layer, which was drafted or, with nil, was not.
func (p *Plan) layerOptions(draft *layer.Draft) layer.WriteOptions {
	return layer.WriteOptions{Concurrency: p.env.Concurrency, Cache: p.env.Cache, Draft: draft, Progress: p.report("write", "bytes")}
}

// build makes the image; put takes care of the layer's blob. The draft, which may be nil, gets what is known of it while packages are read.
func (p *Plan) build(ctx context.Context, draft *layer.Draft, put func(*layer.Layer) (*layer.Result, error)) (*made, error) {
	p.draft = draft
	staged, err := p.fetchAndStage(ctx)
	if err != nil {
		return nil, err
	}
	if err := staged.CheckUser(p.spec.Config.User); err != nil {
		return nil, in(PartRequest, p.spec.Locate(&oci.ConfigError{Setting: "user", Err: err}, "config", "user"))
	}
	out := &made{Result: &Result{Platform: p.Base.Platform, Skipped: staged.Skipped(), Packages: staged.InstalledPackages()}, tree: staged.Tree()}
	if out.locked, err = p.lockedAs(staged); err != nil {
		return nil, err
	}
	recipe := p.recipe()
	l, err := layer.Prepare(ctx, p.root.Tree, staged.Tree(), staged.Packages(), recipe,
		p.layerOptions(draft))
	if err != nil {
		return nil, in(PartLayer, err)
	}
	if out.Layer, err = put(l); err != nil {
		return nil, err
	}
	added := oci.AddedLayer{DiffID: out.Layer.DiffID, Descriptor: publish.BlobOf(out.Layer)}
	out.image, err = p.Base.Compose(oci.ComposeOptions{
		Layer:       added,
		Config:      p.spec.Config,
		Annotations: p.annotations(recipe, &out.locked),
		Created:     p.created(),
		CreatedBy:   recorded.CreatedBy(p.spec),
		Comment:     record.SkippedComment(out.Skipped),
	})
	if err != nil {
		return nil, in(PartRequest, err)
	}
	out.Manifest, out.Config = out.image.ManifestDescriptor, out.image.ConfigDescriptor
	manifest, err := imagedoc.ParseManifest(out.image.Manifest)
	if err != nil {
		return nil, in(PartLayer, err)
	}
	out.Layers = len(manifest.Layers)
	for _, l := range manifest.Layers {
		out.Size += l.Size
	}
	return out, nil
}

// created is the time of everything that has none of its own: that of the newest package. An image without any, such as one from scratch,
// takes that of the stages and images that its files come from.
func (p *Plan) created() time.Time {
	if !p.spec.Created.IsZero() {
		return p.spec.Created.Truncate(time.Second)
	}
	newest := int64(0)
	for _, c := range p.Solution.Changes {
		if c.New != nil {
			newest = max(newest, c.New.BuildTime)
		}
	}
	if p.spec.SkipsAPK() {
		newest = max(newest, p.root.Installed.NewestBuild())
	}
	if newest == 0 {
		newest = p.newestSource
	}
	return time.Unix(newest, 0).UTC()
}

// stageChanges are those of the plan's solution as the stage takes them. There is a source for each, nil for one without a file.
func stageChanges[S interface {
	comparable
	stage.Source
}](p *PackagePlan, sources []S) []stage.Change {
	var none S
	changes := make([]stage.Change, len(p.Solution.Changes))
	for i, c := range p.Solution.Changes {
		changes[i] = stage.Change{Old: c.Old, New: c.New, Tag: c.NewTag, Reinstall: c.Kind == solver.Reinstalling && !c.IsSkipped()}
		if sources[i] != none && c.New.InstalledSize > 0 {
			changes[i].Source = sources[i]
		} else if f := p.fileOf(i); f != nil {
			changes[i].Source = f
		}
	}
	return changes
}

// fetchAndStage fetches what the plan needs and stages it. With a [RefusedError], the stage is returned too.
func (p *Plan) fetchAndStage(ctx context.Context) (*stage.Stage, error) {
	staged, err := p.fetchAndCarryOut(ctx)
	return staged, p.settle(ctx, err)
}

func (p *Plan) fetchAndCarryOut(ctx context.Context) (*stage.Stage, error) {
	wanted, err := p.wantedChecked(ctx, p.stages, p.locked != nil)
	refused := new(RefusedError)
	if errors.As(err, &refused) || errors.Is(err, errWithheld) {
		staged, stageErr := p.newStage(p.created())
		p.refused = refused.Refusals
		return staged, in(PartPackage, cmp.Or(stageErr, err))
	}
	if err != nil {
		return nil, in(PartPackage, err)
	}
	var staged *stage.Stage
	err = p.whileFetching(ctx, wanted, func(ctx context.Context, changes []stage.Change) (err error) {
		if err = p.fetchOrigins(ctx); err == nil {
			staged, err = p.stage(ctx, p.created(), changes)
		}
		return err
	})
	return staged, err
}

// stage carries the solution and the steps out on a copy of the base's tree.
func (p *Plan) stage(ctx context.Context, now time.Time, changes []stage.Change) (*stage.Stage, error) {
	staged, err := p.newStage(now)
	if err != nil {
		return nil, err
	}
	p.later, p.refused, p.noted = nil, nil, 0
	err = p.carryOut(ctx, staged, changes)
	p.scripts = staged.Scripts()
	p.noteRefused(staged, func(err error) error { return err })
	return staged, p.settle(ctx, err)
}

// newStage begins with a copy of the base's tree.
func (p *Plan) newStage(now time.Time) (*stage.Stage, error) {
	var verified func(done, total int)
	if report := p.report("verify", "packages"); report != nil {
		verified = func(done, total int) { report(int64(done), int64(total)) }
	}
	keys, err := p.keys()
	if err != nil {
		return nil, in(PartKey, err)
	}
	staged, err := stage.New(p.root.Tree, stage.Options{
		Spool:       p.spool,
		Generation:  p.Generation,
		Arch:        p.Arch,
		Now:         now,
		Keys:        keys,
		SkipScripts: p.spec.SkippedOn(p.Base.Platform),
		LeaveOut:    p.spec.LeaveOut, StrictScripts: p.env.StrictScripts, GoOn: true,
		Concurrency: p.env.Concurrency,
		Cache:       p.env.Cache,
		Contents:    p.env.Contents,
		Warn:        p.env.Warn,
		Output:      p.env.Output,
		Progress:    verified,
		Draft:       p.drafter(),
	})
	if err != nil {
		return nil, in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
	}
	return staged, nil
}

// drafter is the draft, if there is one.
func (p *Plan) drafter() stage.Drafter {
	if p.draft == nil {
		return nil
	}
	return p.draft
}

// carryOut makes the changes and takes the steps.
func (p *Plan) carryOut(ctx context.Context, staged *stage.Stage, changes []stage.Change) error {
	for i := range p.spec.Before {
		if err := staged.AddFiles(ctx, p.spec.Before[i:i+1]); err != nil {
			return in(PartFile, p.spec.LocateBefore(hinted(err, "correct the entry under files in the spec"), i))
		}
	}
	if !p.spec.SkipsAPK() {
		if err := staged.Apply(ctx, changes, p.Solution.World, stage.ApplyOptions{}); err != nil {
			return in(PartPackage, hinted(err, "fetch the repository again, or, if it is yours, build the package and the index again"))
		}
		p.noteRefused(staged, func(err error) error { return err })
	}
	if p.rest != nil {
		if err := p.packagesStep(ctx, staged, p.rest, true); err != nil {
			return err
		}
	}
	if err := staged.SetOSRelease(p.spec.OSRelease); err != nil {
		return in(PartFile, p.spec.Locate(hinted(err, "correct os-release in the spec"), "os-release"))
	}
	if err := p.step(ctx, staged, p.spec.OwnStep()); err != nil {
		return err
	}
	var withheld error
	for i := range p.spec.Steps {
		err := p.step(ctx, staged, &p.spec.Steps[i])
		if err != nil && !p.stages.isWithheld {
			return err
		}
		withheld = cmp.Or(withheld, err) // there may be more scripts to list
	}
	return withheld
}
