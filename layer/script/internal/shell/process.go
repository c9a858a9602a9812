package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/callstack"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/dirstack"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/options"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
	"github.com/lamina-oci/lamina/layer/tree"
)

// process is one shell: the script's own, or a subshell of it. A subshell begins as a
// copy and never changes the one that it comes from. Only one runs at any time.
type process struct {
	*busybox.Session
	Tree    *tree.Tree // the session's as the shell's user sees it
	ctx     context.Context
	name    string   // $0
	args    []string // $1 and on
	dir     string   // $PWD, absolute
	dirs    dirstack.Stack
	aliases map[string]bool // names that alias has defined; never changed in place
	umask   uint16          // bits that new files do not get
	fds     descriptors
	before  [len(descriptors{})]*stream.Stream // of the descriptors that commands around redirect, what they were before; nil for others
	vars    *variables.Table
	funcs   map[string]function
	traps   map[string]string
	options options.Set
	status  int  // $?
	ending  *int // while the trap on EXIT runs, what "exit" without a number ends with
	line    uint
	isBody  bool // what runs is in the text of the session, not in code from elsewhere

	substStatus int                // of the last command substitution
	own         int                // bytes of the variables and functions that this process has set
	depth       int                // of functions, subshells, substitutions and sourced text
	nested      int                // of compound commands
	tested      int                // commands whose failure is asked for: "set -e" leaves them alone
	inverted    int                // commands behind "!" that are not among these
	loops       int                // that break can leave
	frames      []*variables.Saved // of functions that run, what variables that are local hide
	inner       bool               // a subshell
	isBash      bool               // what runs is Bash: see bash.go
	jobs        []int              // statuses of commands in the background
	pipeStatus  []int              // in Bash, of the commands of the last pipeline; never changed in place
	waits       bool               // the words of wait are expanded

	within      string // "eval", or the file whose text runs
	regular     string // the regular builtin that runs, if its errors do not end the shell
	substituted bool   // a command substitution was part of the command
	running     callstack.Stack
	option      int // where getopts is in the arguments, from 1: each function begins with its own
	letter      int // and in a group of letters

	stage     syntax.Command // the command whose failure does not run the trap on ERR: all that this subshell runs, or what "!" negates
	errtrace  bool           // functions and subshells have the trap on ERR, too
	inERRTrap bool           // the trap on ERR runs

	isForked                          bool // it is a subshell of another process
	dropsTrap                         bool // see the function of that name
	nullglob, dotglob, inheritErrexit bool // see process.shopt
}

// function is a function's body.
type function struct {
	body  *syntax.Stmt
	size  int
	owner *process
	file  string // that it is from: see textFile

	isBody bool // as of a process
}

// Bounds of one shell.
const (
	maxDepth = 100  // see process.depth
	maxJobs  = 1000 // commands in the background
	firstJob = 2    // what stands for the number of the first one's process
)

// newProcess starts the shell of a script. Apk sets only PATH and, in its generation
// 3, two variables of its own (apk/FORMAT.md 12.1).
func newProcess(s *busybox.Session, ctx context.Context, name string, args []string) *process {
	p := &process{
		Session: s, Tree: s.Tree, ctx: ctx, name: name, args: args, dir: cmp.Or(s.Dir, "/"), umask: busybox.DefaultUmask,
		funcs: make(map[string]function), traps: make(map[string]string),
	}
	p.vars = variables.NewTable(p)
	output := &limitedOutput{s}
	p.fds = descriptors{stream.Null{}, output, output}
	environment := map[string]string{"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SHLVL": "1"}
	if s.Exported != nil {
		maps.Copy(environment, s.Exported)
	} else if s.Generation == apk.V3 {
		environment["APK_SCRIPT"] = s.Type.String()
		if !s.IsHook {
			environment["APK_PACKAGE"] = s.Package
		}
	}
	environment["PWD"] = p.dir
	for name, value := range environment {
		p.vars.Init(name, variables.Variable{Value: value, IsSet: true, Exported: true})
	}
	for name, value := range map[string]string{"IFS": " \t\n", "OPTIND": "1", "PS1": `\w \$ `, "PS2": "> ", "PS4": "+ ", "PPID": processID} {
		p.vars.Init(name, variables.Variable{Value: value, IsSet: true})
	}
	return p
}

