package busybox

import (
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// shellsFile lists the shells that users may have.
const shellsFile = "/etc/shells"

// addShell appends those of its arguments that are no line yet, also one that is
// named twice. It knows no options.
func addShell(c *Call) (int, error) {
	return c.editShells(func(lines, shells []string) []string {
		isThere := func(name string) bool { return slices.Contains(lines, name) }
		return slices.Concat(lines, slices.DeleteFunc(slices.Clone(shells), isThere))
	})
}

// removeShell drops the lines that are its arguments.
func removeShell(c *Call) (int, error) {
	return c.editShells(func(lines, shells []string) []string {
		return slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(shells, line) })
	})
}

// editShells writes a new list under a temporary name. It keeps its mode, and
// becomes root's.
func (c *Call) editShells(edit func(lines, shells []string) []string) (int, error) {
	file := shellsFile
	if resolved, err := c.Tree.Resolve(file, true); err == nil {
		file = "/" + strings.TrimPrefix(resolved, "/")
	}
	mode := c.masked(0o666)
	var lines []string
	if n, err := c.Tree.Lstat(file); err == nil {
		mode = c.masked(n.Mode)
		text, err := c.Tree.Read(n, MaxInput)
		if err != nil && n.Type == tree.Regular {
			return c.complain("can't open '%s': %s", shellsFile, Reason(err)), nil
		}
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(text) == 0 {
			lines = nil
		}
	}
	var text strings.Builder
	for _, line := range edit(lines, c.Args[1:]) {
		text.WriteString(line + "\n")
	}
	temporary := file + ".tmp"
	if err := c.Tree.WriteFile(temporary, []byte(text.String()), mode); err != nil {
		return c.complain("can't open '%s': %s", temporary, Reason(err)), nil
	}
	if err := c.Tree.Rename(temporary, file); err != nil {
		return c.complain("can't move '%s' to '%s': %s", temporary, file, Reason(err)), nil
	}
	return 0, nil
}
