package shell

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/options"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
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
		return p.textOf("eval", strings.Join(args[1:], " "))
	case "exec":
		return p.exec(args)
	case "exit", "return":
		return p.leave(args)
	case "export", "readonly":
		return p.attribute(name, args)
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
	case "times": // commands take none
		p.status = 0
		return p.print(strings.Repeat("0m0.000s 0m0.000s\n", 2))
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
		return p.setUmask(args)
	case "kill":
		return p.kill(args)
	case "ulimit":
		if len(args) < 3 || !strings.HasPrefix(args[1], "-") {
			return p.refuse("ulimit without an option and a limit is not supported: it depends on the machine")
		}
		p.status = 0 // limits are those of the running shell, and nothing comes near them
	case "mapfile", "readarray":
		return p.mapfile(args)
	case "shopt":
		return p.shopt(args)
	case "alias", "unalias":
		return p.alias(args)
	case "pushd", "popd", "dirs":
		return p.dirStack(args)
	default:
		return p.refuse("%s is not supported", name)
	}
	return nil
}

// isBuiltin is the function of that name, with the builtins of Bash if that is what runs.
func (p *process) isBuiltin(name string) bool {
	if p.isBash {
		return name != "chdir" && isBuiltin(name) || bash.IsBuiltin(name)
	}
	return isBuiltin(name)
}

// wait has nothing to wait for: what ran in the background has ended.
func (p *process) wait(args []string) error {
	_, jobs, ok, err := p.nextopt(args, "")
	if !ok {
		return err
	}
	p.status = 0
	for _, job := range jobs {
		n, err := strconv.ParseUint(job, 10, 31)
		if strings.HasPrefix(job, "%") && len(p.jobs) > 0 {
			return p.refuse("wait %s is not supported: name the process, as in wait $!", job)
		}
		if err != nil {
			return p.failBuiltin("wait", map[bool]string{true: "%s: no such job", false: "Illegal number: %s"}[strings.HasPrefix(job, "%")], job)
		}
		p.status = 127 // no process of that number is a child
		if i := int(n) - firstJob; i >= 0 && i < len(p.jobs) {
			p.status = p.jobs[i]
		}
	}
	return nil
}

// text runs a text: what eval and traps have, or a file.
func (p *process) text(text string) error {
	if len(text) > busybox.MaxBodySize {
		return p.refuse("code of more than %d bytes is not supported", busybox.MaxBodySize)
	}
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if err := p.spend(len(text)); err != nil {
		return err
	}
	file, err := p.parse([]byte(text))
	if err != nil {
		var unsupported *busybox.UnsupportedError
		if errors.As(err, &unsupported) {
			unsupported.Line = p.line // that of the text says little
		}
		return p.Fail(err)
	}
	line, isBody := p.line, p.isBody
	p.isBody = false
	if len(file.Stmts) == 0 {
		p.status = 0
	}
	err = p.stmts(file.Stmts)
	p.line, p.isBody = line, isBody
	return err
}

// textOf is text of eval or of a file that is sourced, whose name stands in what the shell says of errors in it.
func (p *process) textOf(name, text string) error {
	outer := p.within
	p.within = name
	err := p.text(text)
	p.within = outer
	return err
}

func (p *process) source(args []string) error {
	_, operands, ok, err := p.nextopt(args, "")
	if !ok {
		return err
	}
	if len(operands) == 0 {
		p.status = 2
		return nil
	}
	name := operands[0]
	if !strings.Contains(name, "/") {
		dirs := p.value("PATH")
		for dir := range strings.SplitSeq(dirs, ":") {
			file := busybox.Absolute(p.dir, dir+"/"+name)
			if n, err := p.Tree.Stat(file); err == nil && n.Type == tree.Regular {
				name = file
				break
			}
		}
	}
	full := busybox.Absolute(p.dir, name)
	b, isPipe := p.Special(full)
	if !isPipe {
		if err := p.RefuseInput(p.line, full); err != nil {
			return err
		}
	}
	if !isPipe && busybox.IsStdin(path.Clean(full)) && p.fds[0] != nil {
		if b, err = bounded.ReadAll(p.fds[0], busybox.MaxBodySize); errors.As(err, new(*bounded.TooLargeError)) {
			return p.refuse("%s: more than %d bytes are not supported", name, busybox.MaxBodySize)
		}
	} else if !isPipe && path.Clean(full) != "/dev/null" {
		b, err = p.Tree.ReadFile(full, busybox.MaxBodySize)
	}
	if busybox.Fatal(err) {
		return p.Fail(err)
	}
	if err != nil && p.isBash {
		p.complain(args[0], "%s: %s", name, busybox.Reason(err))
		p.status = 1
		return nil
	}
	if err != nil && !errors.Is(err, tree.ErrIsDir) { // a directory is an empty file
		return p.abortBuiltin(args[0], "can't open '%s': %s", name, busybox.Reason(err))
	}
	outer := p.args
	if len(operands) > 1 {
		p.args = operands[1:]
		defer func() { p.args = outer }()
	}
	defer p.begin("", name)()
	tested := p.tested
	if !p.isBash {
		p.tested = 0 // also where the status of the whole is asked for, "set -e" ends the shell at a command of the file
	}
	err = p.textOf(name, string(b))
	var u *unwind
	if errors.As(err, &u) && u.kind == unwindReturn {
		err = p.checkedAlone(nil)
	}
	p.tested = tested
	return err
}

