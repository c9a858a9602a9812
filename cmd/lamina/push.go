package main

import (
	"fmt"

	"github.com/opencontainers/go-digest"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

func pushCommand() *cobra.Command {
	o := new(options)
	var asJSON bool
	cmd := &cobra.Command{
		Use:        "push [flags] REF docker://REF",
		SuggestFor: []string{"copy", "upload"},
		Short:      "Upload an image to a registry",
		Long: `Upload an image, or an index with the images of all its platforms, and everything that
refers to it: records, SBOMs, signatures. The bytes, and so the digests, stay the same.

Blobs that the registry has are not sent again, nor those that it can take from another of
its repositories. The tag is set last, when everything else is there.

Logins are those of "podman login" or "docker login".

The last line on stdout is the name with the digest.

With --json, print one object: reference and digest (of the manifest or index).`,
		Example: `  lamina push oci:image:latest docker://registry.example/nginx:1.27`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage.Wrongf(cmd, "want an image REF and docker://HOST/NAME:TAG, got %s", terminal.Count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := parseImage(cmd, args[0])
			if err != nil {
				return err
			}
			target, err := lamina.ParseReference(args[1])
			if err == nil && target.Transport != oci.TransportRegistry {
				err = fmt.Errorf("%s is not in a registry: write docker://HOST/NAME:TAG", target)
			}
			if err == nil {
				err = transport.CheckOutput(target, transport.Options{})
			}
			if err != nil {
				return usage.Wrong(cmd, err)
			}
			env := o.env(cmd)
			defer env.Close()
			digest, err := lamina.Push(cmd.Context(), source, target, env)
			if err != nil {
				return err
			}
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), pushOutput{target.String(), digest})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), target.At(digest))
			return err
		},
	}
	o.registerSources(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// pushOutput is what push --json prints. Fields may be added, never changed.
type pushOutput struct {
	Reference string        `json:"reference"`
	Digest    digest.Digest `json:"digest"` // of the manifest or index
}
