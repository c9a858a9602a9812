package build

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Result is an image that was written.
type Result struct {
	Manifest v1.Descriptor
	Layer    *layer.Result
	Skipped  []layer.SkippedScript // scripts left out as the request said
}

// Write builds the plan's image and commits it to the output. On an error,
// ctx's included, the output is as it was before.
func (p *Plan) Write(ctx context.Context, output oci.Reference) (*Result, error) {
	d, err := oci.OpenDestination(ctx, output)
	if err != nil {
		return nil, in(PartOutput, err)
	}
	defer d.Abort()
	created := p.created()
	stage, err := p.stage(ctx, created)
	if err != nil {
		return nil, err
	}
	result := &Result{Skipped: stage.Skipped()}
	added, err := p.writeLayer(ctx, d, stage, created, result)
	if err != nil {
		return nil, err
	}
	image, err := oci.Compose(p.Base, oci.ComposeOptions{
		Layer:       added,
		Config:      p.request.Config,
		Annotations: p.request.Annotations,
		Created:     created,
		CreatedBy:   p.createdBy(),
		Comment:     comment(result.Skipped),
	})
	if err != nil {
		return nil, in(PartRequest, err)
	}
	if err := oci.WriteImage(ctx, d, p.Base, image); err != nil {
		return nil, in(PartOutput, err)
	}
	result.Manifest = image.ManifestDescriptor
	return result, in(PartOutput, d.Commit(ctx, image.ManifestDescriptor))
}

// created is the time of everything that has none of its own.
func (p *Plan) created() time.Time {
	if !p.request.Created.IsZero() {
		return p.request.Created
	}
	newest := int64(0)
	for _, c := range p.Solution.Changes {
		if c.New != nil {
			newest = max(newest, c.New.BuildTime)
		}
	}
	return time.Unix(newest, 0).UTC()
}

// stage carries the solution out on a copy of the base's tree.
func (p *Plan) stage(ctx context.Context, now time.Time) (*layer.Stage, error) {
	changes, err := p.changes(ctx)
	if err != nil {
		return nil, in(PartPackage, err)
	}
	stage, err := layer.NewStage(p.root.tree, layer.Options{
		Generation:  p.Generation,
		Arch:        p.Arch,
		Now:         now,
		SkipScripts: p.request.SkipScripts,
		Warn:        p.request.Warn,
		Output:      p.request.Output,
	})
	if err != nil {
		return nil, in(PartBase, fmt.Errorf("base %s: %w", p.Base.Reference, err))
	}
	if err := stage.Apply(ctx, changes, p.Solution.World); err != nil {
		return nil, in(PartPackage, err)
	}
	return stage, in(PartFile, stage.AddFiles(p.request.Files))
}

// changes is the solution with the package files that it needs.
func (p *Plan) changes(ctx context.Context) ([]layer.Change, error) {
	changes := make([]layer.Change, len(p.Solution.Changes))
	var wanted []repository.Wanted
	var places []int // in changes
	for i, c := range p.Solution.Changes {
		changes[i] = layer.Change{Old: c.Old, New: c.New, Tag: c.NewTag}
		switch {
		case c.Kind == solver.Unchanged, c.Kind == solver.UpdatingPinning, c.Kind == solver.Purging:
		case c.New.InstalledSize == 0: // nothing is read of it
		case c.Repository < 0:
			return nil, fmt.Errorf("package %s: no repository has it any more", c.New.ID())
		default:
			wanted = append(wanted, repository.Wanted{Repository: p.repositories[c.Repository], Package: c.New})
			places = append(places, i)
		}
	}
	sources, err := p.request.Client.Packages(ctx, wanted, p.Arch)
	if err != nil {
		return nil, err
	}
	for i, source := range sources {
		changes[places[i]].Source = source
	}
	return changes, nil
}

func (p *Plan) writeLayer(ctx context.Context, d *oci.Destination, stage *layer.Stage, now time.Time, result *Result) (oci.AddedLayer, error) {
	blob, err := d.NewBlob(ctx)
	if err != nil {
		return oci.AddedLayer{}, in(PartOutput, err)
	}
	defer blob.Abort()
	result.Layer, err = layer.Write(ctx, blob, p.root.tree, stage.Tree(), stage.Packages(), layer.DefaultRecipe(), layer.WriteOptions{Now: now})
	if err != nil {
		return oci.AddedLayer{}, in(PartLayer, err)
	}
	descriptor, err := blob.Commit(result.Layer.MediaType)
	return oci.AddedLayer{Descriptor: descriptor, DiffID: result.Layer.DiffID}, in(PartOutput, err)
}

// createdBy is the history entry's account of the layer.
func (p *Plan) createdBy() string {
	return strings.Join(append([]string{"lamina build"}, p.request.Packages...), " ")
}

// comment records what was left out, so that the image itself says so.
func comment(skipped []layer.SkippedScript) string {
	if len(skipped) == 0 {
		return ""
	}
	names := make([]string, len(skipped))
	for i, s := range skipped {
		names[i] = s.Package + "." + s.Type.String()
	}
	return "scripts skipped: " + strings.Join(names, " ")
}
