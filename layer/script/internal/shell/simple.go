package shell

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// simple runs a simple command: assignments, words, redirections, any of which may be
// missing.
func (p *process) simple(s *syntax.Stmt, assigns []*syntax.Assign, words []*syntax.Word) error {
	if err := p.refuseAlias(words); err != nil {
		return err
	}
	defer p.ClosePipes(p.Pipes())
	p.substituted = false
	p.waits = len(words) > 0 && words[0].Lit() == "wait"
	args, err := p.fields(words)
	p.waits = false
	if err != nil {
		return err
	}
	saved, before := p.fds, p.before
	keep := false // "exec" changes the shell's own descriptors
	defer func() {
		p.before = before
		if !keep {
			p.fds = saved
		}
	}()
	if len(args) == 0 {
		return p.assignments(s, assigns)
	}
	name := args[0]
	f, isFunction := p.funcs[name]
	special := isSpecial(name) && !isFunction
	if p.isBash && !isFunction {
		if why := bash.Refuse(args); why != "" {
			return p.refuse("%s", why)
		}
	}
	if err := p.trace(assigns, args); err != nil {
		return err
	}
	if ok, err := p.redirect(s.Redirs); err != nil {
		return err
	} else if !ok {
		if p.status = 1; special && !p.isBash {
			p.fds = saved
			return p.exit(1)
		}
		return nil
	}
	if special && !p.isBash {
		for _, a := range assigns {
			if err := p.assign(a, name == "exec" && len(operands(args)) > 0); err != nil {
				return err
			}
		}
	}
	if keep = special && name == "exec" && len(operands(args)) == 0; keep {
		p.status = 0
		return nil
	}
	if special && !p.isBash {
		return p.builtin(name, args)
	}
	restore, err := p.temporary(assigns)
	if err != nil {
		return err
	}
	defer restore()
	switch {
	case isFunction:
		return p.function(f, args)
	case p.isBuiltin(name):
		return p.runBuiltin(name, args)
	case p.isBash && name == "printf":
		return p.printf(args)
	case p.isBash && (name == "[" || name == "test"):
		if operand, negated, ok := bash.VariableOf(args); ok {
			set, err := p.scope().IsSet(operand)
			p.status = oneIf(set == negated)
			return err
		}
	}
	return p.program(args)
}

// assignments is a command without words.
func (p *process) assignments(s *syntax.Stmt, assigns []*syntax.Assign) error {
	if ok, err := p.redirect(s.Redirs); err != nil {
		return err
	} else if !ok {
		p.status = 1
		return nil
	}
	traced := ""
	for _, a := range assigns {
		if err := p.assign(a, false); err != nil {
			return err
		}
		traced += " " + a.Name.Value + "=" + words.Quote(p.value(a.Name.Value))
	}
	if p.options.Xtrace && len(assigns) > 0 {
		p.write(2, []byte(p.value("PS4")+traced[1:]+"\n"))
	}
	if p.status = 0; p.substituted {
		p.status = p.substStatus
	}
	return nil
}

// assign is one "name=value".
func (p *process) assign(a *syntax.Assign, exported bool) error {
	if a.Append || a.Array != nil || a.Index != nil {
		if err := p.assignBash(a); err != nil {
			return err
		}
	} else if value, err := p.assigned(a.Value); err != nil {
		return err
	} else if err := p.set(a.Name.Value, value); err != nil {
		return err
	}
	if exported {
		p.vars.SetExported(a.Name.Value, true)
	}
	return nil
}

// temporary makes the assignments before a command, for as long as it runs.
func (p *process) temporary(assigns []*syntax.Assign) (restore func(), err error) {
	if len(assigns) == 0 {
		return func() {}, nil
	}
	saved := new(variables.Saved)
	restore = func() { saved.Restore(p.vars, p.getoptsAt) }
	for _, a := range assigns {
		saved.Save(p.vars, a.Name.Value)
		if err := p.assign(a, true); err != nil {
			restore()
			return nil, err
		}
	}
	return restore, nil
}

// trace is what "set -x" prints.
func (p *process) trace(assigns []*syntax.Assign, args []string) error {
	if !p.options.Xtrace {
		return nil
	}
	texts := make([]string, 0, len(assigns)+len(args))
	for _, a := range assigns {
		value, err := p.assigned(a.Value)
		if err != nil {
			return err
		}
		texts = append(texts, a.Name.Value+"="+words.Quote(value))
	}
	for _, arg := range args {
		texts = append(texts, words.Quote(arg))
	}
	p.write(2, []byte(p.value("PS4")+strings.Join(texts, " ")+"\n"))
	return nil
}

// function runs a function's body.
func (p *process) function(f function, args []string) error {
	if err := p.enter(); err != nil {
		return err
	}
	outer, loops, tested, isBody := p.args, p.loops, p.tested, p.isBody
	option, letter := p.option, p.letter
	p.isBody = f.isBody
	if p.isBash {
		p.loops = 0 // "break" leaves those of the function alone
	}
	p.args = args[1:] // "break" in a function leaves a loop around its call, as in ash
	p.option, p.letter = 1, 0
	p.frames = append(p.frames, new(variables.Saved))
	end := p.begin(args[0], f.file)
	action, isTrapped := p.traps[errorTrap]
	if isTrapped && !p.errtrace {
		delete(p.traps, errorTrap)
	}
	err := p.stmt(f.body)
	if isTrapped {
		p.traps[errorTrap] = action
	}
	p.option, p.letter = option, letter
	p.leaveFrame()
	end()
	p.args, p.loops, p.tested, p.isBody = outer, loops, tested, isBody
	p.depth--
	var u *unwind
	if errors.As(err, &u) && u.kind == unwindReturn {
		return nil
	}
	return err
}

// leaveFrame gives local variables back what they were.
func (p *process) leaveFrame() {
	f := p.frames[len(p.frames)-1]
	p.frames = p.frames[:len(p.frames)-1]
	f.Restore(p.vars, p.getoptsAt)
}

// program runs a command that is not the shell's own.
func (p *process) program(args []string) error {
	c := p.outside(args)
	status, err := p.RunCommand(c)
	if werr := p.flush(c); werr != nil && err == nil {
		err = werr
	}
	c.Forget()
	switch {
	case errors.Is(err, stream.ErrBrokenPipe) && p.IsInternal(args[0]):
		return p.exit(brokenPipeStatus) // the signal meets the shell itself
	case errors.Is(err, stream.ErrBrokenPipe):
		status = brokenPipeStatus
	case err != nil:
		return p.Fail(p.placed(err))
	}
	if p.status = status; c.Unwritten && status == 0 {
		p.status = 1
	}
	return nil
}

// brokenPipeStatus is that of a command which SIGPIPE ended.
const brokenPipeStatus = 128 + 13

// flush hands on what a command printed.
func (p *process) flush(c *busybox.Call) error {
	if err := p.spend(c.Out.Len() + c.Err.Len()); err != nil {
		return err
	}
	for fd, b := range c.Printed() {
		err := p.write(fd, b)
		switch {
		case err == nil:
		case !errors.Is(err, stream.ErrBadDescriptor):
			return p.placed(err)
		case fd == 1 && p.IsInternal(c.Args[0]):
			p.say("write error: %s", busybox.Reason(err))
			c.Unwritten = true
		case fd == 1:
			p.write(2, fmt.Appendf(nil, "%s: write error: %s\n", c.Args[0], busybox.Reason(err)))
			c.Unwritten = true
		}
	}
	return nil
}
