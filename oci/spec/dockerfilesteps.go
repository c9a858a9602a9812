package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// A translation makes steps and a config of instructions, one after the other.
type translation struct {
	d    *Dockerfile
	spec *Spec
	lex  *shell.Lex

	// Of the instruction at hand.
	step   *Step // that it becomes, if it becomes one
	words  *environment
	copies []Copy
	script Script

	number       int // of the stage
	stages       []instructions.Stage
	predefined   map[string]string // ARGs that need only be declared
	args         map[string]string // that are declared, with their values
	env          []string          // of the image so far, entries NAME=VALUE
	dir          string
	hasDir       bool // set by the base or WORKDIR
	user         string
	shell        []string
	isCommandSet bool   // by CMD in this stage
	ports        uint64 // that are exposed
}

func newTranslation(d *Dockerfile, s *Spec, base *oci.Base) *translation {
	config := &base.Config.Config
	t := &translation{
		d: d, spec: s, lex: d.newLex(), env: slices.Clone(config.Env), dir: path.Join("/", config.WorkingDir), user: config.User, shell: []string{"/bin/sh", "-c"},
		args: make(map[string]string),
		predefined: map[string]string{
			"TARGETPLATFORM": base.Platform.String(), "TARGETOS": base.Platform.OS, "TARGETARCH": base.Platform.Architecture, "TARGETVARIANT": base.Platform.Variant,
		},
	}
	if _, hasPath := t.variables()["PATH"]; !hasPath {
		t.env = append(t.env, "PATH="+defaultPath)
	}
	// What is built depends on nothing of the machine that builds.
	for _, name := range [...]string{"PLATFORM", "OS", "ARCH", "VARIANT"} {
		t.predefined["BUILD"+name] = t.predefined["TARGET"+name]
	}
	t.hasDir = config.WorkingDir != ""
	s.Config.ExposedPorts = sortedKeys(config.ExposedPorts)
	s.Config.Volumes = sortedKeys(config.Volumes)
	s.Config.Labels = make(map[string]string)
	return t
}

// defaultPath is what images without a PATH get, as by docker.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func sortedKeys(set map[string]struct{}) []string { return slices.Sorted(maps.Keys(set)) }

// finish sets what the instructions left.
func (t *translation) finish() {
	c := &t.spec.Config
	c.Env = make(map[string]string)
	for _, variable := range t.env {
		name, value, _ := strings.Cut(variable, "=")
		c.Env[name] = strings.ReplaceAll(value, "$", `\$`)
	}
	c.User = t.user
	if t.hasDir {
		c.WorkingDir = t.dir
	}
	maps.Copy(c.Labels, t.d.options.Labels)
	slices.Sort(c.Volumes)
	c.Volumes = slices.Compact(c.Volumes)
}

// variables are what words of instructions may refer to: ENV before ARG.
func (t *translation) variables() map[string]string {
	all := maps.Clone(t.args)
	for _, variable := range t.env {
		name, value, _ := strings.Cut(variable, "=")
		all[name] = value
	}
	return all
}

