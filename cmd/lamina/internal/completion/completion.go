// Package completion completes words of a command line for the shell that it is typed into.
package completion

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/layout"
)

// Packages completes what apk takes: names of packages in indexes of a cache, and in repositories that are directories. The latter are made only
// if they are needed.
func Packages(cacheDir string, repositories func() []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	// The rest of "!name" is a name, and behind one of these there is no more of it.
	not, name := "", word
	if rest, ok := strings.CutPrefix(word, "!"); ok {
		not, name = "!", rest
	}
	if strings.ContainsAny(name, "<>=~@") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []cobra.Completion
	for _, found := range repository.Names(cacheDir, repositories(), name) {
		words = append(words, not+found)
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// reference completes a reference of one of these transports: the transport, then the path, and in a layout the
// tag.
func reference(ctx context.Context, word string, transports ...string) ([]cobra.Completion, cobra.ShellCompDirective) {
	transport, path, _ := strings.Cut(word, ":")
	if !slices.Contains(transports, transport+":") {
		return transports, cobra.ShellCompDirectiveNoSpace
	}
	dir, name, hasTag := strings.Cut(path, ":")
	if hasTag {
		return tags(ctx, transport+":"+dir+":", dir, name), cobra.ShellCompDirectiveNoFileComp
	}
	names, err := filepath.Glob(path + "*")
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoSpace
	}
	var words []cobra.Completion
	for _, name := range names {
		info, err := os.Stat(name)
		_, notLayout := openLayout(ctx, name)
		switch {
		case err != nil:
		case info.IsDir() && notLayout != nil:
			words = append(words, transport+":"+name+string(filepath.Separator))
		case info.IsDir() == (transport == string(oci.TransportLayout)):
			words = append(words, transport+":"+name)
		}
	}
	return words, cobra.ShellCompDirectiveNoSpace
}

func openLayout(ctx context.Context, dir string) (oci.Store, error) {
	return layout.OpenStore(ctx, oci.Reference{Transport: oci.TransportLayout, Path: dir})
}

// tags completes a tag in a layout.
func tags(ctx context.Context, before, dir, prefix string) []cobra.Completion {
	layout, err := openLayout(ctx, dir)
	if err != nil {
		return nil
	}
	index, err := layout.Index(ctx)
	if err != nil {
		return nil
	}
	var words []cobra.Completion
	for _, entry := range index.Manifests {
		if tag := entry.Annotations[v1.AnnotationRefName]; tag != "" && strings.HasPrefix(tag, prefix) {
			words = append(words, before+tag)
		}
	}
	return words
}

// Images completes references of images.
func Images(cmd *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return reference(cmd.Context(), word, "docker://", "oci:", "oci-archive:", "docker-archive:")
}

// Flags says what the flags of a command may be, those that it has.
func Flags(cmd *cobra.Command) {
	words := map[string][]cobra.Completion{
		"platform": {"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/386", "linux/ppc64le", "linux/s390x",
			"linux/riscv64", "linux/loong64"},
		"compression": {"gzip", "gzip:9", "gzip:1", "zstd", "zstd:3"},
		"sbom":        {"spdx", "cyclonedx", "spdx,cyclonedx"},
		"format":      {"spdx", "cyclonedx"},
		"from":        {string(convert.Dockerfile), string(convert.Apko), string(convert.DHI)},
		"progress":    {console.Auto, console.Plain, console.JSON, console.None},
	}
	for name, list := range words {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	for name, list := range map[string][]string{
		"base":   {"docker://", "oci:", "oci-archive:", "docker-archive:", "rootfs:", "scratch"},
		"output": {"oci:", "oci-archive:", "docker-archive:", "docker://"},
	} {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, func(cmd *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return reference(cmd.Context(), word, list...)
			})
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
