package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/build"
)

func buildCommand() *cobra.Command {
	var o options
	var output string
	cmd := &cobra.Command{
		Use:   "build [PACKAGE...]",
		Short: "Build an image and print its manifest digest",
		Long: `Build the image that a spec file, flags and arguments describe: the base's
layers as they are and one layer with the packages. A PACKAGE is what apk takes:
nginx, 'curl>8', foo@edge, '!bar'.

The last line on stdout is the digest of the manifest.`,
		Example: `  lamina build -f lamina.yaml -o oci:image:latest
  lamina build --base rootfs:alpine-minirootfs.tar.gz -o oci:image:web nginx`,
		RunE: func(cmd *cobra.Command, packages []string) error {
			ctx := cmd.Context()
			destination, err := oci.ParseReference(output)
			if err == nil {
				err = oci.CheckDestination(destination)
			}
			if err != nil {
				return &build.Error{Part: build.PartOutput, Err: err}
			}
			request, err := o.load(cmd, packages)
			if err != nil {
				return err
			}
			defer request.Client.Close()
			plan, err := build.Resolve(ctx, request)
			if err != nil {
				return err
			}
			defer plan.Close()
			result, err := plan.Write(ctx, destination)
			if err != nil {
				return err
			}
			for _, s := range result.Skipped {
				fmt.Fprintf(cmd.ErrOrStderr(), "lamina: skipped %s of %s\n", s.Type, s.Package)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), result.Manifest.Digest)
			return err
		},
	}
	o.register(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "oci:./image:latest", "output `REF`: oci: or oci-archive:")
	return cmd
}
