package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// Document is the content of lamina.yaml. In the config, absent keys keep the base's
// values and an empty list clears them.
type Document struct {
	Include      includes          `yaml:"include"`
	Images       imageNames        `yaml:"images"`
	Args         map[string]string `yaml:"args"`
	Base         string            `yaml:"base"`
	Platforms    []string          `yaml:"platforms"`
	Repositories []string          `yaml:"repositories"`
	Keys         []keyEntry        `yaml:"keys"`
	Packages     []string          `yaml:"packages"`
	Upgrade      upgradeEntry      `yaml:"upgrade"`
	OSRelease    map[string]string `yaml:"os-release"`
	Groups       []groupEntry      `yaml:"groups"`
	Users        []userEntry       `yaml:"users"`
	Files        []fileEntry       `yaml:"files"`
	Run          []string          `yaml:"run"`
	Remove       []string          `yaml:"remove"`
	Steps        []stepEntry       `yaml:"steps"`
	Config       configEntry       `yaml:"config"`
	Annotations  map[string]string `yaml:"annotations"`
	Compression  compression       `yaml:"compression"`
	Scripts      struct {
		Skip    []skipEntry `yaml:"skip"`
		Without []string    `yaml:"without"`
	} `yaml:"scripts"`

	name     string                // of the file, "" without one
	dir      string                // that relative paths of bases, repositories and keys start from
	context  string                // that sources lie in
	root     *yaml.Node            // of the file, for the places of problems; merged with what it includes
	without  []string              // of ReadOptions
	lines    []string              // of the file, for the same
	parts    []*yaml.Node          // of each file, if it includes some
	included map[*yaml.Node]string // included files by their nodes
	image    string                // that is chosen, "" for none
	given    map[string]string     // args
}

// Name returns the file that the document was read from, "" for the zero Document.
func (s *Document) Name() string { return s.name }

// skipEntry is a package whose scripts are left out: a name, or one with the platforms and types of scripts that it is about.
type skipEntry struct {
	Name      string   `yaml:"name"`
	Platforms []string `yaml:"platforms"`
	Types     []string `yaml:"types"`
}

func (e *skipEntry) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		e.Name = n.Value
		return nil
	}
	type plain skipEntry
	return n.Load((*plain)(e), yaml.WithKnownFields())
}

// includes are the names of files: one, or a list.
type includes []string

func (i *includes) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*i = includes{n.Value}
		return nil
	}
	return n.Load((*[]string)(i))
}

// stepEntry is an item of steps: what a spec has by itself in its fixed order.
type stepEntry struct {
	Packages []string     `yaml:"packages"`
	Upgrade  upgradeEntry `yaml:"upgrade"`
	Groups   []groupEntry `yaml:"groups"`
	Users    []userEntry  `yaml:"users"`
	Files    []fileEntry  `yaml:"files"`
	User     string       `yaml:"user"` // who runs Run
	Run      []string     `yaml:"run"`
	Remove   []string     `yaml:"remove"`
}

type fileEntry struct {
	Path      string   `yaml:"path"`
	Type      fileType `yaml:"type"`
	Source    string   `yaml:"source"`
	Content   *string  `yaml:"content"`
	Append    *string  `yaml:"append"`
	Tree      string   `yaml:"tree"`
	URL       string   `yaml:"url"`
	SHA256    string   `yaml:"sha256"`
	From      string   `yaml:"from"`
	Archive   string   `yaml:"archive"`
	Strip     int      `yaml:"strip"`
	Include   []string `yaml:"include"`
	Exclude   []string `yaml:"exclude"`
	Target    string   `yaml:"target"`
	Mode      string   `yaml:"mode"`
	Modes     modes    `yaml:"modes"`
	Owner     string   `yaml:"owner"`
	Recursive bool     `yaml:"recursive"`
	Merge     bool     `yaml:"merge"`
	When      fileTime `yaml:"when"`

	node *yaml.Node
}

// modes are those of what is in a tree.
type modes struct {
	Files       *fileMode `yaml:"files"`
	Directories *fileMode `yaml:"directories"`
}

// fileTime is "before" for a file that is there before the packages are, else "".
type fileTime string

func (t *fileTime) UnmarshalYAML(n *yaml.Node) error {
	switch n.Value {
	case "before", "after":
		*t = fileTime(n.Value)
		return nil
	}
	return fmt.Errorf("when %q is not one of before, after", n.Value)
}

// upgradeEntry is a [lock.Upgrade].
type upgradeEntry lock.Upgrade

func (u *upgradeEntry) UnmarshalYAML(n *yaml.Node) error {
	parsed, err := lock.ParseUpgrade(n.Value)
	*u = upgradeEntry(parsed)
	return err
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
	Healthcheck  *healthcheckEntry `yaml:"healthcheck"`
	Shell        []string          `yaml:"shell"`
	Labels       map[string]string `yaml:"labels"`
	Author       string            `yaml:"author"`
}

// healthcheckEntry is docker's health check; times are as docker writes them, such as 1m30s.
type healthcheckEntry struct {
	Test          []string `yaml:"test"`
	Interval      duration `yaml:"interval"`
	Timeout       duration `yaml:"timeout"`
	StartPeriod   duration `yaml:"startPeriod"`
	StartInterval duration `yaml:"startInterval"`
	Retries       int      `yaml:"retries"`
}

// duration is text such as 30s.
type duration time.Duration

