package convert

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

// Format is a kind of file that can be converted.
type Format string

const (
	Dockerfile Format = "dockerfile" // https://docs.docker.com/reference/dockerfile/
	Apko       Format = "apko"       // image configurations of https://github.com/chainguard-dev/apko
	DHI        Format = "dhi"        // definitions of https://github.com/docker-hardened-images/catalog
)

// ParseFormat reads the name of a format.
func ParseFormat(text string) (Format, error) {
	switch f := Format(text); f {
	case Dockerfile, Apko, DHI:
		return f, nil
	}
	return "", fmt.Errorf("format %q is not one of dockerfile, apko, dhi", text)
}

// Options say how to convert. The zero value finds out the format.
type Options struct {
	Format Format // "" to tell it by content and name
	Text   []byte // what the file has; nil to read it

	// Platform is what a Dockerfile is converted for if it depends on that; the zero Platform means linux/amd64.
	Platform oci.Platform

	// Base, if not nil, is the base of the Dockerfile, whose settings it builds on. Without it, that must be scratch or
	// docker.io/library/alpine.
	Base *oci.Base

	// Dockerfile has the context directory and what else a Dockerfile is built with.
	Dockerfile dockerfile.Options

	// Sum, if not nil, returns the SHA-256 of what a URL has now, in hexadecimal, for keys and files of which the file does not say it.
	Sum func(where string) (string, error)

	// Dir is the directory that the spec is put in, from which its paths start; "" means that of the file, or of a Dockerfile the context
	// directory.
	Dir string
}

// Result is what came out.
type Result struct {
	Format Format
	Spec   []byte // YAML; it reads as a spec
	Notes  []Note // by their lines
}

// Note is something that the spec does not say as the file does.
type Note struct {
	File    string
	Line    int // counted from 1; 0 for the file as a whole
	Message string
	Remedy  string // what to do

	// Loses means that the spec does not make the same image unless somebody does something. Other notes say what is the same but
	// needs to be known.
	Loses bool
}

// String is the note on one line, in the form that editors jump to.
func (n Note) String() string {
	where := n.File
	if n.Line > 0 {
		where = fmt.Sprintf("%s:%d", n.File, n.Line)
	}
	text := where + ": "
	if !n.Loses {
		text += "note: "
	}
	text += n.Message
	if n.Remedy != "" {
		text += ": " + n.Remedy
	}
	return text
}

// MaxFile bounds a file that is converted, in bytes.
const MaxFile = 4 << 20

// File converts a file.
func File(name string, o Options) (*Result, error) {
	text, err := readFile(name, o.Text)
	if err != nil {
		return nil, err
	}
	if o.Format == "" {
		if o.Format, err = detect(name, text); err != nil {
			return nil, err
		}
	}
	c := &conversion{name: name, options: o, spec: newDocument()}
	switch o.Format {
	case Dockerfile:
		err = c.dockerfile()
	case Apko:
		err = c.apko(text)
	case DHI:
		err = c.dhi(text)
	}
	if err != nil {
		return nil, err
	}
	r := &Result{Format: o.Format, Notes: c.notes}
	sort.SliceStable(r.Notes, func(i, j int) bool {
		// Notes on files that are included follow those on the file itself.
		a, b := r.Notes[i], r.Notes[j]
		return cmp.Or(cmp.Compare(order(a, name), order(b, name)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) < 0
	})
	r.Notes = slices.Compact(r.Notes)
	if r.Spec, err = c.spec.text(); err != nil {
		return nil, fmt.Errorf("write spec: %w", err)
	}
	if err := new(spec.Document).Parse(r.Spec, name); err != nil {
		return nil, hint.Errorf("%s has values that no spec may have: %w", name, err).With("correct the value in " + name)
	}
	return r, nil
}

func order(n Note, name string) int {
	if n.File == name {
		return 0
	}
	return 1
}

// readFile returns the text of a file, which may be known.
func readFile(name string, text []byte) ([]byte, error) {
	if text == nil {
		f, err := diskio.OpenInput(name)
		if err == nil {
			defer f.Close()
			text, err = bounded.ReadAll(f, MaxFile)
		}
		if err != nil {
			return nil, hint.Errorf("read %s: %w", redact.URL(name), diskio.Reason(err)).With("name a Dockerfile, an apko.yaml, or a definition of a hardened image")
		}
	}
	if !utf8.Valid(text) {
		line := 1
		for rest := text; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			rest = rest[size:]
		}
		return nil, hint.Errorf("%s:%d: is not UTF-8, as all texts of a spec are", name, line).With(
			"write other bytes as escapes, such as printf '\\377'")
	}
	return text, nil
}

