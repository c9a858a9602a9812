package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/completion"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/flagvalue"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/lock"
)

// options are the flags that commands share, over the spec.
type options struct {
	specFile     string
	piped        []byte // what was read from standard input in place of specFile
	contextDir   string
	base         string
	repositories []string
	keys         []string
	args         []string
	image        string
	docker       dockerfileOptions
	dockerFlags  *pflag.FlagSet // those of docker; nil for none
	specFlags    *pflag.FlagSet // those that change what a spec or the lock beside it says, so that verify has no use for them without one

	allowUntrusted bool
	strictScripts  bool
	without        []string
	skipScripts    []string
	platforms      []string
	compression    string
	cacheDir       string
	noCache        bool
	shares         sharedOptions
	offline        bool
	plainHTTP      bool
	progressForm   string
	quiet          bool
	progress       *console.Progress // nil for none
	failures       io.Writer         // for the errors of one of several, which --quiet leaves
	upgrade        flagvalue.Upgrade
	verbose        bool
	lockFile       string
	noLock         bool
	vendor         string
	shared         *lamina.Env // of several jobs; nil for one that is made
}

func (o *options) register(cmd *cobra.Command) {
	o.registerSources(cmd)
	cmd.ValidArgsFunction = o.completePackages
	s := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.specFlags = s
	s.StringVar(&o.base, "base", "", "base image `REF`: docker://, oci:, oci-archive:, docker-archive:, rootfs: or scratch")
	s.Var(&o.upgrade, "upgrade", "upgrade the named packages and their dependencies, or \"all\" packages of the base; "+
		"\"available\" is all, also to lower versions where no repository has what is installed (none, named, all, available)")
	s.Lookup("upgrade").NoOptDefVal = string(lock.UpgradeNamed)
	s.StringVar(&o.compression, "compression", "",
		"compression `FORMAT` of the layer: gzip, zstd, or with a level gzip:1 to gzip:9, zstd:1 to zstd:4 (default gzip:6)")
	s.StringArrayVar(&o.args, "arg", nil, "value for an arg of the spec: `NAME=VALUE` (repeatable)")
	s.StringVar(&o.contextDir, "context", "", "`DIR` that sources in the spec start from and must lie in (default: the spec's)")
	s.StringVar(&o.image, "image", "", "`NAME` of the image to build, of a spec that describes several")
	s.StringArrayVar(&o.skipScripts, "skip-scripts", nil, "`PACKAGE[:TYPE]` whose scripts are skipped, in addition to the spec's (repeatable)")
	s.StringArrayVar(&o.without, "without", nil, "`PROGRAM` that does nothing when scripts or commands call it, in addition to the spec's (repeatable)")
	o.registerDocker(cmd)
	f := cmd.Flags()
	f.AddFlagSet(s)
	f.StringVarP(&o.specFile, "file", "f", "",
		"spec `FILE`, or a Dockerfile; - for standard input (default "+fleet.DefaultSpec+" if it exists and --base is not given)")
	f.StringArrayVar(&o.repositories, "repository", nil, "repository `URL`, directory or alpine:RELEASE, instead of the base's own (repeatable)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` to trust in addition to the base's own (repeatable)")
	f.StringArrayVar(&o.platforms, "platform", nil, "`OS/ARCH[/VARIANT]` to build for, or a list with commas (default: the base's; repeatable)")
	f.BoolVar(&o.strictScripts, "strict-scripts", false, "fail when a trigger fails, where apk 2 warns and goes on")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print what scripts of packages and commands (RUN) print")
}

// registerSources adds the flags of commands that read images, which may be in a registry and take their time.
func (o *options) registerSources(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.cacheDir, "cache-dir", "", "cache `DIR` (default: lamina in the user's cache directory)")
	f.BoolVar(&o.noCache, "no-cache", false, "do not use the cache; downloads go to a temporary directory")
	f.BoolVar(&o.offline, "offline", false, "use no network, only directories and the cache")
	f.BoolVar(&o.plainHTTP, "plain-http", false, "fall back to http for a registry without https (automatic for localhost)")
	o.showProgress(cmd)
}

