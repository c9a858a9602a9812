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
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/flagvalue"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
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
				return usage.Wrong(cmd, errors.New("no FILE or DIR given"))
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
	cost, err := report.ReadCosts(b.costs)
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
	images := make([]*report.Baked, len(targets))
	var group errgroup.Group
	group.SetLimit(jobs)
	for i, t := range targets {
		group.Go(func() error {
			if cmd.Context().Err() == nil {
				images[i] = b.build(cmd, t, outputs[t.Name], env)
			}
			return nil
		})
	}
	group.Wait()
	if err := cmd.Context().Err(); err != nil {
		return &exit.PartialError{State: "each output is the old or the new one", Err: err}
	}
	b.progress.End()
	for _, r := range images {
		if r.Status == report.StatusFailed {
			b.printFailure(r.Name, r.Error, r.Hint)
		}
	}
	out := report.NewBake(images)
	if !b.progress.IsSilent() {
		fmt.Fprintf(b.progress, console.MessagePrefix+"%d built, %d unchanged, %d failed, %.1f s\n",
			out.Built, out.Unchanged, out.Failed, time.Since(begun).Seconds())
	}
	if b.asJSON {
		err = jsontext.Write(cmd.OutOrStdout(), out)
	} else {
		err = out.Write(cmd.OutOrStdout())
	}
	if err != nil {
		return err
	}
	b.publish(cmd, env)
	if out.Failed > 0 {
		return &exit.DiffersError{}
	}
	return nil
}

// build builds one image; what fails is in the result.
func (b *bake) build(cmd *cobra.Command, t fleet.Target, output oci.Reference, env *lamina.Env) *report.Baked {
	begun := time.Now()
	r := &report.Baked{Name: t.Name, File: t.File, Status: report.StatusFailed}
	image, err := b.write(cmd, t, output, env)
	r.Seconds = time.Since(begun).Seconds()
	switch {
	case errors.Is(err, exit.ErrUnchanged):
		r.Status = report.StatusUnchanged
	case err != nil:
		secret := []string{b.output, t.File}
		r.Error, r.Hint = console.Shown(secret, err.Error()), console.Shown(secret, lamina.Hint(err))
	default:
		described := report.DescribeImage(image)
		r.Status, r.Image, r.Built = report.StatusBuilt, &described, image
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
			return nil, exit.ErrUnchanged
		}
	}
	image, err := plan.Write(cmd.Context(), output, lamina.WriteOptions{Provenance: hasRecord(output)})
	return image, j.explain(err)
}

// references returns where each target goes.
func (b *bake) references(cmd *cobra.Command, targets []fleet.Target) (map[string]oci.Reference, error) {
	if len(targets) > 1 && !strings.Contains(b.output, namePlace) {
		return nil, usage.Wrongf(cmd, "--output %s: %d images need %s in it", b.output, len(targets), namePlace)
	}
	references := make(map[string]oci.Reference)
	for _, t := range targets {
		list, err := outputsOf(cmd, []string{strings.ReplaceAll(b.output, namePlace, t.Name)}, nil)
		if err != nil {
			return nil, err
		}
		for _, other := range references {
			if other.SharesArchive(list[0]) {
				return nil, usage.Wrong(cmd, hint.Errorf("--output %s: an archive holds one image, and there are %d", b.output, len(targets)).With(
					"give each its own file, as in oci-archive:"+namePlace+".tar, or write a layout, oci:DIR:"+namePlace))
			}
		}
		references[t.Name] = list[0]
	}
	return references, nil
}