// number reads an operand that is a number from 0 on.
func (p *process) number(args []string, missing int) (int, error) {
	if len(args) < 2 {
		return missing, nil
	}
	n, err := strconv.ParseUint(args[1], 10, 31)
	if errors.Is(err, strconv.ErrRange) {
		return 0, p.refuse("the number %s is not supported: the largest is 2147483647", args[1])
	}
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
	status := &p.status
	if args[0] == "exit" && p.ending != nil {
		status = p.ending
	}
	n, err := p.number(args, *status)
	if err != nil {
		return err
	}
	if args[0] == "return" && p.isBash && len(p.frames) == 0 && !p.running.IsSourced() {
		return p.refuse("return outside of functions and sourced files: Bash goes on")
	}
	if p.status = n & 0xff; args[0] == "return" {
		return &unwind{kind: unwindReturn}
	}
	return &unwind{kind: unwindExit}
}

func (p *process) exec(args []string) error {
	letters, args, ok, err := p.nextopt(args, "a")
	if !ok {
		return err
	}
	if letters != "" {
		return p.refuse("exec -a is not supported")
	}
	if len(args) == 0 {
		p.status = 0
		return nil
	}
	delete(p.traps, "EXIT")
	c := p.outside(args)
	c.Env = p.value
	if !strings.Contains(args[0], "/") {
		_, err = c.LookPath(args[0])
	} else if n, problem := c.Tree.Stat(c.Path(args[0])); problem != nil {
		err = problem
	} else if n.Type != tree.Regular || c.Tree.Access(n, tree.Execute) != nil {
		err = tree.ErrPermission
	}
	if err != nil {
		return p.abortExec(args[0], err)
	}
	if err := p.program(append([]string(nil), args...)); err != nil {
		return err
	}
	return p.exit(p.status)
}

// operands are the words behind a command's name and a "--".
func operands(args []string) []string {
	if len(args) > 1 && args[1] == "--" {
		return args[2:]
	}
	return args[1:]
}

func (p *process) abortExec(name string, err error) error {
	if errors.Is(err, tree.ErrPermission) {
		p.complain("exec", "%s: %s", name, err)
		return p.exit(126)
	}
	p.complain("exec", "%s: not found", name)
	return p.exit(127)
}

// print writes to standard output. Nobody reading ends the shell.
func (p *process) print(s string) error {
	err := p.write(1, []byte(s))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, stream.ErrBrokenPipe):
		return p.exit(brokenPipeStatus)
	case busybox.Fatal(err):
		return p.Fail(err)
	}
	p.say("write error: %s", busybox.Reason(err))
	p.status = 1
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
	p.option, p.letter = 1, 0 // getopts begins again
	return nil
}

// kill finds no process, since none runs but the shell.
func (p *process) kill(args []string) error {
	args = args[1:]
	say := p.say
	if !p.isBash { // busybox's is an applet, which does not say which script it is in
		say = func(format string, args ...any) { p.write(2, fmt.Appendf(nil, "sh: "+format+"\n", args...)) }
	}
	if len(args) > 0 && args[0] == "-l" {
		return p.refuse("kill -l is not supported")
	}
	signal := ""
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		signal = args[0][1:]
		if args = args[1:]; signal == "s" && len(args) > 0 {
			signal, args = args[0], args[1:]
		}
		if _, ok := busybox.Signal(signal); !ok {
			say("bad signal name '%s'", signal)
			p.status = 1
			return nil
		}
	}
	if p.status = 0; len(args) == 0 {
		say("you need to specify whom to kill")
		p.status = 1
	}
	for _, pid := range args {
		n, err := strconv.ParseInt(pid, 10, 32)
		switch {
		case err != nil:
			say("invalid number '%s'", pid)
		case signal == "0" && pid == processID:
			continue // it runs
		case n <= firstJob:
			return p.refuse("kill %s is not supported: it is about the shell itself or all processes", pid)
		default:
			say("can't kill pid %s: No such process", pid)
		}
		p.status++
	}
	return nil
}

// setUmask prints or sets the bits that new files do not get.
func (p *process) setUmask(args []string) error {
	letters, args, ok, err := p.nextopt(args, "S")
	if !ok {
		return err
	}
	p.status = 0
	switch {
	case len(args) == 0 && letters != "":
		return p.print(options.SymbolicUmask(p.umask) + "\n")
	case len(args) == 0:
		return p.print(fmt.Sprintf("%04o\n", p.umask))
	}
	umask, ok := options.ParseUmask(args[0], p.umask)
	if !ok {
		return p.failBuiltin("umask", "illegal mode: %s", args[0])
	}
	p.umask = umask
	return nil
}

// IsBuiltin reports whether the shell runs a command of that name itself.
func IsBuiltin(name string) bool { return isBuiltin(name) }