// showProgress adds the flags for it and shows it while the command runs, until the first of its result is printed.
func (o *options) showProgress(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.progressForm, "progress", console.Auto, "`FORM` of progress on stderr: auto, plain (one line per stage), json (one line per event) or none")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only the result and errors")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		o.failures = cmd.ErrOrStderr()
		form := o.progressForm // errors have it too, with --quiet
		if o.quiet {
			cmd.SetErr(io.Discard)
			form = console.None
		}
		if o.progress, err = console.New(cmd.ErrOrStderr(), form); err != nil {
			return usage.Wrong(cmd, err)
		}
		cmd.SetErr(o.progress)
		cmd.SetOut(&resultWriter{cmd.OutOrStdout(), o.progress})
		if err = run(cmd, args); err != nil {
			o.progress.Abort()
		}
		o.progress.End()
		return err
	}
}

// printFailure says on stderr why one of several images or locks failed. Progress must have ended.
func (o *options) printFailure(name, text, remedy string) {
	console.WriteError(o.failures, o.progressForm, name+": "+text, remedy)
}

// resultWriter ends progress before it writes.
type resultWriter struct {
	io.Writer
	progress *console.Progress
}

func (w *resultWriter) Write(b []byte) (int, error) {
	w.progress.End()
	return w.Writer.Write(b)
}

// registerLock adds the flags of commands that build from a lock. Register must be called before.
func (o *options) registerLock(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.lockFile, "lock", "", "lock `FILE` (default: beside the spec, with its name and the ending .lock, if it exists)")
	o.specFlags.BoolVar(&o.noLock, "no-lock", false, "ignore the lock")
	f.AddFlagSet(o.specFlags)
	f.StringVar(&o.vendor, "vendor", "", "`PLACE` of the lock's packages: a directory or an artifact (default: the one that the lock names)")
	f.BoolVar(&o.allowUntrusted, "allow-untrusted", false, "install packages of the lock that no trusted key has signed, nor an index that lists them")
}

func parsePlatforms(cmd *cobra.Command, texts []string) ([]lamina.Platform, error) {
	var platforms []lamina.Platform
	for _, text := range splitLists(texts) {
		platform, err := lamina.ParsePlatform(text)
		if err != nil {
			return nil, usage.Wrong(cmd, err)
		}
		if slices.Contains(platforms, platform) {
			return nil, usage.Wrong(cmd, hint.Errorf("platform %s: given twice", platform).With("remove one of the two"))
		}
		platforms = append(platforms, platform)
	}
	return platforms, nil
}

// splitLists takes lists with commas apart, as docker has them.
func splitLists(texts []string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, strings.Split(text, ",")...)
	}
	return all
}

// parsePlatform reads the platform of an image; "" stands for the only one that it has.
func parsePlatform(cmd *cobra.Command, text string) (lamina.Platform, error) {
	if text == "" {
		return lamina.Platform{}, nil
	}
	platform, err := lamina.ParsePlatform(text)
	if err != nil {
		return platform, usage.Wrong(cmd, err)
	}
	return platform, nil
}

// parseImage reads an image's reference, which is an argument.
func parseImage(cmd *cobra.Command, text string) (lamina.Reference, error) {
	ref, err := lamina.ParseReference(text)
	if err != nil {
		return ref, usage.Wrong(cmd, err)
	}
	return ref, nil
}

// parseImageFor reads the reference and the platform of an image.
func parseImageFor(cmd *cobra.Command, text, platform string) (lamina.Reference, lamina.Platform, error) {
	ref, err := parseImage(cmd, text)
	if err != nil {
		return ref, lamina.Platform{}, err
	}
	wanted, err := parsePlatform(cmd, platform)
	return ref, wanted, err
}

// warner prints warnings, each once: several parts may find the same.
func warner(cmd *cobra.Command) func(string) {
	var mu sync.Mutex
	printed := make(map[string]bool)
	return func(message string) {
		mu.Lock()
		defer mu.Unlock()
		if !printed[message] {
			printed[message] = true
			fmt.Fprintf(cmd.ErrOrStderr(), console.WarningPrefix+"%s\n", terminal.Escape(redact.Text(message)))
		}
	}
}

// completePackages completes the names of packages, with the repositories of the flags or else of the spec.
func (o *options) completePackages(cmd *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return completion.Packages(o.cacheDirectory(), func() []string {
		repositories := o.repositories
		if s, err := o.readSpec(cmd); err == nil && len(repositories) == 0 {
			for _, r := range s.Repositories {
				repositories = append(repositories, s.ResolveRepository(r))
			}
		}
		return repositories
	}, word)
}
