package shell

import (
	"strings"
)

// nextopt reads the options of a builtin as ash does: letters until the first word that is
// no option, or until "--". It returns them in their order, repeated ones too. A letter that
// is not in spec ends the builtin; ok is false then, and err is what the builtin returns.
func (p *process) nextopt(args []string, spec string) (letters string, rest []string, ok bool, err error) {
	name, rest := args[0], args[1:]
	for len(rest) > 0 && len(rest[0]) > 1 && rest[0][0] == '-' {
		word := rest[0][1:]
		rest = rest[1:]
		if word == "-" {
			break
		}
		for i := range len(word) {
			if strings.IndexByte(spec, word[i]) < 0 {
				return "", nil, false, p.failBuiltin(name, "illegal option -%c", word[i])
			}
			letters += word[i : i+1]
		}
	}
	return letters, rest, true, nil
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
