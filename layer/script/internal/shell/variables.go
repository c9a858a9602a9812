package shell

import (
	"strconv"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
)

// entrySize is what a variable or function counts in addition to its bytes.
const entrySize = 64

// set gives a variable a value, for as long as this process lives.
func (p *process) set(name, value string) error {
	v := p.vars[name]
	if v.readonly {
		return p.abort("%s: is read only", name)
	}
	if name == pipeStatus && p.isBash {
		return p.refuse("an assignment to $%s is not supported", name)
	}
	if v.array != nil {
		return p.setArray(name, v.array.With(bash.First, value))
	}
	if len(value) > expand.MaxValue {
		return p.Fail(p.Exceeded(p.line, "%s: a value of more than %d bytes", name, expand.MaxValue))
	}
	p.free(name, v)
	if err := p.count(name, len(name)+len(value)+entrySize); err != nil {
		return err
	}
	v.value, v.set, v.owner = value, true, p
	v.exported = v.exported || p.options.Allexport
	p.vars[name] = v
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
	v := p.vars[name]
	if v.readonly {
		return p.abortBuiltin("unset", "%s: is read only", name)
	}
	p.put(name, variable{})
	return nil
}

// put replaces a variable, whose bytes are released, by one whose bytes are counted
// already.
func (p *process) put(name string, v variable) {
	p.free(name, p.vars[name])
	p.getoptsAt(name, v.value)
	if v == (variable{}) {
		delete(p.vars, name)
	} else {
		p.vars[name] = v
	}
}

// shadow returns a variable for put to bring back. It stays counted while
// another value has its place.
func (p *process) shadow(name string) variable {
	v := p.vars[name]
	if v.owner != nil {
		other := v
		other.owner = nil
		p.vars[name] = other
	}
	return v
}

// define gives a function its body.
func (p *process) define(name string, body *syntax.Stmt) error {
	if f := p.funcs[name]; f.owner == p {
		p.release(f.size)
	}
	// A syntax tree takes many times its text.
	size := 16*int(body.End().Offset()-body.Pos().Offset()) + len(name) + entrySize
	if err := p.count(name, size); err != nil {
		return err
	}
	p.funcs[name] = function{body, size, p, p.textFile(), p.isBody}
	return nil
}

func (p *process) undefine(name string) {
	if f := p.funcs[name]; f.owner == p {
		p.release(f.size)
	}
	delete(p.funcs, name)
}

func (p *process) free(name string, v variable) {
	if v.owner == p {
		p.release(len(name) + v.size() + entrySize)
	}
}

func (p *process) count(name string, n int) error {
	p.own += n
	return p.Hold(p.line, name, n)
}

func (p *process) release(n int) {
	p.own -= n
	p.Hold(p.line, "", -n)
}
