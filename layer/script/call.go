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

// call is one command that runs: its arguments and surroundings.
type call struct {
	*Session
	ctx   context.Context
	args  []string // with the command's name
	dir   string   // working directory
	line  uint     // in the script
	umask uint16   // bits that new files do not get
	env   func(name string) string
	stdin io.Reader // nil if it is closed

	// exports returns all environment variables. It is nil for an empty environment.
	exports func() environment

	shell Shell
	depth int // of shells and functions

	out       bytes.Buffer // standard output
	err       bytes.Buffer // standard error
	unwritten bool         // what it printed could not be written
	content   int          // bytes that it has read
	buffered  int          // bytes that are counted for it: see [Session.buffer]
}

// with returns a call of another command in the same surroundings.
func (c *call) with(args []string) *call {
	return &call{
		Session: c.Session, ctx: c.ctx, args: args, dir: c.dir, line: c.line, umask: c.umask, env: c.env,
		exports: c.exports, shell: c.shell, depth: c.depth,
	}
}

// lookPath finds a program as ash does, and returns its path or "".
func (c *call) lookPath(name string) string {
	for dir := range strings.SplitSeq(c.env("PATH"), ":") {
		p := dir + "/" + name
		if n, err := c.Tree.Stat(c.path(p)); err == nil && n.Type == tree.Regular && n.Mode&0o111 != 0 {
			return p
		}
	}
	return ""
}

// nested runs another command in the same surroundings as the shell does.
func (c *call) nested(args []string) (int, error) {
	if err := c.Session.step(c.ctx, c.line); err != nil {
		return 0, err
	}
	sub := c.with(args)
	return c.adopt(sub, func() (int, error) { return c.shell.RunCommand(sub) })
}

// interpretFile runs a program of the tree that is a shell script itself.
func (c *call) interpretFile(where string) (int, error) {
	b, err := c.Tree.ReadFile(c.path(where), maxBodySize)
	if err != nil || !bytes.HasPrefix(b, []byte("#!")) {
		return 0, c.unsupported(c.line, "%q is a program that cannot be interpreted", c.args[0])
	}
	return c.shell.RunText(c, Text{Name: where, Args: c.args[1:], Body: b, File: true})
}

// maxBodySize bounds a script or what it evaluates, in bytes.
const maxBodySize = 1 << 18

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
	c.spend(len(c.dir) + len(p)) // the next step reports a failure
	return absolute(c.dir, p)
}

// absolute returns a path of the tree from a working directory.
func absolute(dir, p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return strings.TrimRight(dir, "/") + "/" + p
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
	if c.shell != nil && c.isInternal(c.args[0]) {
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
