package busybox

import (
	"slices"
	"strings"
)

// chsh is that of package shadow, with the shell in its command line.
func chsh(c *Call) (int, error) {
	const letters, long = "s:", "shell=s"
	if _, args, err := c.getopt(letters, long); err == nil && len(args) == 0 {
		c.Args = append(slices.Clone(c.Args), c.nameOf(passwdFile, 0))
	}
	s, err := c.suite(letters, long, nil)
	if err != nil {
		return 0, err
	}
	f := s.passwd.fields(s.name)
	if len(f) < 7 {
		return 0, s.failed(cannotUpdateUsers, "user '%s' does not exist", s.name)
	}
	shell, ok := s.opts.last('s')
	switch n, err := s.look(shell, true); {
	case !ok:
		return 0, c.Unsupported(c.Line, "chsh without -s is not supported: it asks for the shell")
	case strings.ContainsAny(shell, ":,=\n"):
		return 0, s.failed(cannotUpdateUsers, "Invalid entry: %s", shell)
	case err != nil:
		s.complain("Warning: %s does not exist", shell)
	case n.Mode&0o111 == 0:
		s.complain("Warning: %s is not executable", shell)
	}
	f[6] = shell
	s.passwd.set(s.name, f...)
	return 0, s.write()
}
