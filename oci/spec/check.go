package spec

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// check finds what is wrong with the values of the document, as far as the document alone tells.
func (s *Document) check() []Problem {
	var problems []Problem
	add := s.adder(&problems)
	if s.Base != "" {
		_, err := oci.ParseReference(s.Base)
		add(err, "base")
	}
	var platforms []oci.Platform
	for i, text := range s.Platforms {
		platform, err := oci.ParsePlatform(text)
		if err == nil && slices.Contains(platforms, platform) {
			err = fmt.Errorf("platform %s: given twice", platform)
		}
		platforms = append(platforms, platform)
		add(err, "platforms", i)
	}
	for i, text := range s.Packages {
		add(CheckPackage(text), "packages", i)
	}
	for i := range s.Keys {
		add(s.Keys[i].check(), "keys", i)
	}
	for _, name := range slices.Sorted(maps.Keys(s.OSRelease)) {
		add(stage.CheckOSRelease(name, s.OSRelease[name]), "os-release", name)
	}
	for i, line := range s.Repositories {
		add(CheckRepository(line), "repositories", i)
	}
	own := stepEntry{Groups: s.Groups, Users: s.Users, Files: s.Files, Run: s.Run, Remove: s.Remove}
	problems = append(problems, s.checkStep(&own)...)
	for i := range s.Steps {
		step := &s.Steps[i]
		for j, text := range step.Packages {
			add(CheckPackage(text), "steps", i, "packages", j)
		}
		problems = append(problems, s.checkStep(step, "steps", i)...)
		for j := range step.Files {
			if step.Files[j].When == "before" {
				add(errors.New("a step has its place among the steps: when has no meaning here"), "steps", i, "files", j, "when")
			}
		}
	}
	for _, err := range specfile.ConfigErrors(s.config().Validate()) {
		path := []any{"config", err.Setting}
		if err.At != nil {
			path = append(path, err.At)
		}
		add(err, path...)
	}
	return problems
}

// adder returns a function that adds a problem, unless err is nil, with the place that path leads to below prefix.
func (s *Document) adder(problems *[]Problem, prefix ...any) func(err error, path ...any) {
	return func(err error, path ...any) {
		if err != nil {
			*problems = append(*problems, Problem{Place: s.at(slices.Concat(prefix, path)...), Message: err.Error(), Remedy: hint.Of(err)})
		}
	}
}

// checkStep finds what is wrong with the lists of a step, to which prefix leads.
func (s *Document) checkStep(e *stepEntry, prefix ...any) []Problem {
	var problems []Problem
	add := s.adder(&problems, prefix...)
	for i := range e.Groups {
		if message := e.Groups[i].check(); message != "" {
			add(errors.New(message), "groups", i)
		}
	}
	for i := range e.Users {
		if message := e.Users[i].check(); message != "" {
			add(errors.New(message), "users", i)
		}
	}
	for _, list := range [...]struct {
		name  string
		items []string
	}{{"run", e.Run}, {"remove", e.Remove}} {
		for i, text := range list.items {
			switch {
			case strings.TrimSpace(text) == "":
				add(fmt.Errorf("empty item of %s", list.name), list.name, i)
			case list.name == "remove" && !strings.HasPrefix(text, "/"):
				add(fmt.Errorf("path %q is not absolute: write %q", text, path.Clean("/"+text)), list.name, i)
			}
		}
	}
	for i := range e.Files {
		if message := e.Files[i].check(); message != "" {
			problems = append(problems, Problem{Place: s.placeOf(e.Files[i].node), Message: message})
		}
		if f := &e.Files[i]; f.Mode != "" && f.Type != "permissions" {
			_, err := specfile.ParseMode(f.Mode)
			add(err, "files", i, "mode")
		}
	}
	return problems
}

// config returns the settings of the image.
func (s *Document) config() oci.ConfigChanges {
	return oci.ConfigChanges{
		Entrypoint: s.Config.Entrypoint, Cmd: s.Config.Cmd, ExposedPorts: s.Config.ExposedPorts,
		Volumes: s.Config.Volumes, Env: s.Config.Env, User: s.Config.User,
		WorkingDir: s.Config.WorkingDir, StopSignal: s.Config.StopSignal, Labels: s.Config.Labels,
		Healthcheck: s.Config.Healthcheck.healthcheck(), Shell: s.Config.Shell, Author: s.Config.Author,
	}
}

func (h *healthcheckEntry) healthcheck() *oci.Healthcheck {
	if h == nil {
		return nil
	}
	return &oci.Healthcheck{
		Test: h.Test, Interval: time.Duration(h.Interval), Timeout: time.Duration(h.Timeout), StartPeriod: time.Duration(h.StartPeriod),
		StartInterval: time.Duration(h.StartInterval), Retries: h.Retries,
	}
}

