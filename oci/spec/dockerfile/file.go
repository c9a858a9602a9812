package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// File is a Dockerfile (https://docs.docker.com/reference/dockerfile/), which says what to build as a spec does. Each RUN,
// COPY, ADD and WORKDIR becomes a step. Other instructions go into the image's config.
type File struct {
	name    string
	options Options
	lines   []string // of the file
	ast     *parser.Node
	stages  []instructions.Stage
	global  map[string]string // ARGs before the first FROM
	depends bool              // one of them depends on the platform
	escape  rune              // by default a backslash
	target  int
	ignored *patternmatcher.PatternMatcher // in the context directory
	ignores string                         // name of the file that says so

	contexts map[string]string // what is given for names: see context

	mu    sync.Mutex
	specs map[int]*spec.Spec // of stages, each once, so that each is built once
}

// Options are what docker's command line has beside a Dockerfile.
type Options struct {
	Text     []byte            // what the file has; nil to read it
	Args     map[string]string // values for ARG
	Target   string            // name or number of the stage to build; "" for the last
	Context  string            // directory that sources of COPY and ADD lie in; "" for the working directory
	Contexts map[string]string // directories, or references of images, for names that FROM and COPY --from use
	Labels   map[string]string
	Platform oci.Platform // of the image, which FROM may refer to as $TARGETARCH and the like; the zero value for several
	Without  []string     // programs that commands may call, for the spec will leave them out: see [spec.Spec.Without]
}

// Read reads a Dockerfile and the .dockerignore that belongs to it.
func Read(name string, o Options) (*File, error) {
	text, err := specfile.Read(name, o.Text)
	if err != nil {
		return nil, hint.Errorf("read Dockerfile: %w", err).With("name the Dockerfile with -f, and the context directory as the last argument")
	}
	d := &File{name: name, options: o, contexts: make(map[string]string)}
	for _, name := range slices.Sorted(maps.Keys(o.Contexts)) {
		d.contexts[contextName(name)] = o.Contexts[name]
	}
	if err := d.parse(text); err != nil {
		if target, ok := specfile.LeadsOut(name); ok {
			err = hint.Errorf("%s: is a link to %s, which is not a valid Dockerfile", name, target).With(
				"to see what is wrong with it, name the file itself: -f " + target)
		}
		return nil, err
	}
	if d.ignored, d.ignores, err = readIgnored(name, o.Context); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *File) parse(text []byte) error {
	d.lines = strings.Split(string(text), "\n")
	if err := d.checkText(); err != nil {
		return err
	}
	parsed, err := parseText(text)
	if err != nil {
		return d.at(locationOf(err), err)
	}
	stages, global, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return d.at(locationOf(err), err)
	}
	if len(parsed.AST.Children) > maxInstructions {
		return hint.Errorf("%s: more than %d instructions", d.name, maxInstructions).With("join instructions, or build one image over another")
	}
	if len(stages) == 0 {
		return hint.Errorf("%s: no FROM", d.name).With(remedyFrom)
	}
	d.ast, d.stages, d.escape, d.global = parsed.AST, stages, parsed.EscapeToken, make(map[string]string)
	for i := range global {
		for _, arg := range global[i].Args {
			value, isGiven := d.options.Args[arg.Key]
			if !isGiven && arg.Value != nil {
				d.depends = d.depends || isOfPlatform(*arg.Value)
				if value, err = d.expandGlobal(*arg.Value); err != nil {
					return d.at(global[i].Location(), err)
				}
				isGiven = true
			}
			if isGiven {
				d.global[arg.Key] = value
			}
		}
	}
	if d.target = len(stages) - 1; d.options.Target == "" {
		return nil
	}
	if d.target = d.stage(d.options.Target, len(stages)); d.target < 0 {
		remedy := fmt.Sprintf("give the number of a stage, from 0 to %d", len(stages)-1)
		if names := d.stageNames(len(stages)); len(names) > 0 {
			remedy = "stages with a name: " + strings.Join(names, ", ")
		}
		return hint.Errorf("%s: no stage is called %q", d.name, d.options.Target).With(remedy)
	}
	return nil
}

// parseText parses instructions. Comments before them are left out: "# check=skip=RULE" is for docker's linter, without which the
// package instructions dereferences a nil pointer.
func parseText(text []byte) (*parser.Result, error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err == nil {
		for _, node := range parsed.AST.Children {
			node.PrevComment = nil
		}
	}
	return parsed, err
}

// Bounds of a Dockerfile. Docker's own is at some 120 layers.
const (
	maxInstructions = 5000
	maxExpanded     = 16 << 20 // bytes of a word with its variables
)

