package shell

import "github.com/lamina-oci/lamina/layer/script/internal/shell/internal/options"

// nextopt is nextoptWith for options that take no arguments.
func (p *process) nextopt(args []string, spec string) (letters string, rest []string, ok bool, err error) {
	letters, _, rest, ok, err = p.nextoptWith(args, spec)
	return letters, rest, ok, err
}

// nextoptWith reads the options of a builtin: see [options.Letters]. An invalid one ends the builtin; ok is false then, and err is what the
// builtin returns.
func (p *process) nextoptWith(args []string, spec string) (letters string, arguments map[byte]string, rest []string, ok bool, err error) {
	letters, arguments, rest, problem := options.Letters(args[1:], spec)
	if problem != "" {
		return "", nil, nil, false, p.failBuiltin(args[0], "%s", problem)
	}
	return letters, arguments, rest, true, nil
}

// failBuiltin is the error of a builtin: that of a special one ends the shell, another one
// has failed with status 2.
func (p *process) failBuiltin(name, format string, args ...any) error {
	if isSpecial(name) {
		return p.abortBuiltin(name, format, args...)
	}
	p.complain(name, format, args...)
	p.status = 2
	return nil
}

// runBuiltin runs a builtin that is a simple command. An assignment that fails within a
// regular one, such as read into a variable that is read only, ends it alone.
func (p *process) runBuiltin(name string, args []string) error {
	switch name {
	case "read", "getopts", "cd", "chdir":
		p.regular = name
		defer func() { p.regular = "" }()
	}
	err := p.builtin(name, args)
	if err == errBuiltinFailed {
		return nil
	}
	return err
}

// errBuiltinFailed leaves a regular builtin whose message is out and whose status is set.
var errBuiltinFailed = &unwind{kind: unwindBuiltin}
