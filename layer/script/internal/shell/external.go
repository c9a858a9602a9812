package shell

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/program"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
	"github.com/lamina-oci/lamina/layer/tree"
)

// outside returns a call of a command that the shell does not run itself.
func (p *process) outside(args []string) *busybox.Call {
	c := &busybox.Call{
		Session: p.Session, Ctx: p.ctx, Tree: p.Tree, Args: args, Dir: p.dir, Line: p.line, Umask: p.umask, Stdin: p.stdin(),
		Exports: p.exports, Shell: p, Depth: p.depth,
		Env: func(name string) string {
			if v := p.vars.Get(name); v.Exported || name == "PATH" { // the shell itself searches PATH
				return v.Value
			}
			return ""
		},
	}
	c.Emit = func() error {
		err := p.flush(c)
		c.DropPrinted()
		return err
	}
	return c
}

// RunCommand finds a command by its name or path and runs it. Only what the tree has can run,
// and only as an applet or a shell script.
func (p *process) RunCommand(c *busybox.Call) (int, error) {
	name := c.Args[0]
	run := p.Session.Command(path.Base(name))
	if run != nil && p.IsInternal(name) {
		return run(c)
	}
	if name == "" {
		return p.cannot(c, 127, ": Permission denied")
	}
	where, err := name, error(nil)
	if !strings.Contains(name, "/") {
		where, err = c.LookPath(name)
	}
	if errors.Is(err, tree.ErrNotExist) && run != nil && p.Standalone {
		return run(c)
	}
	var n *tree.Node
	if err == nil {
		n, err = c.Tree.Stat(c.Path(where))
	}
	switch {
	case errors.Is(err, tree.ErrPermission) && where == "":
		return p.cannot(c, 127, "%s: Permission denied", name)
	case errors.Is(err, tree.ErrPermission), err == nil && (n.Type != tree.Regular || c.Tree.Access(n, tree.Execute) != nil):
		return p.cannot(c, 126, "%s: Permission denied", name)
	case err != nil:
		return p.cannot(c, 127, "%s: not found", name)
	}
	c.Program = n
	if none := p.LeavesOut(path.Base(name)); none != nil {
		return none(c)
	}
	file := program.Read(n)
	if why := c.Shows(); why != "" && !file.IsShellScript() && c.Emit != nil && p.isUnread(1) && p.isUnread(2) {
		return c.LeaveShown(why)
	}
	if run == nil || file.IsScript {
		if body := file.PlainText(); body != nil && c.Emit != nil { // the kernel refuses it, and then a shell reads it
			return p.RunText(c, busybox.Text{Name: where, Args: c.Args[1:], Body: body, IsBash: p.isBash})
		}
		if interpreter := file.Interpreter; len(interpreter) > 0 && !p.Standalone {
			if _, err := c.Tree.Stat(c.Path(interpreter[0])); err != nil { // the kernel says so, as it would of the script
				if run != nil && !strings.Contains(name, "/") { // there is another one of that name in PATH
					return run(c)
				}
				return p.cannot(c, 127, "%s: not found", name)
			}
			if len(interpreter) > 1 && path.Base(interpreter[0]) == "env" {
				if _, err := c.LookPath(interpreter[1]); err != nil {
					fmt.Fprintf(&c.Err, "env: can't execute '%s': No such file or directory\n", interpreter[1])
					return 127, nil
				}
			}
		}
		return c.InterpretFile(where)
	}
	return run(c)
}

// cannot prints why a command does not run.
func (p *process) cannot(c *busybox.Call, status int, format string, args ...any) (int, error) {
	name, place := p.name, p.place(c.Line)
	if p.within != "" {
		name, place = name+": "+p.within, fmt.Sprintf("line %d: ", p.shownLine())
	}
	fmt.Fprintf(&c.Err, "%s: %s%s\n", name, place, fmt.Sprintf(format, args...))
	return status, nil
}

// isUnread reports whether nothing but the messages of the build, at most, has what is written to a descriptor.
func (p *process) isUnread(fd int) bool {
	switch p.fds[fd].(type) {
	case *limitedOutput, stream.Null:
		return true
	}
	return false
}

// RunText runs shell text in a new shell, which takes only the environment from this one.
func (p *process) RunText(c *busybox.Call, text busybox.Text) (int, error) {
	if text.File {
		_, _, err := grammar.Interpreter(text.Body)
		if refused := new(grammar.SyntaxError); errors.As(err, &refused) {
			return c.RefuseProgram(c.Args[0], "%q is a program that cannot be interpreted: %s", c.Args[0], refused.Reason)
		}
	}
	sub := newProcess(c.Session, c.Ctx, text.Name, text.Args)
	sub.Tree, sub.dir, sub.inner, sub.umask = c.Tree, busybox.Logical(c.Dir, ""), true, c.Umask
	sub.vars.RemoveExported() // the session's: this one's may be others by now
	sub.inherit(c.Environment())
	sub.fds[0] = stream.Null{}
	if s, ok := c.Stdin.(stream.Stream); ok {
		sub.fds[0] = s // such as a file with its position
	} else if c.Stdin != nil {
		sub.fds[0] = stream.Input{Reader: c.Stdin}
	}
	if c.Emit != nil { // both go where those of this shell go, in their order
		if err := c.Emit(); err != nil {
			return 0, err
		}
		sub.fds[1], sub.fds[2] = p.fds[1], p.fds[2]
	} else {
		sub.fds[1], sub.fds[2] = stream.Output{Writer: &collector{c, &c.Out}}, stream.Output{Writer: &collector{c, &c.Err}}
	}
	sub.depth = c.Depth
	if err := sub.enter(); err != nil {
		return 0, err
	}
	if text.File {
		return sub.runFile(text.Body)
	}
	return sub.runAs(text)
}

// inherit takes the environment of a new shell. One without PATH gets ash's own, and each
// counts how deep it is.
func (p *process) inherit(environment busybox.Environment) {
	level, _ := strconv.Atoi(environment["SHLVL"])
	p.vars.Init("PATH", variables.Variable{Value: "/sbin:/usr/sbin:/bin:/usr/bin", IsSet: true})
	for name, value := range environment {
		if syntax.ValidName(name) {
			p.vars.Init(name, variables.Variable{Value: value, IsSet: true, Exported: true})
		}
	}
	if environment["PWD"] != p.dir {
		if resolved, err := p.Tree.Resolve(p.dir, true); err == nil {
			p.dir = "/" + resolved
		}
	}
	p.vars.Init("PWD", variables.Variable{Value: p.dir, IsSet: true, Exported: true})
	p.vars.Init("SHLVL", variables.Variable{Value: strconv.FormatUint(uint64(uint32(level+1)), 10), IsSet: true, Exported: true})
}

// collector is the output of a script that is a command.
type collector struct {
	c *busybox.Call
	b io.Writer
}

func (w *collector) Write(b []byte) (int, error) {
	w.b.Write(b)
	return len(b), w.c.Bounded()
}
