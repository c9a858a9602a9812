package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/tree"
)

// isSpecial reports whether a name is one of POSIX' special builtins: an error of one
// ends the shell, and assignments before it stay.
func isSpecial(name string) bool {
	switch name {
	case ".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "source", "times", "trap", "unset":
		return true
	}
	return false
}

// isBuiltin reports whether a command is one that needs the shell itself. Others that
// ash has built in, such as test, are commands like any (see shellInternal).
func isBuiltin(name string) bool {
	if isSpecial(name) {
		return true
	}
	switch name {
	case "cd", "chdir", "command", "getopts", "hash", "local", "read", "type", "umask", "wait",
		"alias", "bg", "fg", "help", "history", "jobs", "kill", "ulimit", "unalias":
		return true
	}
	return false
}

// builtin runs a builtin. Not all of them set the status: some leave the shell.
func (p *process) builtin(name string, args []string) error {
	switch name {
	case ":":
		p.status = 0
	case ".", "source":
		return p.source(args)
	case "break", "continue":
		return p.leaveLoop(args)
	case "eval":
		return p.text(strings.Join(args[1:], " "))
	case "exec":
		return p.exec(args)
	case "exit", "return":
		return p.leave(args)
	case "export", "readonly":
		return p.attribute(name, args[1:])
	case "local":
		return p.local(args[1:])
	case "set":
		return p.setOptions(args)
	case "shift":
		return p.shift(args)
	case "trap":
		return p.trap(args)
	case "unset":
		return p.unsetAll(args)
	case "cd", "chdir":
		return p.cd(args)
	case "command":
		return p.commandBuiltin(args)
	case "getopts":
		return p.getopts(args)
	case "hash":
		return p.hash(args)
	case "wait":
		return p.wait(args)
	case "read":
		return p.read(args)
	case "type":
		return p.describe(args)
	case "umask":
		return p.umask(args)
	default:
		return p.refuse("%s is not supported", name)
	}
	return nil
}

// wait has nothing to wait for.
func (p *process) wait(args []string) error {
	if len(args) > 1 {
		return p.refuse("wait with operands is not supported")
	}
	p.status = 0
	return nil
}

// hash says whether programs are there.
func (p *process) hash(args []string) error {
	if len(args) == 1 {
		return p.refuse("hash without operands is not supported")
	}
	p.status = 0
	for _, name := range args[1:] {
		if name == "-r" {
			continue
		}
		if kind, _ := p.lookup(name); kind == "" {
			p.complain("hash", "%s: not found", name)
			p.status = 1
		}
	}
	return nil
}

// text runs a text: what eval and traps have, or a file.
func (p *process) text(text string) error {
	if len(text) > maxBodySize {
		return p.refuse("code of more than %d bytes is not supported", maxBodySize)
	}
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	file, err := p.script.parse([]byte(text), p.name)
	if err != nil {
		var unsupported *UnsupportedError
		if errors.As(err, &unsupported) {
			unsupported.Line = p.line // that of the text says little
		}
		return p.fail(err)
	}
	line := p.line
	if len(file.Stmts) == 0 {
		p.status = 0
	}
	err = p.stmts(file.Stmts)
	p.line = line
	return err
}

func (p *process) source(args []string) error {
	if len(args) < 2 {
		p.status = 0
		return nil
	}
	name := args[1]
	if !strings.Contains(name, "/") {
		for dir := range strings.SplitSeq(p.value("PATH"), ":") {
			file := absolute(p.dir, dir+"/"+name)
			if n, err := p.Tree.Stat(file); err == nil && n.Type == tree.Regular {
				name = file
				break
			}
		}
	}
	b, err := p.Tree.ReadFile(absolute(p.dir, name), maxBodySize)
	if fatal(err) {
		return p.fail(err)
	}
	if err != nil {
		return p.abortBuiltin(args[0], "can't open '%s': %s", name, reason(err))
	}
	outer := p.args
	if len(args) > 2 {
		p.args = args[2:]
		defer func() { p.args = outer }()
	}
	err = p.text(string(b))
	var u *unwind
	if errors.As(err, &u) && u.kind == unwindReturn {
		return nil
	}
	return err
}

// number reads an operand that is a number from 0 on.
func (p *process) number(args []string, missing int) (int, error) {
	if len(args) < 2 {
		return missing, nil
	}
	n, err := strconv.ParseUint(args[1], 10, 31)
	if err != nil {
		return 0, p.abortBuiltin(args[0], "Illegal number: %s", args[1])
	}
	return int(n), nil
}

func (p *process) leaveLoop(args []string) error {
	n, err := p.number(args, 1)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.abortBuiltin(args[0], "Illegal number: %s", args[1])
	}
	p.status = 0
	if n = min(n, p.loops); n == 0 {
		return nil
	}
	kind := unwindBreak
	if args[0] == "continue" {
		kind = unwindContinue
	}
	return &unwind{kind: kind, levels: n}
}

