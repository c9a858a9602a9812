package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/version"
	"github.com/lamina-oci/lamina/layer"
)

func versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version of the module, the revision of its source, the version of Go that compiled it,
and the recipe of layers: two programs with the same recipe give the same bytes.

With --json, print one object: version, revision, modified, go and recipe.`,
		Example: "  lamina version --json",
		Args:    usage.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info := version.Read()
			recipe := layer.DefaultRecipe()
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), struct {
					version.Info
					Recipe string `json:"recipe"`
				}{info, recipe.String()})
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "lamina %s\nrecipe %s\n", versionLine(info), recipe)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// versionLine has the version and what is known about its build.
func versionLine(info version.Info) string {
	var details []string
	if info.Revision != "" {
		revision := "revision " + info.Revision[:min(12, len(info.Revision))]
		if info.Modified {
			revision += " with changes"
		}
		details = append(details, revision)
	}
	if info.Go != "" {
		details = append(details, info.Go)
	}
	if details == nil {
		return info.Version
	}
	return fmt.Sprintf("%s (%s)", info.Version, strings.Join(details, ", "))
}
