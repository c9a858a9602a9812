package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
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
		return nil, hint.With(fmt.Errorf("read Dockerfile: %w", err), "name the Dockerfile with -f, and the context directory as the last argument")
	}
	d := &File{name: name, options: o, contexts: make(map[string]string)}
	for _, name := range slices.Sorted(maps.Keys(o.Contexts)) {
		d.contexts[contextName(name)] = o.Contexts[name]
	}
	if err := d.parse(text); err != nil {
		if target, ok := specfile.LeadsOut(name); ok {
			err = hint.With(fmt.Errorf("%s: is a link to %s, which is not a valid Dockerfile", name, target),
				"to see what is wrong with it, name the file itself: -f "+target)
		}
		return nil, err
	}
	if d.ignored, err = readIgnored(name, o.Context); err != nil {
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
		return hint.With(fmt.Errorf("%s: more than %d instructions", d.name, maxInstructions), "join instructions, or build one image over another")
	}
	if len(stages) == 0 {
		return hint.With(fmt.Errorf("%s: no FROM", d.name), remedyFrom)
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
		return hint.With(fmt.Errorf("%s: no stage is called %q", d.name, d.options.Target), remedy)
	}
	return nil
}

// Unused returns a warning for each value for ARG that the file has no ARG for, unless docker knows its name.
func (d *File) Unused() (warnings []string) {
	var declared []string
	for _, n := range d.ast.Children {
		if n.Next != nil && len(n.Next.Children) > 0 {
			n = n.Next.Children[0] // of ONBUILD
		}
		for word := n.Next; word != nil && strings.EqualFold(n.Value, command.Arg); word = word.Next {
			name, _, _ := strings.Cut(word.Value, "=")
			declared = append(declared, name)
		}
	}
	for name := range d.options.Args {
		isKnown := isOfPlatform("$"+name) || strings.HasPrefix(name, "BUILDKIT_") || name == "SOURCE_DATE_EPOCH"
		if isKnown || strings.HasSuffix(strings.ToUpper(name), "_PROXY") || slices.Contains(declared, name) {
			continue
		}
		warning := d.name + ": no ARG for --build-arg " + name
		if near := suggest.Near(name, slices.Values(declared)); len(near) > 0 {
			warning += "; did you mean " + near[0] + "?"
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
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

// stageNames returns the names of the stages before the given one that have one.
func (d *File) stageNames(before int) []string {
	var names []string
	for _, s := range d.stages[:before] {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// stage returns the number of a stage before the given one, by its name or its number; -1 without one.
func (d *File) stage(name string, before int) int {
	if i, ok := instructions.HasStage(d.stages[:before], name); ok {
		return i
	}
	for i := range d.stages[:before] {
		if name == fmt.Sprint(i) {
			return i
		}
	}
	return -1
}

// Bounds of a Dockerfile. Docker's own is at some 120 layers.
const (
	maxInstructions = 5000
	maxExpanded     = 16 << 20 // bytes of a word with its variables
)

// environment is variables as words refer to them.
type environment struct {
	values  map[string]string
	longest int // bytes of a value
}

func newEnvironment(values map[string]string) *environment {
	e := &environment{values: values}
	for _, value := range values {
		e.longest = max(e.longest, len(value))
	}
	return e
}

func (e *environment) set(name, value string) {
	e.values[name], e.longest = value, max(e.longest, len(value))
}

func (e *environment) Get(name string) (string, bool) { value, ok := e.values[name]; return value, ok }
func (e *environment) Keys() []string                 { return slices.Sorted(maps.Keys(e.values)) }

// check refuses words that variables could make very long: they may hold each other.
func (e *environment) check(word string) error {
	if strings.Count(word, "$")*e.longest > maxExpanded {
		return fmt.Errorf("a word with its variables may have more than %d bytes", maxExpanded)
	}
	return nil
}

// newLex returns what reads words. Nothing else may use it at the same time.
func (d *File) newLex() *shell.Lex { return shell.NewLex(d.escape) }

// expand replaces variables, quotes and escapes as in the words of a Dockerfile.
func expand(lex *shell.Lex, word string, e *environment) (string, error) {
	if err := e.check(word); err != nil {
		return "", err
	}
	value, _, err := lex.ProcessWord(word, e)
	return value, plainError(err)
}

// platformArgs returns the ARGs that docker predefines for a platform. An image does not depend on the machine that builds it.
func platformArgs(p oci.Platform) map[string]string {
	args := make(map[string]string)
	for _, prefix := range [...]string{"TARGET", "BUILD"} {
		args[prefix+"PLATFORM"], args[prefix+"OS"], args[prefix+"ARCH"], args[prefix+"VARIANT"] = p.String(), p.OS, p.Architecture, p.Variant
	}
	return args
}

// isOfPlatform reports whether a word refers to an ARG of the platform.
func isOfPlatform(word string) bool {
	for name := range platformArgs(oci.Platform{}) {
		if strings.Contains(word, "$"+name) || strings.Contains(word, "${"+name) {
			return true
		}
	}
	return false
}

// expandGlobal expands a word of FROM, or of ARG before the first FROM.
func (d *File) expandGlobal(word string) (string, error) {
	args := make(map[string]string)
	if d.options.Platform != (oci.Platform{}) {
		args = platformArgs(d.options.Platform)
	} else if isOfPlatform(word) {
		return "", hint.With(fmt.Errorf("%s depends on the platform, and there are several", word),
			"build the image of each platform by itself: --platform OS/ARCHITECTURE")
	}
	maps.Copy(args, d.global)
	return expand(d.newLex(), word, newEnvironment(args))
}

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

// Asked returns the request that a lock stores. The packages of commands are in the lock with the commands.
func (d *File) Asked() (lock.Request, error) {
	_, name, err := d.chain(d.target)
	return lock.Request{Base: name}, err
}

// chain returns the numbers of the stages that a stage is made of, itself last, and the name of the image that the first begins
// with.
func (d *File) chain(stage int) (chain []int, base string, err error) {
	for i := stage; i >= 0; i = d.stage(base, i) {
		chain = slices.Insert(chain, 0, i)
		s := &d.stages[i]
		if base, err = d.expandGlobal(s.BaseName); err == nil && base == "" {
			err = hint.With(fmt.Errorf("FROM %s: is empty", s.BaseName), "give the ARG a default before FROM, or a value: --build-arg NAME=VALUE")
		}
		if err != nil {
			return nil, "", d.at(s.Location, err)
		}
		if _, ok := d.context(base); ok {
			break
		}
	}
	return chain, base, nil
}

// specOf returns the spec of a stage, always the same.
func (d *File) specOf(stage int) (*spec.Spec, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.specs[stage] != nil {
		return d.specs[stage], nil
	}
	chain, base, err := d.chain(stage)
	if err != nil {
		return nil, err
	}
	out := &spec.Spec{StepsOnly: true}
	first := &d.stages[chain[0]]
	if slices.ContainsFunc(chain, func(i int) bool {
		name := d.stages[i].BaseName
		return isOfPlatform(name) || d.depends && strings.Contains(name, "$")
	}) {
		out.Platforms = []oci.Platform{d.options.Platform}
	}
	if out.Base, err = d.base(base); err == nil {
		err = d.platform(first, out)
	}
	if err != nil {
		return nil, d.at(first.Location, err)
	}
	out.SetFrom(d.where(first.Location), d.stageMeant(base, chain[0]))
	out.Over = func(s *spec.Spec, base *oci.Base) error { return d.over(s, chain, base, nil) }
	if d.specs == nil {
		d.specs = make(map[int]*spec.Spec)
	}
	d.specs[stage] = out
	return out, nil
}

// stageMeant returns a remedy for a base that is missing, if a stage may have been meant.
func (d *File) stageMeant(base string, stage int) string {
	if d.stage(base, len(d.stages)) > stage {
		return fmt.Sprintf("the stage %s comes later in the file: move it before this one", base)
	}
	if near := suggest.Near(base, slices.Values(d.stageNames(stage))); len(near) > 0 {
		return fmt.Sprintf("did you mean the stage %s?", near[0])
	}
	return ""
}

// context returns the directory or image that is given for a name in FROM or COPY --from, if one is.
func (d *File) context(name string) (given string, ok bool) {
	given, ok = d.contexts[contextName(name)]
	return given, ok
}

// contextName returns a name in the form in which names are compared. As in BuildKit, "alpine", "alpine:latest" and
// "docker.io/library/alpine" are the same.
func contextName(name string) string {
	if strings.Contains(name, "@") {
		return name
	}
	return oci.FullName(name)
}

// base returns the image that a name in FROM means.
func (d *File) base(name string) (oci.Reference, error) {
	given, ok := d.context(name)
	if !ok {
		ref, err := imageOf(name)
		if err != nil {
			err = fmt.Errorf("FROM %s: %w", name, err)
		}
		return ref, err
	}
	ref, err := oci.ParseReference(given)
	if info, statErr := os.Stat(given); err != nil && statErr == nil && info.IsDir() {
		err = fmt.Errorf("--build-context %s: %s is a directory, and FROM needs an image", name, given)
	} else if err != nil {
		err = fmt.Errorf("--build-context %s: %q is not the reference of an image", name, given)
	}
	return ref, hint.Default(err, "give NAME=docker://IMAGE, NAME=oci:DIR or NAME=rootfs:FILE")
}

// imageOf reads the name of an image. References with a transport, which skopeo and the command line have, are no names of images to docker.
func imageOf(name string) (oci.Reference, error) {
	ref, err := oci.ParseReference(Reference(name))
	if err == nil {
		return ref, nil
	}
	remedy := "give the name of an image as docker does: alpine:3.22, registry.example/image:tag or scratch"
	switch transport, rest, _ := strings.Cut(name, ":"); oci.Transport(transport) {
	case oci.TransportRegistry:
		remedy = "leave out the transport: " + strings.TrimLeft(rest, "/")
	case oci.TransportLayout, oci.TransportArchive, oci.TransportDockerArchive, oci.TransportRootfs:
		remedy = "write a name of your choice, and give the image for it: --build-context NAME=" + name
	default:
		return ref, hint.With(err, remedy)
	}
	return ref, hint.With(errors.New("a Dockerfile names images of registries, without a transport"), remedy)
}

// platform sets the platform that FROM names.
func (d *File) platform(s *instructions.Stage, out *spec.Spec) error {
	for _, own := range [...]string{"$TARGETPLATFORM", "$BUILDPLATFORM", "${TARGETPLATFORM}", "${BUILDPLATFORM}"} {
		if s.Platform == "" || s.Platform == own || strings.HasPrefix(s.Platform, strings.TrimSuffix(own, "}")+":-") {
			return nil // nothing of the machine that builds matters
		}
	}
	text, err := d.expandGlobal(s.Platform)
	if err != nil {
		return err
	}
	platform, err := oci.ParsePlatform(text)
	out.Platforms = []oci.Platform{platform}
	if err != nil {
		err = hint.With(fmt.Errorf("FROM --platform=%s: %w", s.Platform, err),
			"give a platform, or leave it out for that of the build: --platform OS/ARCHITECTURE")
	}
	return err
}

// Reference returns the reference of an image by its name, which may be short, in a Dockerfile.
func Reference(name string) string {
	if name == string(oci.TransportScratch) {
		return name
	}
	if repository, digest, ok := strings.Cut(name, "@"); ok {
		full := oci.FullName(repository)
		if colon := strings.LastIndexByte(full, ':'); colon > strings.LastIndexByte(full, '/') {
			full = full[:colon]
		}
		return "docker://" + full + "@" + digest
	}
	return "docker://" + oci.FullName(name)
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
func readIgnored(name, context string) (*patternmatcher.PatternMatcher, error) {
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
			return nil, ignoredError(file, err)
		}
		return matcher, nil
	}
	return new(patternmatcher.PatternMatcher), nil
}
