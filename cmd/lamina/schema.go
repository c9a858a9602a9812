package main

import (
	_ "embed"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/oci/spec"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of a spec file, for editors",
		Long: `Print the JSON schema (draft 2020-12) of a spec file. Editors use it to complete and
check specs. The YAML language server finds it by a first line such as

  # yaml-language-server: $schema=lamina.schema.json`,
		Example: `  lamina schema >lamina.schema.json`,
		Args:    usage.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write([]byte(spec.Schema))
			return err
		},
	}
}
