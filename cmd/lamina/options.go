package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/cache"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/registry"
)

// options are the flags that commands share, over the spec.
type options struct {
	specFile     string
	base         string
	repositories []string
	keys         []string
	platforms    []string
	compression  string
	cacheDir     string
	noCache      bool
	offline      bool
	plainHTTP    bool
	progressForm string
	quiet        bool
	progress     *progress // nil for none
	upgrade      bool
	verbose      bool
	lockFile     string
	noLock       bool
	vendor       string
}

// defaultSpec is read when it is there and neither -f nor --base is given.
const defaultSpec = "lamina.yaml"

func (o *options) register(cmd *cobra.Command) {
	o.registerSources(cmd)
	cmd.ValidArgsFunction = o.completePackages
	f := cmd.Flags()
	f.StringVarP(&o.specFile, "file", "f", "", "spec `FILE` (default "+defaultSpec+" if it is there and --base is not given)")
	f.StringVar(&o.base, "base", "", "base image `REF`: docker://, oci:, oci-archive:, docker-archive:, rootfs: or scratch")
	f.StringArrayVar(&o.repositories, "repository", nil, "repository `URL` or folder, instead of the base's own (repeatable)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` to trust besides the base's own (repeatable)")
	f.StringArrayVar(&o.platforms, "platform", nil, "`OS/ARCH[/VARIANT]` to build for (default: the base's; repeatable)")
	f.StringVar(&o.compression, "compression", "", "`FORMAT` of the layer: gzip, zstd, or with a level gzip:1 to gzip:9, zstd:1 to zstd:4 (default gzip:6)")
	f.BoolVar(&o.upgrade, "upgrade", false, "take the newest of the packages and of what they need, also where the base has one that would do")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print what package scripts print")
}

// registerSources adds the flags of commands that read images, which may be in a registry and take their time.
func (o *options) registerSources(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.cacheDir, "cache-dir", "", "`DIR` for what the next build can use (default: lamina in the user's cache directory)")
	f.BoolVar(&o.noCache, "no-cache", false, "use and keep nothing of other builds; downloads go to a temporary folder")
	f.BoolVar(&o.offline, "offline", false, "use no network: only folders and the cache")
	f.BoolVar(&o.plainHTTP, "plain-http", false, "speak http with a registry that does not speak https; for one on this machine that goes without saying")
	o.showProgress(cmd)
}

// registries says how registries are reached.
func (o *options) registries(folder *cache.Folder) *registry.Registries {
	r := &registry.Registries{PlainHTTP: o.plainHTTP, Offline: o.offline, Cache: folder}
	if o.progress != nil {
		r.Progress = o.progress.transferred()
	}
	return r
}

// showProgress adds the flags for it and shows it while the command runs, until the first of its result is printed.
func (o *options) showProgress(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.progressForm, "progress", progressAuto, "`FORM` of progress on stderr: auto, plain (a line a stage), json (a line an event) or none")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing but the result, and errors")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if o.quiet {
			cmd.SetErr(io.Discard)
			o.progressForm = progressNone
		}
		if o.progress, err = newProgress(cmd, o.progressForm); err != nil {
			return err
		}
		cmd.SetErr(o.progress)
		cmd.SetOut(&resultWriter{cmd.OutOrStdout(), o.progress})
		if err = run(cmd, args); err != nil {
			o.progress.abort()
		}
		o.progress.end()
		return err
	}
}

// resultWriter ends progress before it writes.
type resultWriter struct {
	io.Writer
	progress *progress
}

func (w *resultWriter) Write(b []byte) (int, error) {
	w.progress.end()
	return w.Writer.Write(b)
}

// registerLock adds the flags of commands that build from a lock.
func (o *options) registerLock(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.lockFile, "lock", "", "lock `FILE` (default: beside the spec, with its name and the ending .lock, if it is there)")
	f.BoolVar(&o.noLock, "no-lock", false, "resolve anew, even if there is a lock")
	f.StringVar(&o.vendor, "vendor", "", "`DIR` with the packages of the lock (default: the one in the lock)")
}

