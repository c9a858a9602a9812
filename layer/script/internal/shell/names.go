package shell

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/tree"
)

// hash says whether programs are there.
func (p *process) hash(args []string) error {
	if len(args) == 1 {
		return p.refuse("hash without operands is not supported")
	}
	_, names, ok, err := p.nextopt(args, "rv")
	if !ok {
		return err
	}
	p.status = 0
	for _, name := range names {
		if strings.Contains(name, "/") {
			continue
		}
		if kind, _ := p.lookup(name); kind == "" || kind == "keyword" {
			p.complain("hash", "%s: not found", name)
			p.status = 1
		}
	}
	return nil
}

// lookup says what a name is as a command: "function", "builtin", "keyword", "file" or
// "", and where the file is.
func (p *process) lookup(name string) (kind, where string) {
	switch {
	case syntax.IsKeyword(name) && ashKeyword(name) || p.isBash && bash.IsKeyword(name):
		return "keyword", name
	case p.funcs[name].body != nil:
		return "function", name
	case p.isBuiltin(name) || p.IsInternal(name) || name == "let":
		return "builtin", name
	}
	c := p.outside([]string{name})
	if strings.Contains(name, "/") { // a path need only exist
		if _, err := p.Tree.Stat(c.Path(name)); err != nil {
			return "", ""
		}
		return "file", name
	}
	for dir := range strings.SplitSeq(p.value("PATH"), ":") { // the first file, whether it may run or not
		where := busybox.InDirectory(dir, name)
		if n, err := p.Tree.Stat(c.Path(where)); err == nil && n.Type == tree.Regular {
			return "file", where
		}
	}
	return "", ""
}

func ashKeyword(name string) bool {
	switch name {
	case "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "then", "until", "while":
		return true
	}
	return false
}

// commandBuiltin is "command NAME…", which passes functions by, and "command -v NAME".
func (p *process) commandBuiltin(args []string) error {
	letters, rest, ok, err := p.nextopt(args, "pvV")
	if !ok {
		return err
	}
	show := byte(0)
	for i := range len(letters) {
		if letters[i] == 'p' {
			return p.refuse("command -p is not supported")
		}
		show = letters[i]
	}
	if p.status = 0; len(rest) == 0 {
		return nil
	}
	if p.isBash && show != 'v' {
		if why := bash.Refuse(rest); why != "" || show != 0 {
			return p.refuse("%s", cmp.Or(why, "command -V is not supported in bash"))
		}
	}
	switch {
	case show == 'v' && p.isBash:
		p.status = 1
		for _, name := range rest {
			if _, where := p.lookup(name); where != "" {
				p.status = 0
				if err := p.print(where + "\n"); err != nil {
					return err
				}
			}
		}
		return nil
	case show == 'v':
		_, where := p.lookup(rest[0])
		if where == "" {
			p.status = 127
			return nil
		}
		return p.print(where + "\n")
	case show == 'V':
		return p.describe([]string{"type", rest[0]})
	case p.isBuiltin(rest[0]):
		err := p.runBuiltin(rest[0], rest)
		var u *unwind
		if errors.As(err, &u) && u.kind == unwindExit && rest[0] != "exit" && rest[0] != "exec" {
			return nil // the error of a special builtin ends nothing here
		}
		return err
	}
	return p.program(rest)
}

// describe is the type builtin.
func (p *process) describe(args []string) error {
	p.status = 0
	names := args[1:]
	if p.isBash && len(names) > 0 && strings.HasPrefix(names[0], "-") {
		return p.kinds(names[0], names[1:])
	}
	brief := len(names) > 0 && strings.HasPrefix(names[0], "-")
	if brief {
		names = names[1:]
	}
	for _, name := range names {
		kind, where := p.lookup(name)
		line := ""
		if _, isDropped := p.fds[1].(stream.Null); p.isBash && kind == "" {
			p.say("type: %s: not found", name)
			p.status = 1
			continue
		} else if p.isBash && !isDropped && (kind == "file" || kind == "function") {
			return p.refuse("type of a program or function is not supported in bash, but for its status: it prints in a form of its own")
		}
		switch kind {
		case "":
			line = fmt.Sprintf("%s: not found\n", name)
			p.status = 127
		case "file":
			line = fmt.Sprintf("%s is %s\n", name, where)
		case "function":
			line = fmt.Sprintf("%s is a function\n", name)
		case "keyword":
			line = fmt.Sprintf("%s is a shell keyword\n", name)
		default:
			line = fmt.Sprintf("%s is a shell builtin\n", name)
			if isSpecial(name) || name == "local" { // whose errors end it alone, all the same
				line = fmt.Sprintf("%s is a special shell builtin\n", name)
			}
		}
		if brief {
			line = ""
			if where != "" {
				line = where + "\n"
			}
		}
		if err := p.print(line); err != nil {
			return err
		}
	}
	return nil
}

// kinds is type of Bash with -t, which prints what each name is, or with -p or -P, which print the files.
func (p *process) kinds(option string, names []string) error {
	for _, name := range names {
		kind, line := p.lookup(name)
		if option == "-P" && kind != "file" {
			kind, line = "", ""
			if where, err := p.outside(nil).LookPath(name); err == nil {
				kind, line = "file", where
			}
		}
		switch {
		case kind == "":
			p.status = 1
			continue
		case option == "-t":
			line = kind
		case kind != "file":
			continue
		}
		if err := p.print(line + "\n"); err != nil {
			return err
		}
	}
	return nil
}