func (p *process) leave(args []string) error {
	n, err := p.number(args, p.status)
	if err != nil {
		return err
	}
	if p.status = n & 0xff; args[0] == "return" {
		return &unwind{kind: unwindReturn}
	}
	return &unwind{kind: unwindExit}
}

func (p *process) exec(args []string) error {
	args = args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	delete(p.traps, "EXIT")
	c := &call{shell: p.shell, ctx: p.ctx, dir: p.dir, env: p.value}
	if !strings.Contains(args[0], "/") && c.lookPath(args[0]) == "" {
		return p.abortExec(args[0])
	}
	if err := p.program(append([]string(nil), args...)); err != nil {
		return err
	}
	return p.exit(p.status)
}

func (p *process) abortExec(name string) error {
	p.complain("exec", "%s: not found", name)
	return p.exit(127)
}

// declare is export, readonly or local with assignments, which are not split.
func (p *process) declare(d *syntax.DeclClause) error {
	p.substituted = false
	args := []string{d.Variant.Value}
	for _, a := range d.Args {
		if a.Name == nil || a.Naked {
			word := a.Value
			if a.Name != nil {
				args = append(args, a.Name.Value)
				continue
			}
			fields, err := p.fields([]*syntax.Word{word})
			if err != nil {
				return err
			}
			args = append(args, fields...)
			continue
		}
		value, err := p.assigned(a.Value)
		if err != nil {
			return err
		}
		args = append(args, a.Name.Value+"="+value)
	}
	if err := p.trace(nil, args); err != nil {
		return err
	}
	return p.builtin(d.Variant.Value, args)
}

// attribute is export and readonly.
func (p *process) attribute(which string, args []string) error {
	p.status = 0
	remove := false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-p":
			args = nil
		case "-n":
			remove = true
			args = args[1:]
		case "--":
			args = args[1:]
		default:
			return p.refuse("%s %s is not supported", which, args[0])
		}
	}
	if len(args) == 0 {
		return p.listAttribute(which)
	}
	for _, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(name) {
			return p.abortBuiltin(which, "%s: bad variable name", name)
		}
		if assigned {
			if err := p.set(name, value); err != nil {
				return err
			}
		}
		v := p.vars[name]
		if which == "export" {
			v.exported = !remove
		} else {
			v.readonly = true
		}
		p.vars[name] = v
	}
	return nil
}

func (p *process) listAttribute(which string) error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.vars)) {
		v := p.vars[name]
		if which == "export" && !v.exported || which == "readonly" && !v.readonly {
			continue
		}
		b.WriteString(which + " " + name)
		if v.set {
			b.WriteString("=" + singleQuoted(v.value))
		}
		b.WriteByte('\n')
	}
	return p.print(b.String())
}

// print writes to standard output. Nobody reading ends the shell.
func (p *process) print(s string) error {
	err := p.write(1, []byte(s))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errBrokenPipe):
		return p.exit(brokenPipeStatus)
	case fatal(err):
		return p.fail(err)
	}
	p.say("write error: %s", reason(err))
	p.status = 1
	return nil
}

func (p *process) local(args []string) error {
	if len(p.frames) == 0 {
		return p.abortBuiltin("local", "not in a function")
	}
	p.status = 0
	f := p.frames[len(p.frames)-1]
	for _, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		if name == "-" {
			return p.refuse("local - is not supported")
		}
		if !syntax.ValidName(name) {
			return p.abortBuiltin("local", "%s: bad variable name", name)
		}
		if !slices.Contains(f.names, name) {
			v := p.vars[name]
			f.names, f.saved = append(f.names, name), append(f.saved, v)
			v.owner = nil // what is saved goes on being held
			p.vars[name] = v
		}
		if assigned {
			if err := p.set(name, value); err != nil {
				return err
			}
		} else if v := p.vars[name]; !v.readonly {
			v.value, v.set = "", false
			p.vars[name] = v
		}
	}
	return nil
}

func (p *process) shift(args []string) error {
	n, err := p.number(args, 1)
	if err != nil {
		return err
	}
	if p.status = 0; n > len(p.args) {
		p.status = 1
		return nil
	}
	p.args = p.args[n:]
	return nil
}

