package busybox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Call is one command that runs: its arguments and surroundings.
type Call struct {
	*Session
	Ctx   context.Context
	Tree  *tree.Tree // the session's as the command's user sees it
	Args  []string   // with the command's name
	Dir   string     // working directory
	Line  uint       // in the script
	Umask uint16     // bits that new files do not get
	Env   func(name string) string
	Stdin io.Reader // nil if it is closed

	// Exports returns all environment variables. It is nil for an empty environment.
	Exports func() Environment

	// Emit hands on what is printed so far, for commands that print without end. It fails
	// if nobody reads it. It is nil where the output is collected first.
	Emit func() error

	Shell     Shell
	Depth     int        // of shells and functions
	Program   *tree.Node // what the tree has of that name; nil for what the shell has itself
	isProgram bool       // that another one runs: none of those that the shell has itself

	Out       bytes.Buffer // standard output
	Err       Messages     // standard error
	Unwritten bool         // what it printed could not be written
	content   int          // bytes that it has read
	buffered  int          // bytes that are counted for it: see Session.buffer
	local     *time.Location
}

// isOther reports whether another program than busybox runs, such as coreutils' or GNU's grep, of which only what busybox has is interpreted.
func (c *Call) isOther() bool {
	if c.Program == nil {
		return false
	}
	for _, name := range []string{"/bin/busybox", "/bin/busybox-extras", "/bin/bbsuid", "/bin/busybox.static"} {
		if n, err := c.Tree.Stat(name); err == nil && n == c.Program {
			return false
		}
	}
	return true
}

// isReplacement reports whether another program has the place of one of busybox'.
func (c *Call) isReplacement() bool { return c.applet().options != anyOption && c.isOther() }

// with returns a call of another command in the same surroundings.
func (c *Call) with(args []string) *Call {
	return &Call{
		Session: c.Session, Ctx: c.Ctx, Tree: c.Tree, Args: args, Dir: c.Dir, Line: c.Line, Umask: c.Umask, Env: c.Env,
		Exports: c.Exports, Shell: c.Shell, Depth: c.Depth,
	}
}

// LookPath finds a program as ash does. It fails with [tree.ErrPermission] if there are only files of that name that may
// not be run, of which it returns the first, or directories that may not be searched, and else with [tree.ErrNotExist].
func (c *Call) LookPath(name string) (string, error) {
	found, reason := "", tree.ErrNotExist
	for dir := range strings.SplitSeq(c.Env("PATH"), ":") {
		p := InDirectory(dir, name)
		n, err := c.Tree.Stat(c.Path(p))
		switch {
		case err == nil && c.isExecutable(n):
			return p, nil
		case err == nil && n.Type == tree.Regular:
			found, reason = cmp.Or(found, p), tree.ErrPermission
		case errors.Is(err, tree.ErrPermission):
			reason = tree.ErrPermission
		}
	}
	return found, reason
}

// InDirectory is the path of a name in a directory of PATH, where "" is the working directory.
func InDirectory(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// isExecutable reports whether a file is a program that the user may run.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) isExecutable(n *tree.Node) bool {
	return n.Type == tree.Regular && c.Tree.Access(n, tree.Execute) == nil
}

// InterpretFile runs a program of the tree that is a shell script itself.
func (c *Call) InterpretFile(where string) (int, error) {
	n, err := c.Tree.Stat(c.Path(where))
	var b []byte
	if err == nil {
		b, err = n.Read(MaxBodySize)
	}
	if err != nil || !bytes.HasPrefix(b, []byte("#!")) {
		if MakesSecrets(path.Base(c.Args[0])) {
			return c.RefuseProgram(c.Args[0], "%q makes keys or passwords, and a secret must not be in an image: make it when the container starts", c.Args[0])
		}
		return c.RefuseProgram(c.Args[0], "%q is a program that cannot be interpreted", c.Args[0])
	}
	if err := c.Tree.Access(n, tree.Read); err != nil { // the shell has to read it, other than the kernel
		fmt.Fprintf(&c.Err, "sh: can't open '%s': %s\n", where, Reason(err))
		return 2, nil
	}
	return c.Shell.RunText(c, Text{Name: where, Args: c.Args[1:], Body: b, File: true})
}

// MaxBodySize bounds a script or what it evaluates, in bytes.
const MaxBodySize = 1 << 18

// adopt runs a command whose output becomes this one's.
func (c *Call) adopt(sub *Call, run func() (int, error)) (int, error) {
	sub.Err.out = &sub.Out
	status, err := run()
	c.take(sub)
	sub.Forget()
	if err == nil {
		err = c.Bounded()
	}
	return status, err
}

// Path returns a path of the tree from the working directory.
func (c *Call) Path(p string) string {
	c.spend(pathCost + len(c.Dir) + len(p)) // the next step reports a failure
	return Absolute(c.Dir, p)
}

// Absolute returns a path of the tree from a working directory.
func Absolute(dir, p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return strings.TrimRight(dir, "/") + "/" + p
}

// Logical is the absolute path of a target as cd keeps it, without "." and "..". Two slashes at its beginning stay, as POSIX allows; any other
// number becomes one.
func Logical(dir, target string) string {
	full := Absolute(dir, target)
	isDouble := strings.HasPrefix(full, "//") && !strings.HasPrefix(full, "///")
	if full = path.Clean(full); isDouble || path.Clean(dir) == "/" && strings.HasPrefix(dir, "//") && !strings.HasPrefix(target, "/") {
		return "/" + full
	}
	return full
}

// read returns all of standard input. Other commands may run meanwhile: one of them may
// be what writes it.
func (c *Call) read() ([]byte, error) {
	if c.Stdin == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(c.Stdin, MaxInput+1))
	if len(b) > MaxInput {
		return nil, c.exceeded("%s: input of more than %d bytes", c.Args[0], MaxInput)
	}
	if err := c.received(len(b)); err != nil {
		return nil, err
	}
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	return b, err
}

func (c *Call) isBuiltin() bool { return !c.isProgram && c.IsInternal(c.Args[0]) }

// complain prints a message as busybox does and returns status 1.
// Of another program it may be what that would take: the script ends.
func (c *Call) complain(format string, args ...any) int {
	if (strings.HasPrefix(format, "invalid ") || strings.HasPrefix(format, "bad ")) && c.isReplacement() {
		c.Fail(c.refused(format, args...))
		return 1
	}
	if c.Shell != nil && c.isBuiltin() {
		fmt.Fprintf(&c.Err, "sh: %s\n", fmt.Sprintf(format, args...))
		return 1
	}
	fmt.Fprintf(&c.Err, "%s: %s\n", path.Base(c.Args[0]), fmt.Sprintf(format, args...))
	return 1
}

// Reason is the text that strerror has for a failed file operation.
func Reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
