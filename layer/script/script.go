package script

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Options is what a script runs in.
type Options struct {
	Tree       *tree.Tree // the root file system: every effect goes here
	Generation apk.Generation
	Now        time.Time // the clock
	Arch       string    // Alpine's name of the architecture

	// Installed are the packages that the database has, for "apk info -e".
	Installed []*apk.Package

	Output io.Writer // gets what scripts print; nil drops it

	// Bounds, each with a default for 0.
	Steps       int           // commands that are run: 1,000,000
	OutputLimit int64         // bytes that are printed: 1 MiB
	Timeout     time.Duration // 30 s: for what no other bound ends
}

// Script is a script of a package.
type Script struct {
	Package string // name
	Version string
	Type    apk.ScriptType
	Body    []byte
	Args    []string
}

func (s *Script) String() string { return s.Package + "-" + s.Version + "." + s.Type.String() }

// ExitError is the end of a script with a status other than 0.
type ExitError struct {
	Script  string // "name-version.type"
	Package string // name, as scripts.skip wants it
	Status  int
	Output  string // the last lines that it printed
}

func (e *ExitError) Error() string {
	s := fmt.Sprintf("%s: exit status %d", e.Script, e.Status)
	if e.Output != "" {
		s += ": " + e.Output
	}
	return s
}

// UnsupportedError says what in a script cannot be interpreted.
type UnsupportedError struct {
	Script  string // "name-version.type"
	Package string // name, as scripts.skip wants it
	Line    uint   // 0 if it is the script as a whole
	Reason  string
}

func (e *UnsupportedError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Script, e.Reason)
	}
	return fmt.Sprintf("%s: line %d: %s", e.Script, e.Line, e.Reason)
}

// Run runs a script to its end. The error is an [*ExitError], an
// [*UnsupportedError], what a bound says, or ctx's. After an error the tree may
// have been changed in part: drop it. Scripts with different trees may run at the
// same time.
func Run(ctx context.Context, o Options, s Script) (err error) {
	timeout := o.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%s: not done after %s", &s, timeout))
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = s.refusal(0, "the interpreter failed: %v", v)
		}
	}()
	if o.Tree.Limit == 0 {
		o.Tree.Limit = defaultTreeLimit
		defer func() { o.Tree.Limit = 0 }()
	}
	sh := newShell(o, s)
	p := sh.newProcess(ctx, s.path(), s.Args)
	status, err := p.runFile(s.Body)
	switch {
	case sh.failed != nil:
		return sh.failed
	case err != nil:
		return err
	case status != 0:
		return &ExitError{Script: s.String(), Package: s.Package, Status: status, Output: sh.tail()}
	}
	return nil
}

// runFile runs a file that is a script as the kernel would start it.
func (p *process) runFile(body []byte) (status int, err error) {
	words, err := p.script.interpreter(body)
	if err != nil {
		return 0, p.fail(err)
	}
	if _, _, problem := p.flags.parse(words); problem != "" {
		return 0, p.fail(p.script.refusal(1, "%s", problem))
	}
	return p.runText(body)
}

// runText runs a whole text and then the trap on exit.
func (p *process) runText(body []byte) (status int, err error) {
	file, err := p.script.parse(body, p.name)
	if err != nil {
		return 0, p.fail(err)
	}
	return p.run(file.Stmts)
}

// path is what a script is run as: its $0 (apk/FORMAT.md 12.1).
func (s *Script) path() string { return "lib/apk/exec/" + s.String() }

// interpreter reads the "#!" line of a file and returns the flags in it.
func (s *Script) interpreter(body []byte) ([]string, error) {
	if len(body) > maxBodySize {
		return nil, s.refusal(0, "more than %d bytes are not supported", maxBodySize)
	}
	line, _, _ := strings.Cut(string(body), "\n")
	line, ok := strings.CutPrefix(line, "#!")
	if !ok {
		// The kernel would not run it; a shell that tries to would read it itself.
		return nil, &UnsupportedError{Script: s.String(), Package: s.Package, Reason: `has no "#!" line`}
	}
	words := strings.Fields(line)
	if len(words) > 0 && (words[0] == "/bin/busybox" || words[0] == "/usr/bin/env") {
		words = words[1:]
	}
	if len(words) == 0 {
		return nil, &UnsupportedError{Script: s.String(), Package: s.Package, Line: 1, Reason: "names no interpreter"}
	}
	switch words[0][strings.LastIndexByte(words[0], '/')+1:] {
	case "sh", "ash", "dash", "bash":
		return words[1:], nil
	}
	return nil, &UnsupportedError{Script: s.String(), Package: s.Package, Line: 1,
		Reason: fmt.Sprintf("%q cannot be interpreted: only the shell can", words[0])}
}

// shell is one run of a script: what its commands share. It is used by one goroutine
// at a time.
type shell struct {
	Options
	script   Script
	commands map[string]command
	steps    int
	printed  int64
	last     []byte // the end of what was printed
	failed   error  // why the run was broken off
}

const (
	defaultSteps       = 1_000_000
	defaultOutputLimit = 1 << 20
	tailSize           = 512

	// defaultTreeLimit is how many bytes all scripts of a tree may write, in all.
	defaultTreeLimit = 1 << 30
)

func newShell(o Options, s Script) *shell {
	if o.Steps == 0 {
		o.Steps = defaultSteps
	}
	if o.OutputLimit == 0 {
		o.OutputLimit = defaultOutputLimit
	}
	return &shell{Options: o, script: s, commands: commandTable()}
}

// fail breaks the run off.
func (sh *shell) fail(err error) error {
	if sh.failed == nil {
		sh.failed = err
	}
	return sh.failed
}

func (sh *shell) unsupported(line uint, format string, args ...any) error {
	return &UnsupportedError{Script: sh.script.String(), Package: sh.script.Package, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// tail returns the end of what the script printed, on one line.
func (sh *shell) tail() string {
	return strings.Join(strings.Fields(string(sh.last)), " ")
}

// limitedOutput is what standard output and error of the script are.
type limitedOutput struct{ sh *shell }

func (w *limitedOutput) Read([]byte) (int, error) { return 0, errBadDescriptor }

func (w *limitedOutput) Write(p []byte) (int, error) {
	sh := w.sh
	if sh.printed += int64(len(p)); sh.printed > sh.OutputLimit {
		if sh.failed == nil {
			sh.failed = fmt.Errorf("%s: prints more than %d bytes", &sh.script, sh.OutputLimit)
		}
		return 0, sh.failed
	}
	sh.last = append(sh.last, p...)
	if over := len(sh.last) - tailSize; over > 0 {
		sh.last = append(sh.last[:0], sh.last[over:]...)
	}
	if sh.Output == nil {
		return len(p), nil
	}
	return sh.Output.Write(p)
}
