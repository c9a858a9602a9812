package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

func verifyCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "verify REF",
		Short: "Build an image again and compare every digest",
		Long: `Build an image again and compare the digests of its last layer, config and manifest
with what came out. Nothing of the last layer is trusted: packages are fetched
anew, or taken from the cache or --vendor, and checked.

How to build it is in the record beside the image; then the spec's own files are
taken from the image, by the hashes in the record, and the base is what lies below
the last layer. What is shown is that the image is what its record says. With -f the
spec and its lock count instead, with --lock a lock over the record.

Exit status: 0 reproduced, 1 something differs, 2 wrong usage, 3 it could not be
built again, so that nothing is known.`,
		Example: `  lamina verify oci:image:latest
  lamina verify oci:image:latest -f lamina.yaml --vendor packages --offline`,
		Args: exactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"base", "key", "upgrade", "no-lock", "compression"} {
				if o.specFile == "" && cmd.Flags().Changed(name) {
					return &usageError{cmd.CommandPath(), fmt.Errorf("--%s goes with -f SPEC: without it, the image's own record counts", name)}
				}
			}
			err := verify(cmd, &o, args[0])
			if err == nil || errors.As(err, new(*differsError)) || errors.As(err, new(*usageError)) {
				return err
			}
			return &unknownError{err}
		},
	}
	o.register(cmd)
	o.registerLock(cmd)
	cmd.Flags().Lookup("file").Usage = "spec `FILE` (default: the image's own record)"
	cmd.Flags().Lookup("lock").Usage = "lock `FILE` (default: beside the spec if there is one, else in the image's own record)"
	return cmd
}

// exactlyOne wants one argument.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return &usageError{cmd.CommandPath(), fmt.Errorf("want %s, got %d arguments", what, len(args))}
		}
		return nil
	}
}

// differsError says that a comparison found a difference: exit code 1. Without err,
// what was printed says it all.
type differsError struct{ err error }

func (e *differsError) Error() string {
	if e.err == nil {
		return "they differ"
	}
	return e.err.Error()
}

// unknownError says that a comparison could not be made: exit code 3.
type unknownError struct{ err error }

func (e *unknownError) Error() string { return e.err.Error() }
func (e *unknownError) Unwrap() error { return e.err }

func verify(cmd *cobra.Command, o *options, text string) error {
	ctx := cmd.Context()
	ref, err := oci.ParseReference(text)
	if err != nil {
		return &assemble.Error{Part: assemble.PartRequest, Err: err}
	}
	registries := o.registries(o.cache(warner(cmd)))
	store, err := transport.OpenStore(ctx, ref, registries)
	if err != nil {
		return &assemble.Error{Part: assemble.PartImage, Err: fmt.Errorf("open %s: %w", ref, err)}
	}
	defer store.Close()
	platforms, err := platformsToVerify(ctx, store, ref, o.platforms)
	if err != nil {
		return err
	}
	var differs error
	for _, platform := range platforms {
		v := verification{cmd: cmd, options: o, ref: ref, store: store, registries: registries, platform: platform, several: len(platforms) > 1}
		err := v.run(ctx)
		if !errors.As(err, new(*differsError)) && err != nil {
			return err
		}
		if differs == nil {
			differs = err
		}
	}
	return differs
}

// platformsToVerify returns those that are asked for, or all that the image has.
func platformsToVerify(ctx context.Context, store oci.Store, ref oci.Reference, asked []string) ([]oci.Platform, error) {
	platforms, err := parsePlatforms(asked)
	if err != nil || len(platforms) > 0 {
		return platforms, err
	}
	if platforms, err = imagePlatforms(ctx, store, ref); err != nil {
		return nil, &assemble.Error{Part: assemble.PartImage, Err: err}
	}
	return platforms, nil
}

