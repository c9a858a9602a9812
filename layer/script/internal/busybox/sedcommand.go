package busybox

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

func sed(c *Call) (int, error) {
	if len(c.Args) == 2 && c.Args[1] == "--version" {
		// Configure scripts look for this.
		c.Out.WriteString("This is not GNU sed version 4.0\n")
		return 0, nil
	}
	opts, args, err := c.getopt("i::rEne:f:", "in-place=i regexp-extended=r quiet=n silent=n expression=e file=f")
	if err != nil {
		return 0, err
	}
	script := opts.all('e')
	for _, name := range opts.all('f') { // behind every -e, wherever it was given
		content, err := c.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			return c.complain("%s: %s", name, Reason(err)), nil
		}
		script = append(script, strings.TrimSuffix(string(content), "\n"))
	}
	if !opts.has('e') && !opts.has('f') {
		if len(args) == 0 {
			return c.usage(), nil
		}
		script, args = args[:1], args[1:]
	}
	program, err := parseSed(strings.Join(script, "\n"), opts.has('r') || opts.has('E'))
	if err != nil {
		return c.sedFailed(err)
	}
	s := &sedRun{c: c, commands: program.commands, quiet: opts.has('n') || program.quiet, last: program.previous, newline: true}
	suffix, inPlace := opts.last('i')
	if inPlace {
		return c.sedInPlace(s, args, suffix)
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	s.out = &c.Out
	status := 0
	if len(args) == 1 && args[0] == "-" {
		s.stdin = &stdinReader{c: c}
		defer s.stdin.close()
		args = nil
	}
	for _, name := range args {
		content, err := c.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil && !errors.Is(err, tree.ErrIsDir) {
			status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		list, err := c.lines(content)
		if err != nil {
			return 0, err
		}
		s.input = append(s.input, list...)
	}
	if err := s.run(); err != nil {
		return c.sedFailed(err)
	}
	return status, nil
}

// sedFailed is the end for an error in the script.
func (c *Call) sedFailed(err error) (int, error) {
	var bad sedError
	if errors.As(err, &bad) {
		return c.complain("%v", err), nil
	}
	var construct sedUnsupported
	var expression regex.UnsupportedError
	if errors.As(err, &construct) || errors.As(err, &expression) {
		return 0, c.Unsupported(c.Line, "sed: %v", err)
	}
	return 0, err
}

// sedInPlace edits each file on its own. As busybox does it leaves a new file, with the
// old one's mode and owner, where a link to the old one would stay behind.
func (c *Call) sedInPlace(s *sedRun, names []string, suffix string) (int, error) {
	if len(names) == 0 {
		return c.complain("-i requires an argument"), nil
	}
	if slices.ContainsFunc(s.commands, func(cmd *sedCommand) bool { return cmd.name == 'q' }) {
		return 0, c.Unsupported(c.Line, "sed -i with the command q is not supported")
	}
	status := 0
	for _, name := range names {
		old, err := c.look(name, true)
		if err == nil && old.Type != tree.Regular {
			return 0, c.Unsupported(c.Line, "sed -i: %s is not a regular file: editing it is not supported", name)
		}
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		edited, problem := c.replacementOf(name)
		if problem != "" {
			return c.complain("%s", problem), nil
		}
		content, err := c.open(name, false)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			status = c.complain("%s: %s", name, Reason(err)) // and the file becomes empty
		}
		var out bytes.Buffer
		list, err := c.lines(content)
		if err != nil {
			return 0, err
		}
		s.reset(list, &out)
		if err := s.run(); err != nil {
			return c.sedFailed(err)
		}
		if err := edited.write(out.Bytes(), old); err != nil {
			return 0, err
		}
		if suffix != "" {
			if err := c.rename(name, name+suffix); err != nil {
				return c.complain("can't move '%s' to '%s': %s", name, name+suffix, Reason(err)), nil
			}
		}
		if problem := edited.move(); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	return status, nil
}
