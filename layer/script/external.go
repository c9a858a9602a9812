package script

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// outside returns a call of a command that the shell does not run itself.
func (p *process) outside(args []string) *call {
	return &call{
		Session: p.Session, ctx: p.ctx, args: args, dir: p.dir, line: p.line, umask: p.umask, stdin: p.stdin(),
		exports: p.exports, shell: p, depth: p.depth,
		env: func(name string) string {
			if v := p.vars[name]; v.exported {
				return v.value
			}
			return ""
		},
	}
}

// RunCommand finds a command by its name or path and runs it. Only what the tree has can run,
// and only as an applet or a shell script.
func (p *process) RunCommand(c *call) (int, error) {
	name := c.args[0]
	run := p.Session.command(path.Base(name))
	if run != nil && p.isInternal(name) {
		return run(c)
	}
	if name == "" {
		return p.cannot(c, 127, ": Permission denied")
	}
	where := name
	if !strings.Contains(name, "/") {
		where = c.lookPath(name)
	}
	n, err := c.Tree.Stat(c.path(where))
	switch {
	case where == "" && isSomewhere(c, name):
		return p.cannot(c, 126, "%s: Permission denied", name)
	case where == "" || err != nil:
		return p.cannot(c, 127, "%s: not found", name)
	case n.Type != tree.Regular || n.Mode&0o111 == 0:
		return p.cannot(c, 126, "%s: Permission denied", name)
	}
	if run == nil || n.Size < maxBodySize && isScript(n) {
		return c.interpretFile(where)
	}
	return run(c)
}

// cannot prints why a command does not run.
func (p *process) cannot(c *call, status int, format string, args ...any) (int, error) {
	fmt.Fprintf(&c.err, "%s: line %d: %s\n", p.name, c.line, fmt.Sprintf(format, args...))
	return status, nil
}

// isScript reports whether a file is a shell script rather than the program that its name
// suggests.
func isScript(n *tree.Node) bool {
	b, err := n.Read(maxBodySize)
	return err == nil && bytes.HasPrefix(b, []byte("#!"))
}

// isSomewhere reports whether PATH has a file of that name that is not executable.
func isSomewhere(c *call, name string) bool {
	if strings.Contains(name, "/") {
		return false
	}
	for dir := range strings.SplitSeq(c.env("PATH"), ":") {
		if n, err := c.Tree.Stat(c.path(dir + "/" + name)); err == nil && n.Type == tree.Regular {
			return true
		}
	}
	return false
}

// RunText runs shell text in a new shell, which takes only the environment from this one.
func (p *process) RunText(c *call, text Text) (int, error) {
	sub := newProcess(c.Session, c.ctx, text.Name, text.Args)
	if c.exports != nil {
		for name, value := range c.exports() {
			sub.vars[name] = variable{value: value, set: true, exported: true}
		}
	}
	sub.dir, sub.inner, sub.umask = path.Clean(c.dir), true, c.umask
	sub.fds[0] = null{}
	if c.stdin != nil {
		sub.fds[0] = reading{c.stdin}
	}
	sub.fds[1], sub.fds[2] = writing{&collector{c, &c.out}}, writing{&collector{c, &c.err}}
	sub.depth = c.depth
	if err := sub.enter(); err != nil {
		return 0, err
	}
	if text.File {
		return sub.runFile(text.Body)
	}
	for _, word := range text.Flags {
		if _, _, problem := sub.flags.parse([]string{word}); problem != "" {
			return 0, c.unsupported(c.line, "%s: %s", c.args[0], problem)
		}
	}
	return sub.runText(text.Body)
}

// collector is the output of a script that is a command.
type collector struct {
	c *call
	b *bytes.Buffer
}

func (w *collector) Write(b []byte) (int, error) {
	w.b.Write(b)
	return len(b), w.c.bounded()
}
