package dockerfile

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
)

// programCheck finds programs in the commands of the stages that an image needs.
type programCheck struct {
	d        *File
	stages   []instructions.Stage
	problems []spec.Problem
	needs    map[int][]neededStage // of each stage that was looked at
	isFaulty map[int]bool          // stages with problems

	isForInterpreter bool // a here-document is for a program, which cannot be left out

	secrets        []string // programs whose work is to make them
	secretProblems int      // problems that are these
}

// neededStage is a stage by the name that another one copies from.
type neededStage struct {
	name   string
	number int
}

// checkPrograms returns an error that lists all programs which cannot be interpreted, as far as the text shows them. Stages that
// nothing needs, or that have a named context instead, are not looked at, and neither is the base.
func (d *File) checkPrograms() error {
	c, err := d.newProgramCheck()
	if err != nil {
		return err
	}
	if err := c.stage(d.target); err != nil {
		return err
	}
	return c.err()
}

func (d *File) newProgramCheck() (*programCheck, error) {
	// Words of instructions are expanded in place, so that these are not shared.
	stages, _, err := instructions.Parse(d.ast, nil)
	return &programCheck{d: d, stages: stages, needs: make(map[int][]neededStage), isFaulty: make(map[int]bool)}, err
}

// checkOnBuild is checkPrograms for the instructions that a base has for images over it.
func (d *File) checkOnBuild(commands []instructions.Command) error {
	c, err := d.newProgramCheck()
	if err != nil || len(commands) == 0 {
		return err
	}
	s := c.newSurvey(d.target)
	s.isOnBuild = true
	if err := s.commands(commands); err != nil {
		return err
	}
	return c.err()
}

// err returns the problems as one error; nil without any.
func (c *programCheck) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	remedy := c.remedy()
	for i := range c.problems {
		if c.problems[i].Remedy == "" {
			c.problems[i].Remedy = remedy
		}
	}
	return spec.NewErrors(c.d.name, c.problems)
}

// remedy says what to hand over.
func (c *programCheck) remedy() string {
	switch {
	case c.secretProblems == len(c.problems):
		return "make it when the container starts, and leave it out here: --without " + strings.Join(c.secrets, ",")
	case c.isFaulty[c.d.target] && c.isForInterpreter:
		return remedyStage
	case c.isFaulty[c.d.target]:
		return remedyStage + "; or leave out what the image needs no result of: --without PROGRAM"
	}
	remedy := "build that stage with what you have, and hand its files over:"
	for i, needed := range c.needs[c.d.target] {
		if !slices.Contains(c.needs[c.d.target][:i], needed) && c.reachesFault(needed.number, make(map[int]bool)) {
			remedy += " --build-context " + script.Quote(needed.name) + "=DIR"
		}
	}
	return remedy
}

const remedyStage = "put what needs programs into a stage of its own, build that with what you have, and hand it over: --build-context NAME=DIR"

// reachesFault reports whether a stage has problems, or one that it needs.
func (c *programCheck) reachesFault(number int, seen map[int]bool) bool {
	if seen[number] {
		return false
	}
	seen[number] = true
	return c.isFaulty[number] || slices.ContainsFunc(c.needs[number], func(n neededStage) bool { return c.reachesFault(n.number, seen) })
}

// stage goes through a stage and those that it needs.
func (c *programCheck) stage(number int) error {
	if _, ok := c.needs[number]; ok {
		return nil
	}
	c.needs[number] = nil
	chain, _, err := c.d.chain(number)
	if err != nil {
		return err
	}
	s := c.newSurvey(number)
	for _, i := range chain {
		s.part = i
		clear(s.args)
		if err := s.commands(c.stages[i].Commands); err != nil {
			return err
		}
	}
	return nil
}

// stageSurvey is what the text has told so far about a stage.
type stageSurvey struct {
	*programCheck
	programs.Survey
	number    int // of the stage
	part      int // of the stage among those that it begins with, or its own
	isOnBuild bool
	args, env map[string]string
	shell     []string

	isShellRefused bool
}

func (c *programCheck) newSurvey(number int) *stageSurvey {
	return &stageSurvey{
		programCheck: c, Survey: programs.Survey{LeaveOut: c.d.options.Without}, number: number, part: number,
		args: make(map[string]string), env: make(map[string]string), shell: defaultShell,
	}
}

// from goes through the stage that a name means, if it means one.
func (s *stageSurvey) from(name string) error {
	if _, isGiven := s.d.context(name); name == "" || isGiven {
		return nil
	}
	number := s.d.stage(name, s.part)
	if number < 0 {
		return nil
	}
	s.needs[s.number] = append(s.needs[s.number], neededStage{name, number})
	return s.stage(number)
}

func (s *stageSurvey) commands(commands []instructions.Command) error {
	for _, c := range commands {
		if err := s.instruction(c); err != nil {
			return s.d.at(c.Location(), err)
		}
	}
	return nil
}

// expand replaces the variables that the text sets. It is not ok if there are others.
func (s *stageSurvey) expand(word string) (value string, ok bool) {
	values := map[string]string{"PATH": imagedoc.DefaultPath}
	maps.Copy(values, s.args)
	maps.Copy(values, s.env)
	lex := s.d.newLex()
	lex.SkipUnsetEnv = true
	value, err := expand(lex, word, newEnvironment(values))
	return value, err == nil && !strings.Contains(value, "$")
}