func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	parsed, err := time.ParseDuration(n.Value)
	if err != nil || parsed < 0 {
		return fmt.Errorf("%q is not a time such as 30s or 1m30s", n.Value)
	}
	*d = duration(parsed)
	return nil
}

// MaxSpec bounds a spec file and a Dockerfile, in bytes.
const MaxSpec = specfile.Max

// ReadOptions say which of the images that a file describes is meant.
type ReadOptions struct {
	Text  []byte            // what the file has; nil to read it
	Args  map[string]string // values for args of the spec
	Image string            // name of one of its images; "" for a spec that is one

	Without []string // programs that commands may call, for the spec will leave them out: see [Spec.Without]
}

// Read reads a spec file. It reports every unknown key, wrong type and invalid value, each with its line and column. The
// files of the spec may come from its directory only, unless [Document.SetContext] names another one.
//
// The file itself may be a link to anywhere, but if it is one that leads out of its directory, no error quotes it: a
// stranger may have made the link, to a file that is no spec.
func Read(name string, o ReadOptions) (*Document, error) {
	text, err := specfile.Read(name, o.Text)
	if err != nil {
		if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
			err = fmt.Errorf("%s: %w", redact.URL(name), inner.Err)
		}
		return nil, &readError{err}
	}
	if !isText(text) {
		return nil, &readError{fmt.Errorf("%s: is not a text file", redact.URL(name))}
	}
	s := &Document{name: name, dir: filepath.Dir(name), context: filepath.Dir(name), given: o.Args, image: o.Image, without: o.Without}
	if err := s.Parse(text, name); err != nil {
		if target, ok := specfile.LeadsOut(name); ok {
			err = hint.Errorf("%s: is a link to %s, which is not a valid spec", name, target).With(
				"to see what is wrong with it, name the file itself: -f " + target)
		}
		return nil, fmt.Errorf("read spec: %w", err)
	}
	return s, nil
}

// isText reports whether a file may be YAML, which has no control characters but a few.
func isText(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n\f", r) })
}

// readError means that the spec file cannot be read.
type readError struct{ err error }

func (e *readError) Error() string { return "read spec: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// Hint returns the remedy.
func (e *readError) Hint() string {
	return `name the spec with -f, or give everything by flags, beginning with --base; "lamina help spec" shows an example`
}

// Parse reads the text of a spec; errors refer to it by name.
func (s *Document) Parse(text []byte, name string) error {
	s.name, s.lines = name, strings.Split(string(text), "\n")
	var problems []Problem
	// Places are found only for what the file has; without a document, there is nothing to find.
	s.root = new(yaml.Node)
	err := yaml.Load(text, s.root)
	if err != nil {
		s.root = nil
	} else {
		if problems = s.include(); len(problems) == 0 {
			problems = s.chooseImage()
		}
		if len(problems) > 0 {
			return s.errorOf(problems)
		}
		problems = s.substitute()
	}
	isBroken := false
	for _, part := range s.parts {
		// The problems of a file are reported by themselves, with their places.
		for _, p := range problemsOf(part.Load(new(Document), yaml.WithKnownFields())) {
			p.File = s.included[part]
			problems, isBroken = append(problems, p), true
		}
	}
	switch {
	case isBroken:
		return s.errorOf(problems)
	case s.root != nil && (len(s.given) > 0 || len(s.parts) > 0 || s.has("args")):
		err = s.root.Load(s, yaml.WithKnownFields())
	default:
		err = yaml.Load(text, s, yaml.WithKnownFields())
	}
	found := problemsOf(err)
	if err != nil && found == nil {
		return err
	}
	return s.errorOf(slices.Concat(problems, found, s.check(), s.programs()))
}

// has reports whether the file has a key.
func (s *Document) has(key string) bool {
	document := s.root
	if document.Kind == yaml.DocumentNode && len(document.Content) > 0 {
		document = document.Content[0]
	}
	return child(document, key) != nil
}

// UnmarshalYAML remembers the entry's node, for errors found later.
func (f *fileEntry) UnmarshalYAML(n *yaml.Node) error {
	type plain fileEntry
	err := n.Load((*plain)(f), yaml.WithKnownFields())
	f.node = n
	return err
}

// fileType is "file", "directory", "symlink", "hardlink", "permissions" or "absent"; the zero value means a file.
type fileType string

func (t *fileType) UnmarshalYAML(n *yaml.Node) error {
	switch n.Value {
	case "file", "directory", "symlink", "hardlink", "permissions", "absent":
		*t = fileType(n.Value)
		return nil
	}
	return fmt.Errorf("type %q is not one of file, directory, symlink, hardlink, permissions, absent", n.Value)
}

// compression is "gzip", "zstd", or one of them with a level; the zero value is the default.
type compression layer.Recipe

func (c *compression) UnmarshalYAML(n *yaml.Node) error {
	r, err := layer.ParseRecipe(n.Value)
	*c = compression(r)
	return err
}

// fileMode is written in octal, with or without a leading 0 or 0o, quoted or not.
type fileMode uint16

func (m *fileMode) UnmarshalYAML(n *yaml.Node) error {
	mode, err := specfile.ParseMode(n.Value)
	*m = fileMode(mode)
	return err
}

func (m *fileMode) pointer() *uint16 {
	if m == nil {
		return nil
	}
	mode := uint16(*m)
	return &mode
}