// fork returns a subshell.
func (p *process) fork() (*process, error) {
	c := *p
	c.vars, c.funcs = p.vars.Fork(&c), maps.Clone(p.funcs)
	if c.dropsTrap, c.isForked = false, true; p.isBash {
		c.loops, c.ending = 0, nil
	}
	c.traps, c.jobs = maps.Clone(p.traps), nil
	maps.DeleteFunc(c.traps, func(name, action string) bool { return action != "" && !(name == errorTrap && p.errtrace) }) // what is ignored stays so
	if c.inner, c.own = true, 0; len(p.frames) > 0 {
		c.frames = []*variables.Saved{new(variables.Saved)} // there is no function to go back to, but one to have local variables
	}
	if err := p.spend(variables.EntrySize * (p.vars.Len() + len(p.funcs))); err != nil {
		return nil, err
	}
	return &c, c.enter()
}

// enter counts how deep a process is in functions and subshells.
func (p *process) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.Fail(p.Exceeded(p.line, "more than %d functions and subshells within each other", maxDepth))
	}
	return nil
}

// run runs a whole script or subshell to its end, with its trap on exit.
func (p *process) run(stmts []*syntax.Stmt) (status int, err error) {
	defer func() { p.Release(p.own) }()
	err = p.ended(p.stmts(stmts))
	if trap := p.traps["EXIT"]; trap != "" && err == nil && !p.dropsTrap {
		delete(p.traps, "EXIT")
		status := p.status
		for fd, before := range p.before { // ash has undone the redirections around a subshell by then
			if before != nil && !p.isBash {
				p.fds[fd] = *before
			}
		}
		p.within, p.ending = "", &status
		err = p.text(trap)
		var u *unwind
		if err == nil || errors.As(err, &u) && u.kind != unwindExit {
			p.status = status // only "exit" in a trap changes it
		}
		err = p.ended(err)
	}
	return p.status, err
}

// ended turns the end of a shell by exit and the like into a status. Other errors stay.
func (p *process) ended(err error) error {
	if errors.As(err, new(*unwind)) {
		return nil
	}
	return err
}

// unwind leaves what runs: a loop, a function, the shell.
type unwind struct {
	kind   unwindKind
	levels int // of loops
}

type unwindKind uint8

const (
	unwindExit unwindKind = iota
	unwindReturn
	unwindBreak
	unwindContinue
	unwindBuiltin // see process.runBuiltin
)

func (*unwind) Error() string { return "left" }

// exit ends the shell.
// It is not inlined, which saves space.
//
//go:noinline
func (p *process) exit(status int) error {
	p.status = status & 0xff
	return &unwind{kind: unwindExit}
}

// say prints a message as ash does.
func (p *process) say(format string, args ...any) {
	if p.within != "" {
		p.complain(p.within, format, args...)
		return
	}
	p.write(2, fmt.Appendf(nil, "%s: %s%s\n", p.name, p.place(p.line), fmt.Sprintf(format, args...)))
}

// place is what a message says of a line. Ash says nothing of those of "sh -c TEXT".
func (p *process) place(line uint) string {
	if p.isArgument() {
		return ""
	}
	return fmt.Sprintf("line %d: ", line)
}

// isArgument reports whether ash runs the text of "sh -c TEXT", whose lines it counts from 0.
func (p *process) isArgument() bool {
	return p.options.From == 'c' && !p.isBash && !p.running.IsSourced()
}

// shownLine is the number of the line that runs, as the shell counts.
func (p *process) shownLine() uint {
	if p.isArgument() && p.line > 0 {
		return p.line - 1
	}
	return p.line
}

