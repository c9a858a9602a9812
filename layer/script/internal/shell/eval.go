package shell

import (
	"cmp"
	"errors"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
)

// stmts runs a list of commands. The error is an [*unwind] or ends the run.
func (p *process) stmts(list []*syntax.Stmt) error {
	for _, s := range list {
		if err := p.stmt(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) stmt(s *syntax.Stmt) error {
	if err := p.tick(); err != nil || p.options.Noexec {
		return err
	}
	p.line = s.Pos().Line()
	p.Session.Line = p.line
	if p.isBody {
		p.Session.Offset = int(s.Pos().Offset())
	}
	if p.nested++; p.nested > grammar.MaxNested {
		return p.refuse("more than %d commands within each other", grammar.MaxNested)
	}
	defer func() { p.nested-- }()
	if s.Background {
		return p.background(s)
	}
	if !s.Negated {
		return p.command(s)
	}
	err := p.negated(s)
	u := (*unwind)(nil)
	if err == nil || errors.As(err, &u) && u.kind != unwindExit && !(p.isBash && u.kind == unwindReturn) { // also the status that return and break leave
		p.status = oneIf(p.status == 0)
	}
	return err
}

// negated runs the command behind "!", whose failure does not count. In Bash without "set -e", that of commands within it does: they run
// the trap on ERR.
func (p *process) negated(s *syntax.Stmt) error {
	if !p.isBash || p.options.Errexit {
		p.tested++
		defer func() { p.tested-- }()
		return p.command(s)
	}
	if call, ok := s.Cmd.(*syntax.CallExpr); ok && p.traps[errorTrap] != "" && grammar.Substitutes(call) {
		return p.refuse("! with a command substitution is not supported where a trap on ERR is set")
	}
	stage := p.stage
	p.stage = s.Cmd
	p.inverted++
	defer func() { p.inverted-- }()
	err := p.command(s)
	p.stage = stage
	if err == nil && bash.EndsInSubshell(s.Cmd) && p.pipeStatus[len(p.pipeStatus)-1] != 0 && p.tested == 0 {
		err = p.runERRTrap()
	}
	return err
}

// background runs a command to its end at once, which is one of the orders that a machine
// might choose, and the only one that does not depend on it. A command that waits for time
// to pass is refused there: it is meant to run after what follows.
func (p *process) background(s *syntax.Stmt) error {
	c, err := p.fork()
	if err != nil {
		return err
	}
	c.fds[0] = stream.Null{}
	command := *s
	command.Background = false
	c.dropsTrap, c.stage = p.isBash && bash.DropsTrap(s.Cmd), s.Cmd
	p.Session.Background++
	status, err := c.run([]*syntax.Stmt{&command})
	p.Session.Background--
	if err != nil {
		return err
	}
	if p.jobs = append(p.jobs, status); len(p.jobs) > maxJobs {
		return p.refuse("more than %d commands in the background are not supported", maxJobs)
	}
	p.status = 0
	return nil
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// subshellIn returns the subshell that is all that is between braces. Ash takes redirections of the braces for its own, and forgets others.
func subshellIn(cmd syntax.Command) *syntax.Subshell {
	for {
		block, ok := cmd.(*syntax.Block)
		if !ok || len(block.Stmts) != 1 || block.Stmts[0].Negated || block.Stmts[0].Background {
			break
		}
		inner := block.Stmts[0].Cmd
		if subshell, ok := inner.(*syntax.Subshell); ok {
			return subshell
		}
		cmd = inner
	}
	return nil
}

// command runs a command with its redirections.
func (p *process) command(s *syntax.Stmt) error {
	if inner := subshellIn(s.Cmd); inner != nil && len(s.Redirs) > 0 {
		s = &syntax.Stmt{Cmd: inner, Redirs: s.Redirs, Position: s.Position}
	}
	switch cmd := s.Cmd.(type) {
	case nil:
		return p.ranSimple(s.Cmd, p.simple(s, nil, nil))
	case *syntax.CallExpr:
		return p.ranSimple(cmd, p.simple(s, cmd.Assigns, cmd.Args))
	case *syntax.FuncDecl:
		p.status = 0
		return p.define(cmd.Name.Value, cmd.Body)
	}
	if len(s.Redirs) > 0 {
		saved, before := p.fds, p.before
		defer func() { p.fds, p.before = saved, before }()
		if ok, err := p.redirect(s.Redirs); err != nil {
			return err
		} else if !ok {
			p.status = 1 // which "set -e" of ash leaves alone
			if p.isBash {
				if _, isSubshell := s.Cmd.(*syntax.Subshell); isSubshell {
					p.pipeStatus = []int{1}
				}
				return p.checked(nil)
			}
			switch s.Cmd.(type) {
			case *syntax.Subshell: // it is the subshell that ends
				p.status = 2
				return p.checked(nil)
			case *syntax.DeclClause: // export, readonly and local are special builtins
				return p.exit(1)
			}
			return nil
		}
		if _, ok := s.Cmd.(*syntax.Subshell); ok {
			p.before = before // it is the subshell that redirects, for good
		}
	}
	return p.compound(s.Cmd)
}

// checked is where "set -e" ends the shell after a command that failed, and where Bash runs the trap on ERR.
func (p *process) checked(err error) error {
	if err == nil && p.status != 0 && p.tested == 0 {
		err = p.runERRTrap()
	}
	return p.checkedAlone(err)
}

// checkedAlone is checked without the trap on ERR.
func (p *process) checkedAlone(err error) error {
	if err == nil && p.status != 0 && p.options.Errexit && p.tested == 0 {
		return p.exit(p.status)
	}
	return err
}

// ranSimple is checked behind a simple command or what is like one, which is a pipeline of its own.
func (p *process) ranSimple(cmd syntax.Command, err error) error {
	if p.isBash && err == nil {
		if p.pipeStatus = []int{p.status}; cmd != nil && cmd == p.stage {
			return p.checkedAlone(nil)
		}
	}
	return p.checked(err)
}

func (p *process) compound(cmd syntax.Command) error {
	switch cmd := cmd.(type) {
	case *syntax.Block:
		return p.stmts(cmd.Stmts)
	case *syntax.Subshell:
		c, err := p.fork()
		if err != nil {
			return err
		}
		c.stage = bash.OnlySubshell(cmd.Stmts)
		p.status, err = c.run(cmd.Stmts)
		return p.ranSimple(cmd, err)
	case *syntax.BinaryCmd:
		if cmd.Op == syntax.Pipe {
			if err := p.pipeline(cmd); err != nil || cmd != p.stage {
				return p.checked(err)
			}
			return p.checkedAlone(nil)
		}
		p.tested++
		err := p.stmt(cmd.X)
		p.tested--
		if err != nil || (p.status == 0) != (cmd.Op == syntax.AndStmt) {
			return err
		}
		return p.stmt(cmd.Y)
	case *syntax.IfClause:
		return p.ifClause(cmd)
	case *syntax.WhileClause:
		return p.while(cmd)
	case *syntax.ForClause:
		return p.forClause(cmd)
	case *syntax.CaseClause:
		return p.caseClause(cmd)
	case *syntax.DeclClause:
		return p.ranSimple(cmd, p.declare(cmd))
	case *syntax.TestClause:
		return p.ranSimple(nil, p.testClause(cmd))
	case *syntax.LetClause:
		return p.ranSimple(nil, p.let(cmd))
	}
	return p.refuse("this kind of command is not supported")
}

// condition runs what decides, whose failure does not end the shell.
func (p *process) condition(list []*syntax.Stmt) (bool, error) {
	p.tested++
	err := p.stmts(list)
	p.tested--
	return p.status == 0, err
}

func (p *process) ifClause(c *syntax.IfClause) error {
	for ; c != nil; c = c.Else {
		if c.ThenPos.IsValid() { // otherwise it is an else
			if ok, err := p.condition(c.Cond); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		return p.stmts(c.Then)
	}
	p.status = 0
	return nil
}

func (p *process) while(c *syntax.WhileClause) error {
	return p.repeat(func() (bool, error) {
		ok, err := p.condition(c.Cond)
		return ok != c.Until, err
	}, c.Do, nil)
}

// repeat runs a body as long as a condition holds. The function after each round, unless it is nil, runs after continue too.
func (p *process) repeat(holds func() (bool, error), body []*syntax.Stmt, next func() error) error {
	p.loops++
	defer func() { p.loops-- }()
	status := 0
	for {
		if err := p.tick(); err != nil {
			return err
		}
		ok, err := holds()
		if err == nil {
			if !ok {
				p.status = status
				return nil
			}
			err = p.stmts(body)
			status = p.status
		}
		if done, err := p.loop(err); done || err != nil {
			return err
		}
		if next != nil {
			if err := next(); err != nil {
				return err
			}
		}
	}
}

func (p *process) forClause(c *syntax.ForClause) error {
	if loop, ok := c.Loop.(*syntax.CStyleLoop); ok {
		return p.countingLoop(loop, c.Do)
	}
	words := c.Loop.(*syntax.WordIter)
	items := p.args
	if words.InPos.IsValid() {
		var err error
		if items, err = p.fields(words.Items); err != nil {
			return err
		}
	}
	p.loops++
	defer func() { p.loops-- }()
	if len(items) == 0 { // otherwise "$?" is in the first round what it was before
		p.status = 0
	}
	for _, item := range items {
		if err := p.tick(); err != nil {
			return err
		}
		if err := p.set(words.Name.Value, item); err != nil {
			return err
		}
		if done, err := p.loop(p.stmts(c.Do)); done || err != nil {
			return err
		}
	}
	return nil
}

// loop says whether a loop ends after a round that ended with err.
func (p *process) loop(err error) (done bool, rest error) {
	var u *unwind
	if !errors.As(err, &u) || u.kind != unwindBreak && u.kind != unwindContinue {
		return err != nil, err
	}
	if u.levels > 1 {
		return true, &unwind{kind: u.kind, levels: u.levels - 1}
	}
	return u.kind == unwindBreak, nil
}

func (p *process) caseClause(c *syntax.CaseClause) error {
	value, err := p.word(c.Word)
	if err != nil {
		return err
	}
	matched := false
	into := false // what ";&" goes on with
	for i, item := range c.Items {
		for _, w := range item.Patterns {
			if into {
				break
			}
			pattern, err := p.scope().Pattern(w, false)
			if err != nil {
				return err
			}
			if ok, err := p.scope().Match(pattern, value); err != nil {
				return err
			} else if ok {
				into = true
			}
		}
		if !into {
			continue
		}
		if len(item.Stmts) == 0 {
			p.status = 0
		}
		if err := p.stmts(item.Stmts); err != nil || item.Op == syntax.Break || i == len(c.Items)-1 {
			return err
		}
		into = item.Op == syntax.Fallthrough
		matched = true
	}
	if !matched {
		p.status = 0
	}
	return nil
}

// pipeline runs each of its commands in a subshell; see [stream.Pipe] for the order.
func (p *process) pipeline(cmd *syntax.BinaryCmd) error {
	stages := []*syntax.Stmt{cmd.Y}
	for left := cmd.X; ; {
		inner, ok := left.Cmd.(*syntax.BinaryCmd)
		if !ok || inner.Op != syntax.Pipe || left.Negated || len(left.Redirs) > 0 {
			stages = append([]*syntax.Stmt{left}, stages...)
			break
		}
		stages = append([]*syntax.Stmt{inner.Y}, stages...)
		left = inner.X
	}
	if p.depth+len(stages) > maxDepth {
		return p.refuse("a pipeline of %d commands is too deep here", len(stages))
	}
	statuses := make([]int, len(stages))
	run := func(c *process, i int, s *syntax.Stmt) error {
		if p.isBash && bash.RunsText(s.Cmd) {
			c.tested = 0 // "set -e" ends the text of one of these in a pipeline in any case
		}
		c.dropsTrap, c.stage = p.isBash && bash.DropsTrap(s.Cmd), s.Cmd
		var err error
		c.status, err = c.run([]*syntax.Stmt{s})
		statuses[i] = c.status
		return err
	}
	var pipes []*stream.Pipe
	var problem error
	input := p.fds[0]
	for i, s := range stages {
		c, err := p.fork()
		if err != nil {
			problem = err
			break
		}
		c.fds[0] = input
		if i == len(stages)-1 {
			err := run(c, i, s)
			p.status = c.status
			if problem == nil {
				problem = err
			}
			break
		}
		q := new(stream.Pipe)
		q.Start(func() {
			if err := run(c, i, s); err != nil && problem == nil {
				problem = err
			}
		})
		c.fds[1] = q
		pipes = append(pipes, q)
		q.Forward()
		input = q
	}
	for i := len(pipes) - 1; i >= 0; i-- {
		pipes[i].Finish()
	}
	p.pipeStatus = statuses
	if p.isBash && bash.EndsInSubshell(cmd) && problem == nil && cmd != p.stage {
		problem = p.checked(nil)
	}
	if p.options.Pipefail && problem == nil {
		for _, status := range statuses {
			p.status = cmp.Or(status, p.status)
		}
	}
	return problem
}
