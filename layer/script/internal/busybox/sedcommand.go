package busybox

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

func sed(c *Call) (int, error) {
	if len(c.Args) == 2 && c.Args[1] == "--version" && !c.isOther() {
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
	s := &sedRun{c: c, commands: program.commands, quiet: opts.has('n') || program.quiet, last: program.previous, out: sedOutput{&c.Out, '\n'}}
	if problem := s.create(); problem != nil {
		err = problem
	}
	status := 0
	if err == nil {
		if suffix, inPlace := opts.last('i'); inPlace && c.isOther() && strings.ContainsAny(suffix, "*/") {
			return 0, c.Unsupported(c.Line, "sed: the suffix %q is not supported", suffix)
		} else if inPlace {
			status, err = c.sedInPlace(s, args, suffix)
		} else {
			err = s.over(args)
		}
	}
	if problem := s.fill(); problem != nil {
		return 0, problem
	}
	if err != nil {
		return c.sedFailed(err)
	}
	return max(status, s.status), nil
}

// over runs the script over all that comes up to a "-", and once more over the rest, as busybox does.
func (s *sedRun) over(args []string) error {
	if len(args) == 0 || len(args) == 1 && args[0] == "-" {
		s.stdin = &stdinReader{c: s.c, from: s.c.Stdin}
		defer s.stdin.close()
	}
	for _, name := range args {
		if s.stdin == nil {
			s.files = append(s.files, name)
		}
		if name == "-" {
			if err := s.run(); err != nil {
				return err
			}
		}
	}
	return s.run()
}

// create makes the files that the script writes to. Their content is kept until the end, as in a buffer of stdio.
func (s *sedRun) create() error {
	s.written = make(map[string]*sedOutput)
	for _, cmd := range s.commands {
		if cmd.text == "" || cmd.name != 'w' && cmd.name != 's' || s.written[cmd.text] != nil {
			continue
		}
		if name := s.c.file(cmd.text); strings.HasPrefix(name, "/dev/") && name != "/dev/null" || strings.HasPrefix(name, "/proc/") {
			return sedUnsupported("writing to " + name)
		}
		for name := range s.written {
			if path.Clean(s.c.file(name)) == path.Clean(s.c.file(cmd.text)) {
				return sedUnsupported("writing to a file by two names")
			}
		}
		if err := s.c.writeTo(cmd.text, tree.Create|tree.Truncate, nil); Fatal(err) {
			return err
		} else if err != nil {
			return sedError(fmt.Sprintf("can't open '%s': %s", cmd.text, Reason(err)))
		}
		s.written[cmd.text] = &sedOutput{new(bytes.Buffer), '\n'}
	}
	return nil
}

// fill puts into the files what was written.
func (s *sedRun) fill() error {
	for _, name := range slices.Sorted(maps.Keys(s.written)) {
		if err := s.c.writeTo(name, tree.Create|tree.Truncate, s.written[name].Bytes()); Fatal(err) {
			return err
		}
	}
	return nil
}

// sedFailed is the end for an error in the script.
func (c *Call) sedFailed(err error) (int, error) {
	var bad sedError
	if errors.As(err, &bad) {
		if c.isOther() {
			return 0, c.refused("%v", err)
		}
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
		list, err := s.split(content)
		if err != nil {
			return 0, err
		}
		out := s.reset(list)
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
