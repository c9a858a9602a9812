package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Options is what a script runs in.
type Options struct {
	Tree       *tree.Tree // the root file system: every effect goes here
	Generation apk.Generation
	Now        time.Time // the clock
	Arch       string    // Alpine's name of the architecture

	// Installed returns the version of an installed package, for "apk info -e".
	// Nil means that none is.
	Installed func(name string) (version string, ok bool)

	Output io.Writer // gets what scripts print; nil drops it

	// Bounds, each with a default for 0.
	Steps       int           // commands that are run: 100,000
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
	Script string // "name-version.type"
	Status int
	Output string // the last lines that it printed
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
// have been changed in part: drop it.
func Run(ctx context.Context, o Options, s Script) (err error) {
	flags, err := s.interpreter()
	if err != nil {
		return err
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(s.Body), "")
	if err != nil {
		return s.parseError(err)
	}
	if err := s.check(file); err != nil {
		return err
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%s: not done after %s", &s, timeout))
	defer cancel()
	sh := newShell(o, s)
	runner, err := sh.runner(flags)
	if err != nil {
		return fmt.Errorf("%s: %w", &s, err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = &UnsupportedError{Script: s.String(), Package: s.Package, Reason: fmt.Sprintf("the interpreter failed: %v", p)}
		}
	}()
	err = runner.Run(ctx, file)
	var status interp.ExitStatus
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case sh.failure() != nil:
		return sh.failure()
	case errors.As(err, &status):
		return &ExitError{Script: s.String(), Status: int(status), Output: sh.tail()}
	case err != nil:
		return fmt.Errorf("%s: %w", &s, err)
	}
	return nil
}

// interpreter reads the "#!" line and returns the flags in it.
func (s *Script) interpreter() ([]string, error) {
	line, _, _ := strings.Cut(string(s.Body), "\n")
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
	case "sh", "ash", "bash":
		return words[1:], nil
	}
	return nil, &UnsupportedError{Script: s.String(), Package: s.Package, Line: 1,
		Reason: fmt.Sprintf("%q cannot be interpreted: only the shell can", words[0])}
}

func (s *Script) parseError(err error) error {
	var parse syntax.ParseError
	if errors.As(err, &parse) {
		return &UnsupportedError{Script: s.String(), Package: s.Package, Line: parse.Pos.Line(), Reason: parse.Text}
	}
	return &UnsupportedError{Script: s.String(), Package: s.Package, Reason: err.Error()}
}

// shell is one run of a script: what its commands share.
type shell struct {
	Options
	script   Script
	commands map[string]command

	// mu guards all below and the tree, since the parts of a pipeline run at once.
	mu      sync.Mutex
	steps   int
	printed int64
	last    []byte // the end of what was printed
	failed  error  // why the run was broken off
}

const (
	defaultSteps       = 100_000
	defaultOutputLimit = 1 << 20
	tailSize           = 512
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

// noTempDir is where the interpreter may make files for process substitution,
// which is refused: no system has such a path.
const noTempDir = "/\x00"

func (sh *shell) runner(flags []string) (*interp.Runner, error) {
	// What a variable has here, the interpreter does not take from the host. Apk
	// sets only PATH and, in its generation 3, two of its own (SPEC-apk.md 12.1).
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=", "UID=", "EUID=", "GID=", "TMPDIR=" + noTempDir}
	if sh.Generation == apk.V3 {
		env = append(env, "APK_SCRIPT="+sh.script.Type.String(), "APK_PACKAGE="+sh.script.Package)
	}
	output := &limitedOutput{sh: sh}
	runner, err := interp.New(
		interp.Env(expand.ListEnviron(env...)),
		interp.Params(append(append(flags, "--"), sh.script.Args...)...),
		interp.StdIO(nil, output, output),
		interp.CallHandler(sh.call),
		interp.ExecHandler(sh.exec),
		interp.OpenHandler(sh.open),
		interp.ReadDirHandler2(sh.readDir),
		interp.StatHandler(sh.stat),
		interp.AccessHandler(sh.access),
	)
	if err != nil {
		return nil, err
	}
	runner.Reset()
	runner.Dir = "/"
	return runner, nil
}

// fail breaks the run off.
func (sh *shell) fail(err error) error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.failed == nil {
		sh.failed = err
	}
	return sh.failed
}

func (sh *shell) failure() error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.failed
}

func (sh *shell) unsupported(line uint, format string, args ...any) error {
	return &UnsupportedError{Script: sh.script.String(), Package: sh.script.Package, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// tail returns the end of what the script printed, on one line.
func (sh *shell) tail() string {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return strings.Join(strings.Fields(string(sh.last)), " ")
}

// limitedOutput is what standard output and error of the script are.
type limitedOutput struct{ sh *shell }

func (w *limitedOutput) Write(p []byte) (int, error) {
	sh := w.sh
	sh.mu.Lock()
	defer sh.mu.Unlock()
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
