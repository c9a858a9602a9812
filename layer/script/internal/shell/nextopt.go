package shell

import (
	"strings"
)

// nextopt is nextoptWith for options that take no arguments.
func (p *process) nextopt(args []string, spec string) (letters string, rest []string, ok bool, err error) {
	letters, _, rest, ok, err = p.nextoptWith(args, spec)
	return letters, rest, ok, err
}

// nextoptWith reads the options of a builtin as ash does: letters until the first word that is
// no option, or until "--". It returns them in their order, repeated ones too. A letter that
// is not in spec ends the builtin; ok is false then, and err is what the builtin returns.
//
// A colon behind a letter of spec gives it an argument: the rest of its word, or the next word.
// Of a letter that is repeated, the last argument counts.
func (p *process) nextoptWith(args []string, spec string) (letters string, arguments map[byte]string, rest []string, ok bool, err error) {
	name, rest := args[0], args[1:]
	arguments = make(map[byte]string)
	for len(rest) > 0 && len(rest[0]) > 1 && rest[0][0] == '-' {
		word := rest[0][1:]
		rest = rest[1:]
		if word == "-" {
			break
		}
		for i := range len(word) {
			at := strings.IndexByte(spec, word[i])
			if at < 0 {
				return "", nil, nil, false, p.failBuiltin(name, "illegal option -%c", word[i])
			}
			letters += word[i : i+1]
			if !strings.HasPrefix(spec[at+1:], ":") {
				continue
			}
			argument := word[i+1:]
			if argument == "" {
				if len(rest) == 0 {
					return "", nil, nil, false, p.failBuiltin(name, "no arg for -%c option", word[i])
				}
				argument, rest = rest[0], rest[1:]
			}
			arguments[word[i]] = argument
			break
		}
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
