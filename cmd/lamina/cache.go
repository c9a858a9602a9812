package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/inspect"
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

With --json, print one object: folder; count and size (in bytes) of all; and kinds,
a list with kind, count, size, oldestUse and lastUse (RFC 3339, to the hour; absent for a
kind without entries).`,
		Example: `  lamina cache
  lamina cache prune --older-than 30d --max-size 2GB`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, name, err := openCache(dir)
			if err != nil {
				return err
			}
			kinds, err := folder.Usage(cmd.Context())
			if err != nil {
				return err
			}
			report := cacheReport{Folder: name, cacheKinds: describeKinds(kinds)}
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), report)
			}
			return report.print(cmd.OutOrStdout())
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

With --json, print one object: folder; dryRun; count and size (in bytes) of everything
removed; inUse, the number of files that were kept because they are in use; and kinds, a
list with kind, count, size, oldestUse and lastUse of what was removed.`,
		Example: `  lamina cache prune --older-than 30d
  lamina cache prune --max-size 2GB --dry-run
  lamina cache prune --all`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkPolicy(cmd, &policy); err != nil {
				return err
			}
			folder, name, err := openCache(*dir)
			if err != nil {
				return err
			}
			pruned, err := folder.Prune(cmd.Context(), policy)
			report := pruneReport{
				cacheReport: cacheReport{Folder: name, cacheKinds: describeKinds(pruned.Kinds)},
				DryRun:      policy.DryRun,
				InUse:       pruned.InUse,
			}
			if err != nil && pruned.Count == 0 {
				return err
			}
			if asJSON {
				return cmp.Or(err, jsontext.Write(cmd.OutOrStdout(), report))
			}
			return cmp.Or(err, report.print(cmd.OutOrStdout()))
		},
	}
	f := cmd.Flags()
	f.Var((*ageFlag)(&policy.MaxAge), "older-than", "remove entries not used for this `TIME`, such as 30d or 72h")
	f.Var((*sizeFlag)(&policy.MaxSize), "max-size", "keep at most this `SIZE`, such as 500MB, 2GB or 2GiB")
	f.BoolVar(&policy.All, "all", false, "remove everything")
	f.BoolVar(&policy.DryRun, "dry-run", false, "print what would be removed, but remove nothing")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func checkPolicy(cmd *cobra.Command, policy *cache.PrunePolicy) error {
	limited := policy.MaxAge > 0 || policy.MaxSize > 0
	switch {
	case policy.All && limited:
		return &usageError{cmd.CommandPath(), errors.New("--all cannot be combined with --older-than or --max-size")}
	case !policy.All && !limited:
		return &usageError{cmd.CommandPath(), errors.New("say what to remove: --older-than TIME, --max-size SIZE or --all")}
	}
	return nil
}

// noArguments is for a command that takes none.
func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return unknownCommand(cmd, args[0])
	}
	return &usageError{cmd.CommandPath(), fmt.Errorf("want no arguments, got %q", args[0])}
}

// openCache returns the cache of --cache-dir, or else the user's, and its place.
func openCache(flag string) (folder *cache.Folder, dir string, err error) {
	o := options{cacheDir: flag}
	if dir = o.cacheFolder(); dir == "" {
		_, err := os.UserCacheDir()
		return nil, "", fmt.Errorf("find cache: %w; name its folder: --cache-dir DIR", err)
	}
	return cache.Open(dir, cacheSecret()), dir, nil
}

// cacheReport is what --json prints. Fields may be added, never changed.
type cacheReport struct {
	Folder string `json:"folder"`
	cacheKinds
}

type cacheKinds struct {
	Count int         `json:"count"`
	Size  int64       `json:"size"` // bytes
	Kinds []cacheKind `json:"kinds"`
}

type cacheKind struct {
	Kind      cache.Kind `json:"kind"`
	Count     int        `json:"count"`
	Size      int64      `json:"size"` // bytes
	OldestUse *time.Time `json:"oldestUse,omitempty"`
	LastUse   *time.Time `json:"lastUse,omitempty"`
}

func describeKinds(list []cache.Usage) cacheKinds {
	out := cacheKinds{Kinds: []cacheKind{}}
	for _, u := range list {
		kind := cacheKind{Kind: u.Kind, Count: u.Count, Size: u.Bytes}
		if u.Count > 0 {
			oldest, last := u.Oldest.UTC().Truncate(time.Second), u.Newest.UTC().Truncate(time.Second)
			kind.OldestUse, kind.LastUse = &oldest, &last
		}
		out.Count += u.Count
		out.Size += u.Bytes
		out.Kinds = append(out.Kinds, kind)
	}
	return out
}