// complain prints a message of a builtin.
func (p *process) complain(builtin, format string, args ...any) {
	p.write(2, fmt.Appendf(nil, "%s: %s: line %d: %s\n", p.name, builtin, p.shownLine(), fmt.Sprintf(format, args...)))
}

// abortBuiltin is abort for an error of a builtin.
func (p *process) abortBuiltin(builtin, format string, args ...any) error {
	if p.isBash {
		return p.refuse("Bash goes on after this error of "+builtin+", which is not supported: "+format, args...)
	}
	p.complain(builtin, format, args...)
	return p.exit(2)
}

// abort is an error that ends a shell which is not interactive, or the regular builtin that
// runs.
func (p *process) abort(format string, args ...any) error {
	if p.isBash { // where it ends the line, or the shell
		return p.refuse("Bash goes on after this error, which is not supported: "+format, args...)
	}
	if p.regular != "" {
		p.complain(p.regular, format, args...)
		p.status = 2
		return errBuiltinFailed
	}
	p.say(format, args...)
	return p.exit(2)
}

// tick counts a command.
func (p *process) tick() error { return p.Step(p.ctx, p.line) }

// spend counts work, in bytes.
func (p *process) spend(n int) error { return p.Session.Spend(p.ctx, p.line, n) }

// placed says where in a script an error of a file came up that ends the run.
func (p *process) placed(err error) error {
	if _, isOfFile := err.(*fs.PathError); !isOfFile {
		return err
	}
	return fmt.Errorf("%s: line %d: %w", p.Script, p.line, err)
}

// refuse ends the run for what is not supported.
func (p *process) refuse(format string, args ...any) error {
	return p.Fail(p.Unsupported(p.line, format, args...))
}

// get returns a variable's value, also of the special ones.
func (p *process) get(name string) (value string, set bool) {
	switch name {
	case "#":
		return strconv.Itoa(len(p.args)), true
	case "?":
		return strconv.Itoa(p.status), true
	case "$":
		return processID, true
	case "!":
		if len(p.jobs) == 0 {
			return "", false
		}
		if !p.waits {
			p.refuse("$! is not supported but for wait: its value is another each time") // ends the next step
		}
		return strconv.Itoa(firstJob + len(p.jobs) - 1), true
	case "-":
		if p.isBash {
			flags := p.options.String()
			if p.errtrace {
				flags += "E"
			}
			return bash.Flags(flags, p.options.From), true
		}
		return p.options.String(), true
	case "0":
		return p.name, true
	case "LINENO":
		return strconv.FormatUint(uint64(p.shownLine()), 10), true
	}
	if name[0] >= '1' && name[0] <= '9' {
		n, err := strconv.Atoi(name)
		if err != nil || n > len(p.args) {
			return "", false
		}
		return p.args[n-1], true
	}
	switch {
	case isCallStack(name) && p.isBash:
		return p.elements(name).At(bash.First)
	case name == "FUNCNAME" && !p.vars.Get(name).IsSet:
		return p.running.Function(), true
	case name == "BASH_VERSION" && p.isBash:
		return p.bashVersion(), true
	}
	v := p.vars.Get(name)
	switch {
	case name == pipeStatus && p.isBash:
		return p.elements(name).At(bash.First)
	case v.Array != nil:
		return v.Array.At(bash.First)
	case p.isBash && !v.IsSet:
		if why := grammar.RefuseVariable(name); why != "" {
			p.refuse("%s", why) // ends the next step
		}
	}
	return v.Value, v.IsSet
}

func (p *process) value(name string) string {
	value, _ := p.get(name)
	return value
}

// exports is the environment of commands.
func (p *process) exports() busybox.Environment {
	p.spend(variables.EntrySize * p.vars.Len()) // a failure ends the next command
	return p.vars.Environment()
}

// processID stands for $$ and $PPID.
const processID = "1"
