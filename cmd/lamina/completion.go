package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/apk/repository"
)

// completePackages completes what apk takes: names of packages in indexes that were fetched before.
func (o *options) completePackages(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	// The rest of "!name" is a name, and behind one of these there is no more of it.
	not, name := "", word
	if rest, ok := strings.CutPrefix(word, "!"); ok {
		not, name = "!", rest
	}
	if strings.ContainsAny(name, "<>=~@") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []cobra.Completion
	if dir := o.cacheFolder(); dir != "" {
		for _, found := range repository.CachedNames(dir, name) {
			words = append(words, not+found)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeImages completes the beginning of a reference.
func completeImages(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"docker://", "oci:", "oci-archive:", "docker-archive:"}, cobra.ShellCompDirectiveNoSpace
}

// completeFlags says what the flags of a command may be, those that it has.
func completeFlags(cmd *cobra.Command) {
	words := map[string][]cobra.Completion{
		"platform":    {"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/386", "linux/ppc64le", "linux/s390x", "linux/riscv64", "linux/loong64"},
		"compression": {"gzip", "gzip:9", "gzip:1", "zstd", "zstd:3"},
		"sbom":        {"spdx", "cyclonedx", "spdx,cyclonedx"},
		"format":      {"spdx", "cyclonedx"},
		"progress":    {progressAuto, progressPlain, progressJSON, progressNone},
	}
	for name, list := range words {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	for name, list := range map[string][]cobra.Completion{
		"base":   {"docker://", "oci:", "oci-archive:", "docker-archive:", "rootfs:", "scratch"},
		"output": {"oci:", "oci-archive:", "docker-archive:", "docker://"},
	} {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoSpace))
		}
	}
	for name, endings := range map[string][]string{"file": {"yaml", "yml"}, "lock": {"lock"}, "key": {"pub"}} {
		if cmd.Flags().Lookup(name) != nil {
			cmd.MarkFlagFilename(name, endings...)
		}
	}
	for _, name := range []string{"cache-dir", "vendor"} {
		if cmd.Flags().Lookup(name) != nil {
			cmd.MarkFlagDirname(name)
		}
	}
}