func (r *cacheReport) print(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s\n", terminal.OneLine(r.Folder)); err != nil {
		return err
	}
	return r.printTable(w, "KIND")
}

// printTable prints the kinds of which there is something, and the sum.
func (k *cacheKinds) printTable(w io.Writer, title string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\n%s\tFILES\tSIZE\tOLDEST USE\tLAST USE\n", title)
	for _, kind := range k.Kinds {
		if kind.Count > 0 {
			const layout = "2006-01-02 15:04 MST"
			fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\n", kind.Kind, kind.Count, inspect.FormatBytes(kind.Size), kind.OldestUse.Format(layout), kind.LastUse.Format(layout))
		}
	}
	fmt.Fprintf(t, "total\t%d\t%s\n", k.Count, inspect.FormatBytes(k.Size))
	return t.Flush()
}

// pruneReport is what prune --json prints. Fields may be added, never changed.
type pruneReport struct {
	cacheReport
	DryRun bool `json:"dryRun"`
	InUse  int  `json:"inUse"`
}

func (r *pruneReport) print(w io.Writer) error {
	title := "REMOVED"
	if r.DryRun {
		title = "WOULD BE REMOVED"
	}
	if _, err := fmt.Fprintf(w, "%s\n", terminal.OneLine(r.Folder)); err != nil {
		return err
	}
	if err := r.printTable(w, title); err != nil || r.InUse == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d more are in use and stay\n", r.InUse)
	return err
}

// sizeFlag is a number of bytes on the command line.
type sizeFlag int64

func (f *sizeFlag) Type() string { return "size" }

func (f *sizeFlag) String() string {
	if *f == 0 {
		return "" // not shown as a default
	}
	return strconv.FormatInt(int64(*f), 10)
}

func (f *sizeFlag) Set(text string) error {
	n, err := parseSize(text)
	*f = sizeFlag(n)
	return err
}

// parseSize reads bytes as people write them: 1000000, 500MB, 1.5 GiB. Units are those of
// SI with powers of 1000 and those of IEC with powers of 1024, in any case. A mere M or G
// is refused, since programs differ in what it means.
func parseSize(text string) (int64, error) {
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	unit := map[string]float64{
		"": 1, "b": 1,
		"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}[strings.ToLower(text[len(number):])]
	number = strings.TrimRight(number, " ")
	value, err := strconv.ParseFloat(number, 64)
	// ParseFloat takes more than people write.
	if err != nil || unit == 0 || strings.Trim(number, "0123456789.") != "" {
		return 0, errors.New("want bytes, or a number with kB, MB, GB, TB, KiB, MiB, GiB or TiB")
	}
	switch bytes := value * unit; {
	case bytes < 1:
		return 0, errors.New("want more than nothing; --all removes everything")
	case bytes >= math.MaxInt64:
		return 0, errors.New("it is too large")
	default:
		return int64(bytes), nil
	}
}

// ageFlag is a span of time on the command line.
type ageFlag time.Duration

func (f *ageFlag) Type() string { return "time" }

func (f *ageFlag) String() string {
	if *f == 0 {
		return "" // not shown as a default
	}
	return time.Duration(*f).String()
}

func (f *ageFlag) Set(text string) error {
	d, err := parseAge(text)
	*f = ageFlag(d)
	return err
}

// parseAge reads a duration as Go has them, which may begin with days: 30d, 1d12h, 72h.
func parseAge(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	days, rest, hasDays := strings.Cut(text, "d")
	if !hasDays {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 31)
	age := time.Duration(0)
	if err == nil && (rest != "" || !hasDays) {
		age, err = time.ParseDuration(rest)
	}
	if err != nil || age < 0 {
		return 0, errors.New("want days, hours, minutes or seconds, such as 30d, 72h or 1d12h")
	}
	if n > uint64((math.MaxInt64-age)/day) {
		return 0, fmt.Errorf("it is longer than %d days", math.MaxInt64/day)
	}
	if age += time.Duration(n) * day; age == 0 {
		return 0, errors.New("want more than nothing; --all removes everything")
	}
	return age, nil
}