// A conversion makes one spec.
type conversion struct {
	name    string
	options Options
	spec    *document
	notes   []Note
	sums    map[string]string // by URL
}

// sumOf returns the SHA-256 that what is at a URL must have, with a note unless it is known for certain.
func (c *conversion) sumOf(file string, line int, what, where string) string {
	if parsed := keyURL(where); parsed != nil {
		if sum := alpineKeySum(parsed); sum != "" {
			return sum
		}
	}
	if sum := c.sums[where]; sum != "" {
		return sum
	}
	sum := noSum
	switch {
	case c.options.Sum == nil:
		c.lose(file, line, howToPin, "the SHA-256 of %s %s is not known", what, where)
	default:
		got, err := c.options.Sum(where)
		if err != nil {
			c.lose(file, line, howToPin, "the SHA-256 of %s %s is not known: %v", what, where, err)
			break
		}
		sum = got
		c.tell(file, line, "check that it is the one that you mean", "%s %s has the SHA-256 that it has now", what, where)
	}
	if c.sums == nil {
		c.sums = make(map[string]string)
	}
	c.sums[where] = sum
	return sum
}

// lose notes something that the spec lacks. It is not inlined, which saves space.
//
//go:noinline
func (c *conversion) lose(file string, line int, remedy, format string, args ...any) {
	c.notes = append(c.notes, Note{File: file, Line: line, Message: fmt.Sprintf(format, args...), Remedy: remedy, Loses: true})
}

// tell notes something that needs to be known.
func (c *conversion) tell(file string, line int, remedy, format string, args ...any) {
	c.notes = append(c.notes, Note{File: file, Line: line, Message: fmt.Sprintf(format, args...), Remedy: remedy})
}

var (
	fromLine  = regexp.MustCompile(`(?im)^[ \t]*FROM[ \t]+\S`)
	dhiSyntax = regexp.MustCompile(`(?m)\A\s*#\s*syntax\s*=\s*\S*\bdhi\b\S*build`)
)

// DetectFile tells the format of a file, by its content before its name. The text may be nil, to read it.
func DetectFile(name string, text []byte) (Format, error) {
	text, err := readFile(name, text)
	if err != nil {
		return "", err
	}
	return detect(name, text)
}

// detect is DetectFile for a text.
func detect(name string, text []byte) (Format, error) {
	const choose = "say it: --from dockerfile, --from apko or --from dhi"
	if dhiSyntax.Match(text) {
		return DHI, nil
	}
	isFrom := fromLine.Match(text)
	if isFrom && isDockerfileName(name) {
		return Dockerfile, nil
	}
	root := new(yaml.Node)
	if err := yaml.Load(text, root); err == nil {
		if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
			root = root.Content[0]
		}
		if root.Kind == yaml.MappingNode {
			return detectYAML(name, root, choose)
		}
	}
	if isFrom {
		return Dockerfile, nil
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return "", hint.Errorf("%s is empty", name).With("name a Dockerfile, an apko.yaml, or a definition of a hardened image")
	}
	return "", hint.Errorf("%s: is neither a Dockerfile nor a mapping in YAML", name).With(choose)
}

func detectYAML(name string, root *yaml.Node, choose string) (Format, error) {
	has := make(map[string]bool)
	for i := 0; i+1 < len(root.Content); i += 2 {
		has[root.Content[i].Value] = true
	}
	any := func(keys ...string) bool { return slices.ContainsFunc(keys, func(key string) bool { return has[key] }) }
	switch {
	case any("base", "packages", "keys", "repositories", "files", "config", "steps", "run") && !has["contents"]:
		return "", hint.Errorf("%s: is a spec of Lamina already", name).With("build it: lamina build -f " + name)
	case any("image", "variant", "tags", "vars", "platforms", "dates", "ports", "tests"):
		return DHI, nil
	case any("contents", "archs", "entrypoint", "accounts", "paths", "environment", "include"):
		return Apko, nil
	}
	return "", hint.Errorf("%s: has no key by which its format can be told", name).With(choose)
}

func isDockerfileName(name string) bool {
	base := strings.ToLower(filepath.Base(name))
	for _, kind := range [...]string{"dockerfile", "containerfile"} {
		if base == kind || strings.HasPrefix(base, kind+".") || strings.HasSuffix(base, "."+kind) {
			return true
		}
	}
	return false
}