// Spec returns what to build, as a copy that may be changed. Most of it depends on the base, and shows in [spec.Spec.Over] when that is there.
// If commands need programs that cannot be interpreted, as far as the text shows, the error lists them all.
func (d *File) Spec() (*spec.Spec, error) {
	if err := d.checkPrograms(); err != nil {
		return nil, err
	}
	s, err := d.specOf(d.target)
	if err != nil {
		return nil, err
	}
	out := *s
	return &out, nil
}

// over completes a spec of stages, the first of which begins with the base. If visit is not nil, it is told of each instruction.
func (d *File) over(s *spec.Spec, chain []int, base *oci.Base, visit func(*Instruction) error) error {
	own, err := ownMembers(base.RawConfig)
	if err != nil {
		return fmt.Errorf("config of the base: %w", err)
	}
	t := newTranslation(d, s, base, own.Shell)
	// Instructions change when their words are expanded, which is done for each platform.
	if t.stages, _, err = instructions.Parse(d.ast, nil); err != nil {
		return err
	}
	commands, err := parseOnBuild(own.OnBuild, d.stages[chain[0]].Location)
	if err != nil {
		return fmt.Errorf("ONBUILD of the base: %w", err)
	}
	if err := d.checkOnBuild(commands); err != nil {
		return err
	}
	config := &s.Config
	if len(commands) > 0 {
		config.OnBuild = []string{} // they are carried out, and not for images over this one
	}
	for position, i := range chain {
		if t.number, t.isCommandSet = i, false; position > 0 && len(config.OnBuild) > 0 {
			// Those of a stage are for stages that begin with it, too.
			if commands, err = parseOnBuild(config.OnBuild, d.stages[i].Location); err != nil {
				return fmt.Errorf("ONBUILD of the stage before: %w", err)
			}
			config.OnBuild = []string{}
		}
		for n, c := range append(commands, t.stages[i].Commands...) {
			steps, number := len(s.Steps), line(c)
			t.onBuild = ""
			if n < len(commands) {
				number, t.onBuild = 0, "ONBUILD of FROM "+d.stages[i].BaseName
			}
			err := t.instruction(c)
			if err == nil && visit != nil {
				err = visit(&Instruction{Line: number, Command: c, Steps: s.Steps[steps:], Copies: t.copies, Script: t.script, Args: maps.Clone(t.args)})
			}
			if err != nil && t.onBuild != "" {
				err = fmt.Errorf("%s: %s: %w", t.onBuild, strings.ToUpper(c.Name()), err)
			}
			if err != nil {
				return d.at(c.Location(), err)
			}
		}
		commands = nil
	}
	return t.finish()
}

// dockerMembers are those of docker's config that OCI's does not have, and that say something about Dockerfiles over the image.
type dockerMembers struct {
	OnBuild []string
	Shell   []string
}

// ownMembers reads them from a config. Without a shell, it is docker's.
func ownMembers(config []byte) (dockerMembers, error) {
	image := struct {
		Config dockerMembers `json:"config"`
	}{}
	var err error
	if len(config) > 0 {
		err = jsontext.Unmarshal(config, &image)
	}
	if len(image.Config.Shell) == 0 {
		image.Config.Shell = defaultShell
	}
	return image.Config, err
}

// parseOnBuild parses the operands of ONBUILD. Their place is that of FROM, which has them carried out.
func parseOnBuild(list []string, from []parser.Range) ([]instructions.Command, error) {
	if len(list) == 0 {
		return nil, nil
	}
	parsed, err := parseText([]byte(strings.Join(list, "\n")))
	if err != nil {
		return nil, err
	}
	var commands []instructions.Command
	for _, node := range parsed.AST.Children {
		if len(from) > 0 {
			node.StartLine, node.EndLine = from[0].Start.Line, from[0].Start.Line
		}
		c, err := instructions.ParseCommand(node)
		if err != nil {
			return nil, err
		}
		commands = append(commands, c)
	}
	return commands, nil
}

// readIgnored reads the patterns of NAME.dockerignore beside the Dockerfile, or else of .dockerignore in the context directory.
func readIgnored(name, context string) (ignored *patternmatcher.PatternMatcher, from string, err error) {
	for _, file := range []buildcontext.File{{Dir: filepath.Dir(name), Name: filepath.Base(name) + ".dockerignore"}, {Dir: context, Name: ".dockerignore"}} {
		content, err := file.Open()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var patterns []string
		if err == nil {
			patterns, err = ignorefile.ReadAll(io.LimitReader(content, specfile.Max))
			content.Close()
		}
		for _, pattern := range patterns {
			if !utf8.ValidString(pattern) || strings.Contains(pattern, "\x00") {
				err = fmt.Errorf("pattern %q: it is not UTF-8 text", pattern)
			}
		}
		var matcher *patternmatcher.PatternMatcher
		if err == nil {
			matcher, err = patternmatcher.New(patterns)
		}
		if err != nil {
			return nil, "", ignoredError(file, err)
		}
		return matcher, file.Name, nil
	}
	return new(patternmatcher.PatternMatcher), "", nil
}
