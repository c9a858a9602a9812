package convert

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

// BaseOf returns the base of a Dockerfile, and whether its settings are known without opening it: scratch has none, and those of Docker's
// image alpine are the same for every release.
func BaseOf(name string, o Options) (base oci.Reference, platform oci.Platform, isKnown bool, err error) {
	d, err := readDockerfile(name, o)
	if err != nil {
		return oci.Reference{}, oci.Platform{}, false, err
	}
	s, err := d.Spec()
	if err != nil {
		return oci.Reference{}, oci.Platform{}, false, err
	}
	return s.Base, platformOf(s, o), knownBase(s.Base) != nil, nil
}

// readDockerfile reads a Dockerfile for the platform that is asked for, or the default one.
func readDockerfile(name string, o Options) (*dockerfile.File, error) {
	o.Dockerfile.Text = o.Text
	o.Dockerfile.Platform = cmp.Or(o.Platform, oci.Platform{OS: "linux", Architecture: "amd64"})
	return dockerfile.Read(name, o.Dockerfile)
}

func platformOf(s *spec.Spec, o Options) oci.Platform {
	switch {
	case o.Platform != oci.Platform{}:
		return o.Platform
	case len(s.Platforms) > 0:
		return s.Platforms[0]
	}
	return oci.Platform{OS: "linux", Architecture: "amd64"}
}

// knownBase returns the settings of a base that need not be opened; nil for any other.
func knownBase(ref oci.Reference) *v1.ImageConfig {
	repository, _, _ := strings.Cut(ref.Name, "@")
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		repository = repository[:i]
	}
	switch {
	case ref.Transport == oci.TransportScratch:
		return new(v1.ImageConfig)
	case ref.Transport == oci.TransportRegistry && repository == "docker.io/library/alpine":
		return AlpineConfig()
	}
	return nil
}

// AlpineConfig returns the settings of Docker's image alpine.
func AlpineConfig() *v1.ImageConfig {
	return &v1.ImageConfig{
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, Cmd: []string{"/bin/sh"}, WorkingDir: "/",
	}
}

// fromDockerfile converts a Dockerfile.
type fromDockerfile struct {
	*conversion
	file    *dockerfile.File
	base    *v1.ImageConfig
	env     []string // of commands in the spec: the base's and what it sets
	user    string   // that commands run as by now
	all     []*dockerfile.Instruction
	targets bool // variables of the platform are used
}

func (c *conversion) dockerfile() error {
	d, err := readDockerfile(c.name, c.options)
	if err != nil {
		return err
	}
	s, err := d.Spec()
	if err != nil {
		return err
	}
	base := c.options.Base
	if base == nil {
		known := knownBase(s.Base)
		if known == nil {
			return hint.Errorf("%s: the settings of the base %s are not known", c.name, s.Base).With(
				"give the base: it decides what the Dockerfile means")
		}
		base = &oci.Base{Config: v1.Image{Config: *known}}
		base.Platform = platformOf(s, c.options)
	}
	f := &fromDockerfile{conversion: c, file: d, base: &base.Config.Config, user: base.Config.Config.User}
	if err := d.Walk(s, base, func(i *dockerfile.Instruction) error { f.all = append(f.all, i); return nil }); err != nil {
		return err
	}
	c.spec.header = []string{fmt.Sprintf(`Converted from %s by "lamina convert".`, filepath.ToSlash(filepath.Base(c.name)))}
	c.spec.isOrdered = true
	f.setBase(s)
	f.env = oci.MergeEnv(f.base.Env, s.Config.Env)
	for _, i := range f.all {
		f.instruction(i)
	}
	f.setConfig(s)
	if f.targets && len(c.spec.platforms) == 0 {
		c.spec.platforms = []string{base.Platform.String()}
	}
	return nil
}

// setBase writes the base, and the platform that FROM names.
func (f *fromDockerfile) setBase(s *spec.Spec) {
	base := s.Base
	if base.Path != "" {
		base.Path = f.relative(cmp.Or(f.options.Dir, f.context()), base.Path)
	}
	if dir := f.options.Dir; dir != "" && f.relative(dir, f.context()) != "." {
		f.spec.header = append(f.spec.header, "Sources are in another directory: lamina build --context "+f.relative(dir, f.context()))
	}
	f.spec.base = base.String()
	for _, p := range s.Platforms {
		f.spec.platforms = append(f.spec.platforms, p.String())
	}
}

// context is the directory that sources lie in.
func (f *fromDockerfile) context() string {
	if f.options.Dockerfile.Context == "" {
		return "."
	}
	return f.options.Dockerfile.Context
}

// relative returns a path of this machine as it is from a directory.
func (f *fromDockerfile) relative(dir, name string) string {
	from, err := filepath.Abs(dir)
	if err == nil {
		var to string
		if to, err = filepath.Abs(name); err == nil {
			to, err = filepath.Rel(from, to)
		}
		if err == nil {
			return filepath.ToSlash(to)
		}
	}
	return filepath.ToSlash(name)
}