func (p *process) unsetAll(args []string) error {
	p.status = 0
	args, functions := args[1:], false
	for len(args) > 0 && (args[0] == "-v" || args[0] == "-f" || args[0] == "--") {
		functions = args[0] == "-f"
		args = args[1:]
	}
	for _, name := range args {
		if functions {
			delete(p.funcs, name)
			continue
		}
		if !syntax.ValidName(name) {
			return p.abortBuiltin("unset", "%s: bad variable name", name)
		}
		if err := p.unset(name); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) cd(args []string) error {
	args = args[1:]
	physical := false
	for len(args) > 0 && (args[0] == "-P" || args[0] == "-L" || args[0] == "--") {
		physical = args[0] == "-P"
		args = args[1:]
	}
	target := p.value("HOME")
	if len(args) > 0 {
		target = args[0]
	}
	if target == "-" {
		target = p.value("OLDPWD")
	}
	p.status = 0
	if target == "" {
		return nil
	}
	full := cleanPath(absolute(p.dir, target))
	n, err := p.Tree.Stat(full)
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	if physical && err == nil {
		var resolved string
		resolved, err = p.Tree.Resolve(full, true)
		full = "/" + resolved
	}
	if err != nil {
		p.complain("cd", "can't cd to %s: %s", target, reason(err))
		p.status = 2
		return nil
	}
	old := p.dir
	p.dir = full
	for name, value := range map[string]string{"OLDPWD": old, "PWD": full} {
		if err := p.set(name, value); err != nil {
			return err
		}
		v := p.vars[name]
		v.exported = true
		p.vars[name] = v
	}
	if len(args) > 0 && args[0] == "-" {
		return p.print(full + "\n")
	}
	return nil
}

// let works out each of its words; it fails if the last one is 0.
func (p *process) let(l *syntax.LetClause) error {
	var n int64
	for _, e := range l.Exprs {
		var err error
		if w, ok := e.(*syntax.Word); ok {
			var text string
			if text, err = p.word(w); err == nil {
				n, err = p.calculate(text)
			}
		} else {
			n, err = p.evaluate(e)
		}
		if err != nil {
			return err
		}
	}
	p.status = oneIf(n == 0)
	return nil
}

// umask is always 022: anything else would change what files get.
func (p *process) umask(args []string) error {
	p.status = 0
	if len(args) == 1 {
		return p.print("0022\n")
	}
	if args[1] == "022" || args[1] == "0022" || args[1] == "22" {
		return nil
	}
	return p.refuse("umask %s is not supported: only 022 is", args[1])
}

// testClause is "[[ … ]]", which ash takes for its test, but for words that stay no
// pathnames and for patterns to compare with.
func (p *process) testClause(t *syntax.TestClause) error {
	noglob := p.flags.noglob
	p.flags.noglob = true
	defer func() { p.flags.noglob = noglob }()
	args, negated := []string{"["}, false
	var add func(e syntax.TestExpr) error
	add = func(e syntax.TestExpr) error {
		switch e := e.(type) {
		case *syntax.Word:
			fields, err := p.fields([]*syntax.Word{e})
			args = append(args, fields...)
			return err
		case *syntax.UnaryTest:
			args = append(args, e.Op.String())
			return add(e.X)
		case *syntax.BinaryTest:
			if err := add(e.X); err != nil {
				return err
			}
			args = append(args, e.Op.String())
			if pattern, ok := e.Y.(*syntax.Word); ok && len(args) == 3 {
				switch e.Op {
				case syntax.TsMatchShort, syntax.TsMatch, syntax.TsNoMatch:
					text, err := p.word(pattern) // quoted or not
					if fnmatch(text, args[1], false) {
						text = args[1]
					} else {
						text = args[1] + "x"
					}
					args = append(args, text)
					return err
				}
			}
			return add(e.Y)
		}
		return p.refuse("this test is not supported")
	}
	x := t.X
	for {
		not, ok := x.(*syntax.UnaryTest)
		if !ok || not.Op != syntax.TsNot {
			break
		}
		x, negated = not.X, !negated
	}
	if err := add(x); err != nil {
		return err
	}
	if err := p.program(append(args, "]")); err != nil {
		return err
	}
	if negated && p.status < 2 {
		p.status = 1 - p.status
	}
	return nil
}

// lookup says what a name is as a command: "function", "builtin", "keyword", "file" or
// "", and where the file is.
func (p *process) lookup(name string) (kind, where string) {
	switch {
	case syntax.IsKeyword(name) && ashKeyword(name):
		return "keyword", name
	case p.funcs[name] != nil:
		return "function", name
	case isBuiltin(name) || shellInternal[name]:
		return "builtin", name
	}
	c := &call{shell: p.shell, ctx: p.ctx, dir: p.dir, env: p.value}
	if where := c.which(name); where != "" {
		return "file", where
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
	rest := args[1:]
	show := byte(0)
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") && rest[0] != "-" {
		switch rest[0] {
		case "-v", "-V":
			show = rest[0][1]
		case "-p":
			return p.refuse("command -p is not supported")
		case "--":
		default:
			return p.refuse("command %s is not supported", rest[0])
		}
		rest = rest[1:]
	}
	if p.status = 0; len(rest) == 0 {
		return nil
	}
	switch {
	case show == 'v':
		_, where := p.lookup(rest[0])
		if where == "" {
			p.status = 127
			return nil
		}
		return p.print(where + "\n")
	case show == 'V':
		return p.describe(append([]string{"type"}, rest...))
	case isBuiltin(rest[0]):
		err := p.builtin(rest[0], rest)
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
	for _, name := range args[1:] {
		kind, where := p.lookup(name)
		line := ""
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
			if isSpecial(name) {
				line = fmt.Sprintf("%s is a special shell builtin\n", name)
			}
		}
		if err := p.print(line); err != nil {
			return err
		}
	}
	return nil
}
