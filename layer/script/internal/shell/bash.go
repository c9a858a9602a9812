package shell

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
)

// This file has what only Bash has. Where Bash and ash do the same thing in different ways, the code of the thing asks isBash. Messages are
// always ash's. What Bash does in ways that are not modelled is refused, so that a text does what Bash does, or nothing.

// becomeBash makes a new shell run Bash: see bash(1), "Shell Variables".
func (p *process) becomeBash() {
	p.isBash = true
	for _, name := range []string{"BASH_ENV", "SHELLOPTS", "BASHOPTS"} { // what they name is run or set first
		if p.vars.Get(name).Value != "" {
			p.refuse("bash with $%s is not supported", name) // ends the next step
		}
	}
	for _, name := range []string{"PS1", "PS2"} { // a shell that is not interactive has none
		if !p.vars.Get(name).Exported {
			p.vars.Remove(name)
		}
	}
	uid := strconv.FormatUint(uint64(p.Tree.Credentials().UID), 10)
	_, shell := p.outside(nil).Account()
	for name, value := range map[string]string{"UID": uid, "EUID": uid, "OSTYPE": "linux-musl", "OPTERR": "1", "SHELL": shell, "TERM": "dumb"} {
		v := p.vars.Get(name)
		if v.IsSet && (name == "SHELL" || name == "TERM") {
			continue
		}
		v.Value, v.IsSet, v.ReadOnly = value, true, strings.HasSuffix(name, "UID")
		p.vars.Init(name, v)
	}
}

// shopt is the builtin of that name. Options that change nothing here are taken, others than these and the three are refused.
func (p *process) shopt(args []string) error {
	letters, names, ok, err := p.nextopt(args, "suq")
	if !ok || err != nil || strings.Trim(letters, "q") == "" {
		return p.refuse("shopt without -s or -u is not supported")
	}
	p.status = 0
	on := strings.Contains(letters, "s")
	for _, name := range names {
		switch name {
		case "nullglob":
			p.nullglob = on
		case "dotglob":
			p.dotglob = on
		case "inherit_errexit":
			p.inheritErrexit = on
		case "checkwinsize", "checkhash", "cmdhist", "histappend", "huponexit", "progcomp", "promptvars", "sourcepath", "login_shell":
		case "expand_aliases", "extglob", "extquote", "interactive_comments", "force_fignore", "complete_fullquote": // what they would allow is refused
		default:
			return p.refuse("shopt %s is not supported", name)
		}
	}
	return nil
}

// pipeStatus is the array of the statuses of the last pipeline.
const pipeStatus = "PIPESTATUS"

// errorTrap names the trap that Bash runs when a command fails and nothing asks for its status.
const errorTrap = "ERR"

// runERRTrap runs the trap on ERR.
func (p *process) runERRTrap() error {
	action := p.traps[errorTrap]
	if action == "" || p.inERRTrap {
		return nil
	}
	status, statuses, within := p.status, p.pipeStatus, p.within
	p.inERRTrap, p.within = true, ""
	err := p.text(strings.Repeat("\n", int(max(p.line, 1))-1) + action) // so that $LINENO is the line of the command that failed
	p.inERRTrap, p.within = false, within
	var u *unwind
	if errors.As(err, &u) && u.kind != unwindExit {
		return p.refuse("return, break and continue in a trap on ERR are not supported")
	}
	if err == nil {
		p.status, p.pipeStatus = status, statuses
	}
	return err
}

// printf is that of Bash: with %q, and with "-v NAME", by which what is printed becomes a value.
func (p *process) printf(args []string) error {
	if len(args) < 2 || args[1] != "-v" {
		escaped, _ := bash.EscapedOperands(args) // others were refused
		return p.program(escaped)
	}
	out, stdout := &capture{p: p}, p.fds[1]
	p.fds[1] = out
	escaped, _ := bash.EscapedOperands(append([]string{args[0]}, args[3:]...))
	err := p.program(escaped)
	p.fds[1] = stdout
	if err != nil {
		return err
	}
	value, _, _ := strings.Cut(out.b.String(), "\x00")
	return p.set(args[2], value)
}

// declaration is a run of declare and its like.
type declaration struct {
	variant, letters string // the builtin and its options
	isLocal          bool   // variables become local to the function
	operands         []*syntax.Assign
	arrays           map[*syntax.Assign]*bash.Array // values of those operands that assign arrays
}

// declareBash is declare and its like: assignments and attributes of variables, which are local in a function.
func (p *process) declareBash(clause *syntax.DeclClause) error {
	p.substituted = false
	d, err := p.declaration(clause)
	if err != nil {
		return err
	}
	if d.variant == "local" && len(p.frames) == 0 {
		p.complain("local", "not in a function")
		p.status = 1
		return nil
	}
	if err := p.evaluate(d); err != nil {
		return err
	}
	status := 0
	for _, operand := range d.operands {
		assignments := []*syntax.Assign{operand}
		if operand.Name == nil {
			fields, err := p.fields([]*syntax.Word{operand.Value})
			if err != nil {
				return err
			}
			assignments = nil
			for _, field := range fields {
				name, value, assigned := strings.Cut(field, "=")
				assignments = append(assignments, bash.Literal(name, value, &syntax.Assign{Naked: !assigned}))
			}
		}
		for _, a := range assignments {
			if !syntax.ValidName(a.Name.Value) {
				p.complain(d.variant, "%s: bad variable name", a.Name.Value)
				status = 1
				continue
			}
			if err := p.declareOne(d, a); err != nil {
				return err
			}
		}
	}
	p.status = status
	return nil
}

