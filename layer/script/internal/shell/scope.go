package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
)

// scope is what words are expanded in, as the shell is now.
func (p *process) scope() *expand.Scope {
	return &expand.Scope{
		Shell: expanding{p}, Tree: p.Tree, Dir: p.dir, Name: p.name, Args: p.args,
		Bash: p.isBash, Noglob: p.options.Noglob, Nounset: p.options.Nounset, Nullglob: p.nullglob, Dotglob: p.dotglob,
	}
}

// word expands a word that stays one.
func (p *process) word(w *syntax.Word) (string, error) { return p.scope().Word(w) }

// assigned expands the value of an assignment.
func (p *process) assigned(w *syntax.Word) (string, error) { return p.scope().Assigned(w) }

// fields expands the words of a command.
func (p *process) fields(list []*syntax.Word) ([]string, error) { return p.scope().Fields(list) }

// expanding implements [expand.Shell].
type expanding struct{ p *process }

func (x expanding) Get(name string) (string, bool)   { return x.p.get(name) }
func (x expanding) Set(name, value string) error     { return x.p.set(name, value) }
func (x expanding) Elements(name string) *bash.Array { return x.p.elements(name) }
func (x expanding) SetElement(name string, at bash.Subscript, value string) error {
	return x.p.setArray(name, x.p.elements(name).With(at, value))
}
func (x expanding) IsArray(name string) bool {
	return x.p.vars.Get(name).Array != nil || name == pipeStatus || isCallStack(name)
}
func (x expanding) Step() error           { return x.p.tick() }
func (x expanding) Spend(bytes int) error { return x.p.spend(bytes) }

func (x expanding) Abort(format string, args ...any) error  { return x.p.abort(format, args...) }
func (x expanding) Refuse(format string, args ...any) error { return x.p.refuse(format, args...) }

// Names is as that of [expand.Shell].
func (x expanding) Names() (names []string) {
	x.p.spend(variables.EntrySize * x.p.vars.Len()) // a failure ends the next command
	for _, name := range x.p.vars.Names() {
		if v := x.p.vars.Get(name); v.IsSet || v.Array != nil && len(v.Array.Values) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// Pipe is as that of [expand.Shell].
func (x expanding) Pipe(s *syntax.ProcSubst) (string, error) {
	if x.p.Pipes() == busybox.MaxPipes {
		return "", x.p.refuse("more than %d process substitutions at once are not supported", busybox.MaxPipes)
	}
	out, err := x.p.produced(s.Stmts, true)
	if err != nil {
		return "", err
	}
	return x.p.AddPipe(out.Bytes()), nil
}

// Parse is as that of [expand.Shell].
func (x expanding) Parse(text []byte) (*syntax.File, error) {
	file, err := x.p.parse(text)
	if err != nil {
		return nil, x.p.Fail(err)
	}
	return file, nil
}

// AbortParameter is as that of [expand.Shell].
func (x expanding) AbortParameter(format string, args ...any) error {
	p := x.p
	if !p.isBash {
		return p.abort(format, args...)
	}
	p.say(format, args...)
	if p.options.From == 'c' && !p.options.Errexit && !p.isForked {
		return p.exit(127)
	}
	return p.exit(1)
}

// Exceeded is as that of [expand.Shell].
func (x expanding) Exceeded(format string, args ...any) error {
	return x.p.Fail(x.p.Session.Exceeded(x.p.line, format, args...))
}

// Home is as that of [expand.Shell].
func (x expanding) Home(user string) (string, bool) {
	if name := map[string]string{"+": "PWD", "-": "OLDPWD"}[user]; name != "" && x.p.isBash {
		return x.p.get(name)
	}
	if user != "" {
		return x.p.outside(nil).Home(user)
	}
	home, set := x.p.get("HOME")
	if !set && x.p.isBash {
		home, _ = x.p.outside(nil).Account()
		set = true
	}
	return home, set
}

// isTrap reports whether commands are a "trap" alone, which in "$(trap)" lists the traps of the shell around it.
func isTrap(stmts []*syntax.Stmt) bool {
	if len(stmts) != 1 {
		return false
	}
	call, ok := stmts[0].Cmd.(*syntax.CallExpr)
	return ok && len(call.Args) == 1 && call.Args[0].Lit() == "trap"
}

// Substitute is as that of [expand.Shell].
func (x expanding) Substitute(s *syntax.CmdSubst) (string, error) {
	p := x.p
	c, err := p.fork()
	if err != nil {
		return "", err
	}
	stmts := s.Stmts
	if p.isBash && len(stmts) == 1 && stmts[0].Cmd == nil && len(stmts[0].Redirs) == 1 && stmts[0].Redirs[0].Op == syntax.RdrIn {
		cat := &syntax.CallExpr{Args: []*syntax.Word{{Parts: []syntax.WordPart{&syntax.Lit{Value: "cat"}}}}} // "$(<file)"
		stmts = []*syntax.Stmt{{Position: stmts[0].Position, Cmd: cat, Redirs: stmts[0].Redirs}}
	}
	out := &capture{p: p}
	c.fds[1] = out
	line := p.line
	p.substituted = true
	c.options.Errexit = c.options.Errexit && p.inheritErrexit // not as POSIX has it
	if c.stage = bash.OnlySubshell(stmts); !p.isBash {
		c.tested = 0 // a "set -e" within it is its own
		if isTrap(stmts) {
			c.traps, c.dropsTrap = p.traps, true
		}
	}
	if p.substStatus, err = c.run(stmts); err != nil {
		return "", err
	}
	if p.line = line; p.isBash {
		p.status = p.substStatus // also for "$?" in what follows of the command
	}
	return strings.TrimRight(strings.ReplaceAll(out.b.String(), "\x00", ""), "\n"), nil
}
