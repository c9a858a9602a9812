package busybox

import (
	"fmt"
	"regexp"
	"slices"
)

// variableReference is a variable as envsubst finds it; ${NAME:-WORD} and the like are text to it.
var variableReference = regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})`)

// envsubst is envsubst of gettext, which puts values of the environment into a text.
func envsubst(c *Call) (int, error) {
	opts, args, err := c.getopt("v", "variables=v")
	if err != nil {
		return 0, err
	}
	switch {
	case len(args) > 1:
		return c.complain("too many arguments"), nil
	case len(args) == 0 && opts.has('v'):
		return c.complain("missing arguments"), nil
	}
	var names []string // that are replaced
	for _, format := range args {
		for _, found := range variableReference.FindAllStringSubmatch(format, -1) {
			names = append(names, found[1]+found[2])
		}
	}
	if opts.has('v') {
		for _, name := range names {
			fmt.Fprintln(&c.Out, name)
		}
		return 0, nil
	}
	content, err := c.read()
	if err != nil {
		return 0, err
	}
	values, rest := c.Environment(), 0
	for _, at := range variableReference.FindAllSubmatchIndex(content, -1) {
		name := string(content[max(at[2], at[4]):max(at[3], at[5])])
		if len(args) > 0 && !slices.Contains(names, name) {
			continue
		}
		c.Out.Write(content[rest:at[0]])
		c.Out.WriteString(values[name])
		if rest = at[1]; c.Bounded() != nil {
			break
		}
	}
	c.Out.Write(content[rest:])
	return 0, c.Bounded()
}
