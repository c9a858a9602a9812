package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/flagvalue"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/jsontext"
)

func cacheCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show what the cache holds, or prune it",
		Long: `Show the cache directory and how much of each kind it holds. Any of it may be removed: missing
entries are fetched or rebuilt. Downloads and whole layers are verified on every use; other
entries are sealed with a key outside the cache (see LAMINA_CACHE_KEY in "lamina help
environment"). A directory that others can write to is not used, with a warning.

` + kindTable() + `
Machines can share a cache on a server: build, bake, lock, resolve and verify read it with
--cache-from URL, and all but verify write it with --cache-to URL. The URL is that of a
repository in a registry, docker://HOST/REPOSITORY[:TAG], or of a server of Bazel's remote
cache protocol, https://HOST/PATH. Everything received must have its digest. Packages,
indexes, files and blobs of bases are verified as if they came from elsewhere. All other kinds
are believed: ` + believedKinds() + `. So anyone who may
write to the server decides what images contain, unless LAMINA_CACHE_KEY is set: then only
what was written with the same key counts. A server that fails costs at most its time-out of
10 seconds and a warning.

With --json, print one object: folder (the directory); count and size (in bytes) of all;
and kinds, a list with kind, count, size, oldestUse and lastUse (RFC 3339, to the hour; absent
for a kind without entries).`,
		Example: `  lamina cache
  lamina cache prune --older-than 30d --max-size 2GB`,
		Args: usage.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			directory, name, err := openCache(dir)
			if err != nil {
				return err
			}
			kinds, err := directory.Usage(cmd.Context())
			if err != nil {
				return err
			}
			report := report.NewCache(name, kinds)
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), report)
			}
			return report.Write(cmd.OutOrStdout())
		},
	}
	cmd.PersistentFlags().StringVar(&dir, "cache-dir", "", "`DIR` of the cache (default: lamina in the user's cache directory)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(cachePruneCommand(&dir))
	return cmd
}

// kindTable lists what the cache holds, for help.
func kindTable() string {
	var b strings.Builder
	for _, k := range cache.Kinds() {
		fmt.Fprintf(&b, "  %-10s  %s\n", k.Kind, k.Description)
	}
	return b.String()
}

// believedKinds lists the kinds that are taken from a shared cache as they are, for help.
func believedKinds() string {
	var names []string
	for _, k := range cache.SharedKinds() {
		if k.IsBelieved() {
			names = append(names, string(k))
		}
	}
	return strings.Join(names, ", ")
}

func cachePruneCommand(dir *string) *cobra.Command {
	var asJSON bool
	var policy cache.PrunePolicy
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove old or excess cache entries",
		Long: `Remove entries that were last used longer ago than --older-than, and then the least recently
used ones until the cache is no larger than --max-size. Files left by killed processes are
removed in any case: those of this machine at once, those of others after a day.

Builds may run at the same time; packages that one may be using are kept. Other files in the
directory are not touched.

With --json, print one object: folder (the directory); dryRun; count and size (in bytes) of
everything removed; inUse, the number of files that were kept because they are in use; and
kinds, a list with kind, count, size, oldestUse and lastUse of what was removed.`,
		Example: `  lamina cache prune --older-than 30d
  lamina cache prune --max-size 2GB --dry-run
  lamina cache prune --all`,
		Args: usage.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkPolicy(cmd, &policy); err != nil {
				return err
			}
			directory, name, err := openCache(*dir)
			if err != nil {
				return err
			}
			pruned, err := directory.Prune(cmd.Context(), policy)
			report := report.Pruned{Cache: report.NewCache(name, pruned.Kinds), DryRun: policy.DryRun, InUse: pruned.InUse}
			if err != nil && pruned.Count == 0 {
				return err
			}
			if asJSON {
				return cmp.Or(err, jsontext.Write(cmd.OutOrStdout(), report))
			}
			return cmp.Or(err, report.Write(cmd.OutOrStdout()))
		},
	}
	f := cmd.Flags()
	f.Var((*flagvalue.Age)(&policy.MaxAge), "older-than", "remove entries not used for this `TIME`, such as 30d or 72h")
	f.Var((*flagvalue.Size)(&policy.MaxSize), "max-size", "keep at most this `SIZE`, such as 500MB, 2GB or 2GiB")
	f.BoolVar(&policy.All, "all", false, "remove everything")
	f.BoolVar(&policy.DryRun, "dry-run", false, "print what would be removed, but remove nothing")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func checkPolicy(cmd *cobra.Command, policy *cache.PrunePolicy) error {
	limited := policy.MaxAge > 0 || policy.MaxSize > 0
	switch {
	case policy.All && limited:
		return usage.Wrong(cmd, errors.New("--all cannot be combined with --older-than or --max-size"))
	case !policy.All && !limited:
		return usage.Wrong(cmd, errors.New("say what to remove: --older-than TIME, --max-size SIZE or --all"))
	}
	return nil
}

// openCache returns the cache of --cache-dir, or else the user's, and its place.
func openCache(flag string) (directory *cache.Directory, dir string, err error) {
	o := options{cacheDir: flag}
	if dir = o.cacheDirectory(); dir == "" {
		_, err := os.UserCacheDir()
		return nil, "", fmt.Errorf("find cache: %w; name its directory: --cache-dir DIR", err)
	}
	return cache.Open(dir, cacheSecret()), dir, nil
}
