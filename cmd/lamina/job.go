package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/spec"
)

// job is what the command line asks for.
type job struct {
	spec  *lamina.Spec
	env   *lamina.Env
	file  string // of the spec, "" without one
	image string // of those that the spec describes, "" if it is one
	lock  string // file of the lock that is used, "" without one
	owns  bool   // the environment

	warnings []string // of the command line
}

// close ends what the job holds.
func (j *job) close() {
	if j.owns {
		j.env.Close()
	}
}

// standardStream stands for standard input and, for outputs, for standard output.
const standardStream = "-"

// load reads spec and lock, applies the flags and returns what to build. Close it.
func (o *options) load(cmd *cobra.Command, packages []string) (*job, error) {
	var j *job
	var err error
	switch {
	case o.specFile == "" && len(packages) == 1 && packages[0] == standardStream:
		return nil, usage.Wrong(cmd, errors.New("for a file on standard input, give -f - and the context directory"))
	case o.specFile == standardStream:
		if o.piped, err = readInput(cmd, spec.MaxSpec); err != nil {
			return nil, err
		}
	}
	if name := o.dockerfile(packages); name != "" {
		j, err = o.loadDockerfile(cmd, name, packages)
		packages = nil
	} else {
		j, err = o.loadSpec(cmd, packages)
	}
	if err != nil {
		return nil, err
	}
	if o.specFile == standardStream {
		j.file = "" // no lock is beside it
	}
	for _, text := range packages {
		if err := spec.CheckPackage(text); err != nil {
			return nil, usage.Wrong(cmd, err)
		}
	}
	s := j.spec
	if err := o.override(cmd, s); err != nil {
		return nil, err
	}
	s.Packages = append(s.Packages, packages...)
	if s.Created, err = parseSourceDateEpoch(os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		return nil, err
	}
	if o.lockFile != "" && o.noLock {
		return nil, usage.Wrong(cmd, errors.New("--lock and --no-lock cannot be combined"))
	}
	if err := o.useLock(j); err != nil {
		return nil, err
	}
	if j.env = o.shared; j.env == nil {
		j.env = o.env(cmd)
		j.owns = true
		if err := o.share(cmd, j.env, o.sharedName(cmd, s, j.file)); err != nil {
			j.close()
			return nil, err
		}
	}
	for _, warning := range j.warnings {
		j.env.Warn(warning)
	}
	return j, nil
}

func (o *options) loadSpec(cmd *cobra.Command, arguments []string) (*job, error) {
	if err := o.refuseDockerFlags(cmd); err != nil {
		return nil, err
	}
	document, err := o.readSpec(cmd)
	if err != nil {
		return nil, err
	}
	if document.Base == "" && o.base == "" {
		text := "no base: give --base REF, a spec with a base, or the directory of a Dockerfile, such as ./"
		if len(arguments) == 1 && isDirectoryName(arguments[0]) {
			text = "no Dockerfile in " + arguments[0]
		}
		err := errors.New(text)
		for _, argument := range arguments {
			if info, failed := os.Stat(argument); failed == nil && info.IsDir() && !isDirectoryName(argument) {
				err = hint.With(err, argument+" is taken for a package: for the directory of that name, write "+argument+"/")
				break
			}
		}
		return nil, usage.Wrong(cmd, err)
	}
	s, err := document.Spec()
	if err != nil {
		return nil, err
	}
	return &job{spec: s, file: document.Name(), image: o.image}, nil
}

func (o *options) readSpec(cmd *cobra.Command) (*spec.Document, error) {
	args := make(map[string]string)
	for _, text := range o.args {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			err := hint.Errorf("--arg %q: want NAME=VALUE", text).With("arguments are those that the spec has under args")
			return nil, usage.Wrong(cmd, err)
		}
		args[name] = value
	}
	name := o.specFile
	if name == "" && o.base == "" {
		if _, err := os.Stat(fleet.DefaultSpec); err == nil {
			name = fleet.DefaultSpec
		}
	}
	if name == "" {
		if o.image != "" {
			return nil, usage.Wrong(cmd, hint.Errorf("--image %s: no spec that describes images", o.image).With("name the spec: -f FILE"))
		}
		if len(o.args) > 0 {
			return nil, usage.Wrong(cmd, hint.Errorf("--arg %s: no spec that has args", o.args[0]).With("name the spec: -f FILE"))
		}
		return new(spec.Document), nil
	}
	document, err := spec.Read(name, spec.ReadOptions{Text: o.piped, Args: args, Image: o.image, Without: splitLists(o.without)})
	if err == nil && o.contextDir != "" {
		document.SetContext(o.contextDir)
	}
	return document, err
}

