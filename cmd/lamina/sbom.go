package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/oci/record"
)

func sbomCommand() *cobra.Command {
	var platform, format string
	var o record.SBOMOptions
	sources := new(options)
	cmd := &cobra.Command{
		Use:   "sbom [flags] REF",
		Short: "Print which packages an image is made of, as SPDX or CycloneDX",
		Long: `Print which packages an image is made of: name, version, package URL, licence, origin,
checksum, dependencies, and the layer that brought each, from apk's database in the image. Any
image with Alpine packages will do. The same image gives the same document.

"lamina build --sbom spdx,cyclonedx" puts these documents beside the image.`,
		Example: `  lamina sbom oci:image:latest
  lamina sbom oci:image:latest --format cyclonedx --files`,
		Args: usage.ExactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			formats, err := record.ParseFormats(format)
			if err == nil && len(formats) > 1 {
				err = errors.New("one format at a time")
			}
			if err != nil {
				return usage.Wrong(cmd, err)
			}
			ref, wanted, err := parseImageFor(cmd, args[0], platform)
			if err != nil {
				return err
			}
			env := sources.env(cmd)
			defer env.Close()
			return lamina.WriteSBOM(cmd.Context(), cmd.OutOrStdout(), ref, wanted, env, formats[0], o)
		},
	}
	sources.registerSources(cmd)
	f := cmd.Flags()
	f.StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of the image, if it has several")
	f.StringVar(&format, "format", string(record.SPDX), "`FORMAT`: spdx (2.3) or cyclonedx (1.6)")
	f.BoolVar(&o.Files, "files", false, "also list the files of each package")
	return cmd
}