// instruction carries out an instruction.
func (t *translation) instruction(c instructions.Command) error {
	t.words = newEnvironment(t.variables())
	if words, ok := c.(instructions.SupportsSingleWordExpansion); ok {
		if err := words.Expand(func(word string) (string, error) { return expand(t.lex, word, t.words) }); err != nil {
			return err
		}
	}
	if raw, ok := c.(instructions.SupportsSingleWordExpansionRaw); ok {
		lex := *t.lex
		lex.RawQuotes, lex.RawEscapes = true, true
		if err := raw.ExpandRaw(func(word string) (string, error) { return expand(&lex, word, t.words) }); err != nil {
			return err
		}
	}
	config := &t.spec.Config
	t.step = &Step{where: t.d.where(c.Location())}
	t.copies, t.script = nil, Script{}
	switch c := c.(type) {
	case *instructions.RunCommand:
		return t.run(c)
	case *instructions.CopyCommand:
		return t.copy(&copied{words: c.SourcesAndDest, from: c.From, owner: c.Chown, mode: c.Chmod, exclude: c.ExcludePatterns, parents: c.Parents})
	case *instructions.AddCommand:
		return t.copy(&copied{words: c.SourcesAndDest, owner: c.Chown, mode: c.Chmod, exclude: c.ExcludePatterns, add: c})
	case *instructions.WorkdirCommand:
		t.workdir(c.Path)
	case *instructions.EnvCommand:
		changes := make(map[string]string)
		for _, pair := range c.Env {
			changes[pair.Key] = strings.ReplaceAll(pair.Value, "$", `\$`)
		}
		t.env = oci.MergeEnv(t.env, changes)
	case *instructions.ArgCommand:
		t.arg(c)
	case *instructions.LabelCommand:
		for _, pair := range c.Labels {
			config.Labels[pair.Key] = pair.Value
		}
	case *instructions.ExposeCommand:
		return t.expose(c)
	case *instructions.VolumeCommand:
		config.Volumes = append(config.Volumes, c.Volumes...)
	case *instructions.UserCommand:
		t.user = c.User
	case *instructions.EntrypointCommand:
		if config.Entrypoint = t.commandLine(&c.ShellDependantCmdLine); !t.isCommandSet {
			config.Cmd = nil
		}
	case *instructions.CmdCommand:
		config.Cmd, t.isCommandSet = t.commandLine(&c.ShellDependantCmdLine), true
	case *instructions.StopSignalCommand:
		config.StopSignal = c.Signal
	case *instructions.HealthCheckCommand:
		h := c.Health
		config.Healthcheck = &oci.Healthcheck{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries}
	case *instructions.ShellCommand:
		t.shell = c.Shell
		_, err := t.shellOptions()
		return err
	case *instructions.MaintainerCommand:
		// It is no part of OCI's config, and a comment to docker.
	case *instructions.OnbuildCommand:
		return hint.With(errors.New("ONBUILD is not part of an OCI image"), "put the instruction into the Dockerfiles of the images that are made over this one")
	default:
		return fmt.Errorf("%s: not supported", strings.ToUpper(c.Name()))
	}
	return nil
}

// commandLine is a command as the image's config has it. An empty list clears the base's.
func (t *translation) commandLine(c *instructions.ShellDependantCmdLine) []string {
	if c.PrependShell {
		return append(slices.Clone(t.shell), strings.Join(c.CmdLine, " "))
	}
	return append([]string{}, c.CmdLine...)
}

func (t *translation) arg(c *instructions.ArgCommand) {
	for _, arg := range c.Args {
		value, isGiven := t.d.options.Args[arg.Key]
		global, isGlobal := t.d.global[arg.Key]
		predefined, isPredefined := t.predefined[arg.Key]
		switch {
		case isGiven:
		case arg.Value != nil:
			value = *arg.Value
		case isGlobal:
			value = global
		case isPredefined:
			value = predefined
		default:
			continue
		}
		t.args[arg.Key] = value
	}
}

// maxPorts bounds the ports of an image: all of tcp and udp.
const maxPorts = 1 << 17

func (t *translation) expose(c *instructions.ExposeCommand) error {
	for _, word := range c.Ports {
		if err := t.words.check(word); err != nil {
			return err
		}
		ports, err := t.lex.ProcessWords(word, t.words)
		if err != nil {
			return err
		}
		for _, port := range ports {
			numbers, protocol, hasProtocol := strings.Cut(port, "/")
			if hasProtocol {
				protocol = "/" + strings.ToLower(protocol)
			}
			first, last, isRange := strings.Cut(numbers, "-")
			if !isRange {
				last = first
			}
			from, err := strconv.ParseUint(first, 10, 16)
			to, err2 := strconv.ParseUint(last, 10, 16)
			if err != nil || err2 != nil || to < from {
				return fmt.Errorf("EXPOSE %s: is neither a port nor a range of ports", port)
			}
			if t.ports += to - from + 1; t.ports > maxPorts {
				return fmt.Errorf("EXPOSE %s: more than %d ports", port, maxPorts)
			}
			for n := from; n <= to; n++ {
				t.spec.Config.ExposedPorts = append(t.spec.Config.ExposedPorts, strconv.FormatUint(n, 10)+protocol)
			}
		}
	}
	return nil
}

func (t *translation) add() { t.spec.Steps = append(t.spec.Steps, *t.step) }

// isRoot reports whether the image's user is root by now.
func (t *translation) isRoot() bool {
	user, _, _ := strings.Cut(t.user, ":")
	return user == "" || user == "root" || user == "0"
}