func (s *stageSurvey) instruction(c instructions.Command) error {
	switch c := c.(type) {
	case *instructions.ArgCommand:
		for _, arg := range c.Args {
			value, isGiven := s.d.options.Args[arg.Key]
			switch {
			case isGiven:
			case arg.Value != nil:
				if value, isGiven = s.expand(*arg.Value); !isGiven {
					continue
				}
			default:
				if value, isGiven = s.d.global[arg.Key]; !isGiven {
					continue
				}
			}
			s.args[arg.Key] = value
		}
	case *instructions.EnvCommand:
		s.setEnv(c)
	case *instructions.WorkdirCommand:
		if dir, ok := s.expand(c.Path); !ok {
			s.PutAnything()
		} else if s.Dir = dir; !path.IsAbs(dir) {
			s.Dir = path.Join("/", s.Dir, dir)
		}
	case *instructions.ShellCommand:
		s.shell, s.isShellRefused = c.Shell, false
	case *instructions.CopyCommand:
		if err := s.from(c.From); err != nil {
			return err
		}
		s.copy(&c.SourcesAndDest, c.From, false)
	case *instructions.AddCommand:
		s.copy(&c.SourcesAndDest, "", true)
	case *instructions.RunCommand:
		return s.run(c)
	}
	return nil
}

func (s *stageSurvey) setEnv(c *instructions.EnvCommand) {
	changed := maps.Clone(s.env)
	for _, pair := range c.Env {
		value, ok := s.expand(pair.Value)
		if changed[pair.Key] = value; !ok {
			delete(changed, pair.Key)
		}
		if pair.Key != "PATH" {
			continue
		}
		if s.Path = strings.Split(value, ":"); !ok {
			s.PutAnything()
		}
	}
	s.env = changed
}

// copy takes account of COPY and ADD.
func (s *stageSurvey) copy(words *instructions.SourcesAndDest, from string, add bool) {
	to, ok := s.expand(words.DestPath)
	if !ok {
		s.PutAnything()
		return
	}
	if !path.IsAbs(to) {
		to = path.Join("/", s.Dir, to)
	}
	s.PutFile(to)
	for _, content := range words.SourceContents {
		s.PutFile(path.Join(to, content.Path))
	}
	for _, source := range words.SourcePaths {
		source, ok := s.expand(source)
		file := buildcontext.File{Dir: s.d.options.Context, Name: strings.TrimPrefix(path.Clean("/"+source), "/")}
		_, err := file.Stat()
		isFile := err == nil && !(add && isTar(file)) || add && strings.Contains(source, "://")
		name := path.Base(source)
		if strings.Contains(source, "://") {
			name = urlName(source)
		}
		if ok && from == "" && isFile {
			s.PutFile(path.Join(to, name))
		} else {
			s.PutTree(to)
		}
	}
}

// run takes account of RUN.
func (s *stageSurvey) run(c *instructions.RunCommand) error {
	if err := c.Expand(func(word string) (string, error) { value, _ := s.expand(word); return value, nil }); err != nil {
		return err
	}
	for _, m := range instructions.GetMounts(c) {
		if m.Type == instructions.MountTypeBind {
			if err := s.from(m.From); err != nil {
				return err
			}
			if to, ok := s.expand(m.Target); ok {
				s.PutTree(to)
			} else {
				s.PutAnything()
			}
		}
	}
	text, interpreter := runText(c)
	var shell []string
	switch {
	case interpreter != nil && !programs.IsInterpreter(interpreter[0]):
		s.isForInterpreter = true
		s.found(c, text, programs.Program{Name: interpreter[0]})
		return nil
	case interpreter != nil:
		shell = interpreter
	case c.PrependShell:
		if shell = s.shell; !programs.IsInterpreter(shell[0]) && !s.isShellRefused {
			s.isShellRefused = true // once is enough
			problem := spec.Problem{Message: errShell(s.shell).Error(), Remedy: remedyShell}
			if !s.isOnBuild {
				problem.Place = spec.Place{Line: c.Location()[0].Start.Line, Column: 1}
			}
			s.add(problem)
		}
	}
	for _, p := range s.Run(text, shell...) {
		s.found(c, text, p)
	}
	return nil
}

// found adds a program that RUN needs.
func (s *stageSurvey) found(c *instructions.RunCommand, text string, p programs.Program) {
	found := spec.Problem{Message: p.Message()}
	if p.Name == "" {
		found.Message, found.Remedy = "RUN: "+found.Message, new(spec.Step).RemedyText()
	}
	if p.MakesSecrets() {
		if name := path.Base(p.Name); !slices.Contains(s.secrets, name) {
			s.secrets = append(s.secrets, name)
		}
		s.secretProblems++
	}
	if s.isOnBuild {
		found.Message = "ONBUILD of the base: " + found.Message
	} else {
		found.Place = s.d.placeIn(c, text, p.Offset, p.Name)
	}
	s.add(found)
}

func (s *stageSurvey) add(found spec.Problem) {
	s.problems = append(s.problems, found)
	s.isFaulty[s.number] = true
}
