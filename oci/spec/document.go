package spec

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/layer"
)

// Document is the content of lamina.yaml. In the config, absent keys keep the base's
// values and an empty list clears them.
type Document struct {
	Base         string            `yaml:"base"`
	Platforms    []string          `yaml:"platforms"`
	Repositories []string          `yaml:"repositories"`
	Keys         []string          `yaml:"keys"`
	Packages     []string          `yaml:"packages"`
	Files        []fileEntry       `yaml:"files"`
	Config       configEntry       `yaml:"config"`
	Annotations  map[string]string `yaml:"annotations"`
	Compression  Compression       `yaml:"compression"`
	Scripts      struct {
		Skip []string `yaml:"skip"`
	} `yaml:"scripts"`

	// file is the spec's own, "" without one; dir is the folder that relative paths in
	// it start from.
	name, dir string
}

// Name returns the file that the document was read from, "" for the zero Document.
func (s *Document) Name() string { return s.name }

type fileEntry struct {
	Path   string    `yaml:"path"`
	Type   fileType  `yaml:"type"`
	Source string    `yaml:"source"`
	Target string    `yaml:"target"`
	Mode   *fileMode `yaml:"mode"`
	Owner  string    `yaml:"owner"`

	line, column int
}

// specConfig is image-spec's config object in lower camel case.
type configEntry struct {
	User         string            `yaml:"user"`
	ExposedPorts []string          `yaml:"exposedPorts"`
	Env          map[string]string `yaml:"env"`
	Entrypoint   []string          `yaml:"entrypoint"`
	Cmd          []string          `yaml:"cmd"`
	Volumes      []string          `yaml:"volumes"`
	WorkingDir   string            `yaml:"workingDir"`
	StopSignal   string            `yaml:"stopSignal"`
	Labels       map[string]string `yaml:"labels"`
}

// Read reads a spec file. It reports every unknown key and wrong type, each with its
// line and column.
func Read(name string) (*Document, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, &ReadError{err}
	}
	s := &Document{name: name, dir: filepath.Dir(name)}
	if err := s.Parse(text, name); err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	return s, nil
}

// ReadError means that the spec file cannot be read.
type ReadError struct{ err error }

func (e *ReadError) Error() string { return "read spec: " + e.err.Error() }
func (e *ReadError) Unwrap() error { return e.err }

// Hint returns the remedy.
func (e *ReadError) Hint() string {
	return `name the spec with -f, or give everything by flags, beginning with --base; "lamina help spec" shows an example`
}

// Parse reads the text of a spec; errors refer to it by name.
func (s *Document) Parse(text []byte, name string) error {
	var problems []problem
	err := yaml.Load(text, s, yaml.WithKnownFields())
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &all):
		for _, e := range all.Errors {
			problems = append(problems, problemOf(e))
		}
	case errors.As(err, &one):
		problems = append(problems, problemOf(one))
	case err != nil:
		return err
	}
	for i := range s.Files {
		if p := s.Files[i].check(); p != "" {
			problems = append(problems, problem{s.Files[i].line, s.Files[i].column, p})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b problem) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	return Errors{name, problems}
}

// Errors holds all problems of a spec, in the order of the file.
type Errors struct {
	name     string
	problems []problem // at least one
}

type problem struct {
	line, column int // 1-based; 0 for the file as a whole
	message      string
}

// Error has a line for each problem, in the form that editors jump to.
func (e Errors) Error() string {
	lines := make([]string, len(e.problems))
	for i, p := range e.problems {
		if p.line > 0 {
			lines[i] = fmt.Sprintf("%s:%d:%d: %s", e.name, p.line, p.column, p.message)
		} else {
			lines[i] = fmt.Sprintf("%s: %s", e.name, p.message)
		}
	}
	return strings.Join(lines, "\n  ")
}

// Hint returns the remedy.
func (e Errors) Hint() string { return `"lamina help spec" lists all keys` }

// specKeys are the keys that a spec may have, for "did you mean".
var specKeys = []string{
	"base", "platforms", "repositories", "keys", "packages", "files", "config", "annotations", "compression", "scripts",
	"path", "type", "source", "target", "mode", "owner", "skip",
	"user", "exposedPorts", "env", "entrypoint", "cmd", "volumes", "workingDir", "stopSignal", "labels",
}

// problemOf says in the spec's terms what the YAML library says in Go's.
func problemOf(e *yaml.LoadError) problem {
	p := problem{line: int(e.Mark.Line), column: int(e.Mark.Column), message: e.Message}
	if key, ok := strings.CutPrefix(e.Message, "field "); ok {
		if key, _, ok := strings.Cut(key, " not found in type "); ok {
			p.message = fmt.Sprintf("unknown key %q", key)
			if near := suggest.Near(key, slices.Values(specKeys)); len(near) > 0 {
				p.message += fmt.Sprintf("; did you mean %q?", near[0])
			}
			return p
		}
	}
	if rest, ok := strings.CutPrefix(e.Message, "cannot construct "); ok {
		if found, want, ok := cutLast(rest, " into "); ok {
			found, value, _ := strings.Cut(found, " ")
			p.message = fmt.Sprintf("expected %s, found %s", yamlWant(want), yamlFound(found))
			if value != "" {
				p.message += " " + value
			}
		}
		return p
	}
	p.message = strings.TrimPrefix(p.message, "yaml: ")
	return p
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func yamlFound(tag string) string {
	switch tag {
	case "!!seq":
		return "a list"
	case "!!map":
		return "a mapping"
	case "!!null":
		return "nothing"
	}
	return "the value"
}

func yamlWant(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]spec."):
		return "a list of mappings"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map["), strings.HasPrefix(goType, "struct"), strings.HasPrefix(goType, "spec."):
		return "a mapping"
	}
	return "a string"
}

// UnmarshalYAML remembers where the entry stands, for errors found later.
func (f *fileEntry) UnmarshalYAML(n *yaml.Node) error {
	type plain fileEntry
	err := n.Load((*plain)(f), yaml.WithKnownFields())
	f.line, f.column = int(n.Line), int(n.Column)
	return err
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
	case f.Type == "file" && f.Source == "":
		return fmt.Sprintf("file %s needs a source", f.Path)
	}
	return ""
}

// fileType is "file", "directory" or "symlink"; the zero value means a file.
type fileType string

func (t *fileType) UnmarshalYAML(n *yaml.Node) error {
	switch n.Value {
	case "file", "directory", "symlink":
		*t = fileType(n.Value)
		return nil
	}
	return fmt.Errorf("type %q is not one of file, directory, symlink", n.Value)
}

// Compression is "gzip", "zstd", or one of them with a level; the zero value is the default.
type Compression layer.Recipe

func (c *Compression) UnmarshalYAML(n *yaml.Node) error {
	r, err := layer.ParseRecipe(n.Value)
	*c = Compression(r)
	return err
}

// fileMode is written in octal, with or without a leading 0 or 0o, quoted or not.
type fileMode uint16

func (m *fileMode) UnmarshalYAML(n *yaml.Node) error {
	digits := strings.TrimPrefix(n.Value, "0o")
	v, err := strconv.ParseUint(digits, 8, 16)
	if err != nil || v > 0o7777 {
		return fmt.Errorf("mode %q is not an octal number from 0 to 7777", n.Value)
	}
	*m = fileMode(v)
	return nil
}
