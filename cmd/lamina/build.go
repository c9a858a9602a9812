package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
)

// buildFlags are the flags of the command build.
type buildFlags struct {
	options
	outputs, tags     []string
	sboms, vex        string
	provenance        bool
	ifChanged, asJSON bool
	files             report.Files
}

func buildCommand() *cobra.Command {
	var b buildFlags
	cmd := &cobra.Command{
		Use:   "build [PACKAGE... | CONTEXT]",
		Short: "Build an image and print its manifest digest",
		Long: `Build the image that a spec file, flags and arguments describe: the base's layers
unchanged, plus one layer with the packages. A PACKAGE is what apk accepts: nginx,
'curl>8', foo@edge, '!bar'.

With a Dockerfile (-f Dockerfile, or a CONTEXT directory that has one), the argument is the
context directory, and the image is what "docker build" would make, in one layer over the
base. Commands of RUN are interpreted, as scripts of packages are; programs do not run.

For several platforms, the image is an index with a manifest for each.

If a lock exists beside the spec (lamina.lock for lamina.yaml, written by "lamina lock"),
the packages are those of the lock. A trusted key must have signed each of them, or an
index that lists it.

A record of what the image was made of goes beside it as a referrer: an in-toto statement
with an SLSA provenance, from which "lamina verify" rebuilds the image. In a layout with
records, other programs need a tag to find the image (oci:DIR:TAG). Outputs without a tag,
and oci-archives, therefore have records only with --provenance; a docker-archive never has.

SBOMs (--sbom) and an OpenVEX document (--vex) go beside the image in the same way, where
Trivy (image --vex oci), Docker Scout and others look for them.

The last line on stdout is the digest of the manifest or index; for a registry, the name
with the digest. With several outputs there is a line for each.

With --json, print one object: status (built or, with --if-changed and exit code 4, unchanged)
and images, a list with an object for each output: reference, digest (of the manifest or
index), mediaType and platforms, a list with platform, digest, config, layers (their number),
size (bytes of all layers, compressed), packages (their number), added (the new layer: digest,
diffID, size, uncompressedSize, reused) and skippedScripts, a list with package, type, program
and reason.`,
		Example: `  lamina build -f lamina.yaml -o oci:image:latest
  lamina build -f Dockerfile -t registry.example/web:1 .
  lamina build --base rootfs:alpine-minirootfs.tar.gz -o oci:image:web nginx
  lamina build --base docker://docker.io/library/alpine:3.22 -o docker://registry.example/web:1 nginx`,
		RunE: b.run,
	}
	b.register(cmd)
	b.registerLock(cmd)
	b.shares.register(cmd, true)
	cmd.Flags().StringVar(&b.sboms, "sbom", "", "put SBOMs beside the image: `FORMATS` spdx, cyclonedx or both, separated by a comma")
	cmd.Flags().StringVar(&b.vex, "vex", "", "put the OpenVEX document in `FILE` beside the image")
	cmd.Flags().BoolVar(&b.provenance, "provenance", false, "put the record beside the image (default: true for oci:DIR:TAG and docker://, else false)")
	cmd.Flags().StringVar(&b.files.IID, "iidfile", "", "write the image's ID, the digest of its config (of several platforms: of the index), to `FILE`")
	cmd.Flags().StringVar(&b.files.Metadata, "metadata-file", "", "write digests and name in JSON to `FILE`, with the keys of docker buildx")
	cmd.Flags().StringArrayVarP(&b.outputs, "output", "o", []string{"oci:./image:latest"},
		"output `REF`: oci:, oci-archive:, docker-archive: or docker:// (repeatable)")
	cmd.Flags().StringArrayVarP(&b.tags, "tag", "t", nil, "output `NAME` in a registry, or REF (repeatable)")
	cmd.Flags().BoolVar(&b.asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&b.ifChanged, "if-changed", false, "write nothing, and end with status 4, if all outputs have the very image already")
	return cmd
}