// instruction adds what an instruction does to the root file system. Settings are added at the end.
func (f *fromDockerfile) instruction(i *dockerfile.Instruction) {
	switch c := i.Command.(type) {
	case *instructions.RunCommand:
		f.run(i, c)
	case *instructions.CopyCommand:
		f.copies(i, c.SourcesAndDest)
	case *instructions.AddCommand:
		f.copies(i, c.SourcesAndDest)
	case *instructions.WorkdirCommand:
		for _, s := range i.Steps {
			for _, file := range s.Files {
				if file.Path != "/" {
					f.spec.addFile(new(entry).text("path", file.Path).text("type", "directory").text("owner", file.Owner).flag("merge", file.IfMissing).flow())
				}
			}
			for _, text := range s.Run {
				f.spec.addRun(text)
			}
		}
	case *instructions.UserCommand:
		f.user = c.User
	case *instructions.ArgCommand:
		for _, arg := range c.Args {
			f.arg(i, arg.Key)
		}
	}
}

// platformArgs are the ARGs that depend on the platform.
var platformArgs = []string{
	"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
}

func (f *fromDockerfile) arg(i *dockerfile.Instruction, name string) {
	value, isSet := i.Args[name]
	switch {
	case !isSet:
	case slices.Contains(platformArgs, name):
		f.targets = true
		f.tell(f.name, i.Line, "for another one, convert again with --platform", "ARG %s: the spec is for one platform", name)
	default:
		f.tell(f.name, i.Line, "for another value, convert again with --build-arg", "ARG %s: the spec has its value %q where it is used", name, value)
	}
}

// run adds a RUN: its packages and accounts as such, other commands as shell text.
func (f *fromDockerfile) run(i *dockerfile.Instruction, c *instructions.RunCommand) {
	if len(i.Steps) == 0 {
		return
	}
	s := &i.Steps[0]
	user := f.user
	if user == "root" || user == "0" {
		user = ""
	}
	env := environment(s.Env)
	if own := containerFiles.FindString(i.Script.Text); own != "" {
		f.lose(f.name, i.Line, "write the file that the image is to have under files", "RUN: %s is docker's own there, and the image's in a spec", own)
	}
	unmount := f.mounts(i)
	defer func() {
		for _, command := range unmount {
			f.spec.addRun(command)
		}
	}()
	_, setsShell := env["SHELL"]
	options := i.Script.Options
	if i.Script.Bash != nil {
		options = "set " + strings.Join(i.Script.Bash[1:], " ") + "; "
	}
	setup, pieces := split(i.Script.Text, options)
	options += setup
	script := func(text string, isOpaque, isAlone bool) string {
		if i.Script.Bash == nil {
			return f.script(text, options, i.Script.Dir, env, isOpaque, isAlone)
		}
		words := append(slices.Clone(i.Script.Bash), setup+text) // which the spec's sh starts
		return f.script(quoted(words...), "", i.Script.Dir, env, isOpaque, isAlone)
	}
	for n, p := range pieces {
		asksShell := setsShell && len(p.words) > 0 && p.words[0] == "adduser" // the new user's is that of the environment
		if user == "" && !asksShell && f.spec.addCommand(p.words) {
			continue
		}
		if p.isAlone {
			f.spec.addRunAs(user, script(p.text, p.isOpaque, true))
			continue
		}
		rest, isOpaque := join(pieces[n:])
		f.spec.addRunAs(user, script(rest, isOpaque, false))
		return
	}
}

// containerFiles matches the paths of files that RUN finds in place of the image's.
var containerFiles = regexp.MustCompile(`/etc/(?:hosts|resolv\.conf)\b`)

// mounts adds what the mounts of a RUN show, and returns the commands that take it away afterwards.
func (f *fromDockerfile) mounts(i *dockerfile.Instruction) (unmount []string) {
	s := &i.Steps[0]
	mounted := make(map[string]stage.File)
	for _, file := range s.Files {
		mounted[file.Path] = file
	}
	for _, m := range s.Mounts {
		hidden := m + ".hidden"
		f.tell(f.name, i.Line, "", "RUN --mount: %s is made and removed afterwards; what is there before is %s meanwhile", m, hidden)
		f.spec.addRun("[ ! -e " + quoted(m) + " ] || mv " + quoted(m, hidden))
		unmount = append(unmount, "rm -rf "+quoted(m)+" && { [ ! -e "+quoted(hidden)+" ] || mv "+quoted(hidden, m)+"; }")
		if isCopied := slices.ContainsFunc(i.Copies, func(c dockerfile.Copy) bool { return path.Clean(c.Path) == m }); !isCopied {
			f.spec.addFile(new(entry).text("path", m).text("type", "directory").text("owner", mounted[m].Owner).mode("mode", mounted[m].Mode).flow())
		}
	}
	slices.Reverse(unmount) // a mount may be in another one
	for n := range i.Copies {
		f.copy(i, &i.Copies[n], true)
	}
	return unmount
}

