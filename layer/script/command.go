package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// command is a program that scripts may call. It returns its exit status; an error ends
// the whole script.
type command func(c *call) (status int, err error)

// commandTable has every command by name. Those of busybox are found by
// "busybox NAME" as well.
func commandTable() map[string]command {
	table := make(map[string]command)
	for _, group := range []map[string]command{
		shellCommands(), userCommands(), fileCommands(), textCommands(), processCommands(), busyboxCommands(), apkCommands(),
		certificateCommands(), runlevelCommands(), systemCommands(),
	} {
		for name, run := range group {
			table[name] = run
		}
	}
	return table
}

// call is one command that runs.
type call struct {
	*shell
	ctx       context.Context
	args      []string // with the command's name
	dir       string   // working directory
	line      uint     // in the script
	env       func(name string) string
	stdin     io.Reader // nil if there is none
	process   *process  // the shell that runs it; nil for none
	out       bytes.Buffer
	err       bytes.Buffer
	unwritten bool // what it printed could not be written
	content   int  // bytes that it has read
	buffered  int  // bytes that are counted for it: see [shell.buffer]
}

// run finds the command by its name or path. Only what is there in the tree can be
// run there, and what is there must be known here.
func (c *call) run() (int, error) {
	name := c.args[0]
	run := c.commands[path.Base(name)]
	if run != nil && shellInternal[name] {
		return run(c)
	}
	if name == "" && c.process != nil {
		c.shellSays(": Permission denied")
		return 127, nil
	}
	where := name
	if !strings.Contains(name, "/") {
		where = c.lookPath(name)
	}
	n, err := c.Tree.Stat(c.path(where))
	switch {
	case where == "" && c.isSomewhere(name):
		if c.process != nil {
			c.shellSays("%s: Permission denied", name)
		}
		return 126, nil
	case where == "" || err != nil:
		return c.notFound(name)
	case n.Type != tree.Regular || n.Mode&0o111 == 0:
		if c.process != nil {
			c.shellSays("%s: Permission denied", name)
		}
		return 126, nil
	}
	if run == nil || n.Size < maxBodySize && c.isScript(n) {
		return c.interpretFile(where)
	}
	return run(c)
}

// isScript reports whether a file is a shell script, not the program that its name
// would have one think.
func (c *call) isScript(n *tree.Node) bool {
	b, err := n.Read(maxBodySize)
	return err == nil && bytes.HasPrefix(b, []byte("#!"))
}

// interpretFile runs a program of the tree that is a shell script itself.
func (c *call) interpretFile(where string) (int, error) {
	b, err := c.Tree.ReadFile(c.path(where), maxBodySize)
	if err != nil || !bytes.HasPrefix(b, []byte("#!")) {
		return 0, c.unsupported(c.line, "%q is a program that cannot be interpreted", c.args[0])
	}
	p, err := c.newShell(where, c.args[1:])
	if err != nil {
		return 0, err
	}
	return p.runFile(b)
}

// newShell returns a shell to run a script in, which has nothing of this one but its
// environment.
func (c *call) newShell(name string, args []string) (*process, error) {
	p := c.newProcess(c.ctx, name, args)
	for name, value := range c.exported() {
		p.vars[name] = variable{value: value, set: true, exported: true}
	}
	p.dir, p.inner, p.umask = path.Clean(c.dir), true, c.umask()
	p.fds[0] = null{}
	if c.stdin != nil {
		p.fds[0] = reading{c.stdin}
	}
	p.fds[1], p.fds[2] = writing{&collector{c, &c.out}}, writing{&collector{c, &c.err}}
	if c.process != nil {
		p.depth = c.process.depth
	}
	return p, p.enter()
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

// notFound is what ash does for a command that is not there.
func (c *call) notFound(name string) (int, error) {
	if c.process == nil {
		fmt.Fprintf(&c.err, "%s: not found\n", name)
		return 127, nil
	}
	c.shellSays("%s: not found", name)
	return 127, nil
}

// shellSays prints a message of the shell itself.
func (c *call) shellSays(format string, args ...any) {
	fmt.Fprintf(&c.err, "%s: line %d: %s\n", c.process.name, c.line, fmt.Sprintf(format, args...))
}

// lookPath finds a program as ash would, and returns its path or "".
func (c *call) lookPath(name string) string {
	for dir := range strings.SplitSeq(c.env("PATH"), ":") {
		p := dir + "/" + name
		if n, err := c.Tree.Stat(c.path(p)); err == nil && n.Type == tree.Regular && n.Mode&0o111 != 0 {
			return p
		}
	}
	return ""
}

// isSomewhere reports whether PATH has a file of that name that cannot be run.
func (c *call) isSomewhere(name string) bool {
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

// nested runs another command with the same surroundings, for xargs and the like.
func (c *call) nested(args []string) (int, error) {
	if err := c.shell.step(c.ctx, c.line); err != nil {
		return 0, err
	}
	sub := &call{shell: c.shell, ctx: c.ctx, args: args, dir: c.dir, line: c.line, env: c.env, process: c.process}
	return c.adopt(sub, sub.run)
}

// adopt runs a command whose output becomes this one's.
func (c *call) adopt(sub *call, run func() (int, error)) (int, error) {
	status, err := run()
	c.out.Write(sub.out.Bytes())
	c.err.Write(sub.err.Bytes())
	sub.forget()
	if err == nil {
		err = c.bounded()
	}
	return status, err
}

// path returns a path of the tree from the working directory.
func (c *call) path(p string) string {
	c.spend(len(c.dir) + len(p)) // what fails is seen at the next step
	return absolute(c.dir, p)
}

// read returns all of standard input. Other commands may run meanwhile: one of them may
// be what writes it.
func (c *call) read() ([]byte, error) {
	if c.stdin == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(c.stdin, maxInput+1))
	if len(b) > maxInput {
		return nil, c.exceeded("%s: input of more than %d bytes", c.args[0], maxInput)
	}
	if err := c.received(len(b)); err != nil {
		return nil, err
	}
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	return b, err
}

// complain prints a message as busybox does and returns status 1.
func (c *call) complain(format string, args ...any) int {
	if c.process != nil && shellInternal[c.args[0]] {
		fmt.Fprintf(&c.err, "sh: %s\n", fmt.Sprintf(format, args...))
		return 1
	}
	fmt.Fprintf(&c.err, "%s: %s\n", path.Base(c.args[0]), fmt.Sprintf(format, args...))
	return 1
}

// reason is the text that strerror has for a failed file operation.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