// job is what the command line asks for.
type job struct {
	request   *assemble.Request
	platforms []oci.Platform // none: the base's
	asked     lock.Request
	spec      string // file, "" without one
	lock      string // file of the lock that is used, "" without one
}

// close ends what the job holds.
func (j *job) close() { j.request.Client.Close() }

// load reads spec and lock, lays the flags over them and returns what to build. Close
// it.
func (o *options) load(cmd *cobra.Command, packages []string) (*job, error) {
	s, err := o.readSpec()
	if err != nil {
		return nil, err
	}
	asked := lock.Request{Base: s.Base, Repositories: slices.Clone(s.Repositories), Packages: append(slices.Clone(s.Packages), packages...), Upgrade: o.upgrade}
	if o.base != "" {
		s.Base = o.base
	} else if s.Base != "" {
		s.Base = s.resolveReference(s.Base)
	}
	if len(o.repositories) > 0 {
		s.Repositories = o.repositories
	} else {
		for i, r := range s.Repositories {
			s.Repositories[i] = s.resolveRepository(r)
		}
	}
	for i, k := range s.Keys {
		s.Keys[i] = s.resolve(k)
	}
	if len(o.platforms) > 0 {
		s.Platforms = o.platforms
	}
	if o.compression != "" {
		recipe, err := layer.ParseRecipe(o.compression)
		if err != nil {
			return nil, &usageError{cmd.CommandPath(), err}
		}
		s.Compression = compression(recipe)
	}

	req := &assemble.Request{
		Repositories: s.Repositories,
		Packages:     append(s.Packages, packages...),
		Upgrade:      o.upgrade,
		Recipe:       layer.Recipe(s.Compression),
		Memory:       memoryToSpare(debug.SetMemoryLimit(-1)),
		SkipScripts:  s.Scripts.Skip,
		Annotations:  s.Annotations,
		Config: oci.ConfigChanges{
			Entrypoint: s.Config.Entrypoint, Cmd: s.Config.Cmd, ExposedPorts: s.Config.ExposedPorts,
			Volumes: s.Config.Volumes, Env: s.Config.Env, User: s.Config.User,
			WorkingDir: s.Config.WorkingDir, StopSignal: s.Config.StopSignal, Labels: s.Config.Labels,
		},
		Warn: warner(cmd),
	}
	if o.verbose {
		req.Output = cmd.ErrOrStderr()
	}
	if s.Base == "" {
		return nil, &usageError{cmd.CommandPath(), errors.New("no base: give --base REF or a spec with a base")}
	}
	if req.Base, err = oci.ParseReference(s.Base); err != nil {
		return nil, &assemble.Error{Part: assemble.PartRequest, Err: fmt.Errorf("base: %w", err)}
	}
	j := &job{request: req, asked: asked, spec: s.file}
	if j.platforms, err = parsePlatforms(s.Platforms); err != nil {
		return nil, err
	}
	for _, name := range append(s.Keys, o.keys...) {
		pem, err := os.ReadFile(name)
		if err != nil {
			return nil, &assemble.Error{Part: assemble.PartKey, Err: fmt.Errorf("read key: %w", err)}
		}
		req.Keys = append(req.Keys, assemble.Key{Name: filepath.Base(name), PEM: pem})
	}
	if req.Files, err = s.files(); err != nil {
		return nil, &assemble.Error{Part: assemble.PartFile, Err: err}
	}
	if req.Created, err = sourceDateEpoch(os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		return nil, err
	}
	if err := o.useLock(j); err != nil {
		return nil, err
	}
	req.Client = o.client(req.Warn)
	if o.progress != nil {
		req.Progress = o.progress.built()
	}
	req.Cache = o.cache(req.Warn)
	req.Registries = o.registries(req.Cache)
	return j, nil
}