// check says what is wrong with an entry, or "".
func (f *fileEntry) check() string {
	isFile, isLink := f.Type == "" || f.Type == "file", f.Type == "symlink" || f.Type == "hardlink"
	var contents []string // the keys that say what it holds
	for _, key := range [...]struct {
		name string
		set  bool
	}{{"source", f.Source != "" && f.From == ""}, {"content", f.Content != nil}, {"append", f.Append != nil}, {"tree", f.Tree != ""},
		{"from", f.From != ""}, {"archive", f.Archive != "" && f.URL == ""}, {"url", f.URL != ""}} {
		if key.set {
			contents = append(contents, key.name)
		}
	}
	switch {
	case f.Path == "":
		return "a file needs a path"
	case !strings.HasPrefix(f.Path, "/"):
		return fmt.Sprintf("path %q is not absolute: write %q", f.Path, path.Clean("/"+f.Path))
	case isLink && f.Target == "":
		return fmt.Sprintf("%s %s needs a target", f.Type, f.Path)
	case isLink && len(contents) > 0:
		return fmt.Sprintf("%s %s has a %s: a link has only a target", f.Type, f.Path, contents[0])
	case f.Type == "symlink" && f.Mode != "":
		return fmt.Sprintf("symlink %s has a mode: the mode of a link means nothing", f.Path)
	case f.Type == "hardlink" && !strings.HasPrefix(f.Target, "/"):
		return fmt.Sprintf("hardlink %s: the target %q is not absolute: write %q", f.Path, f.Target, path.Clean("/"+f.Target))
	case f.Type == "hardlink" && (f.Mode != "" || f.Owner != ""):
		return fmt.Sprintf("hardlink %s has a mode or an owner: they are those of its target", f.Path)
	case !isLink && f.Target != "":
		return fmt.Sprintf("%s has a target: only types symlink and hardlink have one", f.Path)
	case f.Merge && (!isFile && f.Type != "directory" || f.Append != nil):
		return fmt.Sprintf("%s has merge: only files, directories and trees have it", f.Path)
	case f.Type == "directory" && len(contents) > 0:
		return fmt.Sprintf("directory %s has a %s: with tree instead of type, a directory comes with its files", f.Path, contents[0])
	case !isFile && len(contents) > 0:
		return fmt.Sprintf("%s of type %s has a %s: it gets no content", f.Path, f.Type, contents[0])
	case isFile && len(contents) == 0:
		return fmt.Sprintf("file %s needs a source, content, append, tree, archive, url or from; for a directory, add type: directory", f.Path)
	case len(contents) > 1:
		return fmt.Sprintf("file %s has both %s and %s: give one", f.Path, contents[0], contents[1])
	case f.From != "" && !strings.HasPrefix(f.Source, "/"):
		return fmt.Sprintf("%s comes from an image and needs the absolute path there: source: /PATH", f.Path)
	case f.URL != "" && !isSHA256(f.SHA256):
		return fmt.Sprintf("%s comes from a URL and needs the sha256 of the file there: 64 hexadecimal digits", f.Path)
	case f.URL == "" && f.SHA256 != "":
		return fmt.Sprintf("%s has a sha256: only a url needs one", f.Path)
	case f.Archive == "" && (f.Strip != 0 || len(f.Include) > 0) || f.Strip < 0:
		return fmt.Sprintf("%s has strip or include: only an archive has them, and strip is not negative", f.Path)
	case f.Archive != "" && f.Mode != "":
		return fmt.Sprintf("archive %s has a mode: give modes: {files: 0644, directories: 0755}", f.Path)
	case f.Tree != "" && f.Mode != "":
		return fmt.Sprintf("tree %s has a mode: give modes: {files: 0644, directories: 0755}", f.Path)
	case f.Tree == "" && f.From == "" && len(f.Exclude) > 0:
		return fmt.Sprintf("%s has exclude: only a tree and a directory of an image have it", f.Path)
	case f.Tree == "" && f.Archive == "" && f.From == "" && f.Modes != modes{}:
		return fmt.Sprintf("%s has modes: only a tree, an archive and a directory of an image have them", f.Path)
	case f.Type == "permissions" && f.Mode == "" && f.Owner == "":
		return fmt.Sprintf("permissions of %s need a mode or an owner", f.Path)
	case f.Type == "absent" && (f.Mode != "" || f.Owner != ""):
		return fmt.Sprintf("absent %s has a mode or an owner: it is removed", f.Path)
	case f.Recursive && f.Type != "permissions":
		return fmt.Sprintf("%s is recursive: only type permissions can be", f.Path)
	}
	return ""
}

func isSHA256(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}
