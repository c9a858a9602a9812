package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/oci"
)

// fileErrors holds all problems of a spec, or of a Dockerfile, in the order of the file.
type fileErrors struct {
	name     string
	problems []Problem // at least one
}

// Problem is what is wrong at a place.
type Problem struct {
	Place
	Message string
	Remedy  string // "" for that of every spec
}

// Place is a position in the file, 1-based; the zero Place is the file as a whole.
type Place struct {
	Line, Column int
	File         string // that is included; "" for the spec's own
}

// Error has a line for each problem, in the form that editors jump to.
func (e fileErrors) Error() string {
	lines := make([]string, len(e.problems))
	for i, p := range e.problems {
		lines[i] = p.in(e.name) + ": " + p.Message
	}
	return strings.Join(lines, "\n  ")
}

// Hint returns the remedy of the first problem that has one of its own.
func (e fileErrors) Hint() string {
	for _, p := range e.problems {
		if p.Remedy != "" {
			return p.Remedy
		}
	}
	return `"lamina help spec" lists all keys`
}

// in returns the place as editors read it.
func (p Place) in(name string) string {
	if p.File != "" {
		name = p.File
	}
	if p.Line == 0 {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, p.Line, p.Column)
}

// NewErrors returns problems of a file in its order, at least one, each once.
func NewErrors(name string, problems []Problem) error {
	sortProblems(problems)
	var each []Problem
	for i, p := range problems {
		if i == 0 || p.Place != problems[i-1].Place || p.Message != problems[i-1].Message {
			each = append(each, p)
		}
	}
	return fileErrors{name, each}
}

// errorOf returns problems in the order of the file, as one error; without any, nil.
func (s *Document) errorOf(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	sortProblems(problems)
	values := scalars(s.root, nil)
	for i := range problems {
		problems[i].Message = redact.Values(problems[i].Message, values...)
	}
	return fileErrors{s.name, problems}
}

// sortProblems puts problems into the order of the file.
func sortProblems(problems []Problem) {
	sort.SliceStable(problems, func(i, j int) bool {
		a, b := problems[i], problems[j]
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) < 0
	})
}

// scalars adds the texts in a document to a list, keys included.
func scalars(node *yaml.Node, list []string) []string {
	if node == nil {
		return list
	}
	if node.Kind == yaml.ScalarNode {
		return append(list, node.Value)
	}
	for _, child := range node.Content {
		list = scalars(child, list)
	}
	return list
}

// at returns the place of the value that a path of keys (strings) and positions in lists (ints) leads to, or of the last
// value on the way that the file has.
func (s *Document) at(path ...any) Place {
	if node := s.node(path...); node != nil {
		return s.placeOf(node)
	}
	return Place{}
}

// node returns the value itself.
func (s *Document) node(path ...any) *yaml.Node {
	node := s.root
	for node != nil && node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	for _, step := range path {
		next := child(node, step)
		if next == nil {
			break
		}
		node = next
	}
	return node
}

// child returns the value of a key or at a position, or nil.
func child(node *yaml.Node, step any) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node == nil {
		return nil
	}
	switch step := step.(type) {
	case int:
		if node.Kind == yaml.SequenceNode && step < len(node.Content) {
			return node.Content[step]
		}
	case string:
		if node.Kind != yaml.MappingNode {
			return nil
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1]
			}
		}
	}
	return nil
}

// topKeys are the keys at the top of a spec.
var topKeys = []string{
	"include", "images", "args", "base", "platforms", "repositories", "keys", "packages", "files", "config", "annotations", "compression", "scripts",
	"upgrade", "os-release", "groups", "users", "run", "remove", "steps",
}

// specKeys are all the keys that a spec may have, for "did you mean".
var specKeys = append(slices.Clone(topKeys),
	"name", "gid", "system", "members", "uid", "group", "home", "createHome", "shell", "gecos", "password",
	"path", "type", "source", "content", "append", "tree", "exclude", "url", "sha256", "from", "archive", "strip", "include", "target",
	"mode", "modes", "directories", "owner", "recursive", "merge", "when", "skip",
	"user", "exposedPorts", "env", "entrypoint", "cmd", "volumes", "workingDir", "stopSignal", "healthcheck", "labels", "author",
	"test", "interval", "timeout", "startPeriod", "startInterval", "retries",
)

// problemsOf returns what the YAML library reports, nil for another error.
func problemsOf(err error) []Problem {
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	var list []Problem
	switch {
	case errors.As(err, &all):
		for _, e := range all.Errors {
			list = append(list, problemOf(e))
		}
	case errors.As(err, &one):
		list = append(list, problemOf(one))
	}
	return list
}

