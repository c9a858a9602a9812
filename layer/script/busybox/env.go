package busybox

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Environment are exported variables that "env" has set for a command.
type Environment map[string]string

// exported returns the environment of a command.
func (c *Call) exported() Environment {
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

func env(c *Call) (int, error) {
	opts, args, err := c.getopt("+i0u:", map[string]byte{"ignore-environment": 'i', "unset": 'u', "null": '0'})
	if err != nil {
		return 0, err
	}
	vars := c.exported()
	if len(args) > 0 && args[0] == "-" {
		opts, args = append(opts, option{'i', ""}), args[1:]
	}
	if opts.has('i') {
		vars = make(Environment)
	}
	for _, name := range opts.all('u') {
		delete(vars, name)
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, value, _ := strings.Cut(args[0], "=")
		vars[name] = value
		args = args[1:]
	}
	if len(args) > 0 {
		return c.child(args, c.Stdin, vars, "can't execute '%s': %s")
	}
	end := "\n"
	if opts.has('0') {
		end = "\x00"
	}
	c.printEnvironment(vars, end)
	return 0, nil
}

// printEnvironment prints variables by name, since the order that a real shell has
// depends on its memory.
func (c *Call) printEnvironment(vars Environment, end string) {
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.Out.WriteString(name + "=" + vars[name] + end)
	}
}

func printenv(c *Call) (int, error) {
	_, args, err := c.getopt("+", nil)
	if err != nil {
		return 0, err
	}
	vars := c.exported()
	if len(args) == 0 {
		c.printEnvironment(vars, "\n")
		return 0, nil
	}
	status := 0
	for _, name := range args {
		if value, ok := vars[name]; ok {
			fmt.Fprintln(&c.Out, value)
		} else {
			status = 1
		}
	}
	return status, nil
}

func which(c *Call) (int, error) {
	opts, args, err := c.getopt("a", nil)
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		dirs := []string{""}
		if !strings.Contains(name, "/") {
			dirs = strings.Split(c.Env("PATH"), ":")
		}
		found := false
		for _, dir := range dirs {
			at := name
			if dir != "" {
				at = join(dir, name)
			}
			if n, err := c.look(at, true); err != nil || n.Type != tree.Regular || n.Mode&0o111 == 0 {
				continue
			}
			fmt.Fprintln(&c.Out, at)
			if found = true; !opts.has('a') {
				break
			}
		}
		if !found {
			status = 1
		}
	}
	return status, nil
}

// uname prints what follows from the architecture. No kernel exists to print more of.
func uname(c *Call) (int, error) {
	opts, args, err := c.getopt("smo", nil)
	if err != nil {
		return 0, err
	}
	if len(args) > 0 {
		return c.usage(), nil
	}
	var parts []string
	if opts == nil || opts.has('s') {
		parts = append(parts, "Linux")
	}
	if opts.has('m') {
		switch c.Arch {
		case "x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "loongarch64":
			parts = append(parts, c.Arch)
		default:
			return 0, c.Unsupported(c.Line, "uname -m is not supported on %q: it depends on the kernel", c.Arch)
		}
	}
	if opts.has('o') {
		parts = append(parts, "Linux")
	}
	fmt.Fprintln(&c.Out, strings.Join(parts, " "))
	return 0, nil
}
