package dockerfile

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// A translation makes steps and a config of instructions, one after the other.
type translation struct {
	d    *File
	spec *spec.Spec
	lex  *shell.Lex

	// Of the current instruction.
	step   *spec.Step // that it becomes, if it becomes one
	words  *environment
	copies []Copy
	script Script

	onBuild string // what its place says, if it is one of ONBUILD that is carried out

	settings     map[string]string // see spec.Spec.SetInstructions
	number       int               // of the stage
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

func newTranslation(d *File, s *spec.Spec, base *oci.Base, shell []string) *translation {
	config := &base.Config.Config
	t := &translation{
		d: d, spec: s, lex: d.newLex(), env: slices.Clone(config.Env), dir: path.Join("/", config.WorkingDir), user: config.User, shell: shell,
		args: make(map[string]string), settings: make(map[string]string),
		predefined: platformArgs(base.Platform),
	}
	if _, hasPath := t.variables()["PATH"]; !hasPath {
		t.env = append(t.env, "PATH="+imagedoc.DefaultPath)
	}
	t.hasDir = config.WorkingDir != ""
	s.Config.ExposedPorts = sortedKeys(config.ExposedPorts)
	s.Config.Volumes = sortedKeys(config.Volumes)
	s.Config.Labels = make(map[string]string)
	s.SetInstructions(t.settings)
	return t
}

func sortedKeys(set map[string]struct{}) []string { return slices.Sorted(maps.Keys(set)) }

// finish sets what the instructions left.
func (t *translation) finish() error {
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
	for _, err := range specfile.ConfigErrors(c.Validate()) {
		if t.settings[err.Setting] != "" {
			return t.spec.Locate(err, "config", err.Setting)
		}
	}
	return nil
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
	_, isArg := c.(*instructions.ArgCommand)
	if words, ok := c.(instructions.SupportsSingleWordExpansion); ok && !isArg {
		if err := words.Expand(func(word string) (string, error) { return expand(t.lex, word, t.words) }); err != nil {
			return err
		}
	}
	if raw, ok := c.(instructions.SupportsSingleWordExpansionRaw); ok {
		lex := shell.NewLex('\\') // as in a here-document of the shell, also with "# escape=`"
		lex.SkipProcessQuotes = true
		if err := raw.ExpandRaw(func(word string) (string, error) { return expand(lex, word, t.words) }); err != nil {
			return err
		}
	}
	config := &t.spec.Config
	where := t.d.where(c.Location())
	if t.onBuild != "" {
		where += ": " + t.onBuild
	}
	t.step = new(spec.Step)
	t.step.SetInstruction(where)
	t.settings[settingOf(c)] = where + ": " + strings.ToUpper(c.Name())
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
		return t.arg(c)
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
		config.Healthcheck = &oci.Healthcheck{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, Retries: h.Retries,
			StartPeriod: h.StartPeriod, StartInterval: h.StartInterval,
		}
	case *instructions.ShellCommand:
		t.shell, config.Shell = c.Shell, c.Shell
	case *instructions.MaintainerCommand:
		config.Author = c.Maintainer
	case *instructions.OnbuildCommand:
		config.OnBuild = append(config.OnBuild, c.Expression)
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

// arg sets the arguments one after the other. A default that is not used is not expanded.
func (t *translation) arg(c *instructions.ArgCommand) (err error) {
	for _, arg := range c.Args {
		value, isGiven := t.d.options.Args[arg.Key]
		global, isGlobal := t.d.global[arg.Key]
		predefined, isPredefined := t.predefined[arg.Key]
		switch {
		case isGiven:
		case arg.Value != nil:
			if value, err = expand(t.lex, *arg.Value, t.words); err != nil {
				return err
			}
		case isGlobal:
			value = global
		case isPredefined:
			value = predefined
		default:
			continue
		}
		t.args[arg.Key] = value
		if !slices.ContainsFunc(t.env, func(variable string) bool { return strings.HasPrefix(variable, arg.Key+"=") }) {
			t.words.set(arg.Key, value)
		}
	}
	return nil
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
				return hint.Errorf("EXPOSE %s: is neither a port nor a range of ports", port).With(
					"give ports from 1 to 65535: PORT, FIRST-LAST or PORT/PROTOCOL, as in EXPOSE 80/tcp")
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

// workdir makes the directory, and those that lead to it, if they are missing, for the user that the image has by now.
func (t *translation) workdir(name string) {
	if !path.IsAbs(name) {
		name = path.Join(t.dir, name)
	}
	t.dir, t.hasDir = path.Clean(name), true
	if t.user == "" || t.user == "root" || t.user == "0" {
		t.step.Files = []stage.File{{Path: t.dir, Type: tree.Directory}}
	} else {
		for i, b := range []byte(t.dir + "/") {
			if b == '/' && i > 0 {
				t.step.Files = append(t.step.Files, stage.File{Path: t.dir[:i], Type: tree.Directory, IfMissing: true, Owner: ownerOf(t.user)})
			}
		}
	}
	t.add()
}
