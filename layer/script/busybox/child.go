package busybox

import (
	"io"
	"maps"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Environment are exported variables that "env" has set for a command.
type Environment map[string]string

// Environment returns the environment of a command.
func (c *Call) Environment() Environment {
	if c.Exports == nil {
		return make(Environment)
	}
	return c.Exports()
}

// defaultPath is where execvp(3) looks without a PATH.
const defaultPath = "/usr/local/bin:/bin:/usr/bin"

// child runs another program with the same surroundings but for those that are not nil.
// A missing program fails as with execvp(3); message formats
// its name and the reason.
func (c *Call) child(args []string, stdin io.Reader, env Environment, message string) (int, error) {
	if err := c.Session.Step(c.Ctx, c.Line); err != nil {
		return 0, err
	}
	if err := c.Bounded(); err != nil {
		return 0, err
	}
	sub := c.with(args)
	sub.Stdin = stdin
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
	where := args[0]
	if !strings.Contains(where, "/") {
		search := *sub
		if env != nil {
			if _, ok := env["PATH"]; !ok {
				search.Env = func(string) string { return defaultPath }
			}
		}
		where = search.LookPath(where)
	}
	n, err := c.look(where, true)
	if err == nil && (n.Type != tree.Regular || n.Mode&0o111 == 0) {
		c.complain(message, args[0], "Permission denied")
		return 126, nil
	}
	if err != nil {
		c.complain(message, args[0], Reason(err))
		return 127, nil
	}
	run := c.Command(path.Base(args[0]))
	if run == nil {
		run = func(c *Call) (int, error) { return c.InterpretFile(where) }
	}
	return c.adopt(sub, func() (int, error) { return run(sub) })
}
