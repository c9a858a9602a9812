package shell

import (
	"strconv"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
)

// set gives a variable a value, for as long as this process lives.
func (p *process) set(name, value string) error {
	v := p.vars.Get(name)
	if v.ReadOnly {
		return p.abort("%s: is read only", name)
	}
	if name == pipeStatus && p.isBash {
		return p.refuse("an assignment to $%s is not supported", name)
	}
	if v.Array != nil {
		return p.setArray(name, v.Array.With(bash.First, value))
	}
	if len(value) > expand.MaxValue {
		return p.Fail(p.Exceeded(p.line, "%s: a value of more than %d bytes", name, expand.MaxValue))
	}
	if err := p.vars.Set(name, value); err != nil {
		return err
	}
	if p.options.Allexport {
		p.vars.SetExported(name, true)
	}
	p.getoptsAt(name, value)
	return nil
}

// getoptsAt lets getopts go on where $OPTIND says.
func (p *process) getoptsAt(name, value string) {
	if name == "OPTIND" {
		p.option, _ = strconv.Atoi(value)
		p.letter = 0
	}
}

func (p *process) unset(name string) error {
	if p.vars.Get(name).ReadOnly {
		return p.abortBuiltin("unset", "%s: is read only", name)
	}
	p.remove(name)
	return nil
}

func (p *process) remove(name string) {
	p.vars.Remove(name)
	p.getoptsAt(name, "")
}

// define gives a function its body.
func (p *process) define(name string, body *syntax.Stmt) error {
	if f := p.funcs[name]; f.owner == p {
		p.Release(f.size)
	}
	// A syntax tree takes many times its text.
	size := 16*int(body.End().Offset()-body.Pos().Offset()) + len(name) + variables.EntrySize
	if err := p.Hold(name, size); err != nil {
		return err
	}
	p.funcs[name] = function{body, size, p, p.textFile(), p.isBody}
	return nil
}

func (p *process) undefine(name string) {
	if f := p.funcs[name]; f.owner == p {
		p.Release(f.size)
	}
	delete(p.funcs, name)
}

// Hold implements [variables.Account].
func (p *process) Hold(name string, n int) error {
	p.own += n
	return p.Session.Hold(p.line, name, n)
}

// Release implements [variables.Account].
func (p *process) Release(n int) {
	p.own -= n
	p.Session.Hold(p.line, "", -n)
}
