package spec

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci"
)

// check finds what is wrong with the values of the document, as far as the document alone tells.
func (s *Document) check() []problem {
	var problems []problem
	add := func(err error, path ...any) {
		if err != nil {
			problems = append(problems, problem{place: s.at(path...), message: err.Error()})
		}
	}
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
		if strings.TrimSpace(text) == "" {
			add(errors.New("empty package name"), "packages", i)
		}
	}
	for i, name := range s.Keys {
		switch {
		case name == "":
			add(errors.New("empty file name of a key"), "keys", i)
		case strings.Contains(name, "://"):
			add(fmt.Errorf("key %s is a URL; a key is a file beside the spec", redact.URL(name)), "keys", i)
		}
	}
	for i, line := range s.Repositories {
		if strings.TrimSpace(line) == "" {
			add(errors.New("empty repository"), "repositories", i)
		}
	}
	for i := range s.Files {
		if message := s.Files[i].check(); message != "" {
			problems = append(problems, problem{place: s.Files[i].place, message: message})
		}
	}
	for _, err := range configErrors(s.config().Validate()) {
		path := []any{"config", err.Setting}
		if err.At != nil {
			path = append(path, err.At)
		}
		add(err, path...)
	}
	return problems
}

// config returns the settings of the image.
func (s *Document) config() oci.ConfigChanges {
	return oci.ConfigChanges{
		Entrypoint: s.Config.Entrypoint, Cmd: s.Config.Cmd, ExposedPorts: s.Config.ExposedPorts,
		Volumes: s.Config.Volumes, Env: s.Config.Env, User: s.Config.User,
		WorkingDir: s.Config.WorkingDir, StopSignal: s.Config.StopSignal, Labels: s.Config.Labels,
	}
}

// configErrors returns the errors that Validate joined.
func configErrors(err error) []*oci.ConfigError {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var list []*oci.ConfigError
	for _, err := range joined.Unwrap() {
		if invalid := (*oci.ConfigError)(nil); errors.As(err, &invalid) {
			list = append(list, invalid)
		}
	}
	return list
}

// check says what is wrong with an entry, or "".
func (f *fileEntry) check() string {
	switch {
	case f.Path == "":
		return "a file needs a path"
	case !strings.HasPrefix(f.Path, "/"):
		return fmt.Sprintf("path %q is not absolute: write %q", f.Path, path.Clean("/"+f.Path))
	case f.Type == "symlink" && f.Target == "":
		return fmt.Sprintf("symlink %s needs a target", f.Path)
	case f.Type == "symlink" && f.Source != "":
		return fmt.Sprintf("symlink %s has a source: a link has only a target", f.Path)
	case f.Type == "symlink" && f.Mode != nil:
		return fmt.Sprintf("symlink %s has a mode: the mode of a link means nothing", f.Path)
	case f.Type != "symlink" && f.Target != "":
		return fmt.Sprintf("%s has a target: only type symlink has one", f.Path)
	case f.Type == "directory" && f.Source != "":
		return fmt.Sprintf("directory %s has a source: list its files one by one", f.Path)
	case (f.Type == "" || f.Type == "file") && f.Source == "":
		return fmt.Sprintf("file %s needs a source; for a directory, add type: directory", f.Path)
	}
	return ""
}