// declaration reads the options.
func (p *process) declaration(clause *syntax.DeclClause) (*declaration, error) {
	d := &declaration{variant: clause.Variant.Value, operands: slices.Clone(clause.Args), arrays: make(map[*syntax.Assign]*bash.Array)}
	for len(d.operands) > 0 && d.operands[0].Name == nil {
		fields, err := p.fields([]*syntax.Word{d.operands[0].Value})
		if err != nil {
			return nil, err
		}
		if len(fields) != 1 || len(fields[0]) < 2 || fields[0][0] != '-' {
			break
		}
		d.operands = d.operands[1:]
		if fields[0] == "--" {
			break
		}
		d.letters += fields[0][1:]
	}
	known := "aAxrg"
	if d.variant == "export" {
		known = "n"
	}
	if strings.Trim(d.letters, known) != "" || len(d.operands) == 0 {
		return nil, p.refuse("%s with these options, or without names, is not supported", d.variant)
	}
	switch d.variant {
	case "local":
		d.isLocal = true
	case "export", "readonly":
	default:
		d.isLocal = !d.has("g") && len(p.frames) > 0
	}
	return d, nil
}

func (d *declaration) has(letter string) bool { return strings.Contains(d.letters, letter) }

// evaluate expands the values of all operands, before any variable is set.
func (p *process) evaluate(d *declaration) (err error) {
	for i, a := range d.operands {
		switch {
		case a.Name == nil || a.Naked:
		case a.Array != nil:
			old := p.vars.Get(a.Name.Value).Array
			isKept := old != nil && old.IsAssociative && !(d.isLocal && !p.frames[len(p.frames)-1].Has(a.Name.Value))
			if d.arrays[a], err = p.scope().Array(a, isKept || d.has("A")); err != nil {
				return err
			}
		default:
			value, err := p.assigned(a.Value)
			if err != nil {
				return err
			}
			d.operands[i] = bash.Literal(a.Name.Value, value, a)
		}
	}
	return nil
}

// declareOne sets a variable and its attributes.
func (p *process) declareOne(d *declaration, a *syntax.Assign) error {
	name := a.Name.Value
	if p.vars.Get(name).ReadOnly && (d.isLocal || !a.Naked) {
		return p.refuse("%s of a variable that is read only is not supported", d.variant)
	}
	if d.isLocal {
		p.makeLocal(name, a)
	}
	if err := p.declareArray(name, d.letters, a); err != nil {
		return err
	}
	if a.Array != nil {
		if err := p.setArray(name, d.arrays[a]); err != nil {
			return err
		}
	} else if !a.Naked {
		if err := p.assign(a, false); err != nil {
			return err
		}
	}
	switch {
	case d.variant == "export":
		p.vars.SetExported(name, d.letters == "")
	case d.has("x"):
		p.vars.SetExported(name, true)
	}
	if d.variant == "readonly" || d.has("r") {
		p.vars.SetReadOnly(name)
	}
	return nil
}

// declareArray makes a variable an array, associative or not, where letters of declare say so.
func (p *process) declareArray(name, letters string, a *syntax.Assign) error {
	v, isAssociative := p.vars.Get(name), strings.Contains(letters, "A")
	switch {
	case v.Array != nil && (v.Array.IsAssociative && strings.Contains(letters, "a") || isAssociative && !v.Array.IsAssociative),
		isAssociative && (v.IsSet || !a.Naked && a.Array == nil):
		return p.refuse("a conversion of %s to another kind of variable is not supported", name)
	case v.Array != nil || !a.Naked:
		return nil
	case isAssociative:
		return p.setArray(name, &bash.Array{IsAssociative: true, IsDeclared: true})
	case strings.Contains(letters, "a") && v.IsSet:
		return p.setArray(name, p.elements(name))
	case strings.Contains(letters, "a"):
		return p.setArray(name, &bash.Array{IsDeclared: true})
	}
	return nil
}

// makeLocal hides a variable behind one of the function that runs, which is unset until the assignment.
func (p *process) makeLocal(name string, a *syntax.Assign) {
	f := p.frames[len(p.frames)-1]
	if f.Has(name) {
		return
	}
	f.Save(p.vars, name)
	if v := p.vars.Get(name); a.Naked || v.Array != nil || a.Append {
		p.vars.Init(name, variables.Variable{Exported: v.Exported})
	}
}

// bashVersion is $BASH_VERSION by the version of the package.
func (p *process) bashVersion() string {
	if p.Database != nil {
		if installed, err := p.Database(); err == nil && installed != nil {
			if bash := installed.Find("bash"); bash != nil {
				if version, _, _ := strings.Cut(bash.Version, "-r"); strings.Count(version, ".") == 2 {
					return version + "(1)-release"
				}
			}
		}
	}
	p.refuse("$BASH_VERSION is not supported without a package of bash") // ends the next step
	return ""
}

// countingLoop is "for ((first; condition; next))".
func (p *process) countingLoop(l *syntax.CStyleLoop, body []*syntax.Stmt) error {
	if _, err := p.scope().Evaluate(l.Init); err != nil {
		return err
	}
	return p.repeat(func() (bool, error) {
		if l.Cond == nil {
			return true, nil
		}
		n, err := p.scope().Evaluate(l.Cond)
		return n != 0, err
	}, body, func() error {
		_, err := p.scope().Evaluate(l.Post)
		return err
	})
}
