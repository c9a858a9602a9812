package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/flagvalue"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// bake is one run over many images.
type bake struct {
	options
	output  string // with {name}
	jobs    int
	changed bool
	shard   flagvalue.Shard
	costs   string
	asJSON  bool
}

// baked is what became of a target. It is an element of what --json prints: fields may be added, never changed.
type baked struct {
	Name    string        `json:"name"`
	File    string        `json:"file"`
	Status  string        `json:"status"`  // built, unchanged or failed
	Seconds float64       `json:"seconds"` // that it took
	Image   *report.Image `json:"image,omitempty"`
	Error   string        `json:"error,omitempty"`
	Hint    string        `json:"hint,omitempty"`
	result  *lamina.Image // nil unless it was built
}

// The results of an image or a lock.
const (
	statusBuilt     = "built"
	statusNew       = "new"
	statusChanged   = "changed"
	statusUnchanged = "unchanged"
	statusFailed    = "failed"
)

// bakeOutput is what bake --json prints.
type bakeOutput struct {
	Images    []*baked `json:"images"` // in the order of their names
	Built     int      `json:"built"`
	Unchanged int      `json:"unchanged"`
	Failed    int      `json:"failed"`
}

const namePlace = "{name}"

func bakeCommand() *cobra.Command {
	var b bake
	cmd := &cobra.Command{
		Use:   "bake FILE|DIR...",
		Short: "Build many images in one process",
		Long: `Build the images of many specs and Dockerfiles. A DIR stands for the lamina.yaml and the
Dockerfile of it and of all directories below it; of a spec that describes several images,
all are built. Indexes, and what is prepared from them for the solver, are loaded once.

The name of an image is the one that its spec gives it under images, else that of its file
without the ending; lamina.yaml and Dockerfile have the name of their directory. It takes
the place of {name} in the output.

A failure does not stop the others. On stdout there is a line for each image that was built:
its name, and the digest of its manifest or index or, for a registry, its reference with the
digest. The exit status is 1 if any failed.

With --shard 3/16, build the third of sixteen parts, for instance in one of sixteen CI jobs; 0/16
is the sixteenth, for schedulers that count from 0. Parts take equally long by what each image
took in a report of an earlier run (--costs), else have equally many images.

With --json, print one object: images, a list with name, file, status (built, unchanged or
failed), seconds, image (as "lamina build --json" describes it), error and hint; built,
unchanged and failed, which count them.`,
		Example: `  lamina bake images/ -o docker://registry.example/{name}:1
  lamina bake lamina.yaml -o oci:image:{name}
  lamina bake images/ -o docker://registry.example/{name}:1 --changed --shard 3/16 --costs report.json --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{cmd.CommandPath(), errors.New("no FILE or DIR given")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd, args) },
	}
	f := cmd.Flags()
	b.registerSources(cmd)
	b.shares.register(cmd, true)
	f.StringVarP(&b.output, "output", "o", "oci:./image:"+namePlace, "output `REF`, in which {name} is the name of the image")
	f.IntVarP(&b.jobs, "jobs", "j", 0, "build `N` images at once (default: as many as there are processors)")
	f.BoolVar(&b.changed, "changed", false, "write only those images that their output does not have already")
	f.Var(&b.shard, "shard", "build one part of several: `I/N`")
	f.StringVar(&b.costs, "costs", "", "`FILE` with what an earlier run printed with --json, for --shard")
	f.BoolVar(&b.noLock, "no-lock", false, "ignore the locks beside the specs")
	f.BoolVar(&b.strictScripts, "strict-scripts", false, "fail when a trigger fails, where apk 2 warns and goes on")
	f.StringArrayVar(&b.platforms, "platform", nil, "`OS/ARCH[/VARIANT]` to build for, or a list with commas (default: what each spec says; repeatable)")
	f.StringArrayVar(&b.keys, "key", nil, "public key `FILE` to trust in addition to the bases' own (repeatable)")
	f.BoolVar(&b.asJSON, "json", false, "print one JSON object")
	return cmd
}

func (b *bake) run(cmd *cobra.Command, args []string) error {
	targets, err := fleet.Find(args)
	if err != nil {
		return err
	}
	outputs, err := b.references(cmd, targets)
	if err != nil {
		return err
	}
	cost, err := readCosts(b.costs)
	if err != nil {
		return err
	}
	targets = b.shard.Choose(targets, cost)
	env := b.env(cmd)
	defer env.Close()
	if err := b.share(cmd, env, sharedNameOf(targets)); err != nil {
		return err
	}
	env.Remember()
	jobs := b.jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	env.Concurrency = max(1, runtime.GOMAXPROCS(0)/max(1, min(jobs, len(targets))))
	begun := time.Now()
	out := bakeOutput{Images: make([]*baked, len(targets))}
	var group errgroup.Group
	group.SetLimit(jobs)
	for i, t := range targets {
		group.Go(func() error {
			if cmd.Context().Err() == nil {
				out.Images[i] = b.build(cmd, t, outputs[t.Name], env)
			}
			return nil
		})
	}
	group.Wait()
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	b.progress.End()
	for _, r := range out.Images {
		switch r.Status {
		case statusBuilt:
			out.Built++
		case statusUnchanged:
			out.Unchanged++
		default:
			out.Failed++
			fmt.Fprintf(b.failures, console.MessagePrefix+"%s: %s\n", r.Name, r.Error)
			if r.Hint != "" {
				fmt.Fprintf(b.failures, "  %s\n", r.Hint)
			}
		}
	}
	if !b.progress.IsSilent() {
		fmt.Fprintf(b.progress, console.MessagePrefix+"%d built, %d unchanged, %d failed, %.1f s\n",
			out.Built, out.Unchanged, out.Failed, time.Since(begun).Seconds())
	}
	if err := out.print(cmd, b.asJSON); err != nil {
		return err
	}
	b.publish(cmd, env)
	if out.Failed > 0 {
		return &differsError{}
	}
	return nil
}

func (o *bakeOutput) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return jsontext.Write(cmd.OutOrStdout(), o)
	}
	for _, r := range o.Images {
		if r.result == nil {
			continue
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", r.Name, r.result.Reference.At(r.result.Descriptor.Digest)); err != nil {
			return err
		}
	}
	return nil
}

// build builds one image; what fails is in the result.
func (b *bake) build(cmd *cobra.Command, t fleet.Target, output oci.Reference, env *lamina.Env) *baked {
	begun := time.Now()
	r := &baked{Name: t.Name, File: t.File, Status: statusFailed}
	image, err := b.write(cmd, t, output, env)
	r.Seconds = time.Since(begun).Seconds()
	switch {
	case errors.Is(err, errUnchanged):
		r.Status = statusUnchanged
	case err != nil:
		secret := []string{b.output, t.File}
		r.Error, r.Hint = shown(secret, err.Error()), shown(secret, lamina.Hint(err))
	default:
		described := report.DescribeImage(image)
		r.Status, r.Image, r.result = statusBuilt, &described, image
	}
	return r
}

func (b *bake) write(cmd *cobra.Command, t fleet.Target, output oci.Reference, env *lamina.Env) (*lamina.Image, error) {
	o := b.options
	o.specFile, o.image, o.shared = t.File, t.Image, env
	var arguments []string
	if fleet.IsDockerfile(t.File) {
		arguments = []string{filepath.Dir(t.File)}
	}
	j, err := o.load(cmd, arguments)
	if err != nil {
		return nil, err
	}
	defer j.close()
	if err := assemble.CheckOutput(j.spec, output, env); err != nil {
		return nil, err
	}
	plan, err := j.resolve(cmd.Context())
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	if b.changed {
		isNew, err := plan.IsNew(cmd.Context(), []oci.Reference{output})
		if err != nil {
			return nil, j.explain(err)
		}
		if !isNew {
			return nil, errUnchanged
		}
	}
	image, err := plan.Write(cmd.Context(), output, lamina.WriteOptions{Provenance: hasRecord(output)})
	return image, j.explain(err)
}

// references returns where each target goes.
func (b *bake) references(cmd *cobra.Command, targets []fleet.Target) (map[string]oci.Reference, error) {
	if len(targets) > 1 && !strings.Contains(b.output, namePlace) {
		return nil, &usageError{cmd.CommandPath(), fmt.Errorf("--output %s: %d images need %s in it", b.output, len(targets), namePlace)}
	}
	references := make(map[string]oci.Reference)
	for _, t := range targets {
		list, err := outputsOf(cmd, []string{strings.ReplaceAll(b.output, namePlace, t.Name)}, nil)
		if err != nil {
			return nil, err
		}
		references[t.Name] = list[0]
	}
	return references, nil
}

// readCosts reads what each image took from a report.
func readCosts(name string) (map[string]float64, error) {
	if name == "" {
		return nil, nil
	}
	f, err := diskio.OpenInput(name)
	var report bakeOutput
	if err == nil {
		defer f.Close()
		var text []byte
		if text, err = bounded.ReadAll(f, 64<<20); err == nil {
			err = jsontext.Unmarshal(text, &report)
		}
	}
	if err != nil {
		return nil, hint.With(fmt.Errorf("--costs %s: %w", name, diskio.Reason(err)), `give what "lamina bake --json" has printed`)
	}
	cost := make(map[string]float64)
	for _, r := range report.Images {
		if r.Status == statusBuilt && r.Seconds > 0 {
			cost[r.Name] = r.Seconds
		}
	}
	return cost, nil
}
