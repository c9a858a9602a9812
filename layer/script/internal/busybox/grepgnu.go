package busybox

import (
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/glob"
)

// Options of GNU's grep that busybox' does not have.
const (
	grepColor      = '\x01'
	grepExclude    = '\x02'
	grepExcludeDir = '\x03'
	grepInclude    = '\x04'
)

// plainColors takes --color away, which changes nothing unless it says "always": nothing that is interpreted prints to a terminal.
func (c *Call) plainColors(opts optionList) (optionList, error) {
	for _, o := range opts {
		if c.isOther() && o.letter == grepColor && !slices.Contains([]string{"", "auto", "tty", "if-tty", "never", "no", "none"}, o.value) {
			return nil, c.Unsupported(c.Line, "grep: --color=%s is not supported", o.value)
		}
	}
	return slices.DeleteFunc(opts, func(o option) bool { return o.letter == grepColor }), nil
}

// chooseFiles takes the names of files and directories that are searched, or not, of those that -r finds.
func (g *grepper) chooseFiles(opts optionList, operands []string) error {
	c := g.c
	g.include, g.exclude, g.excludeDirs = opts.all(grepInclude), opts.all(grepExclude), opts.all(grepExcludeDir)
	all := slices.Concat(g.include, g.exclude, g.excludeDirs)
	switch {
	case c.isOther() && g.recursive && len(operands) == 0:
		return c.Unsupported(c.Line, "grep -r without a file or a directory is not supported: give it one")
	case len(all) == 0:
	case len(g.include) > 0 && len(g.exclude) > 0:
		return c.Unsupported(c.Line, "grep: --include together with --exclude is not supported")
	case slices.ContainsFunc(all, func(pattern string) bool { return strings.ContainsAny(pattern, `/\`) }):
		return c.Unsupported(c.Line, "grep: --include, --exclude and --exclude-dir are supported with names only")
	case !g.recursive || slices.ContainsFunc(operands, func(name string) bool { return !c.isDir(name) }):
		return c.Unsupported(c.Line, "grep: --include, --exclude and --exclude-dir are supported with -r and directories only")
	case len(g.excludeDirs) > 0 && slices.ContainsFunc(operands, func(name string) bool { return g.leavesOut(lastComponent(name)) }):
		return c.Unsupported(c.Line, "grep: --exclude-dir of a directory that is given is not supported")
	}
	return nil
}

// isChosen reports whether a file that -r has found is searched.
func (g *grepper) isChosen(name string) bool {
	return (len(g.include) == 0 || matchesAny(g.include, name)) && !matchesAny(g.exclude, name)
}

// leavesOut reports whether a directory that -r has found is not searched.
func (g *grepper) leavesOut(name string) bool { return matchesAny(g.excludeDirs, name) }

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return glob.Match(pattern, name, false) })
}