// workdir makes the directory if it is missing, for the user that the image has by now.
func (t *translation) workdir(name string) {
	if !path.IsAbs(name) {
		name = path.Join(t.dir, name)
	}
	t.dir, t.hasDir = path.Clean(name), true
	if !t.isRoot() {
		dir := script.Quote(t.dir)
		t.step.Env = slices.Clip(append([]string{}, t.env...))
		t.step.Run = []string{"[ -d " + dir + " ] || { mkdir -p " + dir + " && chown " + script.Quote(t.user) + " " + dir + "; }"}
	} else {
		t.step.Files = []stage.File{{Path: t.dir, Type: tree.Directory}}
	}
	t.add()
}

// run makes shell text of RUN.
func (t *translation) run(c *instructions.RunCommand) error {
	for _, m := range instructions.GetMounts(c) {
		if err := t.mount(m); err != nil {
			return err
		}
	}
	if !t.isRoot() {
		return hint.With(fmt.Errorf("RUN as user %s: not supported", t.user), "run it before USER, with chown for what the user must own")
	}
	text := strings.Join(c.CmdLine, " ")
	options := ""
	if !c.PrependShell {
		words := make([]string, len(c.CmdLine))
		for i, word := range c.CmdLine {
			words[i] = script.Quote(word)
		}
		text = strings.Join(words, " ")
	} else {
		if len(c.Files) > 0 {
			text = hereDocument(text, c.Files)
		}
		var err error
		if options, err = t.shellOptions(); err != nil {
			return err
		}
	}
	t.script = Script{text, options, t.dir}
	text = options + text
	if t.dir != "/" {
		text = "cd " + script.Quote(t.dir) + " || exit; " + text
	}
	t.step.Run = []string{text}
	t.step.Env = []string{}
	variables := t.variables()
	if _, hasHome := variables["HOME"]; !hasHome {
		variables["HOME"] = "/root"
	}
	for name, value := range variables {
		t.step.Env = append(t.step.Env, name+"="+value)
	}
	slices.Sort(t.step.Env)
	t.add()
	return nil
}

// mount puts into the step what a mount of RUN shows.
func (t *translation) mount(m *instructions.Mount) error {
	to := m.Target
	if !path.IsAbs(to) {
		to = path.Join(t.dir, to)
	}
	switch m.Type {
	case instructions.MountTypeCache, instructions.MountTypeTmpfs:
		t.step.Files = append(t.step.Files, stage.File{Path: to, Type: tree.Directory, IfMissing: true})
	case instructions.MountTypeBind:
		c := &copied{from: m.From, words: instructions.SourcesAndDest{SourcePaths: []string{cmp.Or(m.Source, ".")}, DestPath: to}}
		if err := t.copyFiles(c); err != nil {
			return err
		}
	default:
		return hint.With(fmt.Errorf("RUN --mount=type=%s: not supported", m.Type), "build what needs it elsewhere, and hand it over: --build-context NAME=DIR")
	}
	t.step.Mounts = append(t.step.Mounts, to)
	return nil
}

// hereDocument is the text of RUN with here-documents: one alone is what is run.
func hereDocument(text string, files []instructions.ShellInlineFile) string {
	if alone, err := parser.ParseHeredoc(text); err == nil && alone != nil {
		data := files[0].Data
		if files[0].Chomp {
			data = parser.ChompHeredocContent(data)
		}
		return data
	}
	for _, file := range files {
		text += "\n" + file.Data + file.Name
	}
	return text
}

// shellOptions is text that sets what SHELL gives to sh or ash before -c.
func (t *translation) shellOptions() (string, error) {
	words := ""
	for i, word := range t.shell {
		if i == 0 {
			if name := path.Base(word); name != "sh" && name != "ash" {
				return "", hint.With(fmt.Errorf("SHELL %s: is no shell that is interpreted", word), "commands are interpreted as busybox's sh does: use /bin/sh or /bin/ash")
			}
			continue
		}
		if strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") {
			if word = strings.ReplaceAll(word, "c", ""); word == "-" {
				continue
			}
		}
		words += " " + script.Quote(word)
	}
	if words == "" {
		return "", nil
	}
	return "set" + words + "; ", nil
}
