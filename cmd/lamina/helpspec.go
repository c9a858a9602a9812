package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/oci/spec"
)

// specHelp is the topic "lamina help spec": a command that only has a text.
func specHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "spec",
		Short: "The keys of a spec file",
		Long:  "A spec file says in YAML what to build. These are all its keys:\n\n" + indent(spec.Example),
	}
}

// indent sets a text apart from prose, in help and in man pages.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("  " + line)
	}
	return b.String()
}
