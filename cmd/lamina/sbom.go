package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/transport"
)

func sbomCommand() *cobra.Command {
	var platform, format string
	var o record.SBOMOptions
	sources := new(options)
	cmd := &cobra.Command{
		Use:   "sbom [flags] REF",
		Short: "Print which packages an image is made of, as SPDX or CycloneDX",
		Long: `Print which packages an image is made of: name, version, package URL, licence, origin,
checksum, what each depends on and which layer brought it, by apk's database in the
image. It may be any image with Alpine packages. The same image gives the same document.

"lamina build --sbom spdx,cyclonedx" puts such documents beside the image.`,
		Example: `  lamina sbom oci:image:latest
  lamina sbom oci:image:latest --format cyclonedx --files`,
		Args: exactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			formats, err := record.ParseFormats(format)
			if err == nil && len(formats) > 1 {
				err = errors.New("one format at a time")
			}
			if err != nil {
				return &usageError{cmd.CommandPath(), err}
			}
			image, err := sources.openImage(cmd, args[0], platform)
			if err != nil {
				return err
			}
			defer image.Close()
			list, err := record.ReadContents(cmd.Context(), image)
			if err == nil {
				err = list.Write(cmd.OutOrStdout(), formats[0], o)
			}
			if err != nil {
				return &assemble.Error{Part: assemble.PartImage, Err: err}
			}
			return nil
		},
	}
	sources.registerSources(cmd)
	f := cmd.Flags()
	f.StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of the image, if it has several")
	f.StringVar(&format, "format", string(record.SPDX), "`FORMAT`: spdx (2.3) or cyclonedx (1.6)")
	f.BoolVar(&o.Files, "files", false, "list the files of each package, too")
	return cmd
}

// openImage opens an image to be looked into.
func (o *options) openImage(cmd *cobra.Command, text, platform string) (*oci.Base, error) {
	ref, err := oci.ParseReference(text)
	var wanted oci.Platform
	if err == nil && platform != "" {
		wanted, err = oci.ParsePlatform(platform)
	}
	var image *oci.Base
	if err == nil {
		image, err = transport.OpenBase(cmd.Context(), ref, wanted, transport.Options{Registries: o.registries(o.cache(warner(cmd)))})
	}
	if err != nil {
		return nil, &assemble.Error{Part: assemble.PartImage, Err: err}
	}
	return image, nil
}
