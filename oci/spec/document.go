package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
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

	name    string     // of the file, "" without one
	dir     string     // that relative paths of bases, repositories and keys start from
	context string     // that sources lie in
	root    *yaml.Node // of the file, for the places of problems
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

	place place
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

// maxSpec bounds a spec file, in bytes.
const maxSpec = 4 << 20

// Read reads a spec file. It reports every unknown key, wrong type and invalid value, each with its line and column. The
// files of the spec may come from its directory only, unless [Document.SetContext] names another one.
//
// The file itself may be a link to anywhere, but if it is one that leads out of its directory, no error quotes it: a
// stranger may have made the link, to a file that is no spec.
func Read(name string) (*Document, error) {
	text, err := readFile(name, maxSpec)
	if err != nil {
		if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
			err = &fs.PathError{Op: inner.Op, Path: redact.URL(name), Err: inner.Err}
		}
		return nil, &ReadError{err}
	}
	s := &Document{name: name, dir: filepath.Dir(name), context: filepath.Dir(name)}
	if err := s.Parse(text, name); err != nil {
		if target, ok := leadsOut(name); ok {
			err = hint.With(fmt.Errorf("%s: is a link to %s, which is not a valid spec", name, target), "to see what is wrong with it, name the file itself: -f "+target)
		}
		return nil, fmt.Errorf("read spec: %w", err)
	}
	return s, nil
}

// readFile reads a file of at most so many bytes. It may be a pipe.
func readFile(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := bounded.ReadAll(file, limit)
	if tooLarge := new(bounded.TooLargeError); errors.As(err, &tooLarge) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return data, err
}

// leadsOut returns where a link leads that leaves its own directory.
func leadsOut(name string) (target string, ok bool) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", false
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return "", false
	}
	relative, err := filepath.Rel(dir, target)
	return target, err != nil || !filepath.IsLocal(relative)
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
	s.name = name
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
	// Places are found only for what the file has; without a document, there is nothing to find.
	s.root = new(yaml.Node)
	if yaml.Load(text, s.root) != nil {
		s.root = nil
	}
	return s.errorOf(append(problems, s.check()...))
}

// UnmarshalYAML remembers where the entry stands, for errors found later.
func (f *fileEntry) UnmarshalYAML(n *yaml.Node) error {
	type plain fileEntry
	err := n.Load((*plain)(f), yaml.WithKnownFields())
	f.place = place{int(n.Line), int(n.Column)}
	return err
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