// problemOf says in the spec's terms what the YAML library says in Go's.
func problemOf(e *yaml.LoadError) Problem {
	p := Problem{Place: Place{Line: int(e.Mark.Line), Column: int(e.Mark.Column)}, Message: e.Message}
	if e.Stage == yaml.ScannerStage || e.Stage == yaml.ParserStage {
		p.Remedy = "the file is not valid YAML: check the indentation, of blanks and not tabs, and quotes and brackets"
		return p
	}
	if key, ok := strings.CutPrefix(e.Message, "field "); ok {
		if key, _, ok := strings.Cut(key, " not found in type "); ok {
			p.Message = fmt.Sprintf("unknown key %q", key)
			near := suggest.Near(key, slices.Values(specKeys))
			switch {
			case slices.Contains(topKeys, key):
				p.Message += " here; it belongs at the top of the spec, without indentation"
			case slices.Contains(specKeys, key):
				p.Message += " here"
			case len(near) > 0:
				p.Message += fmt.Sprintf("; did you mean %q?", near[0])
			}
			return p
		}
	}
	if rest, ok := strings.CutPrefix(e.Message, "cannot construct "); ok {
		if found, want, ok := cutLast(rest, " into "); ok {
			found, value, _ := strings.Cut(found, " ")
			p.Message = fmt.Sprintf("expected %s, found %s", yamlWant(want), yamlFound(found))
			if value != "" {
				p.Message += " " + value
			}
		}
		return p
	}
	switch p.Message = strings.TrimPrefix(p.Message, "yaml: "); p.Message {
	case "no documents in stream":
		return Problem{Message: "the spec is empty", Remedy: `"lamina init" writes a starter spec; "lamina help spec" lists all keys`}
	case "expected single document, found multiple":
		p.Message = "several YAML documents; a spec has one"
	}
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
	case goType == "bool":
		return "true or false"
	case goType == "uint32":
		return "a whole number from 0 to 4294967295"
	case strings.HasPrefix(goType, "uint"):
		return "a whole number from 0"
	case strings.HasPrefix(goType, "int"):
		return "a whole number"
	}
	return "a string"
}

// Locate adds to an error where the spec file has the value that it is about, which a path of keys and positions in lists
// leads to. It leaves alone the errors of a spec that was not read from a file.
func (s *Spec) Locate(err error, path ...any) error {
	if err == nil {
		return nil
	}
	if len(path) == 2 && path[0] == "config" && s.instructions[path[1].(string)] != "" {
		if setting := new(oci.ConfigError); errors.As(err, &setting) {
			err = setting.Err
		}
		return hint.Default(fmt.Errorf("%s: %w", s.instructions[path[1].(string)], err), remedyInstruction)
	}
	if s.document == nil || s.document.name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", s.document.at(path...).in(s.document.name), err)
}

// LocatePlatforms is [Spec.Locate] for the number of platforms, unless others were given instead of the file's.
func (s *Spec) LocatePlatforms(err error) error {
	if s.document == nil || len(s.document.Platforms) != len(s.Platforms) {
		return err
	}
	return s.Locate(err, "platforms")
}

// LocateBase adds to an error of the base where FROM of a Dockerfile names it.
func (s *Spec) LocateBase(err error) error {
	if s.from == "" {
		return err
	}
	err = fmt.Errorf("%s: %w", s.from, err)
	if s.fromRemedy != "" {
		err = hint.With(err, s.fromRemedy)
	}
	return err
}

// LocateIn is [Spec.Locate] for a value of a step. For a file, the path is "files" and its position in the step's list. For a text that is
// run, it is "run" and its position: where an error says which command of the text it is about, its line is named.
func (s *Spec) LocateIn(step *Step, err error, path ...any) error {
	if err == nil || errors.As(err, new(*placedError)) {
		return err
	}
	located := s.locateRun(step, err, path)
	switch {
	case located != nil && step.where == "":
		return located
	case located != nil:
		return &placedError{step.hinted(located)}
	case step.where != "":
		return &placedError{step.hinted(fmt.Errorf("%s: %w", step.where, err))}
	}
	if len(path) == 2 && path[0] == "files" {
		i := path[1].(int)
		if i >= len(step.files) {
			return err
		}
		path = []any{"files", step.files[i]}
	}
	return s.Locate(err, slices.Concat(step.place, path)...)
}

// placedError is an error that names an instruction, which may be one of another stage than that which needs it.
type placedError struct{ err error }

func (e *placedError) Error() string { return e.err.Error() }
func (e *placedError) Unwrap() error { return e.err }

// locateRun adds to an error of a text that is run the place of the command, instead of its line in the text; nil if that is not known.
func (s *Spec) locateRun(step *Step, err error, path []any) error {
	var in interface {
		TextPlace() (offset int, line uint)
	}
	if len(path) != 2 || path[0] != "run" || !errors.As(err, &in) {
		return nil
	}
	offset, line := in.TextPlace()
	where := ""
	switch {
	case step.commandPlace != nil:
		where = step.commandPlace(offset)
	case step.where == "" && s.document != nil && s.document.name != "":
		node := s.document.node(slices.Concat(step.place, path)...)
		if node == nil || node.Value != step.Run[path[1].(int)] {
			return nil
		}
		where = s.document.placeIn(node, offset).in(s.document.name)
	default:
		return nil
	}
	text := err.Error()
	if offset > 0 || line == 1 { // else it is the text as a whole that the shell cannot read
		text = strings.Replace(text, fmt.Sprintf(": line %d: ", line), ": ", 1)
	}
	return &locatedError{where + ": " + text, err}
}

type locatedError struct {
	text string
	err  error
}

func (e *locatedError) Error() string { return e.text }
func (e *locatedError) Unwrap() error { return e.err }

// LocateBefore is [Spec.Locate] for an item of Before.
func (s *Spec) LocateBefore(err error, i int) error {
	if i >= len(s.before) {
		return err
	}
	return s.Locate(err, "files", s.before[i])
}
