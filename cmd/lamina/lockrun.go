package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/secdb"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci/lock"
)

// lockRun is one run of the lock command, over one spec or many.
type lockRun struct {
	check     bool
	asJSON    bool
	databases []string
	secdb     *secdb.Database // nil if none was given
	renew     []string        // packages that are updated alone
}

func (l *lockRun) register(f *pflag.FlagSet) {
	f.BoolVar(&l.check, "check", false, "write nothing, and say whether the lock is what would be written")
	f.StringArrayVar(&l.databases, "secdb", nil, "`URL` or file of Alpine's security database, to mark updates that fix vulnerabilities (repeatable)")
	f.BoolVar(&l.asJSON, "json", false, "print one JSON object")
	f.StringArrayVar(&l.renew, "upgrade-package", nil, "update only the package `NAME` and its dependencies (repeatable)")
}

// each returns what runs the command: one for each spec that the arguments name, or for the one that the flags describe.
func (l *lockRun) each(o *options) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if l.check && o.vendor != "" {
			return usage.Wrong(cmd, errors.New("--check writes nothing: it cannot be combined with --vendor"))
		}
		isMany, err := l.namesFiles(cmd, o, args)
		if err != nil {
			return err
		}
		if err := l.readDatabases(cmd, o); err != nil {
			return l.unknown(err)
		}
		if isMany {
			return l.runMany(cmd, *o, args)
		}
		var out report.Lock
		if err := l.lock(cmd, *o, args, &out); err != nil {
			return l.unknown(err)
		}
		if l.asJSON {
			err = jsontext.Write(cmd.OutOrStdout(), out)
		} else {
			err = out.Write(cmd.OutOrStdout())
		}
		if err == nil && l.check && out.Status != report.StatusUnchanged {
			err = &exit.DiffersError{}
		}
		return err
	}
}

// unknown marks the error of a check, which then could not tell whether anything differs.
func (l *lockRun) unknown(err error) error {
	if err == nil || !l.check || errors.As(err, new(*usage.Error)) {
		return err
	}
	return &exit.UnknownError{Err: err}
}

// namesFiles reports whether arguments are specs, Dockerfiles and directories rather than packages. One directory with a Dockerfile is
// the context of that, as for build.
func (l *lockRun) namesFiles(cmd *cobra.Command, o *options, args []string) (bool, error) {
	if o.specFile != "" || o.base != "" || len(args) == 0 || o.dockerfile(args) != "" {
		return false, nil
	}
	isFile := func(arg string) bool {
		if ext := filepath.Ext(arg); ext == ".yaml" || ext == ".yml" || fleet.IsDockerfileName(filepath.Base(arg)) {
			return true
		}
		if strings.ContainsAny(arg, `/\`) && fleet.IsDockerfile(arg) { // a package of that name would have no slash
			return true
		}
		info, err := os.Stat(arg)
		return err == nil && info.IsDir() && (arg == "." || strings.ContainsAny(arg, `/\`))
	}
	if !slices.ContainsFunc(args, isFile) {
		return false, nil
	}
	for _, arg := range args {
		if !isFile(arg) {
			err := fmt.Errorf("%s is neither a spec (.yaml) nor a Dockerfile nor a directory, and other arguments are", arg)
			return false, usage.Wrong(cmd, hint.With(err,
				"write a directory with a slash, such as images/; packages are for one spec, which -f names"))
		}
	}
	for _, name := range []string{"lock", "vendor", "image", "context", "target"} {
		if cmd.Flags().Changed(name) {
			return false, usage.Wrongf(cmd, "--%s is for one spec, which -f names, not for FILE arguments", name)
		}
	}
	return true, nil
}

func (l *lockRun) runMany(cmd *cobra.Command, o options, paths []string) error {
	targets, err := fleet.List(paths)
	if err != nil {
		return l.unknown(err)
	}
	env := o.env(cmd)
	defer env.Close()
	if err := o.share(cmd, env, sharedNameOf(targets)); err != nil {
		return err
	}
	env.Remember()
	jobs := runtime.GOMAXPROCS(0)
	env.Concurrency = max(1, jobs/max(1, min(jobs, len(targets))))
	locks := make([]*report.LockOf, len(targets))
	var group errgroup.Group
	group.SetLimit(jobs)
	for i, t := range targets {
		group.Go(func() error {
			if cmd.Context().Err() == nil {
				locks[i] = l.lockTarget(cmd, o, t, env)
			}
			return nil
		})
	}
	group.Wait()
	if err := cmd.Context().Err(); err != nil {
		return &exit.PartialError{State: "each lock is the old or the new one", Err: err}
	}
	o.progress.End()
	for _, f := range locks {
		if f.Status == report.StatusFailed {
			o.printFailure(f.Lock.Lock, f.Error, f.Hint)
		}
	}
	out := report.NewLocks(locks)
	if l.asJSON {
		err = jsontext.Write(cmd.OutOrStdout(), out)
	} else {
		err = out.Write(cmd.OutOrStdout())
	}
	if err == nil {
		o.publish(cmd, env)
	}
	switch {
	case err != nil:
		return err
	case !l.check && out.Failed > 0, l.check && out.New+out.Changed > 0:
		return &exit.DiffersError{}
	case out.Failed > 0:
		return &exit.UnknownError{Err: errors.New("some locks could not be compared")}
	}
	return nil
}

// lockTarget locks one of many; what fails is in the result.
func (l *lockRun) lockTarget(cmd *cobra.Command, o options, t fleet.Target, env *lamina.Env) *report.LockOf {
	f := &report.LockOf{File: t.File, Image: t.Image}
	o.specFile, o.image, o.shared = t.File, t.Image, env
	var arguments []string
	if fleet.IsDockerfile(t.File) {
		arguments = []string{filepath.Dir(t.File)}
	}
	if err := l.lock(cmd, o, arguments, &f.Lock); err != nil {
		secret := []string{t.File}
		f.Lock = report.Lock{Lock: lockBeside(t.File, t.Image), Comparison: lock.Comparison{Status: report.StatusFailed, Platforms: []lock.PlatformChanges{}}}
		f.Error, f.Hint = console.Shown(secret, err.Error()), console.Shown(secret, lamina.Hint(err))
	}
	return f
}

// readDatabases reads the security databases that were given.
func (l *lockRun) readDatabases(cmd *cobra.Command, o *options) error {
	if len(l.databases) == 0 {
		return nil
	}
	l.secdb = &secdb.Database{Warn: warner(cmd)}
	client := &repository.Client{CacheDir: o.cacheDirectory(), Offline: o.offline, Warn: warner(cmd)}
	defer client.Close()
	for _, where := range l.databases {
		if err := l.secdb.AddFrom(cmd.Context(), client, where); err != nil {
			return hint.Default(fmt.Errorf("--secdb %s: %w", redact.URL(where), diskio.Reason(err)),
				"give a file of Alpine's security database, such as https://secdb.alpinelinux.org/v3.22/main.json")
		}
	}
	return nil
}
