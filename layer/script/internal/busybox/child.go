package busybox

import (
	"errors"
	"io"
	"maps"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Environment are exported variables that "env" has set for a command.
type Environment map[string]string

// Environment returns the environment of a command.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) Environment() Environment {
	if c.Exports == nil {
		return make(Environment)
	}
	return c.Exports()
}

// set sets variables: a name, its value, the next name and so on. It is not inlined, which saves space.
//
//go:noinline
func (e Environment) set(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		e[pairs[i]] = pairs[i+1]
	}
}

// defaultPath is where execvp(3) looks without a PATH.
const defaultPath = "/usr/local/bin:/bin:/usr/bin"

// child runs another program with the same surroundings but for those that are not nil.
// A missing program fails as with execvp(3); message formats
// its name and the reason.
func (c *Call) child(args []string, stdin io.Reader, env Environment, message string) (int, error) {
	sub := c.other(args, stdin, env)
	where, err := sub.find(args[0], env)
	return c.start(sub, where, err, message)
}

// find returns the path of a program as execvp(3) looks for it, in the PATH of an environment or, if that is nil, of the command.
func (c *Call) find(name string, env Environment) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	search := *c
	if _, ok := env["PATH"]; env != nil && !ok {
		search.Env = func(string) string { return defaultPath }
	}
	return search.LookPath(name)
}

// other returns a call of another program with the same surroundings but for those that are not nil.
func (c *Call) other(args []string, stdin io.Reader, env Environment) *Call {
	sub := c.with(args)
	sub.Stdin, sub.isProgram = stdin, true
	if c.Emit != nil {
		sub.Emit = func() error {
			c.take(sub)
			return c.Emit()
		}
	}
	if env != nil {
		sub.Exports = func() Environment { return maps.Clone(env) }
		sub.Env = func(name string) string { return env[name] }
	}
	return sub
}

// start runs a call of another program, which is the file of that path, unless there was an error in finding it. Message formats
// the name and the reason if it cannot.
func (c *Call) start(sub *Call, where string, err error, message string) (int, error) {
	if err := c.Session.Step(c.Ctx, c.Line); err != nil {
		return 0, err
	}
	if err := c.Bounded(); err != nil {
		return 0, err
	}
	name := sub.Args[0]
	if err == nil {
		err = sub.mayRun(where)
	}
	switch {
	case errors.Is(err, tree.ErrNotExist):
		c.complain(message, name, Reason(err))
		return 127, nil
	case err != nil:
		c.complain(message, name, Reason(err))
		return 126, nil
	}
	run := c.Command(path.Base(where))
	if run == nil {
		run = func(c *Call) (int, error) { return c.InterpretFile(where) }
	}
	return c.adopt(sub, func() (int, error) { return run(sub) })
}

// exec runs another program, as somebody else if who is not nil; failed says why it cannot, and returns the status.
func (c *Call) exec(args []string, who *tree.Credentials, failed func(error) int) (int, error) {
	sub := c.other(args, c.Stdin, nil)
	if who != nil {
		sub.Tree = c.Tree.As(*who)
	}
	where, err := sub.program(nil)
	if Fatal(err) {
		return 0, err
	} else if err != nil {
		return failed(err), nil
	}
	return c.start(sub, where, nil, "%s: %s")
}

// program returns the path of the call's program, which [Call.find] finds. It fails unless the user may run it.
func (c *Call) program(env Environment) (where string, err error) {
	if where, err = c.find(c.Args[0], env); err == nil {
		err = c.mayRun(where)
	}
	return where, err
}

// mayRun fails unless there is a program that the user may run.
func (c *Call) mayRun(where string) error {
	n, err := c.look(where, true)
	if err == nil && !c.isExecutable(n) {
		err = tree.ErrPermission
	}
	return err
}