func environment(list []string) map[string]string {
	env := make(map[string]string)
	for _, variable := range list {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	return env
}

// script returns shell text that does in a spec, where commands run in the root directory and see the settings of the image, what a
// command of the Dockerfile does.
func (f *fromDockerfile) script(text, options, dir string, env map[string]string, isOpaque, isAlone bool) string {
	var lines []string
	has := environment(f.env)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if value, ok := has[name]; (!ok || value != env[name]) && (isOpaque || mentions(text, name)) {
			lines = append(lines, "export "+name+"="+quoted(env[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		switch _, ok := env[name]; {
		case ok || !isOpaque && !mentions(text, name):
		case name == "HOME": // it is set later, and until then that of the user
			user, _, _ := strings.Cut(f.user, ":")
			home := "~" + cmp.Or(strings.TrimPrefix(user, "0"), "root")
			if strings.Trim(user, "0") != "" && strings.Trim(user, "0123456789") == "" { // docker takes the first line of a number, and / without one
				home = "$(awk -F: '$3 == " + user + " { print $6; exit }' /etc/passwd); HOME=${HOME:-/}"
			}
			lines = append(lines, "export HOME="+home)
		default:
			lines = append(lines, "unset "+name)
		}
	}
	if options != "" && !(isAlone && needsNoOptions(text, options)) {
		lines = append(lines, strings.TrimSuffix(options, "; "))
	}
	if dir != "/" {
		if isAlone && len(lines) == 0 && !strings.Contains(text, "\n") && !mentions(text, "OLDPWD") {
			return "cd " + quoted(dir) + " && " + text
		}
		if lines = append(lines, "cd "+quoted(dir)+" || exit"); mentions(text, "OLDPWD") {
			lines = append(lines, "unset OLDPWD")
		}
	}
	return strings.Join(append(lines, text), "\n")
}

// needsNoOptions reports whether a single command does the same without the options: they end the shell at the first failure or print
// commands, or the command has nothing that they are about.
func needsNoOptions(text, options string) bool {
	words := strings.FieldsFunc(options, func(r rune) bool { return r == ' ' || r == ';' })
	for i, word := range words {
		isValue := i > 0 && strings.HasPrefix(words[i-1], "-") && strings.HasSuffix(words[i-1], "o")
		switch {
		case word == "set" || word == "errexit" && isValue || word == "xtrace" && isValue:
		case (word == "pipefail" || word == "nounset") && isValue:
			if strings.ContainsAny(text, "|$") {
				return false
			}
		case strings.HasPrefix(word, "-") && strings.Trim(word[1:], "exo") == "":
		case strings.HasPrefix(word, "-") && strings.Trim(word[1:], "exou") == "" && !strings.Contains(text, "$"):
		default:
			return false
		}
	}
	return true
}

// setConfig writes what the settings differ in from the base's.
func (f *fromDockerfile) setConfig(s *spec.Spec) {
	from, to := f.base, &f.spec.config
	c := &s.Config
	before := environment(from.Env)
	for name, value := range c.Env {
		if was, ok := before[name]; ok && strings.ReplaceAll(was, "$", `\$`) == value {
			continue
		}
		if was := before["PATH"]; name == "PATH" && was != "" && strings.Contains(value, was) && !strings.Contains(was, "$") {
			value = strings.Replace(value, was, "${PATH}", 1)
		}
		if to.env == nil {
			to.env = make(map[string]string)
		}
		to.env[name] = value
	}
	to.entrypoint, to.cmd = c.Entrypoint, c.Cmd
	if !slices.Equal(c.ExposedPorts, slices.Sorted(maps.Keys(from.ExposedPorts))) {
		to.exposedPorts = c.ExposedPorts
	}
	if !slices.Equal(c.Volumes, slices.Sorted(maps.Keys(from.Volumes))) {
		to.volumes = c.Volumes
	}
	if c.User != from.User {
		to.user = c.User
	}
	if c.WorkingDir != from.WorkingDir {
		to.workingDir = c.WorkingDir
	}
	to.stopSignal, to.shell, to.labels, to.author = c.StopSignal, c.Shell, c.Labels, c.Author
	for _, in := range f.all {
		if onBuild, ok := in.Command.(*instructions.OnbuildCommand); ok && in.Line > 0 {
			f.lose(f.name, in.Line, "put the instruction into the Dockerfiles of the images that are made over this one",
				"ONBUILD %s: a spec cannot have it", onBuild.Expression)
		}
	}
	if h := c.Healthcheck; h != nil {
		e := new(entry)
		e.words("test", h.Test)
		for _, d := range [...]struct {
			name string
			time interface{ String() string }
		}{{"interval", h.Interval}, {"timeout", h.Timeout}, {"startPeriod", h.StartPeriod}, {"startInterval", h.StartInterval}} {
			if text := d.time.String(); text != "0s" {
				e.text(d.name, text)
			}
		}
		if h.Retries != 0 {
			retries := uint64(h.Retries)
			e.number("retries", &retries)
		}
		to.healthcheck = e.flow()
	}
}