// imagePlatforms returns the platforms that an image is for.
func imagePlatforms(ctx context.Context, store oci.Store, ref oci.Reference) ([]oci.Platform, error) {
	images, err := oci.Images(ctx, store, ref.Name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ref, err)
	}
	var platforms []oci.Platform
	for _, image := range images {
		if platform := oci.PlatformOf(*image.Platform); !slices.Contains(platforms, platform) {
			platforms = append(platforms, platform)
		}
	}
	return platforms, nil
}

// verification is that of one image for one platform.
type verification struct {
	cmd      *cobra.Command
	options  *options
	ref      oci.Reference
	store    oci.Store
	platform oci.Platform
	several  bool

	registries *registry.Registries
}

func (v *verification) run(ctx context.Context) error {
	image, err := transport.OpenBase(ctx, v.ref, v.platform, transport.Options{Registries: v.registries})
	if err != nil {
		return &assemble.Error{Part: assemble.PartImage, Err: err}
	}
	defer image.Close()
	j, err := v.job(ctx, image)
	if err != nil {
		return err
	}
	defer j.close()
	j.platforms = []oci.Platform{v.platform}
	plans, err := j.resolve(ctx)
	if err != nil {
		return err
	}
	defer assemble.ClosePlans(plans)
	rebuilt, _, err := plans[0].Rebuild(ctx)
	if err != nil {
		return j.explain(err)
	}
	if rebuilt.ManifestDescriptor.Digest == image.Manifest.Digest {
		_, err := fmt.Fprintf(v.cmd.OutOrStdout(), "%sreproduced %s\n", v.prefix(), image.Manifest.Digest)
		return err
	}
	return v.differs(ctx, image, plans, rebuilt)
}

// prefix names the platform where there are several.
func (v *verification) prefix() string {
	if !v.several {
		return ""
	}
	return v.platform.String() + ": "
}

// job is the build that should give the image.
func (v *verification) job(ctx context.Context, image *oci.Base) (*job, error) {
	o := *v.options
	if o.specFile != "" {
		j, err := o.load(v.cmd, nil)
		if err == nil {
			j.request.Cache = nil // what is to be made again must not be found
		}
		return j, err
	}
	request, err := assemble.RequestFromRecord(ctx, v.store, image)
	if err != nil {
		return nil, err
	}
	j := &job{request: request, lock: o.lockFile}
	if o.lockFile != "" {
		if request.Lock, err = readLock(o.lockFile); err != nil {
			return nil, err
		}
	}
	if len(o.repositories) > 0 {
		request.Repositories = o.repositories
	}
	request.Vendor = o.vendor
	request.Warn = warner(v.cmd)
	request.Registries = v.registries
	request.Client = o.client(request.Warn)
	return j, nil
}

// differs builds the image once more, into a layout that can be looked into, and prints
// what is not the same.
func (v *verification) differs(ctx context.Context, image *oci.Base, plans []*assemble.Plan, rebuilt *oci.Image) error {
	w := v.cmd.OutOrStdout()
	if _, err := fmt.Fprintf(w, "%snot reproduced: %s was rebuilt as %s\n", v.prefix(), image.Manifest.Digest, rebuilt.ManifestDescriptor.Digest); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lamina-verify-")
	if err != nil {
		return &assemble.Error{Part: assemble.PartOutput, Err: err}
	}
	defer os.RemoveAll(dir)
	output := oci.Reference{Transport: oci.TransportLayout, Path: dir, Name: "rebuilt"}
	if _, _, err := assemble.Write(ctx, plans, output, assemble.WriteOptions{}); err != nil {
		return err
	}
	again, err := transport.OpenBase(ctx, output, oci.Platform{}, transport.Options{})
	if err != nil {
		return err
	}
	defer again.Close()
	report, err := diff.Compare(ctx, image, again, diff.Options{})
	if err != nil {
		return &assemble.Error{Part: assemble.PartImage, Err: fmt.Errorf("compare %s with what was rebuilt: %w", v.ref, err)}
	}
	report.B.Reference = "rebuilt"
	if err := printDifferences(w, []*diff.Report{report}); err != nil {
		return err
	}
	return &differsError{fmt.Errorf("%s%s is not what building it again gives", v.prefix(), v.ref)}
}