// readInput reads standard input to its end.
func readInput(cmd *cobra.Command, limit int64) ([]byte, error) {
	text, err := bounded.ReadAll(cmd.InOrStdin(), limit)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return text, nil
}

// override applies the flags to a spec.
func (o *options) override(cmd *cobra.Command, s *lamina.Spec) error {
	if cmd.Flags().Changed("upgrade") {
		s.Upgrade = lock.Upgrade(o.upgrade)
	}
	if o.base != "" {
		var err error
		if s.Base, err = lamina.ParseReference(o.base); err != nil {
			return usage.Wrongf(cmd, "base: %w", err)
		}
	}
	if len(o.repositories) > 0 {
		for _, text := range o.repositories {
			if err := spec.CheckRepository(text); err != nil {
				return usage.Wrong(cmd, err)
			}
		}
		s.Repositories = o.repositories
	}
	if len(o.platforms) > 0 {
		var err error
		if s.Platforms, err = parsePlatforms(cmd, o.platforms); err != nil {
			return err
		}
	}
	for _, list := range [...]struct {
		flag  string
		texts []string
		add   func(string) error
	}{{"without", o.without, s.Without}, {"skip-scripts", o.skipScripts, s.Skip}} {
		for _, text := range splitLists(list.texts) {
			if err := list.add(text); err != nil {
				return usage.Wrongf(cmd, "--%s: %w", list.flag, err)
			}
		}
	}
	keys, err := readKeys(o.keys)
	if err != nil {
		return err
	}
	s.Keys = append(s.Keys, keys...)
	if o.compression != "" {
		recipe, err := layer.ParseRecipe(o.compression)
		if err != nil {
			return usage.Wrong(cmd, err)
		}
		s.Recipe = recipe
	}
	return nil
}

// readKeys reads public keys in files.
func readKeys(names []string) ([]lamina.Key, error) {
	var keys []lamina.Key
	for _, name := range names {
		key, err := spec.ReadKey(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// parseSourceDateEpoch reads the value of SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch). Empty
// means unset and gives the zero time.
func parseSourceDateEpoch(value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	const limit = 1 << 40 // far ahead, and any format of a file can hold it
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 || seconds > limit {
		wrong := "not a number of seconds since 1970"
		if seconds > limit {
			wrong = fmt.Sprintf("above the limit of %d seconds since 1970", int64(limit))
		}
		return time.Time{}, hint.Errorf("SOURCE_DATE_EPOCH is %q, %s", value, wrong).With(
			"set it to a number, such as that of: git log -1 --format=%ct; or unset it")
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// env is what commands work with. Close it.
func (o *options) env(cmd *cobra.Command) *lamina.Env {
	tempdir.Sweep("", tempdir.Prefix, nil) // not every command makes a temporary directory, and a killed one's may be large
	warn := warner(cmd)
	e := &lamina.Env{AllowUntrusted: o.allowUntrusted, StrictScripts: o.strictScripts, Warn: warn, Cache: o.cache(warn)}
	e.Client = &repository.Client{CacheDir: o.cacheDirectory(), Offline: o.offline, Warn: warn}
	e.Registries = &registry.Registries{PlainHTTP: o.plainHTTP, Offline: o.offline, Cache: e.Cache, Warn: warn}
	if o.verbose {
		e.Output = terminal.NewWriter(cmd.ErrOrStderr())
	}
	if o.progress != nil {
		e.Client.Progress, e.Registries.Progress, e.Progress = o.progress.Fetched(), o.progress.Transferred(), o.progress.Built()
	}
	return e
}