// run builds the image, of the packages or the context directory that the arguments name.
func (b *buildFlags) run(cmd *cobra.Command, packages []string) error {
	destinations, err := outputsOf(cmd, b.outputs, b.tags)
	if err != nil {
		return err
	}
	documents, err := b.documents(cmd, destinations)
	if err != nil {
		return err
	}
	if err := b.files.Check(); err != nil {
		return err
	}
	j, err := b.load(cmd, packages)
	if err != nil {
		return err
	}
	defer j.close()
	for _, destination := range destinations {
		if err := assemble.CheckOutput(j.spec, destination, nil); err != nil {
			return err
		}
	}
	plan, err := j.resolve(cmd.Context())
	if err != nil {
		return err
	}
	defer plan.Close()
	if b.ifChanged {
		images, err := plan.Unchanged(cmd.Context(), destinations)
		if err != nil {
			return j.explain(err)
		}
		if images != nil {
			return b.reportUnchanged(cmd, images)
		}
	}
	results, err := b.write(cmd, j, plan, destinations, documents)
	if err != nil {
		return err
	}
	reportSkipped(cmd, results[0].image.Platforms)
	if err := b.files.Write(results[0].image); err != nil {
		return &assemble.Error{Part: assemble.PartOutput, Err: err}
	}
	if err := printResults(cmd, results, b.progress, b.asJSON); err != nil {
		return err
	}
	b.publish(cmd, j.env)
	return nil
}

// documents returns what goes beside the image, but for the record, which depends on the output.
func (b *buildFlags) documents(cmd *cobra.Command, destinations []oci.Reference) (o lamina.WriteOptions, err error) {
	if err := refuseDocuments(cmd, destinations); err != nil {
		return o, err
	}
	if b.sboms != "" {
		if o.SBOM, err = record.ParseFormats(b.sboms); err != nil {
			return o, usage.Wrong(cmd, err)
		}
	}
	o.VEX, err = readVEX(b.vex)
	return o, err
}

// reportUnchanged says that the outputs have the image, and returns the error that sets the exit status.
func (b *buildFlags) reportUnchanged(cmd *cobra.Command, images []*lamina.Image) (err error) {
	b.progress.End()
	fmt.Fprintln(cmd.ErrOrStderr(), console.MessagePrefix+"nothing has changed: the outputs have this image already")
	if b.asJSON {
		err = jsontext.Write(cmd.OutOrStdout(), report.DescribeImages(report.StatusUnchanged, images))
	}
	return cmp.Or(err, exit.ErrUnchanged)
}

// write writes the image to each output.
func (b *buildFlags) write(cmd *cobra.Command, j *job, plan *lamina.Plan, destinations []oci.Reference, o lamina.WriteOptions) (results []result, err error) {
	for _, destination := range destinations {
		begun := time.Now()
		if o.Provenance = b.provenance; !cmd.Flags().Changed("provenance") {
			o.Provenance = hasRecord(destination)
		}
		image, err := plan.Write(cmd.Context(), destination, o)
		if err != nil {
			return nil, partly(results, destinations, b.progress, j.explain(err))
		}
		results = append(results, result{image, time.Since(begun)})
	}
	b.progress.End()
	return results, nil
}

// hasRecord reports whether an output gets a record without being told so.
func hasRecord(output oci.Reference) bool {
	return output.Transport == oci.TransportLayout && output.Name != "" || output.Transport == oci.TransportRegistry
}

// refuseDocuments returns an error if documents are to be put beside the image, and no output has a place for them.
func refuseDocuments(cmd *cobra.Command, outputs []oci.Reference) error {
	for _, output := range outputs {
		if output.Transport != oci.TransportDockerArchive {
			return nil
		}
	}
	for _, name := range [...]string{"provenance", "sbom", "vex"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() != "false" {
			return usage.Wrong(cmd, hint.Errorf("--%s: a docker-archive has no place for it", name).With(
				"write an oci-archive or a layout: -o oci-archive:FILE:TAG or -o oci:DIR:TAG"))
		}
	}
	return nil
}

// readVEX reads the document of --vex, and returns nil for an empty name.
func readVEX(name string) (*record.VEX, error) {
	if name == "" {
		return nil, nil
	}
	file, err := diskio.OpenInput(name)
	if err != nil {
		return nil, hint.Errorf("--vex %s: %w", name, diskio.Reason(err)).With("name a file with an OpenVEX document")
	}
	defer file.Close()
	vex, err := record.ReadVEX(file)
	if err != nil {
		return nil, hint.Errorf("--vex %s: %w", name, err).With("write the document with vexctl, or by https://openvex.dev")
	}
	return vex, nil
}