func parsePlatforms(texts []string) ([]oci.Platform, error) {
	var platforms []oci.Platform
	for _, text := range texts {
		platform, err := oci.ParsePlatform(text)
		if err != nil {
			return nil, &assemble.Error{Part: assemble.PartRequest, Err: err}
		}
		platforms = append(platforms, platform)
	}
	return platforms, nil
}

// warner prints warnings.
func warner(cmd *cobra.Command) func(string) {
	return func(message string) { fmt.Fprintf(cmd.ErrOrStderr(), "lamina: warning: %s\n", message) }
}

func (o *options) readSpec() (*spec, error) {
	if o.specFile != "" {
		return readSpec(o.specFile)
	}
	if o.base == "" {
		if _, err := os.Stat(defaultSpec); err == nil {
			return readSpec(defaultSpec)
		}
	}
	return &spec{dir: "."}, nil
}

// client makes what fetches indexes and packages. Close it.
func (o *options) client(warn func(string)) *repository.Client {
	c := &repository.Client{CacheDir: o.cacheFolder(), Offline: o.offline, Warn: warn}
	if o.progress != nil {
		c.Progress = o.progress.fetched()
	}
	return c
}

// cache opens what the commands that stage packages share with the next ones; nil for none.
func (o *options) cache(warn func(string)) *cache.Folder {
	dir := o.cacheFolder()
	if dir == "" {
		return nil
	}
	folder := cache.Open(dir)
	folder.Warn = warn
	return folder
}

// cacheFolder is "" for none: downloads then go to a temporary folder.
func (o *options) cacheFolder() string {
	switch {
	case o.noCache:
		return ""
	case o.cacheDir != "":
		return o.cacheDir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "" // without a home
	}
	return filepath.Join(dir, "lamina")
}

// sourceDateEpoch reads the variable of reproducible-builds.org. Empty is unset.
func sourceDateEpoch(value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q: want seconds since 1970 in decimal, or unset it", value)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// resolve takes a path in the spec from the spec's folder.
func (s *spec) resolve(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.dir, filepath.FromSlash(p))
}

// resolveReference does so within a reference to a file.
func (s *spec) resolveReference(ref string) string {
	transport, p, ok := strings.Cut(ref, ":")
	switch transport {
	case "oci", "oci-archive", "docker-archive", "rootfs":
		if ok && p != "" {
			return transport + ":" + s.resolve(p)
		}
	}
	return ref
}

// resolveRepository does so for a folder: anything without a scheme, behind a
// tag if there is one.
func (s *spec) resolveRepository(line string) string {
	tag, url := "", line
	if strings.HasPrefix(line, "@") {
		if i := strings.IndexAny(line, " \t"); i > 0 {
			tag, url = line[:i+1], strings.TrimLeft(line[i:], " \t")
		}
	}
	if strings.Contains(url, "://") || strings.HasPrefix(url, "file:") || url == "" {
		return line
	}
	return tag + s.resolve(url)
}

// files gives the spec's own files as the layer wants them.
func (s *spec) files() ([]stage.File, error) {
	var list []stage.File
	for _, f := range s.Files {
		file := stage.File{Path: f.Path, Target: f.Target, Owner: f.Owner}
		if f.Mode != nil {
			mode := uint16(*f.Mode)
			file.Mode = &mode
		}
		switch f.Type {
		case "directory":
			file.Type = tree.Directory
		case "symlink":
			file.Type = tree.Symlink
		default:
			name := s.resolve(f.Source)
			info, err := os.Stat(name)
			if err != nil {
				return nil, fmt.Errorf("read source of %s: %w", f.Path, err)
			}
			if !info.Mode().IsRegular() {
				return nil, fmt.Errorf("read source of %s: %s is not a regular file", f.Path, name)
			}
			file.Content, file.Size = assemble.LocalFile(name), info.Size()
		}
		list = append(list, file)
	}
	return list, nil
}
