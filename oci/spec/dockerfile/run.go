package dockerfile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// ownerOf is who owns what an instruction makes for a user: the group of a number is the same number.
func ownerOf(user string) string {
	user = strings.TrimSuffix(user, ":")
	if user != "" && strings.Trim(user, "0123456789") == "" {
		return user + ":" + user
	}
	return user
}

// run makes shell text of RUN.
func (t *translation) run(c *instructions.RunCommand) error {
	variables := t.variables()
	for _, m := range instructions.GetMounts(c) {
		err := t.mount(m)
		if m.Type == instructions.MountTypeSecret || m.Type == instructions.MountTypeSSH {
			err = absentMount(m, variables)
		}
		if err != nil {
			return err
		}
	}
	t.step.IsOffline = instructions.GetNetwork(c) == instructions.NetworkNone
	text, interpreter := runText(c)
	options, bash := "", t.shell
	switch {
	case interpreter != nil && !programs.IsInterpreter(interpreter[0]):
		return hint.Errorf("RUN: %s is a program that cannot be interpreted", interpreter[0]).With(remedyStage)
	case interpreter != nil:
		bash = append(slices.Clone(interpreter), "-c") // which the options of a file do not have
	case c.PrependShell && !programs.IsInterpreter(t.shell[0]):
		return hint.With(errShell(t.shell), remedyShell)
	case c.PrependShell:
		interpreter = t.shell
	}
	switch {
	case interpreter == nil:
	case programs.IsBash(interpreter[0]):
		t.step.Bash = bash
	default:
		options = setOptions(interpreter)
	}
	t.script = Script{text, options, t.step.Bash, t.dir}
	text = options + text
	if t.dir != "/" {
		t.step.Dir = t.dir
	}
	t.step.Run, t.step.IsContainer = []string{text}, true
	if t.onBuild == "" { // else the text is not in the file
		t.step.SetCommandPlace(t.d.commandPlaces(c, t.script.Text, len(options)))
	}
	t.step.Env = []string{}
	t.step.User = cmp.Or(t.user, "0")
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
	hasPlace := m.Type == instructions.MountTypeCache || m.Type == instructions.MountTypeTmpfs || m.Type == instructions.MountTypeBind
	if hasPlace && m.Target == "" {
		return hint.Errorf("RUN --mount=type=%s: no target", m.Type).With(fmt.Sprintf("give the directory: --mount=type=%s,target=DIR", m.Type))
	}
	switch m.Type {
	case instructions.MountTypeCache, instructions.MountTypeTmpfs:
		mode, owner := uint16(0o755), [2]uint64{}
		if m.Type == instructions.MountTypeTmpfs {
			mode = 0o1777
		}
		if m.Mode != nil {
			mode = uint16(*m.Mode & 0o7777)
		}
		for i, id := range []*uint64{m.UID, m.GID} {
			if id != nil {
				owner[i] = *id
			}
		}
		t.step.Files = append(t.step.Files, stage.File{Path: to, Type: tree.Directory, Mode: &mode, Owner: fmt.Sprintf("%d:%d", owner[0], owner[1])})
	case instructions.MountTypeBind:
		c := &copied{from: m.From, words: instructions.SourcesAndDest{SourcePaths: []string{cmp.Or(m.Source, ".")}, DestPath: to}}
		if err := t.copyFiles(c); err != nil {
			return err
		}
	default:
		return nil
	}
	t.step.Mounts = append(t.step.Mounts, to)
	return nil
}

// absentMount is the mount of a secret or of an agent for ssh, of which a build has none. As docker does it then, one that is not
// required leaves nothing, a secret's variable is empty, and that of the agent names a socket that is not there.
func absentMount(m *instructions.Mount, variables map[string]string) error {
	id := cmp.Or(m.CacheID, m.Source, path.Base(m.Target))
	switch {
	case m.Required:
		what := "an agent"
		if m.Type == instructions.MountTypeSecret {
			what = "the secret " + id
		}
		return hint.Errorf("RUN --mount=type=%s: requires %s, which a build does not have", m.Type, what).With(
			"build what needs it elsewhere, and hand it over: --build-context NAME=DIR")
	case m.Type == instructions.MountTypeSSH:
		if _, isSet := variables["SSH_AUTH_SOCK"]; !isSet {
			variables["SSH_AUTH_SOCK"] = cmp.Or(m.Target, "/run/buildkit/ssh_agent.0")
		}
	case m.Env != nil:
		variables[cmp.Or(*m.Env, id)] = ""
	}
	return nil
}

// runText is the shell text of RUN. An interpreter is what the first line of a here-document names, if that is all there is.
func runText(c *instructions.RunCommand) (text string, interpreter []string) {
	text = strings.Join(c.CmdLine, " ")
	switch {
	case !c.PrependShell:
		words := make([]string, len(c.CmdLine))
		for i, word := range c.CmdLine {
			words[i] = script.Quote(word)
		}
		return strings.Join(words, " "), nil
	case len(c.Files) == 0:
		return text, nil
	}
	if alone, err := parser.ParseHeredoc(text); err == nil && alone != nil {
		data := c.Files[0].Data
		if c.Files[0].Chomp {
			data = parser.ChompHeredocContent(data)
		}
		first, _, _ := strings.Cut(data, "\n")
		if line, ok := strings.CutPrefix(first, "#!"); ok {
			if interpreter = strings.Fields(line); len(interpreter) > 1 && interpreter[0] == "/usr/bin/env" {
				interpreter = interpreter[1:]
			}
			if len(interpreter) == 0 {
				interpreter = []string{first}
			}
		}
		return data, interpreter
	}
	for _, file := range c.Files {
		text += "\n" + file.Data + file.Name
	}
	return text, nil
}

var defaultShell = []string{"/bin/sh", "-c"}

func errShell(words []string) error {
	return fmt.Errorf("RUN: the shell %s is not interpreted", words[0])
}

const remedyShell = "commands are interpreted as busybox's sh and bash do: use /bin/sh, /bin/ash or /bin/bash"

// setOptions is text that sets the options which a shell is given before -c.
func setOptions(shell []string) string {
	words := ""
	for _, word := range shell[1:] {
		if strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") {
			if word = strings.ReplaceAll(word, "c", ""); word == "-" {
				continue
			}
		}
		words += " " + script.Quote(word)
	}
	if words == "" {
		return ""
	}
	return "set" + words + "; "
}
